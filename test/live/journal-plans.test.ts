import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findStored, readFigures, readTransitions } from '../../src/live/append-sql.js';
import { countEvents, type EventRange, readEvents, readTemperatures } from '../../src/live/history.js';
import { readJournal } from '../../src/live/reader.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import {
  createRobot,
  openJournal,
  type Robot,
  reading,
  request,
  status,
  type TestJournal,
} from './journal-kit.js';
import { readHead } from './journal-model.js';

const PAGE: EventRange = { after: 0, before: 1_000, limit: 101, newestFirst: false, types: null };
const NEWEST_READINGS: EventRange = { ...PAGE, limit: 6, newestFirst: true, types: ['temperature'] };

describe('a query of a journal', () => {
  let database: TestDatabase;
  let journal: TestJournal;
  let robot: Robot;
  let cook: string;
  let months: string[];

  beforeAll(async () => {
    database = await createTestDatabase();
    journal = openJournal(database.url);
    robot = await createRobot(database.pool);
    cook = robot.sessionIds[0] as string;
    await journal.append(request(robot, [status(cook, 'cooking'), reading(cook, 50)]));
    const { rows } = await database.pool.query<{ month: string }>(
      `SELECT DISTINCT tableoid::regclass::text AS month FROM telemetry_events`,
    );
    months = rows.map(({ month }) => month);
  });
  afterAll(async () => {
    await journal.close();
    await database.drop();
  });

  /** The partitions that `work` touches, by the plans of its statements, custom and generic. */
  async function touched(work: (client: pg.PoolClient) => Promise<unknown>): Promise<string[]> {
    const client = await database.pool.connect();
    const found = new Set<string>();
    try {
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await client.query(`SET plan_cache_mode = ${mode}`);
        const explain = {
          async query({ text, values }: { text: string; values: unknown[] }) {
            const { rows } = await client.query<{ 'QUERY PLAN': string }>(
              `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${text}`,
              values,
            );
            for (const { 'QUERY PLAN': line } of rows) {
              const partition = / on (telemetry_events_\w+?)(?: |$)/.exec(line)?.[1];
              if (partition && !line.includes('never executed')) found.add(partition);
            }
            return client.query(text, values);
          },
        };
        await work(explain as unknown as pg.PoolClient);
      }
    } finally {
      client.release(true);
    }
    return [...found].map((name) => /telemetry_events_(\d{4}_\d{2}|default)/.exec(name)?.[0] ?? name);
  }

  const bounds = async () => ({ id: cook, ...(await readHead(database.pool, cook)) });

  it('touches only the months between its least and greatest time', async () => {
    const head = await bounds();
    expect(months).toHaveLength(1);
    const event = reading(cook, 50);
    for (const work of [
      (client: pg.PoolClient) => readTransitions(client, [head]),
      (client: pg.PoolClient) => readFigures(client, head),
      (client: pg.PoolClient) => findStored(client, [{ applianceId: robot.applianceId, event }]),
      (client: pg.PoolClient) => readJournal(client as unknown as pg.Pool, cook, 0, 500),
      (client: pg.PoolClient) => readEvents(client as unknown as pg.Pool, [cook], PAGE),
      (client: pg.PoolClient) => readEvents(client as unknown as pg.Pool, [cook], NEWEST_READINGS),
      (client: pg.PoolClient) => countEvents(client as unknown as pg.Pool, [cook], ['temperature']),
      (client: pg.PoolClient) => readTemperatures(client as unknown as pg.Pool, [cook]),
    ]) {
      const partitions = await touched(work);
      expect(new Set(partitions)).toEqual(new Set(months));
    }
  });
});
