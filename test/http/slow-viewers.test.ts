import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Entry, watch } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { readMetric } from '../_util/metrics.js';
import { openRawSocket } from '../_util/raw-socket.js';
import { startTestServer, type TestServer } from '../_util/server.js';

/** Some kilobytes for each entry: what the kernel takes for a client that does not read is filled soon. */
const LARGE = `subscription ($id: ID!) { cookingSessionEvents(sessionId: $id) {
  __typename sequence
  ... on EventsSkipped { fromSequence toSequence skipReason }
  ... on TemperatureEvent { ${Array.from({ length: 28 }, (_, i) => `c${i}: cvClass`).join(' ')} }
} }`;

describe('a viewer that does not read', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterAll(() => server.stop());

  /** Subscribes, stops reading, and lets the device report until the socket is full. */
  async function stall(sessionId: string, device: ReturnType<typeof deviceClock>) {
    const socket = await openRawSocket(server.url, home.userToken);
    socket.send({ type: 'subscribe', id: 'x', payload: { query: LARGE, variables: { id: sessionId } } });
    await expect.poll(() => socket.messages.length).toBe(1);
    socket.ws.pause();
    let sent = 0;
    while ((await readMetric(server.url, 'epicura_sockets_full')) === 0) {
      const readings = Array.from({ length: 499 }, () =>
        device.temperature(sessionId, 100, { cvClass: 'x'.repeat(100) }),
      );
      await record(server, home, [...readings, device.alert(sessionId)]);
      sent += 500;
      expect(sent).toBeLessThan(20_000);
    }
    return { socket, sent };
  }

  it('misses readings and is told which, but no alert; memory stays bounded, and others see everything', async () => {
    const sessionId = await startCook(server, home);
    const device = deviceClock();
    const other = watch(server.socket(home.userToken), { sessionId });
    await other.until(1);
    const { socket, sent: before } = await stall(sessionId, device);
    const full = performance.now();
    let sent = before;
    while (performance.now() - full < 2_500) {
      await record(server, home, [
        ...Array.from({ length: 99 }, () => device.temperature(sessionId, 100)),
        device.alert(sessionId),
      ]);
      sent += 100;
    }
    await record(server, home, [device.temperature(sessionId, 42)]);
    sent += 1;
    expect(await readMetric(server.url, 'epicura_socket_buffered_bytes')).toBeLessThan(80_000);
    await other.until(1 + sent);

    socket.ws.resume();
    await expect.poll(() => socket.messages.at(-1)?.payload?.data.cookingSessionEvents.sequence).toBe(sent);
    const entries: Entry[] = socket.messages.map(({ payload }) => payload.data.cookingSessionEvents);
    const skips = entries.filter(({ __typename }) => __typename === 'EventsSkipped');
    expect(skips.length).toBeGreaterThan(0);
    expect(new Set(skips.map(({ skipReason }) => skipReason))).toEqual(new Set(['SLOW_READER']));
    let last = 0;
    for (const entry of entries.slice(1)) {
      expect(entry.fromSequence ?? entry.sequence).toBe(last + 1);
      last = entry.sequence;
    }
    const alerts = entries.filter(({ __typename }) => __typename === 'AlertEvent');
    expect(alerts).toHaveLength(before / 500 + (sent - 1 - before) / 100);
    expect(entries.at(-1).__typename).toBe('TemperatureEvent'); // the newest reading

    await record(server, home, [device.status(sessionId, 'COMPLETED')]);
    await expect.poll(() => socket.messages.at(-1)?.type).toBe('complete');
    await other.done;
    socket.ws.close();
  });

  it('is closed with 4413 when it goes on too long, and may resume', async () => {
    const sessionId = await startCook(server, home);
    const device = deviceClock(Date.now() + 3_600_000);
    const { socket, sent } = await stall(sessionId, device);
    await expect
      .poll(() => readMetric(server.url, 'epicura_slow_sockets_closed_total'), { timeout: 20_000 })
      .toBe(1);
    socket.ws.resume();
    expect((await socket.closed).code).toBe(4413);
    const resumed = watch(server.socket(home.userToken), { sessionId });
    const [snapshot] = await resumed.until(1);
    expect(snapshot.sequence).toBe(sent);
    await record(server, home, [device.status(sessionId, 'ABORTED')]);
    await resumed.done;
  });

  it('over SSE is cut off when it goes on too long', async () => {
    const other = await createHome(server);
    const sessionId = await startCook(server, other);
    const device = deviceClock();
    const before = await readMetric(server.url, 'epicura_viewers');
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request(`${server.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${other.userToken}`,
        },
      });
      asked.on('response', resolve);
      asked.on('error', reject);
      asked.end(JSON.stringify({ query: LARGE, variables: { id: sessionId } }));
    });
    const broken = new Promise<void>((resolve) => response.on('error', () => resolve()));
    await expect.poll(() => readMetric(server.url, 'epicura_viewers')).toBe(before + 1);
    response.pause();
    const readings = () =>
      Array.from({ length: 500 }, () => device.temperature(sessionId, 100, { cvClass: 'x'.repeat(100) }));
    const deadline = performance.now() + 40_000;
    while ((await readMetric(server.url, 'epicura_viewers')) > before) {
      expect(performance.now()).toBeLessThan(deadline);
      await record(server, other, readings());
    }
    response.resume();
    await broken; // not ended, which would mean that the cook has
  }, 60_000);
});
