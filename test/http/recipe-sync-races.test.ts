import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../../src/auth/viewer.js';
import { createConnection } from '../../src/db/client.js';
import { drawInteger, type Random } from '../../src/kitchen/random.js';
import { readSyncAnswer } from '../../src/resolvers/recipe-sync.js';
import { registerDevice } from '../_util/home.js';
import { createAdmin } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { type SyncPage, syncFrom } from '../_util/sync.js';
import { pick, randomFor } from '../faults/chance.js';
import { Copy } from './sync-copy.js';

const EDITORS = 4;
const TRANSACTIONS = 20;
const RECIPES = 30;

/**
 * Changes of one recipe ($1) or of all, as somebody at the desk or at psql makes them. The same is done to `plain`, a table
 * whose `updated_at` is `now()` and nothing more.
 */
const CHANGES = [
  `name = 'Dish ' || (random() * 1000000)::int`,
  'time_minutes = 10 + (random() * 50)::int',
  'is_published = true',
  'is_published = false',
  'is_published = NOT is_published',
  'deleted_at = now()',
  'deleted_at = NULL',
];

let server: TestServer;
let device: string;
let admin: string;
const editors: pg.Client[] = [];

beforeAll(async () => {
  server = await startTestServer();
  device = (await registerDevice(server)).deviceToken;
  admin = (await createAdmin(server)).userToken;
  for (let n = 0; n < EDITORS; n++) {
    const editor = createConnection(server.database.url);
    await editor.connect();
    editors.push(editor);
  }
});
afterAll(async () => {
  for (const editor of editors) await editor.end();
  await server.stop();
});

// One that failed in the middle leaves nothing open.
afterEach(async () => {
  for (const editor of editors) await editor.query('ROLLBACK');
});

beforeEach(async () => {
  const { pool } = server.database;
  await pool.query('DELETE FROM recipes');
  await pool.query(
    `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
     SELECT 'Dish ' || n, 'dal', 'easy', 30, n % 3 > 0, '{"stages": [{"name": "Boil"}]}' FROM generate_series(1, $1) AS n`,
    [RECIPES],
  );
  await pool.query('DROP TABLE IF EXISTS plain');
  await pool.query('CREATE TABLE plain (LIKE recipes INCLUDING DEFAULTS)');
  await pool.query(
    'INSERT INTO plain (id, name, category, difficulty, time_minutes, recipe_data) SELECT id, name, category, difficulty, time_minutes, recipe_data FROM recipes',
  );
});

/** One page as a device gets it, of any size. */
async function readPage(copy: Copy, pageSize: number): Promise<void> {
  const { body } = await readSyncAnswer(server.app.services, ANONYMOUS, copy.since, [], pageSize);
  copy.apply(JSON.parse(body as string) as SyncPage);
}

/** What a device must hold: the published catalogue, by content. */
async function catalogue(): Promise<Map<string, unknown>> {
  const copy = new Copy();
  for (const page of await syncFrom(server, device)) copy.apply(page);
  const { rows } = await server.database.pool.query<{
    id: string;
    name: string;
    version: number;
    updated_at: string;
  }>('SELECT id, name, version, updated_at FROM recipes WHERE is_published AND deleted_at IS NULL');
  expect(copy.recipes.size).toBe(rows.length);
  for (const row of rows) expect(copy.recipes.get(row.id)).toMatchObject(row);
  return copy.recipes;
}

/** A device that trusts `updated_at > since` on stamps by `now()`: what it knows of `plain`. */
class NaiveCopy {
  readonly names = new Map<string, string>();
  #since = '-infinity';

