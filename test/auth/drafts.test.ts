import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectNothing } from '../_util/answers.js';
import { watch } from '../_util/feed.js';
import { createHome, createPerson, insertRecipe, startCook, type TestHome } from '../_util/home.js';
import { createAdmin, globalId, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

describe('a recipe', () => {
  let server: TestServer;
  let home: TestHome;
  let outsider: string;
  let admin: { userToken: string; userId: string };
  let published: string;
  let hidden: Record<string, string>;
  let session: string;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    admin = await createAdmin(server);
    outsider = (await createPerson(server)).userToken;
    published = await insertRecipe(server, 'Published');
    const [draft, withdrawn, deleted] = await Promise.all([
      insertRecipe(server, 'Draft', false),
      insertRecipe(server, 'Withdrawn'),
      insertRecipe(server, 'Deleted'),
    ]);
    session = await startCook(server, home, withdrawn);
    const { pool } = server.database;
    await pool.query('UPDATE recipes SET is_published = false WHERE id = $1', [withdrawn]);
    await pool.query('UPDATE recipes SET deleted_at = now() WHERE id = $1', [deleted]);
    await pool.query('UPDATE recipes SET created_by = $1', [uuidOf(admin.userId)]);
    hidden = { draft, withdrawn, deleted };
  });
  afterAll(() => server.stop());

  const everybody = () => [undefined, home.userToken, home.deviceToken, outsider];

  it('that is published is for everybody', async () => {
    for (const token of [...everybody(), admin.userToken]) {
      const { data } = await server.post(
        'query ($id: ID!) { recipe(id: $id) { name } }',
        { id: published },
        token,
      );
      expect(data.recipe.name).toBe('Published');
    }
  });

  it('that is a draft, withdrawn or deleted is invisible by recipe, node, nodes and recipes', async () => {
    for (const token of everybody()) {
      for (const uuid of Object.values(hidden)) {
        const id = globalId('Recipe', uuid);
        expectNothing(await server.post('query ($id: ID!) { recipe(id: $id) { id } }', { id }, token));
        expectNothing(await server.post('query ($id: ID!) { recipe(id: $id) { id } }', { id: uuid }, token));
        expectNothing(await server.post('query ($id: ID!) { node(id: $id) { id } }', { id }, token));
        const { data } = await server.post(
          'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
          { ids: [id] },
          token,
        );
        expect(data.nodes).toEqual([null]);
      }
      const { data } = await server.post('{ recipes { totalCount edges { node { name } } } }', {}, token);
      expect(data.recipes).toEqual({ totalCount: 1, edges: [{ node: { name: 'Published' } }] });
    }
  });

  it('that is not published is for administrators, but not one that is deleted', async () => {
    const { data } = await server.post(
      '{ recipes { totalCount edges { node { name isPublished } } } }',
      {},
      admin.userToken,
    );
    expect(data.recipes).toEqual({
      totalCount: 3,
      edges: [
        { node: { name: 'Draft', isPublished: false } },
        { node: { name: 'Published', isPublished: true } },
        { node: { name: 'Withdrawn', isPublished: false } },
      ],
    });
    for (const [name, id] of Object.entries(hidden)) {
      const answer = await server.post(
        'query ($id: ID!) { recipe(id: $id) { id } }',
        { id },
        admin.userToken,
      );
      expect(answer.data.recipe === null, name).toBe(name === 'deleted');
    }
  });

  it('that was withdrawn leaves its cooks their name, but no recipe, in queries and in the feed', async () => {
    for (const token of [home.userToken, home.deviceToken]) {
      const { data } = await server.post(
        'query ($id: ID!) { cookingSession(id: $id) { recipeName recipeVersion recipe { name } } }',
        { id: session },
        token,
      );
      expect(data.cookingSession).toEqual({ recipeName: 'Withdrawn', recipeVersion: 1, recipe: null });
      const feed = watch(server.socket(token), { sessionId: session });
      const [snapshot] = await feed.until(1);
      expect(snapshot.session.recipe).toBeNull();
      feed.stop();
    }
    const { data } = await server.post(
      'query ($id: ID!) { cookingSession(id: $id) { recipe { name } } }',
      { id: session },
      admin.userToken,
    );
    expect(data.cookingSession.recipe.name).toBe('Withdrawn');
  });

  it('tells administrators alone who wrote it', async () => {
    const query = 'query ($id: ID!) { recipe(id: $id) { createdBy { id } } }';
    for (const token of everybody()) {
      expect((await server.post(query, { id: published }, token)).data.recipe.createdBy).toBeNull();
    }
    const { data } = await server.post(query, { id: published }, admin.userToken);
    expect(data.recipe.createdBy.id).toBe(admin.userId);
  });

  it('that is not published cannot be cooked', async () => {
    const other = await createHome(server);
    for (const recipeId of Object.values(hidden)) {
      const answer = await server.post(
        'mutation ($recipeId: ID!) { startCooking(input: { recipeId: $recipeId }) { session { id } } }',
        { recipeId },
        other.deviceToken,
      );
      expectCode(answer, 'NOT_FOUND');
    }
  });

  it('of a shape that nobody can read has no stages, and does not spoil the list', async () => {
    const { rows } = await server.database.pool.query<{ id: string }>(
      `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
       SELECT 'Old ' || n, 'dal', 'easy', 5, true, d::jsonb
       FROM unnest(ARRAY['{"stages": [{"duration_seconds": 1.5}]}', '{"stages": [{}, 5]}',
         '{"stages": [{"name": "A", "ingredients": [{"subsystem": "XXX", "name": "x"}]}]}']) WITH ORDINALITY AS t(d, n)
       RETURNING id`,
    );
    const { data, errors } = await server.post(
      '{ recipes { edges { node { stages { name } recipeData } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data.recipes.edges).toHaveLength(rows.length + 1);
  });
});
