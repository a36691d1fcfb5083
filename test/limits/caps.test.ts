import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCook, type TestHome } from '../_util/home.js';
import { readMetric } from '../_util/metrics.js';
import type { TestServer } from '../_util/server.js';
import {
  codesOf,
  connectFrom,
  newAddress,
  type OpenSocket,
  postFrom,
  signUp,
  startLimitedServer,
} from './kit.js';

const WATCH = 'subscription { applianceUpdated { id name } }';

let server: TestServer;

beforeAll(async () => {
  server = await startLimitedServer();
});
afterAll(() => server.stop());

/** Resolves when an operation has been answered in whatever way; whether it goes on. */
async function answered(socket: OpenSocket, id: string): Promise<boolean> {
  await socket.until((messages) => messages.some((message) => message.id === id));
  return !socket.messages.some(({ id: of, type }) => of === id && (type === 'error' || type === 'complete'));
}

function errorOf({ messages }: OpenSocket, id: string) {
  return messages.find((message) => message.id === id && message.type === 'error')?.payload[0];
}

function subscribe(socket: OpenSocket, id: string): Promise<boolean> {
  socket.send({ type: 'subscribe', id, payload: { query: WATCH } });
  return answered(socket, id);
}

async function ask(socket: OpenSocket, query: string) {
  const id = `query ${socket.messages.length}`;
  socket.send({ type: 'subscribe', id, payload: { query } });
  await answered(socket, id);
  return socket.messages.find((message) => message.id === id)?.payload?.data;
}

/** Answers a query, so it is open and served. */
async function works(socket: OpenSocket): Promise<boolean> {
  return (await ask(socket, '{ __typename }'))?.__typename === 'Query';
}

async function createHome(): Promise<TestHome> {
  const person = await signUp(server);
  const id = `EPIC-${person.email.split('@')[0]}`;
  const address = newAddress();
  const { data } = await postFrom(
    address,
    server.url,
    `mutation ($id: String!) { registerAppliance(input: { deviceId: $id, serialNumber: $id }) { deviceToken pairingCode } }`,
    { id },
  );
  const { deviceToken, pairingCode } = data.registerAppliance;
  const early = await connectFrom(address, server.url, deviceToken);
  const paired = await postFrom(
    address,
    server.url,
    'mutation ($code: String!) { pairAppliance(input: { pairingCode: $code }) { appliance { id } } }',
    { code: pairingCode },
    person.userToken,
  );
  // Sockets that the device opens before every instance knows of its home are closed when it does.
  const { appliance } = paired.data.pairAppliance;
  await expect
    .poll(() => ask(early, '{ thisAppliance { id } }'), { timeout: 10_000 })
    .toEqual({ thisAppliance: { id: appliance.id } });
  await closeAll([early]);
  return { ...person, deviceId: id, deviceToken, applianceId: appliance.id };
}

async function openMany(count: number, open: () => Promise<OpenSocket>): Promise<OpenSocket[]> {
  const sockets: OpenSocket[] = [];
  while (sockets.length < count) {
    const size = Math.min(20, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: size }, open))));
  }
  return sockets;
}

async function closeAll(sockets: OpenSocket[]): Promise<void> {
  for (const { ws } of sockets) ws.close();
  await Promise.all(sockets.map(({ closed }) => closed));
}

describe('sockets', () => {
  it.each(['person', 'device'])(
    'of a %s are ten; one more is closed with 1013, the others go on',
    async (who) => {
      const home = await createHome();
      const token = who === 'person' ? home.userToken : home.deviceToken;
      const open = () => connectFrom(newAddress(), server.url, token);
      const sockets = await openMany(10, open);
      expect(await (await open()).closed).toBe(1013);
      expect(await Promise.all(sockets.map(works))).toEqual(new Array(10).fill(true));
      const other = await connectFrom(newAddress(), server.url, (await signUp(server)).userToken);
      expect(await works(other)).toBe(true);

      sockets[0]?.ws.close();
      await sockets[0]?.closed;
      const next = await open();
      expect(await works(next)).toBe(true);
      await closeAll([...sockets, other, next]);
    },
  );

  it('of an address are 200; one more is closed with 1013, the others go on', async () => {
    const address = newAddress();
    const open = () => connectFrom(address, server.url);
    const sockets = await openMany(200, open);
    expect(await (await open()).closed).toBe(1013);
    expect(await works(sockets[0] as OpenSocket)).toBe(true);
    expect(await works(sockets[199] as OpenSocket)).toBe(true);
    const elsewhere = await connectFrom(newAddress(), server.url);
    expect(await works(elsewhere)).toBe(true);

    await closeAll(sockets);
    const next = await open();
    expect(await works(next)).toBe(true);
    await closeAll([next, elsewhere]);
  }, 30_000);

  it('that are killed while they say who they are hold no place', async () => {
    const { userToken } = await signUp(server);
    for (let round = 0; round < 3; round += 1) {
      const opening = Array.from({ length: 10 }, () => connectFrom(newAddress(), server.url, userToken));
      const sockets = await Promise.all(opening);
      for (const { ws } of sockets) ws.terminate();
      await expect.poll(() => readMetric(server.url, 'epicura_sockets'), { timeout: 10_000 }).toBe(0);
    }
    const next = await connectFrom(newAddress(), server.url, userToken);
    expect(await works(next)).toBe(true);
    await closeAll([next]);
  });
});

