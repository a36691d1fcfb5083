import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watch } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

/** As after a restore from a backup: the newest events are gone, and their numbers will be others'. */
describe('a journal that is set back under a server that runs', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  async function setBack(sessionId: string, to: number): Promise<void> {
    const id = uuidOf(sessionId);
    await server.database.pool.query('DELETE FROM telemetry_events WHERE session_id = $1 AND sequence > $2', [
      id,
      to,
    ]);
    await server.database.pool.query(
      `UPDATE cooking_sessions SET last_sequence = $2, last_received_at =
         (SELECT received_at FROM telemetry_events WHERE session_id = $1 AND sequence = $2) WHERE id = $1`,
      [id, to],
    );
  }

  async function start() {
    const home = await createHome(server);
    const sessionId = await startCook(server, home);
    const clock = deviceClock();
    // Each by itself: what was received together is lost or kept together.
    const report = async (count: number, how: 'one by one' | 'together' = 'one by one') => {
      const events = Array.from({ length: count }, () => clock.temperature(sessionId, 100));
      if (how === 'together') await record(server, home, events);
      else for (const event of events) await record(server, home, [event]);
    };
    const feed = watch(server.socket(home.userToken), { sessionId });
    await feed.until(1);
    await report(5);
    await feed.until(6);
    return { home, sessionId, report, feed };
  }

  it.each([
    ['goes on', 1],
    ['rests', 0],
  ])('sends its viewers to where they stand, whether the device %s', async (_, count) => {
    const { home, sessionId, report, feed } = await start();
    await setBack(sessionId, 3);
    await report(count);
    expect(await feed.done.catch((event: { code?: number }) => event.code)).toBe(1013);
    const after = feed.entries.at(-1).cursor;
    const again = watch(server.socket(home.userToken), { sessionId, after });
    const [snapshot] = await again.until(1);
    expect(snapshot).toMatchObject({ __typename: 'SessionSnapshot', reset: true, sequence: 3 + count });
    await report(2);
    const entries = await again.until(3);
    expect(entries.map(({ sequence }) => sequence)).toEqual([3, 4, 5].map((sequence) => sequence + count));
  });

  it('notices a batch that begins before its ring and reaches over its end', async () => {
    const { home, sessionId, report, feed } = await start();
    for (let i = 0; i < 2; i++) await report(40);
    await feed.until(86);
    await setBack(sessionId, 3);
    await report(100, 'together');
    expect(await feed.done.catch((event: { code?: number }) => event.code)).toBe(1013);
    const after = feed.entries.at(-1).cursor;
    const [snapshot] = await watch(server.socket(home.userToken), { sessionId, after }).until(1);
    expect(snapshot).toMatchObject({ __typename: 'SessionSnapshot', reset: true, sequence: 103 });
  });

  it('tells a cursor without the instant of its event, too, that it starts over', async () => {
    const { home, sessionId, feed } = await start();
    const [prefix, sequence] = feed.entries.at(-1).cursor.split('.');
    feed.stop();
    const again = watch(server.socket(home.userToken), { sessionId, after: `${prefix}.${sequence}.` });
    const [snapshot] = await again.until(1);
    expect(snapshot).toMatchObject({ __typename: 'SessionSnapshot', reset: true, sequence: 5 });
  });
});

describe('a device whose numbers are extreme', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it('is stored, its cook ends, and nobody else is the worse for it', async () => {
    const home = await createHome(server);
    const sessionId = await startCook(server, home);
    const clock = deviceClock();
    const events = [
      clock.status(sessionId, 'COOKING'),
      clock.temperature(sessionId, 1e-50),
      clock.temperature(sessionId, -1e-320),
      clock.temperature(sessionId, 90),
    ];
    expect(await record(server, home, events)).toMatchObject({ accepted: 4, rejected: [] });
    expect(await record(server, home, events)).toMatchObject({ duplicates: 4 });
    const end = clock.status(sessionId, 'COMPLETED');
    // An end before the newest reading has the figures read again.
    const early = {
      ...end,
      recordedAt: new Date(Date.parse(events[2]?.recordedAt as string) + 10).toISOString(),
    };
    for (const sentAt of ['1900-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      expect(await record(server, home, [early], sentAt)).toMatchObject({ rejected: [] });
    }
    const { data } = await server.post(
      'query ($id: ID!) { cookingSession(id: $id) { status totalDurationSeconds peakTemperature } }',
      { id: sessionId },
      home.userToken,
    );
    expect(data.cookingSession).toEqual({
      status: 'COMPLETED',
      totalDurationSeconds: expect.any(Number),
      peakTemperature: 0,
    });
  });
});
