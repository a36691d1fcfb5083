import pg from 'pg';
import { seedRecipes } from '../../src/db/seed/recipes/index.js';

/** What a fleet did in a year. */
export const YEAR = { appliances: 1_000, cooks: 300_000, days: 365 };

/**
 * Makes a year of a fleet by SQL: people, appliances, the catalogue and finished cooks, in the order in which they began,
 * the favourites cooked more often. Triggers and foreign keys rest meanwhile. Returns the administrator's UUID.
 */
export async function createYear(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SET session_replication_role = replica');
    await client.query(CATALOGUE, [JSON.stringify(seedRecipes)]);
    await client.query(FLEET, [YEAR.appliances, YEAR.days]);
    await client.query(COOKS, [YEAR.appliances, YEAR.cooks, YEAR.days, seedRecipes.length]);
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO users (email, password_hash, name, role) VALUES ('admin@epicura.example', '-', 'Meera', 'admin')
       RETURNING id`,
    );
    await client.query('RESET session_replication_role');
    await client.query('VACUUM ANALYZE'); // as autovacuum would have done, many times in a year
    return (rows[0] as { id: string }).id;
  } finally {
    await client.end();
  }
}

const CATALOGUE = `
  INSERT INTO recipes (id, name, category, cuisine, tags, difficulty, time_minutes, is_published, recipe_data)
  SELECT md5('recipe' || place)::uuid, name, category, cuisine, '{quick}', 'easy', 30, true,
         jsonb_build_object('stages', stages)
  FROM ROWS FROM (jsonb_to_recordset($1) AS (name text, category text, cuisine text, stages jsonb))
    WITH ORDINALITY AS r(name, category, cuisine, stages, place)`;

const FLEET = `
  WITH people AS (
    INSERT INTO users (id, email, password_hash, name, created_at)
    SELECT md5('user' || n)::uuid, 'home' || n || '@epicura.example', '-', 'Home ' || n,
           now() - n * make_interval(days => $2) / $1
    FROM generate_series(1, $1) AS n
  )
  INSERT INTO appliances (id, user_id, device_id, serial_number, name, status, last_seen_at, paired_at,
                          firmware_version_cm5, firmware_version_stm32)
  SELECT md5('appliance' || n)::uuid, md5('user' || n)::uuid, 'EPIC-' || n, 'SN-' || n, 'Robot ' || n, 'online', now(),
         now() - n * make_interval(days => $2) / $1, '1.' || n % 7 || '.' || n % 3, '0.9.' || n % 8
  FROM generate_series(1, $1) AS n`;

const COOKS = `
  INSERT INTO cooking_sessions (id, user_id, appliance_id, recipe_id, recipe_name, recipe_version, status, started_at,
                                completed_at, total_duration_s, peak_temperature, user_rating, stages_log,
                                last_sequence, first_recorded_at, last_recorded_at, last_received_at, end_recorded_at)
  SELECT md5('cook' || n)::uuid, md5('user' || home)::uuid, md5('appliance' || home)::uuid,
         md5('recipe' || 1 + floor($4 * luck * luck))::uuid, 'Dish', 1,
         CASE WHEN n % 12 = 0 THEN 'aborted' WHEN n % 40 = 1 THEN 'error' ELSE 'completed' END, start, finish,
         1200 + n % 1800, 180, CASE WHEN n % 3 = 0 THEN 1 + n % 5 END,
         '[{"stage":"Heat Oil","duration_s":120,"result":"camera","cv_confidence":0.93},
           {"stage":"Saute Onions","duration_s":240,"result":"camera","cv_confidence":0.88},
           {"stage":"Simmer","duration_s":1200,"result":"timer","cv_confidence":null}]',
         400, start, finish, finish, finish
  FROM generate_series(1, $2::int) AS n,
       LATERAL (SELECT 1 + n * 7919::bigint % $1::int AS home, random() AS luck,
                       now() - ($2 - n) * make_interval(days => $3) / $2 AS start) AS s,
       LATERAL (SELECT start + make_interval(secs => 1200 + n % 1800) AS finish) AS f`;
