import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { createTestDatabase } from '../_util/database.js';
import { FEED, watch } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { startProxy, type TcpProxy } from '../_util/proxy.js';
import { isRedisMissing, type RedisServer, startRedis } from '../_util/redis.js';
import {
  askOverSocket,
  createSocketClient,
  postGraphQL,
  startInstance,
  startTestServer,
  type TestServer,
} from '../_util/server.js';
import { recordStatements } from '../_util/statements.js';

/** The ninth promise of the feed. */
const MAX_LAG_MS = 5_000;
const JOURNAL_PAGE = /LATERAL.+FROM telemetry_events/s;

async function isReady(...apps: App[]): Promise<boolean[]> {
  return Promise.all(apps.map(async ({ url }) => (await fetch(`${url}/ready`)).ok));
}

/**
 * A device reports to one instance, one event after another, while `trouble` takes its course; a viewer on the other
 * must get all of them, once and in order, and none later than promised. Returns how late the latest was.
 */
async function cookThrough(
  server: TestServer,
  home: TestHome,
  other: App,
  trouble: () => Promise<void>,
): Promise<number> {
  const sessionId = await startCook(server, home);
  const client = createSocketClient(other.url, home.userToken);
  const arrivedAt = new Map<number, number>();
  const sequences: number[] = [];
  let beginning = () => {};
  const begun = new Promise<void>((resolve) => {
    beginning = resolve;
  });
  const completed = new Promise<void>((resolve, reject) => {
    client.subscribe<{ cookingSessionEvents: { sequence: number } }>(
      { query: FEED, variables: { sessionId } },
      {
        next({ data }) {
          const { sequence } = (data as NonNullable<typeof data>).cookingSessionEvents;
          sequences.push(sequence);
          arrivedAt.set(sequence, performance.now());
          beginning();
        },
        error: reject,
        complete: resolve,
      },
    );
  });
  await begun;

  const device = deviceClock();
  const acknowledgedAt = [performance.now()];
  let isOver = false;
  const over = trouble().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await record(server, home, [device.temperature(sessionId, 100)]);
    acknowledgedAt.push(performance.now());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await over;
  await record(server, home, [device.status(sessionId, 'ABORTED')]);
  acknowledgedAt.push(performance.now());
  await completed;
  await client.dispose();
  expect(sequences).toEqual(acknowledgedAt.map((_, sequence) => sequence));
  return Math.max(...acknowledgedAt.map((time, i) => (arrivedAt.get(i) as number) - time));
}

describe.skipIf(isRedisMissing)('two instances with a Redis', () => {
  let redis: RedisServer;
  let server: TestServer;
  let other: App;
  let home: TestHome;

  beforeEach(async () => {
    redis = await startRedis();
    server = await startTestServer({ REDIS_URL: redis.url });
    other = await startInstance(server.database, { REDIS_URL: redis.url });
    home = await createHome(server);
  });
  afterEach(async () => {
    await other.stop();
    await server.stop();
    await redis.stop();
  });

  it('pass the events themselves on: who keeps up reads nothing, and nobody listens to PostgreSQL', async () => {
    const sessionId = await startCook(server, home);
    const device = deviceClock();
    const client = createSocketClient(other.url, home.userToken);
    const viewer = watch(client, { sessionId });
    await viewer.until(1);
    await record(server, home, [device.temperature(sessionId, 50)]);
    await viewer.until(2);
    const lags: number[] = [];
    const statements = await recordStatements(async () => {
      for (let i = 2; i <= 40; i++) {
        const sentAt = performance.now();
        await record(server, home, [device.temperature(sessionId, 50 + i), device.alert(sessionId)]);
        await viewer.until(2 * i);
        lags.push(performance.now() - sentAt);
      }
    });
    // Not one for each of 39 commits; the poll, every 2 s, may be faster than the bus now and then.
    const pages = statements.filter(({ text }) => JOURNAL_PAGE.test(text));
    expect(pages.length).toBeLessThan(10);
    expect(lags.sort((a, b) => a - b)[19]).toBeLessThan(1_000); // most are not the poll's doing
    expect(viewer.entries.map(({ sequence }) => sequence)).toEqual(viewer.entries.map((_, i) => i));
    expect(viewer.entries[1]).toMatchObject({ __typename: 'TemperatureEvent', temperature: 50 });
    const { rows } = await server.database.pool.query(
      `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^(LISTEN|SELECT pg_notify)'`,
    );
    expect(rows).toEqual([]);
    await record(server, home, [device.status(sessionId, 'ABORTED')]);
    await viewer.done;
    await client.dispose();
  });

  it('lose nothing while Redis stops and starts, and say that they are not ready meanwhile', async () => {
    const lag = await cookThrough(server, home, other, async () => {
      for (let i = 0; i < 2; i++) {
        await redis.stop();
        await expect.poll(() => isReady(server.app, other)).toEqual([false, false]);
        await new Promise((resolve) => setTimeout(resolve, 3_000)); // past a poll
        await redis.start();
        await expect.poll(() => isReady(server.app, other), { timeout: 8_000 }).toEqual([true, true]);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    });
    expect(lag).toBeLessThan(MAX_LAG_MS);
  });

  it('start while Redis is down, serve, and become ready when it comes', async () => {
    await redis.stop();
    const late = await startInstance(server.database, { REDIS_URL: redis.url });
    try {
      expect(await isReady(late)).toEqual([false]);
      expect((await fetch(`${late.url}/health`)).status).toBe(200);
      const lag = await cookThrough(server, home, late, async () => {
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        await redis.start();
        await expect.poll(() => isReady(late), { timeout: 8_000 }).toEqual([true]);
      });
      expect(lag).toBeLessThan(MAX_LAG_MS);
    } finally {
      await late.stop();
    }
  });
});

describe('two instances on PostgreSQL alone', () => {
  let proxy: TcpProxy;
  let server: TestServer;
  let other: App;
  let home: TestHome;

  beforeEach(async () => {
    const database = await createTestDatabase();
    proxy = await startProxy(database.url);
    const env = { DATABASE_DIRECT_URL: proxy.through(database.url) };
    const app = await startInstance(database, env);
    other = await startInstance(database, env);
    server = {
      app,
      database,
      url: app.url,
      post: (query, variables, token) => postGraphQL(app.url, query, variables, token),
      ask: (query, variables, token) => askOverSocket(app.url, query, variables, token),
      socket: (token) => createSocketClient(app.url, token),
      async stop() {
        await app.stop();
        await database.drop();
      },
    };
    home = await createHome(server);
  });
  afterEach(async () => {
    await other.stop();
    await server.stop();
    await proxy.stop();
  });

  it('lose nothing while every LISTEN connection is silently cut, and notice it', async () => {
    const lag = await cookThrough(server, home, other, async () => {
      proxy.swallow();
      await expect.poll(() => isReady(server.app, other), { timeout: 5_000 }).toEqual([false, false]);
      await new Promise((resolve) => setTimeout(resolve, 3_000)); // past a poll
      proxy.repair();
      await expect.poll(() => isReady(server.app, other), { timeout: 8_000 }).toEqual([true, true]);
    });
    expect(lag).toBeLessThan(MAX_LAG_MS);
  });
});
