import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { clearExpired } from '../../src/limits/stores.js';
import { createLogger } from '../../src/logger.js';
import { startProxy } from '../_util/proxy.js';
import { isRedisMissing, type RedisServer, startRedis } from '../_util/redis.js';
import { startInstance, type TestServer } from '../_util/server.js';
import { LOGIN, newAddress, postFrom, signUp, startLimitedServer } from './kit.js';

const LIMITED = { RATE_LIMITS: 'on', TRUST_PROXY: '1' };
const ME = '{ viewer { id } }';

const login = (url: string, address: string) =>
  postFrom(address, url, LOGIN, { email: `${randomUUID()}@epicura.example` });

/** Signs in at each of these in turn until it is refused; how often it was not. */
async function loginsUntilRefused(address: string, ...urls: string[]): Promise<number> {
  for (let i = 0; i < 50; i += 1) {
    const { codes } = await login(urls[i % urls.length] as string, address);
    if (codes[0] === 'RATE_LIMITED') return i;
    expect(codes).toEqual(['INVALID_CREDENTIALS']);
  }
  return Number.POSITIVE_INFINITY;
}

async function requestsUntilRefused(token: string, ...urls: string[]): Promise<number> {
  for (let i = 0; i < 500; i += 1) {
    const { codes } = await postFrom(newAddress(), urls[i % urls.length] as string, ME, {}, token);
    if (codes[0] === 'RATE_LIMITED') return i;
    expect(codes).toEqual([]);
  }
  return Number.POSITIVE_INFINITY;
}

describe('two instances on one PostgreSQL', () => {
  let server: TestServer;
  let other: App;

  beforeAll(async () => {
    server = await startLimitedServer();
    other = await startInstance(server.database, LIMITED);
  });
  afterAll(async () => {
    await other.stop();
    await server.stop();
  });

  it('count sign-ins together', async () => {
    const address = newAddress();
    expect(await loginsUntilRefused(address, server.url, other.url)).toBe(10);
    expect((await login(server.url, address)).codes).toEqual(['RATE_LIMITED']);
    expect((await login(other.url, address)).codes).toEqual(['RATE_LIMITED']);
  });

  it('count the requests of a person each for itself, without a statement', async () => {
    const { userToken } = await signUp(server);
    expect(await requestsUntilRefused(userToken, server.url, other.url)).toBe(200);
    const { rows } = await server.database.pool.query<{ key: string }>('SELECT key FROM rate_limits');
    expect(rows.filter(({ key }) => key.startsWith('request'))).toEqual([]);
  });

  it('begin anew when the minute is over, and remove what is over', async () => {
    const { pool } = server.database;
    const address = newAddress();
    const key = `loginOfAddress:${address}`;
    for (let i = 0; i < 10; i += 1) await login(server.url, address);
    await pool.query('UPDATE rate_limits SET expire = expire - 60000 WHERE key = $1', [key]);
    expect((await login(server.url, address)).codes).toEqual(['INVALID_CREDENTIALS']);

    await pool.query('UPDATE rate_limits SET expire = expire - 60000 WHERE key = $1', [key]);
    const count = async () => (await pool.query('SELECT FROM rate_limits WHERE key = $1', [key])).rowCount;
    expect(await count()).toBe(1);
    await login(server.url, newAddress());
    await clearExpired(pool);
    expect(await count()).toBe(0);
    expect((await pool.query('SELECT FROM rate_limits')).rowCount).toBeGreaterThan(0);
  });
});

