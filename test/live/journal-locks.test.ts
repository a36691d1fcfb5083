import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EventOutcome } from '../../src/live/append.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import {
  createRobot,
  hold as holdLocks,
  type LossyProxy,
  openJournal,
  openProxy,
  type Robot,
  reading,
  request,
  status,
  type TestJournal,
} from './journal-kit.js';
import { readStored } from './journal-model.js';

const ACCEPTED: EventOutcome = { kind: 'accepted' };

describe('a group whose members cannot all be stored', () => {
  let database: TestDatabase;
  let proxy: LossyProxy;
  const journals: TestJournal[] = [];
  const held: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await openProxy(database.url);
  });
  afterEach(async () => {
    for (const letGo of held.splice(0)) await letGo();
    for (const journal of journals.splice(0)) await journal.close();
  });
  afterAll(async () => {
    await proxy.close();
    await database.drop();
  });

  function journalAt(url = database.url, hooks?: Parameters<typeof openJournal>[1]): TestJournal {
    const journal = openJournal(url, hooks);
    journals.push(journal);
    return journal;
  }

  async function robots(count: number): Promise<[Robot, ...Robot[]]> {
    return (await Promise.all(Array.from({ length: count }, () => createRobot(database.pool)))) as [
      Robot,
      ...Robot[],
    ];
  }

  /** Holds locks until the end of the test, or until they are let go. */
  async function hold(text: string, values?: unknown[]): Promise<() => Promise<void>> {
    const letGo = await holdLocks(database.pool, text, values);
    held.push(letGo);
    return letGo;
  }

  const cookOf = (robot: Robot) => robot.sessionIds[0] as string;
  const send = (journal: TestJournal, robot: Robot) =>
    journal.append(request(robot, [reading(cookOf(robot), 50)]));

  it.each(['cooking_sessions', 'appliances'])(
    'goes on without one whose row of %s somebody holds, which follows when it is free',
    async (table) => {
      const journal = journalAt();
      const [busy, ...others] = await robots(8);
      await Promise.all([busy, ...others].map((robot) => send(journal, robot))); // all are known, on open connections
      const letGo = await hold(`UPDATE ${table} SET status = status WHERE id = $1`, [
        table === 'appliances' ? busy.applianceId : cookOf(busy),
      ]);
      let isAnswered = false;
      const late = send(journal, busy).finally(() => {
        isAnswered = true;
      });
      const again = send(journal, busy);
      const rounds: number[] = [];
      for (let round = 0; round < 5; round++) {
        const startedAt = performance.now();
        await Promise.all(others.map((robot) => send(journal, robot)));
        rounds.push(performance.now() - startedAt);
      }
      // None waits for the lock: what it takes is a round trip, on a machine that may have other work to do.
      expect(Math.min(...rounds)).toBeLessThan(500);
      expect(isAnswered).toBe(false);
      expect(journal.queuedEvents).toBe(2);
      await letGo();
      expect(await late).toEqual([ACCEPTED]);
      expect(await again).toEqual([ACCEPTED]);
      expect(journal.stats.aloneRequests).toBeGreaterThan(0);
      expect((await readStored(database.pool, cookOf(busy))).map(({ sequence }) => sequence)).toEqual([
        1, 2, 3,
      ]);
    },
  );

  it('refuses one whose row stays held, and the others hear nothing of it', async () => {
    const journal = journalAt();
    const [busy, other] = (await robots(2)) as [Robot, Robot];
    await hold('SELECT FROM cooking_sessions WHERE id = $1 FOR UPDATE', [cookOf(busy)]);
    const refused = expect(send(journal, busy)).rejects.toMatchObject({ code: '55P03' });
    expect(await send(journal, other)).toEqual([ACCEPTED]);
    await refused;
    expect(await readStored(database.pool, cookOf(busy))).toEqual([]);
  });

  it('sends those aside whose change of status waits for statistics, and stores the readings of the others', async () => {
    const journal = journalAt();
    const [ending, ...others] = await robots(4);
    await Promise.all([ending, ...others].map((robot) => send(journal, robot)));
    const letGo = await hold(
      `UPDATE recipe_stats SET cook_count = cook_count
       WHERE recipe_id = (SELECT recipe_id FROM cooking_sessions WHERE id = $1)`,
      [cookOf(ending)],
    );
    const end = journal.append(request(ending, [status(cookOf(ending), 'aborted')]));
    expect(await Promise.all(others.map((robot) => send(journal, robot)))).toEqual(
      others.map(() => [ACCEPTED]),
    );
    await letGo();
    expect(await end).toEqual([ACCEPTED]);
  });

  it('waits with everybody when the table itself is locked for a moment', async () => {
    const journal = journalAt();
    const some = await robots(4);
    const letGo = await hold('LOCK TABLE telemetry_events_default IN ACCESS EXCLUSIVE MODE');
    const sent = Promise.all(some.map((robot) => send(journal, robot)));
    const letGoWholly = await hold('LOCK TABLE cooking_sessions IN EXCLUSIVE MODE');
    await expect.poll(() => journal.stats.retries).toBeGreaterThan(0);
    await letGoWholly();
    await letGo();
    expect(await sent).toEqual(some.map(() => [ACCEPTED]));
  });

  it('stores all but the one that PostgreSQL will not take', async () => {
    const journal = journalAt();
    const [bad, ...good] = await robots(7);
    const refused = expect(
      journal.append(request(bad, [reading(cookOf(bad), 50)], { clockOffsetMs: 1e30 })),
    ).rejects.toMatchObject({ code: '22003' });
    expect(await Promise.all(good.map((robot) => send(journal, robot)))).toEqual(good.map(() => [ACCEPTED]));
    await refused;
    expect(await send(journal, bad)).toEqual([ACCEPTED]);
  });

  it('keeps the order of each appliance when it is cut around the one that PostgreSQL will not take', async () => {
    const journal = journalAt();
    const [busy, wrong] = (await robots(2)) as [Robot, Robot];
    const sessionId = cookOf(busy);
    const requests = Array.from({ length: 9 }, (_, i) => request(busy, [reading(sessionId, 100 + i)]));
    const bad = request(wrong, [reading(cookOf(wrong), 100)], { clockOffsetMs: 1e30 });
    const outcomes = await Promise.allSettled([bad, ...requests].map((one) => journal.append(one)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', ...requests.map(() => 'fulfilled')]);
    const { rows } = await journal.pool.query<{ temperature: number }>(
      `SELECT (payload->>'temperature')::int AS temperature FROM telemetry_events WHERE session_id = $1 ORDER BY sequence`,
      [sessionId],
    );
    expect(rows.map(({ temperature }) => temperature)).toEqual(requests.map((_, i) => 100 + i));
  });

  it('is stored once when its connection dies after PostgreSQL has committed, and the sessions are named', async () => {
    const unknown: string[] = [];
    const journal = journalAt(proxy.url, { onUnknown: (ids) => unknown.push(...ids) });
    const [robot] = await robots(1);
    await send(journal, robot);
    proxy.loseAnswers(1);
    expect(await send(journal, robot)).toEqual([{ kind: 'duplicate' }]); // tried again by itself
    expect(unknown).toEqual([cookOf(robot)]);
    expect(journal.stats.unknownOutcomes).toBe(1);
    expect(await readStored(database.pool, cookOf(robot))).toHaveLength(2);

    proxy.loseAnswers(3);
    const events = [reading(cookOf(robot), 60)];
    await expect(journal.append(request(robot, events))).rejects.toThrow('terminated');
    expect(await journal.append(request(robot, events))).toEqual([{ kind: 'duplicate' }]);
    expect(await readStored(database.pool, cookOf(robot))).toHaveLength(3);
  });

  it('is tried again when its backend is terminated', async () => {
    const journal = journalAt();
    const [robot] = await robots(1);
    await send(journal, robot);
    const letGo = await hold('LOCK TABLE appliances IN EXCLUSIVE MODE');
    const sent = send(journal, robot);
    await expect
      .poll(async () => {
        const { rowCount } = await database.pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rowCount;
      })
      .toBeGreaterThan(0);
    await letGo();
    expect(await sent).toEqual([ACCEPTED]);
  });

  it('numbers on from what others wrote: another process, or a change of the row by hand', async () => {
    const [one, other] = [journalAt(), journalAt()];
    const [robot] = await robots(1);
    for (const journal of [one, other, one, one, other])
      expect(await send(journal, robot)).toEqual([ACCEPTED]);
    await database.pool.query(`UPDATE cooking_sessions SET notes = 'good' WHERE id = $1`, [cookOf(robot)]);
    await database.pool.query(`UPDATE appliances SET name = 'Pot' WHERE id = $1`, [robot.applianceId]);
    expect(await send(one, robot)).toEqual([ACCEPTED]);
    const stored = await readStored(database.pool, cookOf(robot));
    expect(stored.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('finds an event again that was put there behind its back', async () => {
    const journal = journalAt();
    const [robot] = await robots(1);
    await send(journal, robot);
    const ahead = reading(cookOf(robot), 70);
    await database.pool.query(
      `INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, device_sequence)
       VALUES ($1, $2, 'temperature', $3, $4, $5)`,
      [robot.applianceId, cookOf(robot), ahead.payload, ahead.recordedAt, ahead.deviceSequence],
    );
    expect(await journal.append(request(robot, [ahead, reading(cookOf(robot), 71)]))).toEqual([
      { kind: 'duplicate' },
      ACCEPTED,
    ]);
  });

  it('never dates a receipt back, even where the clock was', async () => {
    const journal = journalAt();
    const [robot, other] = (await robots(2)) as [Robot, Robot];
    await Promise.all([send(journal, robot), send(journal, other)]);
    await database.pool.query(
      `UPDATE cooking_sessions SET last_received_at = now() + interval '1 hour' WHERE id = $1`,
      [cookOf(robot)],
    );
    await Promise.all([send(journal, robot), send(journal, other)]);
    const [, late] = await readStored(database.pool, cookOf(robot));
    expect(Date.parse(late?.receivedAt ?? '')).toBeGreaterThan(Date.now() + 3_000_000);
    const change = journal.published
      .flatMap(({ sessions }) => sessions)
      .filter(({ sessionId }) => sessionId === cookOf(robot));
    expect(change.at(-1)?.events[0]?.receivedAt).toBe(late?.receivedAt);
    const [, ordinary] = await readStored(database.pool, cookOf(other));
    expect(Date.parse(ordinary?.receivedAt ?? '')).toBeLessThan(Date.now() + 60_000);
  });

  it('waits in a queue that is bounded, and refuses at once beyond it', async () => {
    const journal = journalAt();
    const [robot] = await robots(1);
    const letGo = await hold('LOCK TABLE appliances IN EXCLUSIVE MODE');
    const batch = () => Array.from({ length: 500 }, () => reading(cookOf(robot), 50));
    const sent = Array.from({ length: 40 }, () => journal.append(request(robot, batch())));
    await expect(journal.append(request(robot, batch()))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    }); // while the others still wait
    expect(journal.stats.refused).toBe(1);
    await letGo();
    for (const outcomes of await Promise.all(sent)) expect(outcomes).toHaveLength(500);
    expect(journal.queuedEvents).toBe(0);
  });

  it('shares one commit among devices that report at the same moment, in one round trip each', async () => {
    const sizes: number[] = [];
    const journal = journalAt(database.url, { onGroup: ({ requests }) => sizes.push(requests) });
    const some = await robots(20);
    const startedAt = performance.now();
    await Promise.all(some.map((robot) => send(journal, robot)));
    await Promise.all(some.map((robot) => send(journal, robot)));
    expect(sizes).toEqual([20, 20]);
    const requestedAt = journal.published.flatMap(({ sessions }) => sessions.map((one) => one.requestedAt));
    expect(requestedAt).toHaveLength(40);
    for (const at of requestedAt) expect(at).toBeGreaterThanOrEqual(startedAt);
  });
});
