import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConnection } from '../../src/db/client.js';
import { migrateDatabase } from '../../src/db/migrate.js';
import { createEmptyDatabase, type EmptyDatabase } from './empty-database.js';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
const FIRST_OF_STAMPS = /_catalogue-stamps$/;

let database: EmptyDatabase;

/** Migrates as the release before stamps did. */
async function migrateToBefore(url: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'epicura-migrations-'));
  const client = createConnection(url);
  try {
    for (const name of (await readdir(MIGRATIONS)).sort()) {
      if (FIRST_OF_STAMPS.test(name)) break;
      await cp(path.join(MIGRATIONS, name), path.join(folder, name), { recursive: true });
    }
    await client.connect();
    await migrate(drizzle({ client }), { migrationsFolder: folder });
  } finally {
    await client.end();
    await rm(folder, { recursive: true });
  }
}

beforeAll(async () => {
  database = await createEmptyDatabase();
  await migrateToBefore(database.url);
  await database.query(
    `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, deleted_at, updated_at, recipe_data)
     SELECT 'Dish ' || n, 'dal', 'easy', 30, n <> 2, CASE WHEN n = 3 THEN now() END,
            '2026-01-01T00:00:00Z'::timestamptz - make_interval(days => n / 5),
            CASE WHEN n = 4 THEN '{}' ELSE '{"name": "Old", "stages": [{"name": "Boil"}]}'::jsonb END
     FROM generate_series(1, 20) AS n`,
  );
  await migrateDatabase(database.url);
});
afterAll(() => database?.drop());

it('recipes from before stamps get one each, in the order of their last changes, after the beginning of records', async () => {
  const rows = await database.query<{ n: number; stamp: string; isAfter: boolean }>(
    `SELECT substr(name, 6)::int AS n, updated_at AS stamp, updated_at > complete_since AS "isAfter"
     FROM recipes, recipe_sync ORDER BY updated_at`,
  );
  expect(new Set(rows.map(({ stamp }) => stamp)).size).toBe(20);
  expect(rows.every(({ isAfter }) => isAfter)).toBe(true);
  const ages = rows.map(({ n }) => Math.floor(n / 5));
  expect(ages).toEqual([...ages].sort((a, b) => b - a));
});

it('devices hear of what was published, and of no draft; one without a stage is deleted', async () => {
  const rows = await database.query<{ name: string }>(
    'SELECT name FROM recipes WHERE published_at IS NULL ORDER BY name',
  );
  expect(rows.map(({ name }) => name)).toEqual(['Dish 2', 'Dish 3', 'Dish 4']);
  expect(await database.query(`SELECT FROM recipes WHERE name = 'Dish 4' AND deleted_at IS NULL`)).toEqual(
    [],
  );
});

it('their columns rule over recipe_data from then on, and the next change is later', async () => {
  const [before] = await database.query<{ data: object }>(
    `SELECT recipe_data AS data FROM recipes WHERE name = 'Dish 1'`,
  );
  expect(before?.data).toEqual({
    name: 'Dish 1',
    servings: 4,
    total_time_minutes: 30,
    stages: [{ name: 'Boil' }],
  });
  const [change] = await database.query<{ isLast: boolean }>(
    `WITH before AS (SELECT max(updated_at) AS newest FROM recipes),
          change AS (UPDATE recipes SET name = 'Dish one' WHERE name = 'Dish 1' RETURNING updated_at)
     SELECT updated_at > newest AS "isLast" FROM change, before`,
  );
  expect(change?.isLast).toBe(true);
});
