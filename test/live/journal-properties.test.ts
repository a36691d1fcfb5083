import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventOutcome } from '../../src/live/append.js';
import type { EventType, NewEvent, Payload } from '../../src/live/events.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import {
  createRobot,
  instantAt,
  type LossyProxy,
  openJournal,
  openProxy,
  type Robot,
  type TestJournal,
} from './journal-kit.js';
import { headOf, readHead, readStored } from './journal-model.js';

/** An event as it is drawn: of few keys and contents, so that they meet. */
interface Drawn {
  cook: number;
  second: number;
  deviceSequence: number;
  content: [EventType, Payload];
}

const MONTH_SECONDS = 31 * 86_400;
const second = fc.oneof(
  { weight: 20, arbitrary: fc.nat(9) },
  { weight: 1, arbitrary: fc.constantFrom(-MONTH_SECONDS, -MONTH_SECONDS + 3, 3600) },
  { weight: 1, arbitrary: fc.constantFrom(-14 * MONTH_SECONDS, 90_000) }, // out of the window
);
const content = fc.oneof(
  fc.nat(5).map((n): Drawn['content'] => ['temperature', { temperature: 50 + n / 2, stir_active: n > 2 }]),
  fc
    .constantFrom('cooking', 'cooking', 'paused', 'completed', 'aborted')
    .map((status): Drawn['content'] => ['status', { session_status: status }]),
  fc
    .record({ index: fc.nat(2), total: fc.option(fc.constantFrom(3, 4), { nil: undefined }) })
    .map(({ index, total }): Drawn['content'] => [
      'stage_change',
      {
        stage_index: index,
        stage_name: `Stage ${index}`,
        ...(total === undefined ? {} : { total_stages: total }),
      },
    ]),
);
/** 0 and 1: the robot's own cooks; 2: none; 3: a cook of the other robot; 4: nobody's. */
const cook = fc.oneof(
  { weight: 12, arbitrary: fc.nat(1) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 4 }) },
);
const drawn: fc.Arbitrary<Drawn> = fc.record({ cook, second, deviceSequence: fc.nat(6), content });

const step = fc.record({
  robot: fc.nat(1),
  writer: fc.nat(2),
  events: fc.array(drawn, { maxLength: 8 }),
  offsetMs: fc.option(fc.constantFrom(-3_600_000, 0, 5_000), { nil: null }),
  losesAnswer: fc.boolean(),
  inferredEnd: fc.option(fc.record({ cook: fc.nat(1), second: fc.nat(10) }), { nil: null, freq: 4 }),
});

