import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../../src/auth/viewer.js';
import { readRecipeChanges, readSyncAnswer } from '../../src/resolvers/recipe-sync.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { recordStatements } from '../_util/statements.js';
import { scannedTables } from '../screens/plans.js';

const RECIPES = 3000;

let database: TestDatabase;
let middle: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const client = await database.pool.connect();
  try {
    await client.query('SET session_replication_role = replica'); // the triggers are not what is looked at here
    await client.query(
      `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data, updated_at, published_at)
       SELECT 'Dal ' || n, 'dal', 'easy', 35, n % 10 > 0, '{"stages": [{"name": "Boil"}]}', stamp, stamp
       FROM generate_series(1, $1) AS n, recipe_sync, LATERAL (SELECT complete_since + make_interval(secs => n) AS stamp) AS s`,
      [RECIPES],
    );
    await client.query(
      `INSERT INTO recipe_tombstones (recipe_id, removed_at)
       SELECT gen_random_uuid(), complete_since + make_interval(secs => n + 0.5) FROM generate_series(1, $1) AS n, recipe_sync`,
      [RECIPES],
    );
    await client.query('RESET session_replication_role');
    await client.query('VACUUM ANALYZE');
    const { rows } = await client.query<{ middle: string }>(
      'SELECT complete_since + make_interval(secs => $1) AS middle FROM recipe_sync',
      [RECIPES / 2],
    );
    middle = (rows[0] as { middle: string }).middle;
  } finally {
    client.release();
  }
});
afterAll(() => database?.drop());

describe(`a page of sync, of ${RECIPES} recipes and as many that are gone,`, () => {
  it.each([
    ['REST', 'from the middle', () => readSyncAnswer({ db: database }, ANONYMOUS, middle, [])],
    ['REST', 'of everything', () => readSyncAnswer({ db: database }, ANONYMOUS, null, [])],
    ['GraphQL', 'from the middle', () => readRecipeChanges({ db: database }, middle)],
    ['GraphQL', 'of everything', () => readRecipeChanges({ db: database }, null)],
  ])(
    'takes one statement, which finds its rows by the index of stamps: %s, %s',
    async (_transport, _from, read) => {
      const statements = await recordStatements(read);
      expect(statements).toHaveLength(1);
      for (const statement of statements) {
        const { scanned } = await scannedTables(database.pool, statement);
        expect(scanned).toEqual([]);
        const { rows } = await database.pool.query<Record<string, string>>(
          `EXPLAIN (GENERIC_PLAN, COSTS OFF) ${statement.text}`,
        );
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).toMatch(/Index Scan using idx_recipes_stamp on .*\s+Index Cond: \(updated_at > /);
        expect(plan).toMatch(
          /Index .*Scan using idx_recipe_tombstones_stamp .*\s+Index Cond: \(removed_at > /,
        );
      }
    },
  );

  it('makes no JSON for a device that holds the answer', async () => {
    const { tag, body } = await readSyncAnswer({ db: database }, ANONYMOUS, middle, []);
    expect(body).toContain('"recipes":[{"id"');
    expect(await readSyncAnswer({ db: database }, ANONYMOUS, middle, ['other', tag])).toEqual({
      tag,
      body: null,
    });
  });
});
