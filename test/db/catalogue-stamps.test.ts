import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnection } from '../../src/db/client.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { insert, smallestRow } from './documented-rows.js';

interface Recipe {
  id: string;
  version: number;
  stamp: string;
  data: Record<string, unknown>;
  publishedAt: string | null;
}

let database: TestDatabase;
const connections: pg.Client[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  for (const connection of connections) await connection.end();
  await database?.drop();
});

async function connect(): Promise<pg.Client> {
  const client = createConnection(database.url);
  await client.connect();
  connections.push(client);
  return client;
}

/** New recipes, published unless it is said otherwise; their ids. */
async function insertRecipes(count = 1, isPublished = true): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
     SELECT 'Dal ' || n, 'dal', 'easy', 35, $2, '{"stages": [{"name": "Boil"}]}' FROM generate_series(1, $1) AS n
     RETURNING id`,
    [count, isPublished],
  );
  return rows.map(({ id }) => id);
}

async function insertRecipe(isPublished = true): Promise<string> {
  const [id] = await insertRecipes(1, isPublished);
  return id as string;
}

async function read(id: string): Promise<Recipe> {
  const { rows } = await database.pool.query<Recipe>(
    `SELECT id, version, updated_at AS stamp, recipe_data AS data, published_at AS "publishedAt" FROM recipes
     WHERE id = $1`,
    [id],
  );
  return rows[0] as Recipe;
}

/** Runs a statement that changes one recipe, whose id is $1; the recipe before and after. */
async function change(id: string, statement: string): Promise<{ before: Recipe; after: Recipe }> {
  const before = await read(id);
  await database.pool.query(statement, [id]);
  return { before, after: await read(id) };
}

async function newestStamp(): Promise<string> {
  const { rows } = await database.pool.query<{ stamp: string }>(
    'SELECT max(updated_at) AS stamp FROM recipes',
  );
  return rows[0]?.stamp ?? '';
}

describe('a change of the catalogue', () => {
  it.each([
    ['a new name', `name = 'Dal Makhani'`],
    ['another definition', `recipe_data = '{"stages": [{"name": "Fry"}]}'`],
    ['publishing', 'is_published = true'],
    ['taking back', 'is_published = false'],
    ['deleting', 'deleted_at = now()'],
    ['restoring', 'deleted_at = NULL'],
    ['another author', 'created_by = NULL'],
    ['a touch', 'updated_at = now()'],
    ['a stamp of the writer’s own', `updated_at = '2001-01-01T00:00:00Z'`],
  ])('gets a stamp later than every one before: %s', async (name, assignment) => {
    const id = await insertRecipe(name !== 'publishing');
    if (name === 'restoring') await change(id, 'UPDATE recipes SET deleted_at = now() WHERE id = $1');
    if (name === 'another author') {
      const author = await insert(database.pool, 'users', await smallestRow(database.pool, 'users'));
      await database.pool.query('UPDATE recipes SET created_by = $2 WHERE id = $1', [id, author.id]);
    }
    const newest = await newestStamp();
    const { after } = await change(id, `UPDATE recipes SET ${assignment} WHERE id = $1`);
    expect(after.stamp > newest).toBe(true);
  });

  it('gets none where nothing changes', async () => {
    const id = await insertRecipe();
    for (const assignment of ['name = name', 'is_published = true, servings = servings', 'version = 0']) {
      const { before, after } = await change(id, `UPDATE recipes SET ${assignment} WHERE id = $1`);
      expect(after).toEqual(before);
    }
  });

  it('gets one for each row of a statement, and of a transaction', async () => {
    const ids = await insertRecipes(300);
    const client = await connect();
    await client.query('BEGIN');
    await client.query('UPDATE recipes SET time_minutes = 36 WHERE id = ANY($1)', [ids]);
    await client.query('UPDATE recipes SET time_minutes = 37 WHERE id = ANY($1)', [ids.slice(0, 100)]);
    await client.query('SAVEPOINT undone');
    await client.query('UPDATE recipes SET time_minutes = 38 WHERE id = ANY($1)', [ids]);
    await client.query('ROLLBACK TO undone');
    await client.query('UPDATE recipes SET time_minutes = 39 WHERE id = ANY($1)', [ids.slice(50, 150)]);
    await client.query('COMMIT');
    const { rows } = await database.pool.query<{ stamps: number }>(
      'SELECT count(DISTINCT updated_at)::int AS stamps FROM recipes WHERE id = ANY($1)',
      [ids],
    );
    expect(rows[0]?.stamps).toBe(300);
  });

  it('is later than all before it even when the clock was set back', async () => {
    const id = await insertRecipe();
    await database.pool.query(`SELECT setval('recipe_stamps', last_value + 3600000000) FROM recipe_stamps`);
    const first = (await change(id, `UPDATE recipes SET name = 'One' WHERE id = $1`)).after.stamp;
    const second = (await change(id, `UPDATE recipes SET name = 'Two' WHERE id = $1`)).after.stamp;
    expect(Date.parse(first)).toBeGreaterThan(Date.now() + 3_000_000);
    const { rows } = await database.pool.query<{ apart: number }>(
      `SELECT (extract(epoch FROM $2::timestamptz - $1::timestamptz) * 1000000)::int AS apart`,
      [first, second],
    );
    expect(rows[0]?.apart).toBe(1);
  });

  it('is later than what was committed after its transaction took its snapshot', async () => {
    const [mine, theirs] = await insertRecipes(2);
    const client = await connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await client.query('SELECT count(*) FROM recipes');
    const { after } = await change(theirs as string, `UPDATE recipes SET name = 'Theirs' WHERE id = $1`);
    await client.query(`UPDATE recipes SET name = 'Mine' WHERE id = $1`, [mine]);
    await client.query('COMMIT');
    expect((await read(mine as string)).stamp > after.stamp).toBe(true);
  });

  it('waits for the transaction that stamped before it, whatever rows the two change', async () => {
    const [one, two] = await insertRecipes(2);
    const [first, second] = [await connect(), await connect()];
    await first.query('BEGIN');
    await first.query(`UPDATE recipes SET name = 'First' WHERE id = $1`, [one]);
    const waiting = second.query(`UPDATE recipes SET name = 'Second' WHERE id = $1`, [two]);
    await expect.poll(() => waitsForLock(second), { timeout: 20_000 }).toBe(true);
    await first.query('COMMIT');
    await waiting;
    const [earlier, later] = [await read(one as string), await read(two as string)];
    expect(later.stamp > earlier.stamp).toBe(true);
  });

  it('does not deadlock with one that changes the same rows the other way round', async () => {
    const [one, two] = await insertRecipes(2);
    const [first, second] = [await connect(), await connect()];
    await first.query('BEGIN');
    await first.query(`UPDATE recipes SET name = 'First' WHERE id = $1`, [one]);
    await second.query('BEGIN');
    const waiting = second.query(`UPDATE recipes SET name = 'Second' WHERE id = $1`, [two]);
    await expect.poll(() => waitsForLock(second), { timeout: 20_000 }).toBe(true);
    await first.query(`UPDATE recipes SET name = 'First' WHERE id = $1`, [two]);
    await first.query('COMMIT');
    await waiting;
    await second.query(`UPDATE recipes SET name = 'Second' WHERE id = $1`, [one]);
    await second.query('COMMIT');
    const { rows } = await database.pool.query('SELECT name FROM recipes WHERE id = ANY($1)', [[one, two]]);
    expect(rows).toEqual([{ name: 'Second' }, { name: 'Second' }]);
  });

  it('that is not committed yet does not keep anybody from starting a cook of that recipe', async () => {
    const id = await insertRecipe();
    const row = { ...(await smallestRow(database.pool, 'cooking_sessions')), recipe_id: id };
    const editor = await connect();
    await editor.query('BEGIN');
    await editor.query(`UPDATE recipes SET name = 'Dal Makhani' WHERE id = $1`, [id]);
    const cook = await connect();
    await cook.query(`SET lock_timeout = '5s'`);
    await expect(insert(cook, 'cooking_sessions', row)).resolves.toMatchObject({ recipe_name: 'Dal 1' });
    await editor.query('ROLLBACK');
  });

  /** Whether the backend behind a connection waits for the catalogue. */
  async function waitsForLock(client: pg.Client): Promise<boolean> {
    const { rows } = await database.pool.query<{ waits: boolean }>(
      `SELECT wait_event = 'advisory' AS waits FROM pg_stat_activity WHERE pid = $1`,
      [(client as pg.Client & { processID: number }).processID],
    );
    return rows[0]?.waits ?? false;
  }
});

describe('the columns', () => {
  it('rule over the same names in recipe_data, at every write', async () => {
    const { rows } = await database.pool.query<{ id: string }>(
      `INSERT INTO recipes (name, category, cuisine, tags, difficulty, time_minutes, servings, calories, recipe_data)
       VALUES ('Dal', 'dal', 'thai', '{quick}', 'easy', 20, 3, 300.5, $1) RETURNING id`,
      [
        {
          name: 'X',
          servings: 9,
          cuisine: 'none',
          tags: [],
          calories: 1,
          version: 7,
          note: 'kept',
          stages: [{}],
        },
      ],
    );
    const id = rows[0]?.id as string;
    expect((await read(id)).data).toEqual({
      ...{
        name: 'Dal',
        servings: 3,
        total_time_minutes: 20,
        cuisine: 'thai',
        tags: ['quick'],
        calories: 300.5,
      },
      ...{ version: 1, note: 'kept', stages: [{}] },
    });
    await change(id, `UPDATE recipes SET name = 'Dal Fry', servings = 2, cuisine = NULL WHERE id = $1`);
    expect((await read(id)).data).toMatchObject({ name: 'Dal Fry', servings: 2, cuisine: null, version: 2 });
    await change(
      id,
      `UPDATE recipes SET recipe_data = '{"name": "Y", "stages": [{"name": "Fry"}]}' WHERE id = $1`,
    );
    expect((await read(id)).data).toEqual({
      ...{ name: 'Dal Fry', servings: 2, total_time_minutes: 20, stages: [{ name: 'Fry' }] },
    });
  });

  it('version counts what cooks read, and neither publishing nor the writer turns it back', async () => {
    const id = await insertRecipe(false);
    const versions: number[] = [];
    for (const assignment of [
      `name = 'One'`,
      'is_published = true',
      `time_minutes = 40, calories = 100`,
      `updated_at = now()`,
      'version = 1',
      `name = 'Two', version = 9`,
    ]) {
      versions.push((await change(id, `UPDATE recipes SET ${assignment} WHERE id = $1`)).after.version);
    }
    expect(versions).toEqual([2, 2, 3, 3, 3, 9]);
  });

  it('published_at is the first publication, and nobody else’s to write', async () => {
    const id = await insertRecipe(false);
    const { before, after } = await change(id, `UPDATE recipes SET published_at = now() WHERE id = $1`);
    expect([before.publishedAt, after.publishedAt]).toEqual([null, null]);
    const published = (await change(id, 'UPDATE recipes SET is_published = true WHERE id = $1')).after;
    expect(published.publishedAt).toBe(published.stamp);
    await change(id, 'UPDATE recipes SET is_published = false WHERE id = $1');
    const again = (await change(id, 'UPDATE recipes SET is_published = true WHERE id = $1')).after;
    expect(again.publishedAt).toBe(published.publishedAt);
  });

  it.each(['{}', '[]', '"text"', '{"stages": []}', '{"stages": {"0": {}}}', '{"stages": [5]}'])(
    'hold at least one stage: not %s',
    async (data) => {
      const id = await insertRecipe();
      await expect(
        database.pool.query('UPDATE recipes SET recipe_data = $2 WHERE id = $1', [id, data]),
      ).rejects.toMatchObject({ code: '23514', constraint: 'recipes_has_stage' });
    },
  );

  it('id never changes: devices know the recipe by it', async () => {
    const id = await insertRecipe();
    await expect(
      database.pool.query('UPDATE recipes SET id = $2 WHERE id = $1', [id, randomUUID()]),
    ).rejects.toMatchObject({ code: '23001' });
  });
});

describe('removing a row', () => {
  const tombstone = async (id: string) =>
    (
      await database.pool.query<{ stamp: string }>(
        'SELECT removed_at AS stamp FROM recipe_tombstones WHERE recipe_id = $1',
        [id],
      )
    ).rows[0]?.stamp;

  it('leaves a tombstone with a stamp of its own where devices may hold the recipe', async () => {
    const [published, draft] = [await insertRecipe(), await insertRecipe(false)];
    const newest = await newestStamp();
    await database.pool.query('DELETE FROM recipes WHERE id = ANY($1)', [[published, draft]]);
    expect(((await tombstone(published)) ?? '') > newest).toBe(true);
    expect(await tombstone(draft)).toBeUndefined();
  });

  it('is refused while cooks point at it, with a hint at the soft way', async () => {
    const cook = await insert(
      database.pool,
      'cooking_sessions',
      await smallestRow(database.pool, 'cooking_sessions'),
    );
    await expect(
      database.pool.query('DELETE FROM recipes WHERE id = $1', [cook.recipe_id]),
    ).rejects.toMatchObject({ code: '23503', hint: expect.stringContaining('SET deleted_at = now()') });
  });

  it('is forgotten when a recipe with the same id is inserted, which devices then hear of', async () => {
    const id = await insertRecipe();
    await database.pool.query('DELETE FROM recipes WHERE id = $1', [id]);
    await database.pool.query(
      `INSERT INTO recipes (id, name, category, difficulty, time_minutes, recipe_data)
       VALUES ($1, 'Draft', 'dal', 'easy', 20, '{"stages": [{}]}')`,
      [id],
    );
    expect(await tombstone(id)).toBeUndefined();
    const draft = await read(id);
    expect(draft.publishedAt).toBe(draft.stamp);
  });

  it('of all at once, by TRUNCATE, is refused', async () => {
    await expect(database.pool.query('TRUNCATE recipes CASCADE')).rejects.toMatchObject({ code: '23001' });
  });
});