describe('operations', () => {
  it('on a socket are 20 at once; one more gets an error, and the others go on', async () => {
    const home = await createHome();
    const socket = await connectFrom(newAddress(), server.url, home.userToken);
    for (let i = 0; i < 20; i += 1) expect(await subscribe(socket, `s${i}`)).toBe(true);
    expect(await subscribe(socket, 'one more')).toBe(false);
    expect(errorOf(socket, 'one more')).toMatchObject({
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) },
    });

    const told = () => new Set(socket.messages.slice(before).map(({ id }) => id)).size;
    const before = socket.messages.length;
    await server.database.pool.query(`UPDATE appliances SET name = 'Another' WHERE device_id = $1`, [
      home.deviceId,
    ]);
    server.app.services.live.appliancesChanged([await applianceUuid(home)]);
    await expect.poll(told, { timeout: 10_000 }).toBe(20);

    socket.send({ type: 'complete', id: 's0' });
    await expect.poll(() => subscribe(socket, `again ${socket.messages.length}`)).toBe(true);
    await closeAll([socket]);
  });
});

describe('subscriptions', () => {
  it.each(['person', 'device'])(
    'of a %s are 50 over all sockets and streams; one more is refused alone',
    async (who) => {
      const home = await createHome();
      const token = who === 'person' ? home.userToken : home.deviceToken;
      const sockets = await openMany(4, () => connectFrom(newAddress(), server.url, token));
      const streams = await Promise.all([0, 1].map(() => stream(newAddress(), token)));
      for (let i = 0; i < 48; i += 1)
        expect(await subscribe(sockets[i % 3] as OpenSocket, `s${i}`)).toBe(true);
      expect(await subscribe(sockets[3] as OpenSocket, 'one more')).toBe(false);
      expect(errorOf(sockets[3] as OpenSocket, 'one more').extensions.code).toBe('RATE_LIMITED');
      expect(await works(sockets[3] as OpenSocket)).toBe(true);
      const refused = await stream(newAddress(), token);
      expect(refused.response.status).toBe(429);
      expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThan(0);

      streams[0]?.abort();
      await expect
        .poll(() => subscribe(sockets[3] as OpenSocket, `again ${sockets[3]?.messages.length}`))
        .toBe(true);
      for (const { abort } of [...streams, refused]) abort();
      await closeAll(sockets);
      await expect.poll(() => subscribedAnew(token)).toBe(true);
    },
  );

  it('that end by themselves give their place back', async () => {
    const { userToken, payload } = await createEndedCook();
    const socket = await connectFrom(newAddress(), server.url, userToken);
    for (let i = 0; i < 60; i += 1) {
      socket.send({ type: 'subscribe', id: `s${i}`, payload });
      const hasEnded = ({ id, type }: { id: string; type: string }) => id === `s${i}` && type !== 'next';
      const end = (await socket.until((messages) => messages.some(hasEnded))).find(hasEnded);
      expect(end).toEqual({ id: `s${i}`, type: 'complete' });
    }
    await closeAll([socket]);
  });

  it('over SSE that end by themselves do the same', async () => {
    const { userToken, payload } = await createEndedCook();
    for (let i = 0; i < 60; i += 1) {
      const { response } = await stream(newAddress(), userToken, payload);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('event: complete');
    }
  });

  /** A cook that has ended, and how its person watches it. */
  async function createEndedCook() {
    const home = await createHome();
    const id = await startCook(server, home);
    await server.database.pool.query(
      `UPDATE cooking_sessions SET status = 'completed', completed_at = now()`,
    );
    const query = 'subscription ($id: ID!) { cookingSessionEvents(sessionId: $id) { id } }';
    return { userToken: home.userToken, payload: { query, variables: { id } } };
  }

  async function subscribedAnew(token: string): Promise<boolean> {
    const socket = await connectFrom(newAddress(), server.url, token);
    const isOpen = await subscribe(socket, 'anew');
    await closeAll([socket]);
    return isOpen;
  }
});

describe('streams', () => {
  it('of an address are 200; one more is refused', async () => {
    const address = newAddress();
    const people = await Promise.all(Array.from({ length: 5 }, () => signUp(server)));
    const streams: Awaited<ReturnType<typeof stream>>[] = [];
    for (let i = 0; i < 200; i += 1) streams.push(await stream(address, people[i % 4]?.userToken ?? ''));
    expect(streams.map(({ response }) => response.status)).toEqual(new Array(200).fill(200));
    const refused = await stream(address, people[4]?.userToken ?? '');
    expect(refused.response.status).toBe(429);
    expect(codesOf(JSON.parse(/^data: (\{.*)$/m.exec(await refused.response.text())?.[1] ?? '{}'))).toEqual([
      'RATE_LIMITED',
    ]);

    streams[0]?.abort();
    await expect
      .poll(async () => {
        const next = await stream(address, people[4]?.userToken ?? '');
        streams.push(next);
        return next.response.status;
      })
      .toBe(200);
    for (const { abort } of streams) abort();
  }, 30_000);
});

async function applianceUuid({ applianceId }: TestHome): Promise<string> {
  return Buffer.from(applianceId, 'base64').toString().split(':')[1] as string;
}

/** A subscription over server-sent events. */
async function stream(address: string, token: string, payload: object = { query: WATCH }) {
  const controller = new AbortController();
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      'x-forwarded-for': address,
    },
    body: JSON.stringify(payload),
    signal: controller.signal,
  });
  return { response, abort: () => controller.abort() };
}
