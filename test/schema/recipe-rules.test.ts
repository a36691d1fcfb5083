import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectInvalid, refusalOf } from '../_util/answers.js';
import { createAdmin } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

let server: TestServer;
let admin: string;

beforeAll(async () => {
  server = await startTestServer();
  admin = (await createAdmin(server)).userToken;
});
afterAll(() => server.stop());

const RECIPE = { name: 'Dal', category: 'dal', difficulty: 'EASY', timeMinutes: 35 };
const create = (input: object) =>
  server.post(
    'mutation ($input: CreateRecipeInput!) { createRecipe(input: $input) { recipe { id } } }',
    { input: { ...RECIPE, recipeData: { stages: [{ name: 'Boil' }] }, ...input } },
    admin,
  );
const createData = (recipeData: unknown) => create({ recipeData });
const createStage = (stage: unknown) => createData({ stages: [stage] });
const createIngredient = (ingredient: unknown) => createStage({ name: 'Boil', ingredients: [ingredient] });

const deep = (levels: number): unknown => (levels === 0 ? 1 : { below: deep(levels - 1) });

describe('a recipe is refused', () => {
  it.each([
    ['no object', 'text', ''],
    ['a list', [], ''],
    ['no stages', {}, '.stages'],
    ['empty stages', { stages: [] }, '.stages'],
    ['stages that are no list', { stages: { 0: { name: 'Boil' } } }, '.stages'],
    ['too many stages', { stages: Array(51).fill({ name: 'Boil' }) }, '.stages'],
    ['a stage that is no object', { stages: [{ name: 'Boil' }, 5] }, '.stages.1'],
    ['U+0000', { stages: [{ name: 'Boil' }], note: 'a\u0000b' }, '.note'],
    ['a lone surrogate', { stages: [{ name: 'Boil\ud800' }] }, '.stages.0.name'],
    ['U+0000 in the name of a key', { stages: [{ name: 'Boil' }], 'a\u0000': 1 }, ''],
    [
      'more depth than can be walked',
      { stages: [{ name: 'Boil' }], extra: deep(40) },
      `.extra${'.below'.repeat(32)}`,
    ],
    ['more than fits a device', { stages: [{ name: 'Boil' }], note: 'x'.repeat(300_000) }, ''],
  ])('with %s in recipeData', async (_, data, path) => {
    expectInvalid(await createData(data), `input.recipeData${path}`);
  });

  it.each([
    ['without a name', {}, 'name'],
    ['with an empty name', { name: ' ' }, 'name'],
    ['with a name that is no text', { name: 5 }, 'name'],
    ['with a long name', { name: 'x'.repeat(101) }, 'name'],
    ['at 300 °C', { name: 'Burn', temp_target: 300 }, 'temp_target'],
    ['at 19 °C', { name: 'Cool', temp_target: 19 }, 'temp_target'],
    ['at a temperature in words', { name: 'Fry', temp_target: 'hot' }, 'temp_target'],
    ['that takes no time', { name: 'Fry', duration_seconds: 0 }, 'duration_seconds'],
    ['that takes half a second', { name: 'Fry', duration_seconds: 0.5 }, 'duration_seconds'],
    ['that takes longer than a day', { name: 'Fry', duration_seconds: 86_401 }, 'duration_seconds'],
    ['that stirs "yes"', { name: 'Fry', stir: 'yes' }, 'stir'],
    ['with an unknown stir pattern', { name: 'Fry', stir: true, stir_pattern: 'whisk' }, 'stir_pattern'],
    ['with an unknown camera check', { name: 'Fry', cv_check: 'smells_good' }, 'cv_check'],
    ['with ingredients that are no list', { name: 'Fry', ingredients: {} }, 'ingredients'],
    ['with an ingredient that is no object', { name: 'Fry', ingredients: ['salt'] }, 'ingredients.0'],
  ])('with a stage %s', async (_, stage, path) => {
    expectInvalid(await createStage(stage), `input.recipeData.stages.0.${path}`);
  });

  it.each([
    ['of an unknown subsystem', { subsystem: 'XXX', name: 'x', amount_g: 1 }, ['subsystem']],
    ['of none', { name: 'x', amount_g: 1 }, ['subsystem']],
    ['without a name', { subsystem: 'ASD', id: 1, amount_g: 1 }, ['name']],
    ['from box 0', { subsystem: 'ASD', id: 0, name: 'x', amount_g: 1 }, ['id']],
    ['from box 7', { subsystem: 'ASD', id: 7, name: 'x', amount_g: 1 }, ['id']],
    ['from box 1.5', { subsystem: 'ASD', id: 1.5, name: 'x', amount_g: 1 }, ['id']],
    ['from tray 5', { subsystem: 'CID', id: 5, name: 'x', amount_g: 1 }, ['id']],
    ['from no box', { subsystem: 'ASD', name: 'x', amount_g: 1 }, ['id']],
    ['from no tank', { subsystem: 'SLD', name: 'x', amount_g: 1 }, ['channel']],
    ['from an unknown tank', { subsystem: 'SLD', channel: 'WINE', name: 'x', amount_g: 1 }, ['channel']],
    ['of no amount', { subsystem: 'ASD', id: 1, name: 'x' }, ['amount_g']],
    ['of 0 g', { subsystem: 'ASD', id: 1, name: 'x', amount_g: 0 }, ['amount_g']],
    ['of more than the pot holds', { subsystem: 'ASD', id: 1, name: 'x', amount_g: 5001 }, ['amount_g']],
    ['in an unknown mode', { subsystem: 'CID', id: 1, name: 'x', amount_g: 1, mode: 'HALF' }, ['mode']],
    ['with a box emptied whole', { subsystem: 'ASD', id: 1, name: 'x', mode: 'FULL' }, ['mode']],
    ['with nothing right', { subsystem: 'ASD', id: 9, name: '', amount_g: -1 }, ['amount_g', 'id', 'name']],
  ])('with an ingredient %s', async (_, ingredient, fields) => {
    const paths = fields.map((field) => `input.recipeData.stages.0.ingredients.0.${field}`);
    expectInvalid(await createIngredient(ingredient), ...paths);
  });

  it.each([
    ['name', ''],
    ['name', 'x'.repeat(201)],
    ['name', 'a\u0000b'],
    ['category', ''],
    ['category', 'no words!'],
    ['category', 'x'.repeat(51)],
    ['category', 'a\u0000b'],
    ['cuisine', 'a b'],
    ['timeMinutes', 0],
    ['timeMinutes', 1441],
    ['servings', 0],
    ['servings', 101],
    ['imageUrl', 'ftp://example.com/a.jpg'],
    ['imageUrl', 'https://'],
    ['imageUrl', `https://example.com/${'x'.repeat(2048)}`],
  ])('with %s %j', async (field, value) => {
    expectInvalid(await create({ [field]: value }), `input.${field}`);
  });

  it('with tags and nutrition that make no sense', async () => {
    expectInvalid(await create({ tags: ['ok', 'not ok'] }), 'input.tags.1');
    expectInvalid(await create({ tags: Array(21).fill('vegan') }), 'input.tags');
    expectInvalid(
      await create({ nutrition: { calories: -1, fatsGrams: 1e6 } }),
      'input.nutrition.calories',
      'input.nutrition.fatsGrams',
    );
  });

  it('with all that is wrong, each with its path and its rule', async () => {
    const answer = await create({
      ...{ name: '', timeMinutes: 0 },
      recipeData: {
        stages: [
          { name: 'Heat Oil', temp_target: 300 },
          { stir_pattern: 'whisk' },
          {
            name: 'Spices',
            ingredients: [
              { subsystem: 'ASD', id: 7, name: 'turmeric', amount_g: 3 },
              { subsystem: 'XXX', name: 'x', amount_g: 1 },
            ],
          },
        ],
      },
    });
    expectInvalid(
      answer,
      'input.name',
      'input.timeMinutes',
      'input.recipeData.stages.0.temp_target',
      'input.recipeData.stages.1.name',
      'input.recipeData.stages.1.stir_pattern',
      'input.recipeData.stages.2.ingredients.0.id',
      'input.recipeData.stages.2.ingredients.1.subsystem',
    );
    const { message } = refusalOf(answer);
    expect(message).toContain('stages.0.temp_target: must be a number from 20 to 250');
    expect(message).toContain('stages.2.ingredients.0.id: must be a whole number from 1 to 6');
    expect(message).toContain('stir_pattern: must be one of continuous, intermittent, fold');
  });

  it('with a number that is none', async () => {
    const answer = await server.post(
      `mutation { createRecipe(input: { name: "Dal", category: "dal", difficulty: EASY, timeMinutes: 5,
         recipeData: { stages: [{ name: "Boil", note: 1e999 }] } }) { recipe { id } } }`,
      {},
      admin,
    );
    expectInvalid(answer, 'input.recipeData.stages.0.note');
  });

  it('in an edit just as in a new one, null too where a value is needed', async () => {
    const update = (input: object) =>
      server.post(
        'mutation ($input: UpdateRecipeInput!) { updateRecipe(input: $input) { recipe { id } } }',
        { input: { recipeId: randomUUID(), version: 1, ...input } },
        admin,
      );
    expectInvalid(
      await update({
        name: null,
        category: null,
        difficulty: null,
        timeMinutes: null,
        servings: null,
        recipeData: null,
      }),
      ...['name', 'category', 'difficulty', 'timeMinutes', 'servings', 'recipeData'].map(
        (field) => `input.${field}`,
      ),
    );
    expectInvalid(
      await update({ recipeId: 'x', recipeData: { stages: [{}] } }),
      'input.recipeId',
      'input.recipeData.stages.0.name',
    );
  });
});

