import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEED, watch } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { openRawSocket } from '../_util/raw-socket.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { eventsOf, openStream } from '../_util/sse.js';
import { signToken } from '../_util/tokens.js';

const SECONDS = 5;

describe('a token that expires', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterAll(() => server.stop());

  const shortLived = () =>
    signToken({ sub: uuidOf(home.userId), role: 'user', exp: Math.floor(Date.now() / 1000) + SECONDS });

  // biome-ignore lint/suspicious/noExplicitAny: whatever an entry holds
  const dataOf = (message: any) => (message.payload ?? message).data.cookingSessionEvents;

  it('closes the socket with 4403; a fresh one with the last cursor loses nothing and repeats nothing', async () => {
    const sessionId = await startCook(server, home);
    const device = deviceClock();
    const socket = await openRawSocket(server.url, await shortLived());
    socket.send({ type: 'subscribe', id: 'x', payload: { query: FEED, variables: { sessionId } } });
    await expect.poll(() => socket.messages.length, { timeout: 10_000 }).toBe(1);

    let isOpen = true;
    void socket.closed.then(() => {
      isOpen = false;
    });
    await record(server, home, [device.status(sessionId, 'COOKING')]);
    for (let sent = 0; isOpen; sent++) {
      expect(sent).toBeLessThan(100_000); // as many as come through until then
      await record(server, home, [device.temperature(sessionId, 100 + (sent % 50))]);
    }
    expect(await socket.closed).toEqual({ code: 4403, reason: 'Token expired' });
    expect(socket.messages.every(({ type }) => type === 'next')).toBe(true);
    await record(server, home, [device.alert(sessionId), device.status(sessionId, 'COMPLETED')]);

    const before = socket.messages.map(dataOf);
    const rest = watch(server.socket(home.userToken), { sessionId, after: before.at(-1).cursor });
    await rest.done;
    const sequences = [...before, ...rest.entries].map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, i) => i)); // the snapshot is at 0
    expect(rest.entries.at(-1)).toMatchObject({ sessionStatus: 'COMPLETED' });
  });

  it('breaks off a stream over SSE without complete, and the same cursor goes on over it', async () => {
    const other = await createHome(server);
    const sessionId = await startCook(server, other);
    const device = deviceClock();
    const token = await signToken({
      sub: uuidOf(other.userId),
      role: 'user',
      exp: Math.floor(Date.now() / 1000) + SECONDS,
    });
    const stream = await openStream(server.url, FEED, { sessionId }, token);
    await record(server, other, [device.status(sessionId, 'COOKING')]);
    await expect.poll(() => eventsOf(stream).length, { timeout: 10_000 }).toBe(2);
    await stream.ended;
    expect(stream.text()).not.toContain('event: complete');

    const { cursor } = dataOf(eventsOf(stream).at(-1));
    await record(server, other, [device.temperature(sessionId, 120), device.status(sessionId, 'COMPLETED')]);
    const rest = await openStream(server.url, FEED, { sessionId, after: cursor }, other.userToken);
    await rest.ended;
    expect(rest.text()).toContain('event: complete');
    expect(eventsOf(rest).map((event) => dataOf(event).sequence)).toEqual([2, 3]);
  });

  it('is UNAUTHENTICATED from then on, over HTTP, WebSocket and SSE', async () => {
    const expiresAt = Math.floor(Date.now() / 1000) + 2;
    const token = await signToken({ sub: uuidOf(home.userId), role: 'user', exp: expiresAt });
    expect((await server.post('{ viewer { id } }', {}, token)).data.viewer.id).toBe(home.userId);
    await sleep(expiresAt * 1000 - Date.now());
    expect((await server.post('{ viewer { id } }', {}, token)).errors?.[0]?.extensions.code).toBe(
      'UNAUTHENTICATED',
    );
    await expect(openRawSocket(server.url, token)).rejects.toThrow('closed');
    const stream = await openStream(server.url, FEED, { sessionId: home.userId }, token);
    await stream.ended;
    expect(stream.status).toBe(401);
    expect(stream.text()).toContain('UNAUTHENTICATED');
  });
});
