import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { toByteString } from '../../src/http/byte-string.js';
import { Delivery } from '../../src/http/socket/delivery.js';
import { Keeper } from '../../src/http/socket/keeper.js';
import { createHome, startCook } from '../_util/home.js';
import { type LivePair, openLivePair } from '../_util/live-socket.js';
import { uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const MB = 1024 * 1024;
/** Longer than a client may take nothing. */
const LONG_MS = 60_000;

describe('a socket whose client', () => {
  let pair: LivePair;

  beforeEach(async () => {
    pair = await openLivePair({ address: '127.0.0.1' });
  });
  afterEach(() => {
    pair.stop();
    vi.useRealTimers();
  });

  it('reads gets one answer of any size', async () => {
    const { socket, client } = pair;
    const received = new Promise<number>((resolve) =>
      client.once('message', (data) => resolve(String(data).length)),
    );
    await socket.send('x'.repeat(24 * MB));
    expect(await received).toBe(24 * MB);
    await socket.send('and another');
    expect(client.readyState).toBe(client.OPEN);
  });

  it('reads gets objects of any length whole, whatever is in them', async () => {
    const { socket, client } = pair;
    const received: string[] = [];
    client.on('message', (data) => received.push(String(data)));
    const opening = '{"id":"äöü 🍲","payload":';
    const lengths = [0, 82, 83, 84, 85, 200, 65_492, 65_493, 65_494, 65_495, 70_000, 2 * MB];
    const bodies = lengths.map((length) => JSON.stringify(`${'x'.repeat(length)} — 🍛`));
    for (const body of bodies) socket.sendObject(toByteString(opening), toByteString(body));
    await expect.poll(() => received.length).toBe(bodies.length);
    expect(received.map((text, i) => text === `${opening}${bodies[i]}}`)).not.toContain(false);
    expect(client.readyState).toBe(client.OPEN);
  });

  it('takes a large answer slowly is not stalled, though none of its writes is done', async () => {
    const { socket, client, stream } = pair;
    client.pause();
    void socket.send('x'.repeat(64 * MB));
    await expect.poll(() => socket.fullSince).not.toBeNull();
    let now = performance.now();
    const look = () => {
      now += LONG_MS;
      return socket.stalledMs(now);
    };
    // The kernel takes some megabytes by itself; from then on nobody takes anything.
    await expect.poll(look, { timeout: 10_000 }).toBeGreaterThanOrEqual(LONG_MS);
    stream.on('data', () => {
      if (stream.bytesRead > 16 * MB) client.pause();
    });
    client.resume();
    await expect.poll(() => stream.bytesRead, { timeout: 10_000 }).toBeGreaterThan(16 * MB);
    expect(look()).toBe(0);
    expect(socket.bufferedBytes).toBeGreaterThan(MB); // it was judged in the middle of its answer
  });

  it('asks for more while it leaves more than 4 MB unread is closed with 4413', async () => {
    const { socket, client, closed } = pair;
    client.pause();
    void socket.send('x'.repeat(24 * MB));
    await expect.poll(() => socket.bufferedBytes).toBeGreaterThan(4 * MB);
    void socket.send('one too many');
    client.resume();
    expect(await closed).toBe(4413);
  });

  it('stops to read is told so by 4413, not cut off, though the kernel takes all that is sent', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { socket, client, closed } = pair;
    const keeper = new Keeper();
    keeper.add(socket);
    client.pause();
    vi.advanceTimersByTime(12_000);
    expect(socket.awaitsPong).toBe(true);
    expect(socket.fullSince).toBeNull();
    vi.advanceTimersByTime(12_000);
    keeper.stop();
    client.resume();
    expect(await closed).toBe(4413);
  });
});

describe('snapshots for a client that does not read', () => {
  let server: TestServer;
  let pair: LivePair;

  beforeAll(async () => {
    server = await startTestServer();
    pair = await openLivePair({ address: '127.0.0.1' });
  });
  afterAll(async () => {
    pair.stop();
    await server.stop();
  });

  it('do not pile up: above 4 MB its socket is closed with 4413', async () => {
    const sessionId = await startCook(server, await createHome(server));
    const { socket, client, closed } = pair;
    client.pause();
    const snapshot = JSON.stringify({ data: 'x'.repeat(3 * MB) });
    let executed = 0;
    const renderer = {
      render: () => undefined,
      execute: async () => {
        executed += 1;
        return snapshot;
      },
    };
    for (let i = 0; i < 16; i++) {
      const feed = await server.app.services.live.openFeed({
        sessionId: uuidOf(sessionId),
        after: undefined,
        minTelemetryIntervalMs: 0,
      });
      // All of them begin before the socket is full.
      void new Delivery(feed, renderer, socket, `${i}`, () => feed.close()).next();
    }
    await expect.poll(() => executed).toBeGreaterThan(0);
    await expect.poll(() => socket.bufferedBytes).toBeGreaterThan(0);
    expect(socket.bufferedBytes).toBeLessThan(8 * MB);
    client.resume();
    expect(await closed).toBe(4413);
  });
});
