import type { TestServer } from './server.js';

/** A row of `recipes` as devices get it. */
export interface SyncedRecipe {
  id: string;
  name: string;
  version: number;
  created_by: string | null;
  updated_at: string;
  recipe_data: Record<string, unknown>;
}

/** An answer of `GET /recipes/sync`. */
export interface SyncPage {
  recipes: SyncedRecipe[];
  deleted_ids: string[];
  server_timestamp: string;
  has_more: boolean;
  reset: boolean;
}

/** Syncs until there is no more; the pages as they came. Throws what is no page. */
export async function syncFrom({ url }: { url: string }, token: string, since?: string): Promise<SyncPage[]> {
  const pages: SyncPage[] = [];
  let from = since;
  do {
    const response = await fetch(
      `${url}/recipes/sync${from === undefined ? '' : `?since=${encodeURIComponent(from)}`}`,
      { headers: { authorization: `Bearer ${token}` } },
    );
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    const page = (await response.json()) as SyncPage;
    pages.push(page);
    from = page.server_timestamp;
  } while (pages.at(-1)?.has_more);
  return pages;
}

export const idsOf = ({ recipes }: SyncPage) => recipes.map(({ id }) => id);

/** Recipes by SQL, in one transaction; their ids in the order of their stamps. */
export async function insertSynced(
  { database: { pool } }: TestServer,
  count: number,
  isPublished: boolean,
): Promise<string[]> {
  await pool.query(
    `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
     SELECT 'Dal ' || n, 'dal', 'easy', 35, $2, '{"stages": [{"name": "Boil", "temp_target": 98}]}'
     FROM generate_series(1, $1) AS n`,
    [count, isPublished],
  );
  const { rows } = await pool.query<{ id: string }>(
    'SELECT id FROM recipes ORDER BY updated_at DESC LIMIT $1',
    [count],
  );
  return rows.map(({ id }) => id).reverse();
}

/** Removes all recipes, and lets sync begin anew. */
export async function emptyCatalogue({ database: { pool } }: TestServer): Promise<void> {
  await pool.query('DELETE FROM recipes');
  await pool.query('SELECT restart_recipe_sync()');
}
