import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePartitions } from '../../src/db/partitions.js';
import { countEvents, type EventRange, readEvents, readTemperatures } from '../../src/live/history.js';
import { readJournal } from '../../src/live/reader.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { recordStatements, type Statement } from '../_util/statements.js';

const MONTHS = 24;
const COOKS_A_MONTH = 10;
const READINGS = 200;
/** What the copy's statistics say that there is of each row. */
const SCALE = 50_000_000 / (MONTHS * COOKS_A_MONTH * READINGS);

const PAGE: EventRange = { after: 0, before: 1_000, limit: 101, newestFirst: false, types: null };
const NEWEST: EventRange = { ...PAGE, limit: 6, newestFirst: true, types: ['temperature'] };

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Loops'?: number;
  'Actual Rows'?: number;
  Plans?: Plan[];
}

describe('on 24 months of telemetry, whose statistics are those of 50 million readings,', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let cook: { id: string; month: string };

  beforeAll(async () => {
    database = await createTestDatabase();
    await ensurePartitions(database.pool, MONTHS);
    await database.pool.query(`SET session_replication_role = replica; ${HISTORY}`);
    await database.pool.query('ANALYZE');
    await database.pool.query(
      `UPDATE pg_class SET reltuples = reltuples * $1, relpages = greatest(relpages, 1) * $1
       WHERE relname LIKE 'telemetry_events_%' AND reltuples > 0`,
      [SCALE],
    );
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('SET plan_cache_mode = force_generic_plan'); // as the server's connections have it
    const { rows } = await database.pool.query<{ id: string; month: string }>(
      `SELECT id, to_char(started_at AT TIME ZONE 'UTC', 'YYYY_MM') AS month FROM cooking_sessions
       ORDER BY started_at OFFSET 100 LIMIT 1`,
    );
    cook = rows[0] as typeof cook;
  }, 60_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** Where the plan for all values reads telemetry for these. */
  async function scansOf({ text, values }: Statement): Promise<Plan[]> {
    await client.query(`PREPARE asked AS ${text}`);
    const given = values.map((value) =>
      pg.escapeLiteral(Array.isArray(value) ? `{${value}}` : String(value)),
    );
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked(${given})`,
    );
    await client.query('DEALLOCATE asked');
    const below = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(below)];
    return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan: plan }) => below(plan)));
  }

  it.each<[string, (pool: pg.Pool, id: string) => Promise<unknown>, number]>([
    ['a page of the journal', (pool, id) => readEvents(pool, [id], PAGE), 101],
    ['the newest readings', (pool, id) => readEvents(pool, [id], NEWEST), 6],
    ['the feed behind its ring', (pool, id) => readJournal(pool, id, 50, 100), 100],
    ['the curve', (pool, id) => readTemperatures(pool, [id]), READINGS],
    ['the count of readings', (pool, id) => countEvents(pool, [id], ['temperature']), READINGS],
  ])('%s reads one month, by an index, and no more rows than it needs', async (_what, read, most) => {
    const [statement] = await recordStatements(() => read(database.pool, cook.id));
    const nodes = await scansOf(statement as Statement);
    const telemetry = nodes.filter((node) => node['Relation Name']?.startsWith('telemetry_events_'));
    expect(telemetry.length).toBeGreaterThanOrEqual(MONTHS);
    const touched = telemetry.filter((scan) => (scan['Actual Loops'] ?? 0) > 0);
    expect(touched.map((scan) => scan['Relation Name'])).toEqual([`telemetry_events_${cook.month}`]);
    expect(touched[0]?.['Node Type']).toMatch(/Index/);
    expect(touched[0]?.['Actual Rows']).toBeLessThanOrEqual(most);
  });
});

const HISTORY = `
  INSERT INTO users (id, email, password_hash, name) VALUES (md5('u')::uuid, 'a@epicura.example', '-', 'Asha');
  INSERT INTO recipes (id, name, category, difficulty, time_minutes, recipe_data)
  VALUES (md5('r')::uuid, 'Dal', 'dal', 'easy', 35, '{"stages": [{"name": "Boil"}]}');
  INSERT INTO appliances (id, user_id, device_id, serial_number) VALUES (md5('a')::uuid, md5('u')::uuid, 'EPIC-1', 'SN-1');
  INSERT INTO cooking_sessions (user_id, appliance_id, recipe_id, status, started_at, first_recorded_at, last_recorded_at,
                                last_received_at, last_sequence)
  SELECT md5('u')::uuid, md5('a')::uuid, md5('r')::uuid, 'completed', at, at, at + interval '1 hour', at + interval '1 hour',
         ${READINGS}
  FROM generate_series(0, ${MONTHS - 1}) AS m, generate_series(1, ${COOKS_A_MONTH}) AS c,
       LATERAL (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - make_interval(months => m)
                         + make_interval(hours => 12 * c) AS at) AS began;
  INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, sequence, device_sequence,
                                received_at)
  SELECT appliance_id, id, 'temperature', '{"temperature": 120, "target_temperature": 150}',
         started_at + k * interval '1 second', k, k, started_at + k * interval '1 second'
  FROM cooking_sessions, generate_series(1, ${READINGS}) AS k;
  RESET session_replication_role`;