describe('a recipe is taken', () => {
  it.each([
    [
      'the coldest and the hottest',
      [
        { name: 'Rest', temp_target: 20 },
        { name: 'Sear', temp_target: 250 },
      ],
    ],
    [
      'an emptied tray without an amount',
      [{ name: 'Fry', ingredients: [{ subsystem: 'CID', id: 4, name: 'onion', mode: 'FULL' }] }],
    ],
    [
      'keys that nobody knows',
      [
        {
          name: 'Fry',
          plating: { bowl: true },
          ingredients: [{ subsystem: 'SLD', channel: 'WATER', name: 'stock', amount_g: 0.5, brand: null }],
        },
      ],
    ],
  ])('with %s', async (_, stages) => {
    expect((await createData({ stages })).errors).toBeUndefined();
  });

  it('with every character that is a character', async () => {
    const name = 'जीरा 🍛 "Dal" \\ \' \n é';
    const { data, errors } = await create({ name, recipeData: { stages: [{ name }], 'clé 🍛': name } });
    expect(errors).toBeUndefined();
    const stored = await server.post(
      'query ($id: ID!) { recipe(id: $id) { name recipeData } }',
      { id: data.createRecipe.recipe.id },
      admin,
    );
    expect(stored.data.recipe).toMatchObject({
      name,
      recipeData: { name, stages: [{ name }], 'clé 🍛': name },
    });
  });
});
