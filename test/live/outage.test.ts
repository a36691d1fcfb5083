import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { FEED } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { startProxy, type TcpProxy } from '../_util/proxy.js';
import { openRawSocket } from '../_util/raw-socket.js';
import { postGraphQL, startInstance, startTestServer, type TestServer } from '../_util/server.js';

const RECORD = `mutation ($event: TelemetryEventInput!) { recordTelemetry(input: { events: [$event] }) { accepted } }`;

describe('an instance whose database falls silent', () => {
  let server: TestServer;
  let proxy: TcpProxy;
  let cutOff: App;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    proxy = await startProxy(server.database.url);
    cutOff = await startInstance({ url: proxy.through(server.database.url) });
    home = await createHome(server);
  });
  afterAll(async () => {
    proxy.cut();
    await cutOff.stop();
    await proxy.stop();
    await server.stop();
  });

  async function watchFeed(sessionId: string, after?: string) {
    const socket = await openRawSocket(cutOff.url, home.userToken);
    socket.send({ type: 'subscribe', id: 'x', payload: { query: FEED, variables: { sessionId, after } } });
    await expect.poll(() => socket.messages.length).toBe(1);
    return socket;
  }
  async function watchOther(token: string, query: string, first: number) {
    const socket = await openRawSocket(cutOff.url, token);
    socket.send({ type: 'subscribe', id: 'x', payload: { query } });
    socket.send({ type: 'subscribe', id: 'q', payload: { query: '{ __typename }' } });
    await expect
      .poll(() => [
        socket.messages.some(({ id }) => id === 'q'),
        socket.messages.filter(({ id }) => id === 'x').length,
      ])
      .toEqual([true, first]);
    socket.messages.length = 0;
    return socket;
  }
  const entries = (socket: {
    messages: { payload: { data: { cookingSessionEvents: { sequence: number } } } }[];
  }) => socket.messages.map(({ payload }) => payload.data.cookingSessionEvents.sequence);

  it('goes on by itself when it comes back soon, and ends its feeds with 1013 when it does not for 30 seconds', async () => {
    const sessionId = await startCook(server, home);
    const device = deviceClock();
    const socket = await watchFeed(sessionId);

    proxy.swallow();
    await record(server, home, [device.temperature(sessionId, 50)]);
    await expect.poll(async () => (await fetch(`${cutOff.url}/ready`)).status, { timeout: 10_000 }).toBe(503);
    expect((await fetch(`${cutOff.url}/health`)).status).toBe(200);
    proxy.repair();
    await expect.poll(() => entries(socket), { timeout: 10_000 }).toEqual([0, 1]);

    const others = await Promise.all([
      watchOther(home.userToken, 'subscription { applianceUpdated { id } }', 1),
      watchOther(home.deviceToken, 'subscription { applianceCommands { id } }', 0),
    ]);
    proxy.swallow();
    await record(server, home, [device.temperature(sessionId, 51)]);
    const at = performance.now();
    const stuck = postGraphQL(
      cutOff.url,
      RECORD,
      { event: device.temperature(sessionId, 52) },
      home.deviceToken,
    );
    const { code } = await socket.closed;
    expect(code).toBe(1013);
    for (const other of others) {
      expect((await other.closed).code).toBe(1013);
      expect(other.messages.every(({ type }) => type === 'next')).toBe(true);
    }
    expect(performance.now() - at).toBeGreaterThan(25_000);
    expect(performance.now() - at).toBeLessThan(45_000);
    expect(entries(socket)).toEqual([0, 1]);
    expect((await stuck).errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');

    proxy.repair();
    await expect.poll(async () => (await fetch(`${cutOff.url}/ready`)).status, { timeout: 15_000 }).toBe(200);
    const again = await watchFeed(sessionId);
    expect(entries(again)).toEqual([2]);
    const late = { event: device.temperature(sessionId, 53) };
    expect((await postGraphQL(cutOff.url, RECORD, late, home.deviceToken)).errors).toBeUndefined();
    await expect.poll(() => entries(again)).toEqual([2, 3]);
    again.ws.close();
  }, 90_000);
});
