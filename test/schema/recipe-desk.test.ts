import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnection } from '../../src/db/client.js';
import { seedRecipes } from '../../src/db/seed/recipes/index.js';
import { expectCode, expectInvalid, refusalOf } from '../_util/answers.js';
import { createHome, type TestHome } from '../_util/home.js';
import { createAdmin, globalId, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { statementsOf } from '../_util/statements.js';

let server: TestServer;
let home: TestHome;
let admin: { userToken: string; userId: string };

beforeAll(async () => {
  server = await startTestServer();
  home = await createHome(server);
  admin = await createAdmin(server);
});
afterAll(() => server.stop());

const FIELDS = `{ recipe {
  id name category cuisine tags difficulty timeMinutes servings nutrition { calories proteinGrams carbsGrams fatsGrams }
  imageUrl version isPublished updatedAt recipeData stages { name targetTemperature } createdBy { id } } }`;

const OPERATIONS = {
  createRecipe: `mutation ($input: CreateRecipeInput!) { createRecipe(input: $input) ${FIELDS} }`,
  updateRecipe: `mutation ($input: UpdateRecipeInput!) { updateRecipe(input: $input) ${FIELDS} }`,
  publishRecipe: `mutation ($input: RecipeIdInput!) { publishRecipe(input: $input) ${FIELDS} }`,
  unpublishRecipe: `mutation ($input: RecipeIdInput!) { unpublishRecipe(input: $input) ${FIELDS} }`,
  deleteRecipe: 'mutation ($input: RecipeIdInput!) { deleteRecipe(input: $input) { deletedId } }',
};

const ask = (
  operation: keyof typeof OPERATIONS,
  input: object,
  token: string | undefined = admin.userToken,
) => server.post(OPERATIONS[operation], { input }, token);

/** What an operation gives that must succeed. */
async function done(operation: Exclude<keyof typeof OPERATIONS, 'deleteRecipe'>, input: object) {
  const { data, errors } = await ask(operation, input);
  expect(errors).toBeUndefined();
  return data[operation].recipe;
}

const STAGES = [
  {
    ...{ name: 'Heat Oil', temp_target: 180, duration_seconds: 120, stir: false, cv_check: 'oil_shimmer' },
    ingredients: [{ subsystem: 'SLD', channel: 'OIL', name: 'oil', amount_g: 30 }],
  },
  {
    ...{ name: 'Add Spices', temp_target: 160, stir: true, stir_pattern: 'intermittent' },
    ingredients: [
      { subsystem: 'ASD', id: 6, name: 'turmeric', amount_g: 3 },
      { subsystem: 'CID', id: 1, name: 'onion', mode: 'FULL' },
    ],
  },
];

const RECIPE = {
  ...{ name: 'Dal Tadka', category: 'dal', difficulty: 'EASY', timeMinutes: 35 },
  recipeData: { stages: STAGES },
};

const create = (more: object = {}) => done('createRecipe', { ...RECIPE, ...more });

describe('an administrator', () => {
  it('writes a draft, with the defaults for what is not said', async () => {
    expect(await create()).toMatchObject({
      ...{ name: 'Dal Tadka', category: 'dal', cuisine: 'indian', tags: [], difficulty: 'EASY', servings: 4 },
      nutrition: { calories: null, proteinGrams: null, carbsGrams: null, fatsGrams: null },
      ...{ imageUrl: null, version: 1, isPublished: false, createdBy: { id: admin.userId } },
      recipeData: { name: 'Dal Tadka', servings: 4, total_time_minutes: 35, stages: STAGES },
      stages: [
        { name: 'Heat Oil', targetTemperature: 180 },
        { name: 'Add Spices', targetTemperature: 160 },
      ],
    });
  });

  it('writes everything there is to say, and keys of others are kept', async () => {
    const data = { stages: [{ ...STAGES[0], plating: 'bowl' }], author: { notes: ['x', null, 1.5, true] } };
    const recipe = await create({
      ...{
        name: '  Dal Fry ',
        category: 'Curry',
        cuisine: 'thai',
        tags: ['Vegan', 'gluten-free'],
        servings: 2,
      },
      nutrition: { calories: 320.5, proteinGrams: 12, carbsGrams: 40, fatsGrams: 0 },
      ...{
        imageUrl: 'https://images.example.com/dal.jpg',
        recipeData: { ...data, name: 'Other', servings: 9 },
      },
    });
    expect(recipe).toMatchObject({
      ...{ name: 'Dal Fry', category: 'curry', cuisine: 'thai', tags: ['vegan', 'gluten-free'], servings: 2 },
      nutrition: { calories: 320.5, proteinGrams: 12, carbsGrams: 40, fatsGrams: 0 },
      imageUrl: 'https://images.example.com/dal.jpg',
    });
    expect(recipe.recipeData).toEqual({ ...data, name: 'Dal Fry', servings: 2, total_time_minutes: 35 });
  });

  it('edits what is named: the rest stays, null clears, and the version counts', async () => {
    const { id, updatedAt, recipeData } = await create({
      ...{
        tags: ['vegan'],
        nutrition: { calories: 100, fatsGrams: 5 },
        imageUrl: 'https://example.com/a.jpg',
      },
    });
    const renamed = await done('updateRecipe', { recipeId: id, version: 1, name: 'Dal Fry' });
    expect(renamed).toMatchObject({
      ...{ name: 'Dal Fry', version: 2, tags: ['vegan'], nutrition: { calories: 100, fatsGrams: 5 } },
      recipeData: { ...recipeData, name: 'Dal Fry' },
    });
    expect(renamed.updatedAt > updatedAt).toBe(true);
    const cleared = await done('updateRecipe', {
      ...{
        recipeId: uuidOf(id),
        version: 2,
        cuisine: null,
        imageUrl: null,
        tags: null,
        nutrition: { calories: null },
      },
    });
    expect(cleared).toMatchObject({
      ...{ cuisine: null, imageUrl: null, tags: [], nutrition: { calories: null, fatsGrams: 5 }, version: 3 },
    });
    const same = await done('updateRecipe', { recipeId: id, version: 3, name: 'Dal Fry' });
    expect([same.version, same.updatedAt]).toEqual([3, cleared.updatedAt]);
    expect(
      (await done('updateRecipe', { recipeId: id, version: 3, nutrition: null })).nutrition.fatsGrams,
    ).toBeNull();
  });

  it('is told of a conflict when somebody else was first, and changes nothing', async () => {
    const { id } = await create();
    const answers = await Promise.all(
      ['One', 'Two', 'Three'].map((name) => ask('updateRecipe', { recipeId: id, version: 1, name })),
    );
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
    for (const answer of answers.filter(({ errors }) => errors)) expectCode(answer, 'CONFLICT');
    expect(refusalOf(await ask('updateRecipe', { recipeId: id, version: 7, name: 'X' })).message).toMatch(
      /version 2/,
    );
  });

  it('publishes, takes back and deletes; again is no error but for what is gone', async () => {
    const { id } = await create({ name: 'Rasam' });
    const sees = async () =>
      (await server.post('query ($id: ID!) { recipe(id: $id) { name } }', { id })).data.recipe !== null;
    expect(await sees()).toBe(false);
    const published = await done('publishRecipe', { recipeId: id });
    expect(published).toMatchObject({ isPublished: true, version: 1 });
    expect((await done('publishRecipe', { recipeId: id })).updatedAt).toBe(published.updatedAt);
    expect(await sees()).toBe(true);
    const { data } = await server.post('{ recipes(search: "rasam") { edges { node { id } } } }');
    expect(data.recipes.edges).toEqual([{ node: { id } }]);
    expect(await done('unpublishRecipe', { recipeId: id })).toMatchObject({ isPublished: false });
    expect(await sees()).toBe(false);
    expect((await ask('deleteRecipe', { recipeId: uuidOf(id) })).data).toEqual({
      deleteRecipe: { deletedId: id },
    });
    for (const operation of ['publishRecipe', 'unpublishRecipe', 'deleteRecipe'] as const) {
      expectCode(await ask(operation, { recipeId: id }), 'NOT_FOUND');
    }
    expectCode(await ask('updateRecipe', { recipeId: id, version: 1, name: 'X' }), 'NOT_FOUND');
    expectCode(await ask('publishRecipe', { recipeId: randomUUID() }), 'NOT_FOUND');
    expectInvalid(await ask('publishRecipe', { recipeId: globalId('User', randomUUID()) }), 'input.recipeId');
  });

  it('is told soon to come back while another transaction keeps the catalogue', async () => {
    const { id } = await create();
    const other = createConnection(server.database.url);
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT lock_catalogue()');
    expectCode(await ask('publishRecipe', { recipeId: id }), 'SERVICE_UNAVAILABLE');
    await other.end();
    expect(await done('publishRecipe', { recipeId: id })).toMatchObject({ isPublished: true });
  });

  it('could write every dish of the demo catalogue', async () => {
    for (const { name, category, stages } of seedRecipes.filter((_, place) => place % 8 === 0)) {
      const recipe = await create({ name, category, recipeData: { stages } });
      expect(recipe.recipeData.stages).toEqual(stages);
    }
  });
});

describe('nobody else', () => {
  it('touches the catalogue', async () => {
    const { id } = await create();
    for (const [operation, input] of Object.entries({
      createRecipe: RECIPE,
      updateRecipe: { recipeId: id, version: 1, name: 'X' },
      publishRecipe: { recipeId: id },
      unpublishRecipe: { recipeId: id },
      deleteRecipe: { recipeId: id },
    })) {
      const name = operation as keyof typeof OPERATIONS;
      expectCode(await server.post(OPERATIONS[name], { input }), 'UNAUTHENTICATED');
      for (const token of [home.userToken, home.deviceToken]) {
        expectCode(await ask(name, input, token), 'FORBIDDEN');
      }
    }
  });

  it('reads its history', async () => {
    const { id } = await create();
    await done('publishRecipe', { recipeId: id });
    const history = 'query ($id: ID!) { recipe(id: $id) { history { totalCount edges { node { id } } } } }';
    for (const token of [undefined, home.userToken, home.deviceToken]) {
      const { data } = await server.post(history, { id }, token);
      expect(data.recipe.history).toEqual({ totalCount: 0, edges: [] });
      expectCode(
        await server.post('{ recipeEdits { edges { node { id } } } }', {}, token),
        token ? 'FORBIDDEN' : 'UNAUTHENTICATED',
      );
    }
  });
});

describe('the history of a recipe', () => {
  const EDITS = '{ edges { node { action editedAt version before after editor { id } recipeId } } }';
  const ofRecipe = async (id: string) => {
    const { data, errors } = await server.post(
      `query ($id: ID!) { recipeEdits(recipeId: $id) ${EDITS} }`,
      { id },
      admin.userToken,
    );
    expect(errors).toBeUndefined();
    return data.recipeEdits.edges.map(({ node }: { node: object }) => node);
  };

  it('tells who did what and when, with what it was and became, the newest first', async () => {
    const { id } = await create({ name: 'Upma' });
    const edited = await done('updateRecipe', {
      recipeId: id,
      version: 1,
      name: 'Rava Upma',
      timeMinutes: 20,
    });
    const published = await done('publishRecipe', { recipeId: id });
    await server.database.pool.query('UPDATE recipes SET servings = 2 WHERE id = $1', [uuidOf(id)]);
    await ask('deleteRecipe', { recipeId: id });
    const by = { editor: { id: admin.userId }, recipeId: id };
    expect(await ofRecipe(id)).toMatchObject([
      { ...by, action: 'DELETED', version: 3, before: { deleted_at: null } },
      {
        action: 'EDITED',
        version: 3,
        editor: null,
        before: { servings: 4, version: 2 },
        after: { servings: 2 },
      },
      {
        ...by,
        ...{ action: 'PUBLISHED', version: 2, editedAt: published.updatedAt },
        ...{ before: { is_published: false }, after: { is_published: true } },
      },
      {
        ...by,
        ...{ action: 'EDITED', version: 2, editedAt: edited.updatedAt },
        before: { name: 'Upma', time_minutes: 35, version: 1 },
        after: { name: 'Rava Upma', time_minutes: 20, version: 2 },
      },
      {
        ...{ ...by, action: 'CREATED', version: 1, before: null },
        after: { name: 'Upma', is_published: false, recipe_data: { stages: STAGES } },
      },
    ]);
    const stages = [{ name: 'Fry', note: 'new' }];
    const other = await create();
    await done('updateRecipe', { recipeId: other.id, version: 1, recipeData: { stages } });
    expect((await ofRecipe(other.id))[0]).toMatchObject({
      before: { version: 1, recipe_data: { stages: STAGES } },
      after: { version: 2, recipe_data: { stages } },
    });
  });

  it('is read below its recipe with one statement, and its count with one more', async () => {
    const { id } = await create();
    await done('publishRecipe', { recipeId: id });
    const statements = await statementsOf(async () => {
      const { data } = await server.post(
        `query ($id: ID!) { recipe(id: $id) { name history(first: 1) { totalCount edges { node { action editor { name } } } } } }`,
        { id },
        admin.userToken,
      );
      expect(data.recipe.history).toEqual({
        totalCount: 2,
        edges: [{ node: { action: 'PUBLISHED', editor: { name: 'Asha' } } }],
      });
    });
    expect(statements).toHaveLength(2);
  });

  it('holds nothing of a change that came to nothing', async () => {
    const { id } = await create();
    const { pool } = server.database;
    await pool.query('UPDATE recipes SET name = name WHERE id = $1', [uuidOf(id)]);
    await pool.query('UPDATE recipes SET updated_at = now() WHERE id = $1', [uuidOf(id)]);
    await ask('updateRecipe', { recipeId: id, version: 9, name: 'X' });
    expect(await ofRecipe(id)).toHaveLength(1);
  });

  it('outlives a row that was removed by hand', async () => {
    const { id } = await create({ name: 'Poha' });
    await server.database.pool.query('DELETE FROM recipes WHERE id = $1', [uuidOf(id)]);
    expect(await ofRecipe(id)).toMatchObject([
      { action: 'DELETED', editor: null, before: { name: 'Poha' }, after: null },
      { action: 'CREATED' },
    ]);
  });
});