type StepValue = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('the journal', () => {
  let database: TestDatabase;
  let proxy: LossyProxy;
  /** Three processes; the last reaches PostgreSQL through a proxy that loses answers. */
  let writers: TestJournal[];

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await openProxy(database.url);
    writers = [openJournal(database.url), openJournal(database.url), openJournal(proxy.url)];
  });
  afterAll(async () => {
    for (const writer of writers) await writer.close();
    await proxy.close();
    await database.drop();
  });

  const base = Math.floor(Date.now() / 1000) * 1000 - 60_000;

  function toEvent(
    { cook, second, deviceSequence, content: [type, payload] }: Drawn,
    own: Robot,
    other: Robot,
  ) {
    const sessionIds = [
      own.sessionIds[0],
      own.sessionIds[1],
      null,
      other.sessionIds[0],
      '00000000-0000-4000-8000-000000000000',
    ] as (string | null)[];
    return {
      deviceSequence,
      recordedAt: instantAt(second, base),
      sessionId: sessionIds[cook] ?? null,
      type,
      payload,
    } satisfies NewEvent;
  }

  async function run(steps: StepValue[][]) {
    const robots = [await createRobot(database.pool, 2), await createRobot(database.pool, 2)] as [
      Robot,
      Robot,
    ];
    const told: { applianceId: string; event: NewEvent; outcome: EventOutcome }[] = [];
    for (const atOnce of steps) {
      await Promise.all(
        atOnce.map(async ({ robot, writer, events: drawnEvents, offsetMs, losesAnswer, inferredEnd }) => {
          const [own, other] = robot === 0 ? robots : [robots[1], robots[0]];
          const journal = writers[writer] as TestJournal;
          const { applianceId } = own;
          if (inferredEnd) {
            await journal.append({
              applianceId,
              clockOffsetMs: null,
              origin: 'server',
              events: [
                {
                  deviceSequence: null,
                  recordedAt: instantAt(inferredEnd.second, base),
                  sessionId: own.sessionIds[inferredEnd.cook] as string,
                  type: 'status',
                  payload: { session_status: 'error' },
                },
              ],
            });
          }
          const events = drawnEvents.map((one) => toEvent(one, own, other));
          if (losesAnswer && writer === 2) proxy.loseAnswers(1);
          const outcomes = await untilAnswered(() =>
            journal.append({ applianceId, clockOffsetMs: offsetMs, events }),
          );
          expect(outcomes).toHaveLength(events.length); // accepted + duplicate + rejected = sent
          events.forEach((event, i) => {
            told.push({ applianceId, event, outcome: outcomes[i] as EventOutcome });
          });
        }),
      );
    }
    return { robots, told };
  }

  /** A device sends the same again until it is answered. */
  async function untilAnswered<T>(send: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await send();
      } catch (error) {
        if (tries === 20) throw error;
      }
    }
  }

  it('stores each key once with one content, without holes, and says of each session what its events add up to', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 }),
        async (steps) => {
          const { robots, told } = await run(steps);
          for (const sessionId of robots.flatMap(({ sessionIds }) => sessionIds)) {
            const stored = await readStored(database.pool, sessionId);
            expect(stored.map(({ sequence }) => sequence)).toEqual(stored.map((_, i) => i + 1));
            const received = stored.map(({ receivedAt }) => receivedAt);
            expect(received).toEqual(received.toSorted());
            expect(await readHead(database.pool, sessionId)).toEqual(headOf(stored));
          }
          await checkKeys(told);
        },
      ),
      { numRuns: Number(process.env.JOURNAL_RUNS ?? 40), endOnFailure: true },
    );
  }, 120_000);

  /** What each sender was told agrees with what is stored, by content. */
  async function checkKeys(told: Awaited<ReturnType<typeof run>>['told']): Promise<void> {
    const byKey = new Map<string, typeof told>();
    for (const one of told) {
      const key = `${one.applianceId} ${one.event.deviceSequence} ${one.event.recordedAt}`;
      byKey.set(key, [...(byKey.get(key) ?? []), one]);
    }
    const ids = [...new Set(told.map(({ applianceId }) => applianceId))];
    const { rows } = await database.pool.query(
      `SELECT appliance_id AS "applianceId", device_sequence AS "deviceSequence", recorded_at AS "recordedAt",
              session_id AS "sessionId", event_type AS type, payload
       FROM telemetry_events WHERE appliance_id = ANY($1) AND device_sequence IS NOT NULL`,
      [ids],
    );
    const stored = new Map(
      rows.map(({ applianceId, ...event }) => [
        `${applianceId} ${event.deviceSequence} ${event.recordedAt}`,
        event,
      ]),
    );
    expect(stored.size).toBe(rows.length);
    for (const [key, all] of byKey) {
      const event = stored.get(key);
      const kinds = all.map(({ outcome }) => outcome.kind);
      expect(kinds.filter((kind) => kind === 'accepted').length).toBeLessThanOrEqual(1);
      for (const { event: sent, outcome } of all) {
        if (outcome.kind !== 'rejected') expect(event).toEqual(sent);
        else if (outcome.code === 'CONFLICT') expect(event).not.toEqual(sent);
        else expect(['NOT_FOUND', 'VALIDATION_ERROR']).toContain(outcome.code);
      }
      if (kinds.every((kind) => kind === 'rejected') && !all.some(({ outcome }) => isConflict(outcome)))
        expect(event).toBeUndefined();
      stored.delete(key);
    }
    expect(stored.size).toBe(0);
  }

  function isConflict(outcome: EventOutcome): boolean {
    return outcome.kind === 'rejected' && outcome.code === 'CONFLICT';
  }

  it('publishes every session in its order, once, but for what was committed without an answer', () => {
    expect(proxy.lost()).toBeGreaterThan(0);
    const seen = new Map<string, Set<number>>();
    for (const { published } of writers) {
      const last = new Map<string, number>();
      for (const { sessions } of published) {
        for (const { sessionId, events } of sessions) {
          for (const { sequence } of events) {
            expect(sequence).toBeGreaterThan(last.get(sessionId) ?? 0);
            last.set(sessionId, sequence);
            const all = seen.get(sessionId) ?? new Set();
            seen.set(sessionId, all);
            expect(all.has(sequence)).toBe(false);
            all.add(sequence);
          }
        }
      }
    }
  });
});
