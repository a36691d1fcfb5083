import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPerson, registerDevice } from '../_util/home.js';
import { createAdmin, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { emptyCatalogue, idsOf, insertSynced, type SyncPage, syncFrom } from '../_util/sync.js';

let server: TestServer;
let device: string;
let person: string;

beforeAll(async () => {
  server = await startTestServer();
  device = (await registerDevice(server)).deviceToken;
  person = (await createPerson(server)).userToken;
});
afterAll(() => server.stop());

const sql = (text: string, values: unknown[] = []) => server.database.pool.query(text, values);

const insertRecipes = (count: number, isPublished = true) => insertSynced(server, count, isPublished);

const get = (since?: string, headers: Record<string, string> = {}, token: string | undefined = device) =>
  fetch(`${server.url}/recipes/sync${since === undefined ? '' : `?since=${encodeURIComponent(since)}`}`, {
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
  });

async function sync(since?: string, token?: string): Promise<SyncPage> {
  const response = await get(since, {}, token);
  expect(response.status).toBe(200);
  return (await response.json()) as SyncPage;
}

/** Where a copy stands that has everything. */
const upToDate = async () => (await syncFrom(server, device)).at(-1)?.server_timestamp as string;

describe('GET /recipes/sync', () => {
  beforeEach(() => emptyCatalogue(server));

  it('gives everything without since, as rows of the table, to devices and people', async () => {
    const [id] = await insertRecipes(1);
    await insertRecipes(1, false);
    await sql(
      `UPDATE recipes SET tags = NULL, calories = 320.5, image_url = 'https://example.com/a.jpg'
               WHERE id = $1`,
      [id],
    );
    const { rows } = await sql('SELECT * FROM recipes WHERE id = $1', [id]);
    const [row] = rows;
    for (const token of [device, person]) {
      expect(await sync(undefined, token)).toEqual({
        recipes: [
          {
            ...{ id, name: 'Dal 1', category: 'dal', cuisine: 'indian', tags: [], difficulty: 'easy' },
            ...{
              time_minutes: 35,
              servings: 4,
              calories: 320.5,
              protein_g: null,
              carbs_g: null,
              fats_g: null,
            },
            ...{ image_url: 'https://example.com/a.jpg', version: 2, is_published: true, created_by: null },
            recipe_data: {
              ...{ name: 'Dal 1', servings: 4, total_time_minutes: 35 },
              stages: [{ name: 'Boil', temp_target: 98 }],
            },
            created_at: row.created_at,
            updated_at: row.updated_at,
          },
        ],
        deleted_ids: [],
        server_timestamp: row.updated_at,
        has_more: false,
        reset: false,
      });
    }
  });

  it('tells administrators alone who wrote a recipe', async () => {
    const [id] = await insertRecipes(1);
    const admin = await createAdmin(server);
    await sql('UPDATE recipes SET created_by = $2 WHERE id = $1', [id, uuidOf(admin.userId)]);
    expect((await sync()).recipes[0]?.created_by).toBeNull();
    expect((await sync(undefined, admin.userToken)).recipes[0]?.created_by).toBe(uuidOf(admin.userId));
    const [mine, theirs] = [await get(undefined, {}, admin.userToken), await get()];
    expect(mine.headers.get('etag')).not.toBe(theirs.headers.get('etag'));
  });

  it('gives what changed since, and where to go on', async () => {
    const [one, two] = await insertRecipes(2);
    const since = await upToDate();
    expect(await sync(since)).toEqual({
      ...{ recipes: [], deleted_ids: [], server_timestamp: since, has_more: false, reset: false },
    });
    await sql(`UPDATE recipes SET name = 'Dal Fry' WHERE id = $1`, [one]);
    const page = await sync(since);
    expect(idsOf(page)).toEqual([one]);
    expect(page.server_timestamp).toBe(page.recipes[0]?.updated_at);
    await sql(`UPDATE recipes SET name = 'Dal Soup' WHERE id = $1`, [two]);
    expect(idsOf(await sync(page.server_timestamp))).toEqual([two]);
  });

  it('names what was unpublished, deleted or removed, brings it back when it is published again', async () => {
    const ids = await insertRecipes(3);
    let since = await upToDate();
    await sql('UPDATE recipes SET is_published = false WHERE id = $1', [ids[0]]);
    await sql('UPDATE recipes SET deleted_at = now() WHERE id = $1', [ids[1]]);
    await sql('DELETE FROM recipes WHERE id = $1', [ids[2]]);
    const gone = await sync(since);
    expect(gone).toMatchObject({ recipes: [], deleted_ids: ids, has_more: false, reset: false });
    since = gone.server_timestamp;
    await sql(`UPDATE recipes SET name = 'Edited draft' WHERE id = $1`, [ids[0]]);
    expect(await sync(since)).toMatchObject({ recipes: [], deleted_ids: [ids[0]] });
    await sql('UPDATE recipes SET is_published = true, deleted_at = NULL');
    expect(idsOf(await sync(since)).sort()).toEqual(ids.slice(0, 2).sort());
    expect((await sync()).deleted_ids).toEqual([]);
  });

  it('says nothing of drafts that were never published', async () => {
    await insertRecipes(1);
    const since = await upToDate();
    const [draft] = await insertRecipes(1, false);
    await sql(`UPDATE recipes SET name = 'Secret' WHERE id = $1`, [draft]);
    await sql('UPDATE recipes SET deleted_at = now() WHERE id = $1', [draft]);
    expect(await sync(since)).toMatchObject({ recipes: [], deleted_ids: [], server_timestamp: since });
    expect(JSON.stringify(await sync())).not.toMatch(/Secret/);
  });

  it('gives 1,200 changes of one transaction in pages of 500, recipes and deletions in the order of change', async () => {
    const first = await insertRecipes(1);
    const since = await upToDate();
    const ids = await insertRecipes(1200);
    await sql('UPDATE recipes SET is_published = id <> ALL($2) WHERE id = ANY($1)', [
      ids,
      ids.slice(400, 800),
    ]);
    const pages = await syncFrom(server, device, since);
    expect(pages.map((page) => page.recipes.length + page.deleted_ids.length)).toEqual([500, 500, 200]);
    expect(pages.map((page) => page.has_more)).toEqual([true, true, false]);
    expect(pages.flatMap(idsOf)).toHaveLength(800);
    expect(pages.flatMap((page) => page.deleted_ids).sort()).toEqual(ids.slice(400, 800).sort());
    const stamps = pages.flatMap((page) => page.recipes.map((recipe) => recipe.updated_at));
    expect(stamps).toEqual([...stamps].sort());
    const everything = await syncFrom(server, device);
    expect(everything.flatMap(idsOf).sort()).toEqual([...first, ...pages.flatMap(idsOf)].sort());
    expect(everything.every((page) => !page.reset)).toBe(true);
  });

  describe('starts over, with reset and everything,', () => {
    it('when since is from before the records of deletions', async () => {
      const ids = await insertRecipes(600);
      for (const since of ['1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z']) {
        const pages = await syncFrom(server, device, since);
        expect(pages.map((page) => page.reset)).toEqual([true, false]);
        expect(pages.flatMap(idsOf)).toEqual(ids);
      }
    });

    it('when since is ahead of the server', async () => {
      const ids = await insertRecipes(600);
      await sql('UPDATE recipes SET is_published = false WHERE id = $1', [ids[0]]);
      const newest = await upToDate();
      for (const since of ['9999-12-31T23:59:59Z', next(newest)]) {
        const pages = await syncFrom(server, device, since);
        expect(pages.map((page) => page.reset)).toEqual([true, false]);
        expect(pages.flatMap(idsOf)).toEqual(ids.slice(1));
        expect(pages.at(-1)?.server_timestamp).toBe(newest);
      }
      const withNanoseconds = newest.replace('Z', '999Z');
      expect(await sync(withNanoseconds)).toMatchObject({ reset: false, server_timestamp: newest });
    });

    it('when the operator restarts sync, page by page without an end in itself', async () => {
      const ids = await insertRecipes(700);
      const since = await upToDate();
      expect((await sync(since)).reset).toBe(false);
      await sql('SELECT restart_recipe_sync()');
      const pages = await syncFrom(server, device, since);
      expect(pages.map((page) => page.reset)).toEqual([true, false]);
      expect(pages.flatMap(idsOf).sort()).toEqual(ids.sort());
      expect(await sync(pages.at(-1)?.server_timestamp)).toMatchObject({ recipes: [], reset: false });
    });

    it('and an empty catalogue leaves a device where it need not start over again', async () => {
      const page = await sync('1970-01-01T00:00:00Z');
      expect(page).toMatchObject({ recipes: [], deleted_ids: [], has_more: false, reset: true });
      expect(await sync(page.server_timestamp)).toEqual({ ...page, reset: false });
      const ids = await insertRecipes(1);
      expect(idsOf(await sync(page.server_timestamp))).toEqual(ids);
    });
  });

  /** The instant a microsecond later. */
  function next(instant: string): string {
    const micros = Number(instant.slice(20, 26)) + 1;
    return `${instant.slice(0, 20)}${String(micros).padStart(6, '0')}Z`;
  }
});

describe('an answer of GET /recipes/sync', () => {
  beforeAll(async () => {
    await insertRecipes(20);
  });

  it('has a tag of what it lists, and is 304 for who holds it', async () => {
    const first = await get();
    const etag = first.headers.get('etag') as string;
    expect(etag).toMatch(/^W\/"[0-9a-f]{64}"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    for (const held of [etag, etag.slice(2), `"other", ${etag}`]) {
      const again = await get(undefined, { 'if-none-match': held });
      expect(again.status, held).toBe(304);
      expect(again.headers.get('etag')).toBe(etag);
      expect(await again.text()).toBe('');
    }
    expect((await get(undefined, { 'if-none-match': '"other"' })).status).toBe(200);
    await sql('UPDATE recipes SET servings = servings % 4 + 1 WHERE id = (SELECT id FROM recipes LIMIT 1)');
    const changed = await get(undefined, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  it('is compressed as the client asks, when it is worth it', async () => {
    const plain = await raw('/recipes/sync', {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    for (const [accepted, expected] of [
      ['gzip', 'gzip'],
      ['br', 'br'],
      ['gzip, deflate, br', 'br'],
      ['br;q=0.1, gzip;q=0.5', 'gzip'],
      ['*', 'br'],
      ['br;q=0, *;q=0.1', 'gzip'],
      ['identity', undefined],
      ['gzip;q=0', undefined],
    ] as const) {
      const { headers, body } = await raw('/recipes/sync', { 'accept-encoding': accepted });
      expect(headers['content-encoding'], accepted).toBe(expected);
      expect(headers.vary).toContain('accept-encoding');
      const text =
        expected === 'br' ? brotliDecompressSync(body) : expected === 'gzip' ? gunzipSync(body) : body;
      expect(text.toString()).toBe(plain.body.toString());
      if (expected) expect(body.length).toBeLessThan(plain.body.length / 3);
    }
    const small = await raw(`/recipes/sync?since=${await upToDate()}`, { 'accept-encoding': 'br' });
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it('is headers alone for HEAD', async () => {
    const { headers, body } = await raw('/recipes/sync', {}, 'HEAD');
    expect(Number(headers['content-length'])).toBeGreaterThan(1000);
    expect(body).toHaveLength(0);
  });

  /** The answer with its body as it comes over the wire. */
  function raw(path: string, headers: Record<string, string>, method = 'GET') {
    return new Promise<{ headers: Record<string, string | string[] | undefined>; body: Buffer }>(
      (resolve, reject) => {
        const sent = request(
          `${server.url}${path}`,
          { method, headers: { authorization: `Bearer ${device}`, ...headers } },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
          },
        );
        sent.on('error', reject).end();
      },
    );
  }
});

describe('GET /recipes/sync refuses', () => {
  const errorOf = async (response: Response) => {
    expect(response.headers.get('content-type')).toContain('application/json');
    const { error } = (await response.json()) as { error: { code: string; details?: { field: string }[] } };
    return [response.status, error.code, ...(error.details ?? []).map(({ field }) => field)];
  };

  it.each([
    '',
    'yesterday',
    '2026-01-31',
    '2026-01-31T18:30:00',
    '2026-02-30T18:30:00Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T18:30:00 05:30',
    '0000-01-01T00:00:00Z',
    '1769884200',
    '2026-01-31T18:30:00Z\u0000',
    "2026-01-31T18:30:00Z'; DROP TABLE recipes",
  ])('since=%j', async (since) => {
    expect(await errorOf(await get(since))).toEqual([400, 'VALIDATION_ERROR', 'since']);
  });

  it('since given twice', async () => {
    const response = await fetch(
      `${server.url}/recipes/sync?since=2026-01-31T18:30:00Z&since=2026-01-31T18:30:00Z`,
      {
        headers: { authorization: `Bearer ${device}` },
      },
    );
    expect(await errorOf(response)).toEqual([400, 'VALIDATION_ERROR', 'since']);
  });

  it('who presents no token, or one that is not good', async () => {
    for (const authorization of [undefined, 'Bearer epd_forged', 'Basic abc']) {
      const headers: Record<string, string> = authorization ? { authorization } : {};
      const response = await fetch(`${server.url}/recipes/sync`, { headers });
      expect(await errorOf(response)).toEqual([401, 'UNAUTHENTICATED']);
    }
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s', async (method) => {
    const response = await fetch(`${server.url}/recipes/sync`, { method });
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await errorOf(response)).toEqual([405, 'VALIDATION_ERROR', 'method']);
  });
});
