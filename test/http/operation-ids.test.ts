import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEED } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook } from '../_util/home.js';
import { openRawSocket } from '../_util/raw-socket.js';
import { startTestServer, type TestServer } from '../_util/server.js';

describe('the id that a client gives an operation', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it.each([
    ['plain', '1'],
    ['quotes and backslashes', 'say "hi" \\ there'],
    ['letters beyond ASCII', 'Rührei 炒蛋 é'],
    ['characters beyond the first plane', 'a 🍳 b'],
    ['control characters', 'line\nbreak\u0000'],
  ])('comes back unchanged with every entry of a feed: %s', async (_, id) => {
    const home = await createHome(server);
    const sessionId = await startCook(server, home);
    const clock = deviceClock();
    const socket = await openRawSocket(server.url, home.userToken);
    socket.send({ id, type: 'subscribe', payload: { query: FEED, variables: { sessionId } } });
    await expect.poll(() => socket.messages.length, { timeout: 10_000 }).toBeGreaterThan(0);
    await record(server, home, [clock.temperature(sessionId, 100), clock.status(sessionId, 'COMPLETED')]);
    await expect.poll(() => socket.messages.at(-1)?.type, { timeout: 10_000 }).toBe('complete');
    expect(socket.messages.map((message) => message.id)).toEqual(socket.messages.map(() => id));
    expect(socket.messages.length).toBeGreaterThan(3);
    socket.ws.terminate();
  });
});