describe('without the table of counts', () => {
  it('people sign in, limited by the memory of each instance', async () => {
    const server = await startLimitedServer();
    try {
      const { email } = await signUp(server);
      await server.database.pool.query('ALTER TABLE rate_limits RENAME TO elsewhere');
      const address = newAddress();
      const right = await postFrom(
        address,
        server.url,
        'mutation ($email: String!) { login(input: { email: $email, password: "long enough 1" }) { accessToken } }',
        { email },
      );
      expect(right.data.login.accessToken).toEqual(expect.any(String));
      expect(await loginsUntilRefused(address, server.url)).toBe(9);

      await server.database.pool.query('ALTER TABLE elsewhere RENAME TO rate_limits');
      expect(await loginsUntilRefused(newAddress(), server.url)).toBe(10);
      expect((await server.database.pool.query('SELECT FROM rate_limits')).rowCount).toBeGreaterThan(0);
    } finally {
      await server.stop();
    }
  });

  it('that is locked by somebody, people sign in after a moment', async () => {
    const server = await startLimitedServer();
    const client = await server.database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('LOCK TABLE rate_limits');
      expect((await login(server.url, newAddress())).codes).toEqual(['INVALID_CREDENTIALS']);
    } finally {
      await client.query('ROLLBACK');
      client.release();
      await server.stop();
    }
  });
});

describe('a server that is alone with its database', () => {
  it('counts in memory', async () => {
    const server = await startLimitedServer({ RATE_LIMITS: 'off' });
    const databaseUrl = server.database.url;
    const config = readConfig({
      ...LIMITED,
      PORT: '0',
      DATABASE_URL: databaseUrl,
      JWT_SECRET: 'a secret that only tests know, long enough',
    });
    const options = { passwordCost: 4, isAlone: true };
    const alone = await createApp({ ...config, databaseUrl }, createLogger('silent'), options);
    try {
      const address = newAddress();
      expect(await loginsUntilRefused(address, alone.url)).toBe(10);
      expect((await server.database.pool.query('SELECT FROM rate_limits')).rowCount).toBe(0);
    } finally {
      await alone.stop();
      await server.stop();
    }
  });
});

describe.skipIf(isRedisMissing)('two instances with a Redis', () => {
  let redis: RedisServer;
  let server: TestServer;
  let other: App;

  beforeEach(async () => {
    redis = await startRedis();
    server = await startLimitedServer({ REDIS_URL: redis.url });
    other = await startInstance(server.database, { ...LIMITED, REDIS_URL: redis.url });
  });
  afterEach(async () => {
    await other.stop();
    await server.stop();
    await redis.stop();
  });

  it('count sign-ins and the requests of a person together, and every count ends by itself', async () => {
    expect(await loginsUntilRefused(newAddress(), server.url, other.url)).toBe(10);
    const { userToken } = await signUp(server);
    expect(await requestsUntilRefused(userToken, server.url, other.url)).toBe(100);
    expect((await server.database.pool.query('SELECT FROM rate_limits')).rowCount).toBe(0);
    const keys = (await redis.admin('KEYS', '*')) as string[];
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatch(/^epicura:1:limits:/);
      expect(key).not.toContain('@');
      expect(await redis.admin('TTL', key)).toBeGreaterThan(0);
    }
  });

  it('let people sign in while it is down, limited by the memory of each, and count together again after', async () => {
    await redis.stop();
    expect(await loginsUntilRefused(newAddress(), server.url)).toBe(10);
    expect(await loginsUntilRefused(newAddress(), server.url, other.url)).toBe(20);
    const { userToken } = await signUp(server);
    expect((await postFrom(newAddress(), server.url, ME, {}, userToken)).codes).toEqual([]);
    await redis.start();
    await expect
      .poll(() => loginsUntilRefused(newAddress(), server.url, other.url), { timeout: 15_000 })
      .toBe(10);
  });
});

describe.skipIf(isRedisMissing)('a Redis that takes everything and says nothing', () => {
  it('holds nobody up for long', async () => {
    const redis = await startRedis();
    const proxy = await startProxy(redis.url);
    const server = await startLimitedServer({ REDIS_URL: proxy.through(redis.url) });
    try {
      expect((await login(server.url, newAddress())).codes).toEqual(['INVALID_CREDENTIALS']);
      proxy.swallow();
      const startedAt = performance.now();
      expect((await login(server.url, newAddress())).codes).toEqual(['INVALID_CREDENTIALS']);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      proxy.repair();
      await expect
        .poll(async () => ((await redis.admin('KEYS', '*:loginOfAddress:*')) as string[]).length, {
          timeout: 15_000,
        })
        .toBe(1);
    } finally {
      await server.stop();
      await proxy.stop();
      await redis.stop();
    }
  });
});
