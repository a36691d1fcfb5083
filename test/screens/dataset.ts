import type pg from 'pg';

export const RECIPES = 500;
export const COOKS = 20_000;
export const READINGS_A_COOK = 25;

/** What a phone's account holds in the dataset: one home in forty, with 500 of the cooks. */
export const VIEWER_HOME = 1;

/**
 * 500 recipes, 40 homes, 20,000 cooks over a year, and 500,000 readings, by statements of the database. Indexes and
 * foreign keys of the telemetry are left out while it is loaded: they would cost most of a minute.
 */
export async function loadDataset(pool: pg.Pool, passwordHash: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`SET session_replication_role = replica`);
    const indexes = await dropTelemetryIndexes(client);
    await client.query(HOMES, [passwordHash]);
    await client.query(CATALOGUE, [RECIPES]);
    await client.query(HISTORY, [COOKS, RECIPES]);
    await client.query(TELEMETRY, [READINGS_A_COOK]);
    for (const index of indexes) await client.query(index);
    await client.query(`INSERT INTO recipe_stats (recipe_id, cook_count, ended_count, completed_count, duration_seconds,
                                                  rating_count, rating_sum)
                        SELECT recipe_id, count(*), count(*), count(*) FILTER (WHERE status = 'completed'),
                               coalesce(sum(total_duration_s) FILTER (WHERE status = 'completed'), 0),
                               count(user_rating), coalesce(sum(user_rating), 0)
                        FROM cooking_sessions GROUP BY recipe_id`);
    await client.query(`RESET session_replication_role`);
    await client.query('VACUUM ANALYZE');
  } finally {
    client.release();
  }
}

async function dropTelemetryIndexes(client: pg.PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = 'telemetry_events'::regclass AND NOT indisprimary`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '));
}

const HOMES = `
  WITH home AS (
    INSERT INTO users (id, email, password_hash, name)
    SELECT md5('user' || n)::uuid, 'home' || n || '@epicura.example', $1, 'Home ' || n FROM generate_series(1, 40) AS n
    RETURNING id
  ), preferences AS (
    INSERT INTO user_preferences (user_id, diet, allergens) SELECT id, 'vegetarian', '{peanuts}' FROM home
  )
  INSERT INTO appliances (id, user_id, device_id, serial_number, name, status, last_seen_at, paired_at)
  SELECT md5('appliance' || n)::uuid, md5('user' || (n + 1) / 2)::uuid, 'EPIC-' || n, 'SN-' || n, 'Robot ' || n,
         'online', now(), now() - interval '2 years'
  FROM generate_series(1, 80) AS n`;

const CATALOGUE = `
  INSERT INTO recipes (id, name, category, cuisine, tags, difficulty, time_minutes, calories, protein_g, carbs_g, fats_g,
                       is_published, recipe_data)
  SELECT md5('recipe' || n)::uuid,
         (ARRAY['Dal Tadka','Chicken Tikka','Mushroom Risotto','Tom Yum','Bibimbap','Minestrone','Pad Thai','Chili'])[1 + n % 8]
           || ' No. ' || n,
         (ARRAY['dal','curry','rice','soup','stir-fry'])[1 + n % 5],
         (ARRAY['indian','italian','thai','korean'])[1 + n % 4],
         CASE WHEN n % 3 = 0 THEN '{vegan,vegetarian}'::text[] ELSE '{quick}' END,
         (ARRAY['easy','medium','hard'])[1 + n % 3], 10 + n % 60, 200 + n % 400, 10, 40, 12, n % 25 <> 0,
         jsonb_build_object('servings', 4, 'stages', jsonb_build_array(
           jsonb_build_object('name', 'Heat Oil', 'temp_target', 180, 'duration_seconds', 120, 'stir', false,
             'ingredients', '[{"subsystem":"SLD","channel":"OIL","name":"sunflower_oil","amount_g":20}]'::jsonb),
           jsonb_build_object('name', 'Simmer', 'temp_target', 98, 'duration_seconds', 900, 'stir', true,
             'ingredients', jsonb_build_array(jsonb_build_object('subsystem', 'CID', 'id', 1, 'amount_g', 250,
               'name', CASE WHEN n % 3 = 0 THEN 'red_lentils' ELSE 'chicken_thigh' END)))))
  FROM generate_series(1, $1) AS n`;

const HISTORY = `
  INSERT INTO cooking_sessions (id, user_id, appliance_id, recipe_id, recipe_name, recipe_version, status, started_at,
                                completed_at, total_duration_s, peak_temperature, user_rating, stages_log,
                                last_sequence, first_recorded_at, last_recorded_at, last_received_at, end_recorded_at)
  SELECT md5('cook' || n)::uuid, md5('user' || 1 + n % 40)::uuid, md5('appliance' || 2 * (1 + n % 40) - n / 40 % 2)::uuid,
         md5('recipe' || 1 + n * 7 % $2)::uuid, 'Dish ' || n, 1,
         CASE WHEN n % 10 = 0 THEN 'aborted' ELSE 'completed' END, start, start + interval '30 minutes', 1800, 180,
         CASE WHEN n % 2 = 0 THEN 1 + n % 5 END,
         '[{"stage":"Heat Oil","duration_s":120,"result":"camera","cv_confidence":0.9}]',
         27, start, start + interval '30 minutes', start + interval '30 minutes', start + interval '30 minutes'
  FROM generate_series(1, $1) AS n, LATERAL (SELECT now() - n * interval '26 minutes' AS start) AS s`;

const TELEMETRY = `
  INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, sequence, device_sequence,
                                received_at)
  SELECT appliance_id, id,
         CASE WHEN k = 0 THEN 'status' WHEN k = $1 + 1 THEN 'alert' ELSE 'temperature' END,
         CASE WHEN k = 0 THEN '{"session_status":"cooking"}'
              WHEN k = $1 + 1 THEN '{"code":"POT_REMOVED","severity":"warning","message":"Look."}'
              ELSE jsonb_build_object('temperature', 20 + 160 * sin(k / 8.0), 'target_temperature', 180) END,
         started_at + k * interval '1 minute', k + 1, k + 1, started_at + k * interval '1 minute'
  FROM cooking_sessions, generate_series(0, $1 + 1) AS k`;