  async sync(): Promise<void> {
    const { rows } = await server.database.pool.query<{ id: string; name: string; updated_at: string }>(
      'SELECT id, name, updated_at FROM plain WHERE updated_at > $1 ORDER BY updated_at',
      [this.#since],
    );
    for (const { id, name } of rows) this.names.set(id, name);
    this.#since = rows.at(-1)?.updated_at ?? this.#since;
  }

  /** How many rows it has wrong. */
  async wrong(): Promise<number> {
    const { rows } = await server.database.pool.query<{ id: string; name: string }>(
      'SELECT id, name FROM plain',
    );
    return rows.filter(({ id, name }) => this.names.get(id) !== name).length;
  }
}

/** Gives the same new name to a recipe in both tables. */
async function rename(editor: pg.Client, id: string, name: string): Promise<void> {
  await editor.query('UPDATE recipes SET name = $2 WHERE id = $1', [id, name]);
  await editor.query('UPDATE plain SET name = $2, updated_at = now() WHERE id = $1', [id, name]);
}

/** One transaction of a few changes, which is committed more often than not. */
async function editOnce(editor: pg.Client, random: Random): Promise<void> {
  await editor.query('BEGIN');
  await think(random);
  const changes = 1 + below(random, 4);
  for (let n = 0; n < changes; n++) {
    await changeSomething(editor, random);
    await think(random);
  }
  await editor.query(below(random, 5) === 0 ? 'ROLLBACK' : 'COMMIT');
}

async function changeSomething(editor: pg.Client, random: Random): Promise<void> {
  const { rows } = await editor.query<{ id: string }>('SELECT id FROM recipes ORDER BY id');
  const id = rows[below(random, rows.length)]?.id;
  const assignment = pick(random, CHANGES);
  switch (below(random, 12)) {
    case 0:
      await editor.query(
        `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
         SELECT 'New ' || n, 'dal', 'easy', 30, $2, '{"stages": [{"name": "Fry"}]}' FROM generate_series(1, $1) AS n`,
        [1 + below(random, 3), below(random, 2) === 0],
      );
      return;
    case 1:
      await editor.query('DELETE FROM recipes WHERE id = $1', [id]);
      return;
    case 2: {
      // Removed, unless another editor was first, and put back under the same id.
      const removed = await editor.query('DELETE FROM recipes WHERE id = $1 RETURNING id', [id]);
      await editor.query(
        `INSERT INTO recipes (id, name, category, difficulty, time_minutes, is_published, recipe_data)
         SELECT id, 'Back again', 'dal', 'easy', 30, $2, '{"stages": [{"name": "Fry"}]}' FROM unnest($1::uuid[]) AS id`,
        [removed.rows.map((row) => row.id), below(random, 2) === 0],
      );
      return;
    }
    case 3: // the whole catalogue
      await editor.query(`UPDATE recipes SET ${assignment}`);
      return;
    case 4: // undone
      await editor.query('SAVEPOINT here');
      await editor.query(`UPDATE recipes SET ${assignment} WHERE id = $1`, [id]);
      await editor.query('ROLLBACK TO here');
      return;
    default:
      await editor.query(`UPDATE recipes SET ${assignment} WHERE id = $1`, [id]);
  }
}

/** At the desk: an edit or a publication by the API, which may come too late. */
async function editAtDesk(random: Random): Promise<void> {
  const { data } = await server.post('{ recipes(first: 100) { edges { node { id version } } } }', {}, admin);
  const { node } = data.recipes.edges[below(random, data.recipes.edges.length)] ?? {};
  if (!node) return;
  const answer =
    below(random, 2) === 0
      ? await server.post(
          'mutation ($input: UpdateRecipeInput!) { updateRecipe(input: $input) { recipe { id } } }',
          { input: { recipeId: node.id, version: node.version, name: `Desk ${below(random, 1e6)}` } },
          admin,
        )
      : await server.post(
          'mutation ($input: RecipeIdInput!) { publishRecipe(input: $input) { recipe { id } } }',
          { input: { recipeId: node.id } },
          admin,
        );
  const code = answer.errors?.[0]?.extensions.code ?? 'none';
  expect(['none', 'CONFLICT', 'NOT_FOUND', 'SERVICE_UNAVAILABLE']).toContain(code);
}

const below = (random: Random, count: number) => drawInteger(random, 0, Math.max(0, count - 1));
const think = (random: Random) => pause(below(random, 4));

describe('a copy that syncs while editors change the catalogue', () => {
  it('has what a transaction committed that began before others, where stamps by now() lose it', async () => {
    const [slow, quick] = editors as [pg.Client, pg.Client];
    const [first, second] = [...(await catalogue()).keys()] as [string, string];
    const [copy, naive] = [new Copy(), new NaiveCopy()];
    const syncAll = async () => {
      await readPage(copy, 500);
      await naive.sync();
    };
    await syncAll();
    await slow.query('BEGIN');
    await slow.query('SELECT now()');
    await rename(quick, second, 'Quick');
    await syncAll();
    await rename(slow, first, 'Slow');
    await slow.query('COMMIT');
    await syncAll();
    expect(copy.recipes).toEqual(await catalogue());
    expect(copy.recipes.get(first)?.name).toBe('Slow');
    expect(await naive.wrong()).toBe(1);
  });

  it.each([1, 2, 862327, Date.now() % 1e6])(
    'ends with exactly the catalogue, whatever commits when, at any page size (seed %i)',
    async (seed) => {
      let editing = true;
      const copies = Array.from({ length: 4 }, () => new Copy());
      const work = [
        ...editors.map(async (editor, n) => {
          const random = randomFor(seed, `editor ${n}`);
          for (let i = 0; i < TRANSACTIONS; i++) await editOnce(editor, random);
        }),
        (async () => {
          const random = randomFor(seed, 'desk');
          for (let i = 0; i < TRANSACTIONS / 2; i++) await editAtDesk(random);
        })(),
      ];
      const syncing = copies.map(async (copy, n) => {
        const random = randomFor(seed, `device ${n}`);
        while (editing) {
          await readPage(copy, n === 0 ? 500 : 1 + below(random, n * 4));
          await think(random);
        }
      });
      const outcomes = await Promise.allSettled(work);
      editing = false;
      await Promise.all(syncing);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      const expected = await catalogue();
      for (const copy of copies) {
        for (const page of await syncFrom(server, device, copy.since ?? undefined)) copy.apply(page);
        expect(copy.recipes).toEqual(expected);
        expect(copy.resets).toBe(0);
      }
    },
  );
});
