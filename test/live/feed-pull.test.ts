import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedEntry } from '../../src/live/entries.js';
import type { Feed } from '../../src/live/feed.js';
import { decodeGlobalId } from '../../src/resolvers/ids.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

/** What a consumer may do to its feed, and a device to the journal behind it. */
const actions = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('pull' as const), count: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ do: fc.constant('report' as const), count: fc.integer({ min: 1, max: 90 }) }),
    fc.record({ do: fc.constantFrom('coalesce' as const, 'dropPage' as const) }),
  ),
  { minLength: 3, maxLength: 12 },
);

describe('a feed that is pulled', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterAll(() => server.stop());

  it('accounts for every event once, in order, however it is slowed down, and skips readings only', async () => {
    await fc.assert(
      fc.asyncProperty(actions, fc.nat(200), async (steps, before) => {
        const globalId = await startCook(server, home);
        const sessionId = decodeGlobalId(globalId)?.id as string;
        const device = deviceClock(Date.now() - Math.random() * 1e9);
        const types: string[] = [];
        const report = async (count: number) => {
          const events = Array.from({ length: count }, (_, i) =>
            i % 7 === 3 ? device.alert(globalId) : device.temperature(globalId, 100 + i),
          );
          await record(server, home, events);
          types.push(...events.map(({ reading }) => Object.keys(reading)[0] as string));
        };
        if (before > 0) await report(before);
        const feed = await server.app.services.live.openFeed({
          sessionId,
          after: `${Buffer.from(sessionId.replaceAll('-', ''), 'hex').toString('base64url')}.0.`,
          minTelemetryIntervalMs: 0,
        });
        const entries: FeedEntry[] = [];
        const consumer = consume(feed, entries);
        for (const step of steps) {
          if (step.do === 'report') await report(step.count);
          else if (step.do === 'pull') await consumer.pull(step.count);
          else feed[step.do]();
        }
        const end = device.status(globalId, 'ABORTED');
        await record(server, home, [end]);
        types.push('status');
        await consumer.drain();

        let reached = 0;
        for (const entry of entries) {
          if (entry.kind === 'snapshot') throw new Error('a resumed feed asked for a snapshot');
          const [from, to] =
            entry.kind === 'skipped'
              ? [entry.fromSequence, entry.toSequence]
              : [entry.sequence, entry.sequence];
          expect(from).toBe(reached + 1);
          reached = to;
          if (entry.kind === 'event') continue;
          expect(entry.skipReason).toBe('SLOW_READER');
          expect(types.slice(from - 1, to).every((type) => type === 'temperature')).toBe(true);
        }
        expect(reached).toBe(types.length);
        expect(feed.error).toBeNull();
        expect(server.app.services.live.tails.size).toBe(0);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  }, 60_000);

  it('names what it left out also where the reading that was kept is closer than its viewer wants them', async () => {
    const globalId = await startCook(server, await own());
    const sessionId = decodeGlobalId(globalId)?.id as string;
    const device = deviceClock();
    const report = (count: number) =>
      record(
        server,
        home,
        Array.from({ length: count }, (_, i) => device.temperature(globalId, 100 + i)),
      );
    const feed = await server.app.services.live.openFeed({
      sessionId,
      after: undefined,
      minTelemetryIntervalMs: 60_000,
    });
    const entries: FeedEntry[] = [];
    const consumer = consume(feed, entries);
    await consumer.pull(1);
    const [snapshot] = entries;
    if (snapshot?.kind !== 'snapshot') throw new Error('no snapshot');
    snapshot.take({ sequence: 0, ended: false });
    await report(1);
    await consumer.pull(3);
    await report(9);
    feed.coalesce();
    await consumer.pull(12);
    expect(entries.slice(1)).toMatchObject([
      { kind: 'event', sequence: 1 },
      { kind: 'skipped', fromSequence: 2, toSequence: 9, skipReason: 'SLOW_READER' },
    ]);
    feed.close();
  });

  async function own(): Promise<TestHome> {
    home = await createHome(server);
    return home;
  }
});

/** Takes entries from a feed when it is told to; waits where none is ready but more must come. */
function consume(feed: Feed, entries: FeedEntry[]) {
  let wake = () => {};
  feed.start(() => wake());
  const ready = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const take = () => {
    const entry = feed.next();
    if (entry) entries.push(entry);
    return entry !== null;
  };
  return {
    async pull(count: number) {
      for (let i = 0; i < count; i++) {
        if (!take()) await Promise.race([ready(), setTimeout(20)]); // perhaps a page is on its way, perhaps not
      }
    },
    async drain() {
      while (!feed.isOver) if (!take() && !feed.isOver) await ready();
    },
  };
}
