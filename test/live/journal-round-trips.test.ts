import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewEvent } from '../../src/live/events.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { statementsOf } from '../_util/statements.js';
import {
  createRobot,
  event,
  openJournal,
  type Robot,
  reading,
  request,
  status,
  type TestJournal,
} from './journal-kit.js';

describe('an append', () => {
  let database: TestDatabase;
  let journal: TestJournal;
  let robot: Robot;
  let cook: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    journal = openJournal(database.url);
    robot = await createRobot(database.pool, 2);
    cook = robot.sessionIds[0] as string;
  });
  afterAll(async () => {
    await journal.close();
    await database.drop();
  });

  /** The names of the statements, by what each begins to read or call. */
  async function statements(events: NewEvent[], outcome = 'accepted', by = journal): Promise<string[]> {
    const texts = await statementsOf(async () => {
      for (const { kind } of await by.append(request(robot, events))) expect(kind).toBe(outcome);
    });
    return texts.map((text) => /FROM (journal_append_v1|unnest|telemetry_events)/.exec(text)?.[1] ?? text);
  }

  it('takes two calls at first contact, and one from then on', async () => {
    expect(await statements([status(cook, 'cooking'), reading(cook, 50)])).toEqual([
      'journal_append_v1',
      'journal_append_v1',
    ]);
    const boil = { stage_index: 0, stage_name: 'Boil' };
    for (const events of [
      [reading(cook, 51)],
      [event(cook, 'stage_change', boil), reading(null, 20), reading(cook, 52)],
      [status(cook, 'paused'), status(cook, 'cooking')],
      [],
      Array.from({ length: 500 }, () => reading(cook, 53)),
    ]) {
      expect(await statements(events)).toEqual(['journal_append_v1']);
    }
  });

  it('takes one look more at what may be stored already, and at the transitions for a late one', async () => {
    const late = [reading(cook, 60), status(cook, 'paused')];
    const sent = [reading(cook, 61), status(cook, 'completed')];
    await statements(sent);
    expect(await statements(sent, 'duplicate')).toEqual(['unnest', 'journal_append_v1']);
    expect(await statements(late.slice(0, 1))).toEqual(['unnest', 'journal_append_v1']);
    expect(await statements(late.slice(1))).toEqual([
      'unnest', // its key
      'unnest', // the transitions
      'journal_append_v1',
    ]);
  });

  it('takes two calls after another process wrote', async () => {
    const next = robot.sessionIds[1] as string;
    await journal.append(request(robot, [reading(next, 61)]));
    const other = openJournal(database.url);
    await other.append(request(robot, [reading(next, 62)]));
    await other.close();
    expect(await statements([reading(next, 63)])).toEqual(['journal_append_v1', 'journal_append_v1']);
  });

  it('looks for a session by its id, not among all that its appliance cooked', async () => {
    const { rows } = await database.pool.query<{ source: string }>(
      `SELECT prosrc AS source FROM pg_proc WHERE proname = 'journal_append_v1'`,
    );
    const lock = /SELECT s\.id, s\.xmin[^;]*?SKIP LOCKED/.exec(rows[0]?.source ?? '')?.[0] ?? '';
    const client = await database.pool.connect();
    try {
      await client.query('SET plan_cache_mode = force_generic_plan');
      await client.query('SET enable_seqscan = off'); // the table is all but empty here
      await client.query(`PREPARE lock AS ${lock.replace('plan ->', '$1::jsonb ->')}`);
      const { rows: lines } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN EXECUTE lock('{"sessions": []}')`,
      );
      const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
      expect(plan).toContain('cooking_sessions_pkey');
      expect(plan).not.toContain('idx_sessions');
    } finally {
      client.release(true);
    }
  });
});
