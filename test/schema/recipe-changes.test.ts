import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPerson, registerDevice } from '../_util/home.js';
import { createAdmin, globalId } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { emptyCatalogue, insertSynced, type SyncPage, syncFrom } from '../_util/sync.js';

let server: TestServer;
let device: string;
let person: string;

beforeAll(async () => {
  server = await startTestServer();
  device = (await registerDevice(server)).deviceToken;
  person = (await createPerson(server)).userToken;
});
afterAll(() => server.stop());

describe('recipeChanges', () => {
  const CHANGES = `query ($since: DateTime) {
    recipeChanges(since: $since) { recipes { id name updatedAt } deletedIds serverTimestamp hasMore reset }
  }`;

  beforeEach(() => emptyCatalogue(server));

  it('tells the same as REST, with global ids', async () => {
    const ids = await insertSynced(server, 3, true);
    const since = (await syncFrom(server, device)).at(-1)?.server_timestamp as string;
    await server.database.pool.query(`UPDATE recipes SET name = 'Dal Fry' WHERE id = $1`, [ids[2]]);
    await server.database.pool.query('UPDATE recipes SET is_published = false WHERE id = $1', [ids[1]]);
    for (const [token, from] of [
      [device, since],
      [person, since],
      [device, null],
      [device, '1970-01-01T00:00:00Z'],
    ]) {
      const { data, errors } = await server.post(CHANGES, { since: from }, token as string);
      expect(errors).toBeUndefined();
      const [rest] = (await syncFrom(server, device, from ?? undefined)) as [SyncPage];
      expect(data.recipeChanges).toMatchObject({
        recipes: rest.recipes.map(({ id, name }) => ({ id: globalId('Recipe', id), name })),
        deletedIds: rest.deleted_ids.map((id) => globalId('Recipe', id)),
        hasMore: rest.has_more,
        reset: rest.reset,
      });
      expect(Date.parse(data.recipeChanges.serverTimestamp)).toBe(Date.parse(rest.server_timestamp));
    }
  });

  it('goes on from its own serverTimestamp, over pages', async () => {
    const ids = await insertSynced(server, 501, true);
    const first = (await server.post(CHANGES, {}, device)).data.recipeChanges;
    expect([first.recipes.length, first.hasMore]).toEqual([500, true]);
    const second = (await server.post(CHANGES, { since: first.serverTimestamp }, device)).data.recipeChanges;
    expect(second).toMatchObject({
      recipes: [{ id: globalId('Recipe', ids[500] as string) }],
      hasMore: false,
    });
  });

  it('shows administrators no drafts, and refuses nobody’s and bad questions', async () => {
    await insertSynced(server, 1, false);
    const admin = await createAdmin(server);
    expect((await server.post(CHANGES, {}, admin.userToken)).data.recipeChanges.recipes).toEqual([]);
    expect((await server.post(CHANGES)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    const bad = await server.post(CHANGES, { since: 'yesterday' }, device);
    expect(bad.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('counts as the rows that it could return', async () => {
    const { errors } = await server.post(
      '{ recipeChanges { recipes { history(first: 100) { edges { node { id } } } } } }',
      {},
      device,
    );
    expect(errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
  });

  it('and REST are counted together: 30 syncs a minute, then the client is told when to come back', async () => {
    const strict = await startTestServer({ RATE_LIMITS: 'on' });
    try {
      const { deviceToken } = await registerDevice(strict);
      for (let n = 0; n < 15; n++) {
        await syncFrom(strict, deviceToken);
        expect((await strict.post(CHANGES, {}, deviceToken)).errors).toBeUndefined();
      }
      expect((await strict.post(CHANGES, {}, deviceToken)).errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
      const refused = await fetch(`${strict.url}/recipes/sync`, {
        headers: { authorization: `Bearer ${deviceToken}` },
      });
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    } finally {
      await strict.stop();
    }
  });
});
