import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceViewer } from '../../src/auth/viewer.js';
import { DomainError } from '../../src/errors.js';
import { toRestError } from '../../src/http/errors.js';
import type { TestServer } from '../_util/server.js';
import { askFrom, codesOf, connectFrom, newAddress, postFrom, signUp, startLimitedServer } from './kit.js';

const ME = '{ viewer { id } }';
const DISHES = '{ recipes(first: 1) { edges { node { id } } } }';
const BATCH = 'recordTelemetry(input: { events: [] }) { accepted }';

let server: TestServer;

beforeAll(async () => {
  server = await startLimitedServer();
});
afterAll(() => server.stop());

/** Does the same so many times, a few at once; the codes of the errors that came, each once. */
async function repeat(
  times: number,
  request: (i: number) => Promise<{ codes: unknown[] }>,
): Promise<unknown[]> {
  const codes = new Set<unknown>();
  const left = Array.from({ length: times }, (_, i) => i);
  const worker = async () => {
    for (let i = left.shift(); i !== undefined; i = left.shift()) {
      for (const code of (await request(i)).codes) codes.add(code);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return [...codes];
}

async function createDevice(): Promise<string> {
  const { data } = await postFrom(
    newAddress(),
    server.url,
    `mutation ($id: String!) { registerAppliance(input: { deviceId: $id, serialNumber: $id }) { deviceToken } }`,
    { id: `EPIC-${randomUUID().slice(0, 8)}` },
  );
  return data.registerAppliance.deviceToken;
}

describe('a person', () => {
  it('may ask 100 times a minute, over HTTP and WebSocket together, from wherever', async () => {
    const { userToken } = await signUp(server);
    const request = async (i: number) => {
      if (i % 10 > 0) return postFrom(newAddress(), server.url, ME, {}, userToken);
      return { codes: codesOf(await askFrom(newAddress(), server.url, ME, {}, userToken)) };
    };
    expect(await repeat(100, request)).toEqual([]);
    const refused = await postFrom(newAddress(), server.url, ME, {}, userToken);
    expect(refused).toMatchObject({ status: 429, codes: ['RATE_LIMITED'] });
    expect(refused.data ?? null).toBeNull();
    expect(refused.retryAfter).toBe(refused.errors?.[0]?.extensions.retryAfterSeconds);
    const { errors } = await askFrom(newAddress(), server.url, ME, {}, userToken);
    expect(errors?.[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
    expect(
      (await postFrom(newAddress(), server.url, ME, {}, (await signUp(server)).userToken)).codes,
    ).toEqual([]);
  });

  it('is told over a socket that stays open, for queries and subscriptions alike', async () => {
    const { userToken } = await signUp(server);
    await repeat(100, () => postFrom(newAddress(), server.url, ME, {}, userToken));
    const socket = await connectFrom(newAddress(), server.url, userToken);
    socket.send({ type: 'subscribe', id: 'query', payload: { query: ME } });
    await expect.poll(() => socket.messages.at(-1)).toEqual({ type: 'complete', id: 'query' });
    expect(codesOf(socket.messages.at(-2).payload)).toEqual(['RATE_LIMITED']);
    const query = 'subscription { applianceUpdated { id } }';
    socket.send({ type: 'subscribe', id: 'stream', payload: { query } });
    await expect.poll(() => socket.messages.at(-1)).toMatchObject({ type: 'error', id: 'stream' });
    expect(codesOf({ errors: socket.messages.at(-1).payload })).toEqual(['RATE_LIMITED']);
    expect(socket.messages.at(-1).payload[0].extensions.retryAfterSeconds).toBeGreaterThan(0);
    socket.ws.close();
  });

  it('spends one for each field of a mutation, and one for a query of many', async () => {
    const { userToken } = await signUp(server);
    const logouts = Array.from(
      { length: 30 },
      (_, i) => `a${i}: logout(input: { refreshToken: "none" }) { loggedOut }`,
    );
    const many = `mutation { ${logouts.join(' ')} }`;
    for (let i = 0; i < 3; i += 1) {
      expect((await postFrom(newAddress(), server.url, many, {}, userToken)).codes).toEqual([]);
    }
    expect((await postFrom(newAddress(), server.url, many, {}, userToken)).codes).toEqual(['RATE_LIMITED']);

    const { userToken: reader } = await signUp(server);
    const wide = `{ ${Array.from({ length: 20 }, (_, i) => `a${i}: viewer { id }`).join(' ')} }`;
    expect(await repeat(100, () => postFrom(newAddress(), server.url, wide, {}, reader))).toEqual([]);
    expect((await postFrom(newAddress(), server.url, wide, {}, reader)).codes).toEqual(['RATE_LIMITED']);
  });
});

describe('a device', () => {
  it('may ask 600 times a minute, each aliased batch counted', async () => {
    const token = await createDevice();
    const batches = Array.from({ length: 30 }, (_, i) => `a${i}: ${BATCH}`).join(' ');
    const report = () => postFrom(newAddress(), server.url, `mutation { ${batches} }`, {}, token);
    expect(await repeat(20, report)).toEqual(['FORBIDDEN']); // it has no home; that is for the resolver to say
    expect((await report()).codes).toEqual(['RATE_LIMITED']);
    const over = await askFrom(newAddress(), server.url, `mutation { ${BATCH} }`, {}, token);
    expect(codesOf(over)).toEqual(['RATE_LIMITED']);
    const other = await postFrom(newAddress(), server.url, `mutation { ${BATCH} }`, {}, await createDevice());
    expect(other.codes).toEqual(['FORBIDDEN']);
  });

  it('may sync 30 times a minute, and is told over REST when to go on', async () => {
    const { limits } = server.app.services;
    const viewer: DeviceViewer = {
      kind: 'device',
      registrationId: randomUUID(),
      deviceId: 'EPIC-1',
      tokenHash: Buffer.alloc(32),
      applianceId: null,
      ownerId: null,
      knownAt: 0,
    };
    for (let i = 0; i < 30; i += 1) await limits.countSync(viewer);
    const excess: unknown = await limits.countSync(viewer).catch((error: unknown) => error);
    if (!(excess instanceof DomainError)) throw excess;
    const { status, headers, body } = toRestError(excess);
    expect({ status, code: body.error.code }).toEqual({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(headers['retry-after'])).toBe(excess.retryAfterSeconds);
  });
});

describe('somebody who is not signed in', () => {
  it('may ask 300 times a minute, with all others at the same address', async () => {
    const address = newAddress();
    expect(await repeat(300, () => postFrom(address, server.url, DISHES))).toEqual([]);
    expect(await postFrom(address, server.url, DISHES)).toMatchObject({
      status: 429,
      codes: ['RATE_LIMITED'],
    });
    expect(codesOf(await askFrom(address, server.url, DISHES))).toEqual(['RATE_LIMITED']);
    const { userToken } = await signUp(server);
    expect((await postFrom(address, server.url, ME, {}, userToken)).codes).toEqual([]);
    expect((await postFrom(newAddress(), server.url, DISHES)).codes).toEqual([]);
  });
});

describe('an address', () => {
  it('from which 300 documents came within a minute that cannot be run hears no more than that', async () => {
    const address = newAddress();
    const nonsense = (i: number) => postFrom(address, server.url, i % 2 ? '{ nothing }' : '{ {');
    expect((await repeat(300, nonsense)).sort()).toEqual([
      'GRAPHQL_PARSE_FAILED',
      'GRAPHQL_VALIDATION_FAILED',
    ]);
    expect(await nonsense(0)).toMatchObject({ status: 429, codes: ['RATE_LIMITED'] });
    expect(await nonsense(1)).toMatchObject({ status: 429, codes: ['RATE_LIMITED'] });
    expect(codesOf(await askFrom(address, server.url, '{ nothing }'))).toEqual(['RATE_LIMITED']);
    expect((await postFrom(newAddress(), server.url, '{ nothing }')).codes).toEqual([
      'GRAPHQL_VALIDATION_FAILED',
    ]);
  });

  it('from which 300 bad tokens came within a minute is not looked at further, over HTTP and WebSocket alike', async () => {
    const address = newAddress();
    const knock = () => postFrom(address, server.url, ME, {}, `epd_${randomUUID()}`);
    expect(await repeat(300, knock)).toEqual(['UNAUTHENTICATED']);
    const refused = await knock();
    expect(refused).toMatchObject({ status: 429, codes: ['RATE_LIMITED'] });
    expect(refused.retryAfter).toBeGreaterThan(0);
    expect(await (await connectFrom(address, server.url, 'epd_bad')).closed).toBe(1013);
    expect(await (await connectFrom(newAddress(), server.url, 'epd_bad')).closed).toBe(4403);
    expect((await postFrom(address, server.url, DISHES)).codes).toEqual([]);
  });
});

describe('where limits are off', () => {
  it('nobody is counted', async () => {
    const free = await startLimitedServer({ RATE_LIMITS: 'off' });
    try {
      const address = newAddress();
      expect(await repeat(310, () => postFrom(address, free.url, DISHES))).toEqual([]);
      const { rows } = await free.database.pool.query('SELECT key FROM rate_limits');
      expect(rows).toEqual([]);
    } finally {
      await free.stop();
    }
  });
});

describe('a request', () => {
  it('comes from the address of its connection where no proxy is trusted', async () => {
    const untrusting = await startLimitedServer({ TRUST_PROXY: '' });
    try {
      const { limits } = untrusting.app.services;
      const request = {
        socket: { remoteAddress: '::ffff:127.0.0.1' },
        headers: { 'x-forwarded-for': '203.0.113.9' },
      } as unknown as IncomingMessage;
      expect(limits.clientOf(request).address).toBe('127.0.0.1');
      expect(await repeat(300, () => postFrom(newAddress(), untrusting.url, DISHES))).toEqual([]);
      expect((await postFrom(newAddress(), untrusting.url, DISHES)).codes).toEqual(['RATE_LIMITED']);
    } finally {
      await untrusting.stop();
    }
  });
});
