import { describe, expect, test } from 'vitest';
import type { Allergen } from '../../src/food/allergens.js';
import type { Origin } from '../../src/food/facts.js';
import { ingredientRows, lookUpIngredient } from '../../src/food/ingredients.js';
import { qualifierRows } from '../../src/food/table/qualifiers.js';
import { wordsOf } from '../../src/food/words.js';
import { seedNames, tableNames } from './catalogue.js';

/** What the table says of a name in one line: `dairy: milk`, `plant: (gluten)` if it may contain it. */
function brief(name: string): string {
  const facts = lookUpIngredient(name);
  if (!facts) return 'unknown';
  const all = [...facts.allergens, ...facts.mayContain.map((each) => `(${each})`)];
  return `${facts.origin}: ${all.join(' ')}`.trim();
}

describe('the table', () => {
  test('knows every ingredient of the seed recipes', () => {
    expect(seedNames.length).toBeGreaterThan(200);
    expect(seedNames.filter((name) => !lookUpIngredient(name))).toEqual([]);
  });

  test.each([
    ['ingredients', ingredientRows],
    ['qualifiers', qualifierRows],
  ])('names none of its %s twice', (_kind, rows) => {
    const keys = rows.flatMap(({ names }) => names.split(/\s+/)).map((name) => wordsOf(name).join(' '));
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  });

  test('is written in snake_case', () => {
    expect(tableNames.filter((name) => !/^[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
  });

  test('never calls a thing with milk, eggs, fish or shellfish inside a plant', () => {
    const animal: Allergen[] = ['milk', 'eggs', 'fish', 'crustaceans', 'molluscs'];
    const wrong = ingredientRows.filter(
      ({ origin = 'plant', allergens = [] }) =>
        origin === 'plant' && allergens.some((each) => animal.includes(each)),
    );
    expect(wrong).toEqual([]);
  });

  test('never lets vegetarians eat a thing with fish or shellfish inside', () => {
    const flesh: Allergen[] = ['fish', 'crustaceans', 'molluscs'];
    const meatless: Origin[] = ['plant', 'honey', 'egg', 'dairy'];
    const wrong = ingredientRows.filter(
      ({ origin = 'plant', allergens = [] }) =>
        meatless.includes(origin) && allergens.some((each) => flesh.includes(each)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('a name', () => {
  test.each([
    ['fresh_basil_leaves', 'basil'],
    ['boneless_chicken_thigh', 'chicken'],
    ['Tomatoes', 'tomato'],
    ['crème fraîche', 'creme_fraiche'],
    ['Extra-Virgin Olive Oil', 'olive'],
    ['thai_red_curry_paste', 'red_curry_paste'],
    ['king_oyster_mushrooms', 'oyster_mushroom'],
    ["goat's milk", 'goat_milk'],
    ['leg_of_lamb', 'lamb'],
    ['red_chillies', 'chili'],
    ['mature cheddar, grated', 'cheddar'],
    ['almond_flour', 'almond'],
    ['all_purpose_flour', 'flour'],
    ['sardines_in_olive_oil', 'sardine'],
  ])('%s is known by %s', (name, known) => {
    expect(lookUpIngredient(name)).toBeDefined();
    expect(lookUpIngredient(name)).toEqual(lookUpIngredient(known));
  });

  test.each([
    ['egg_fried_rice', 'unknown'],
    ['garlic_butter', 'dairy: milk'],
    ['chicken_stock', 'meat: (celery)'],
    ['prawn_crackers', 'shellfish: gluten crustaceans (eggs) (soybeans) (milk) (sesame) (sulphites)'],
    ['breaded_cod_fillet', 'fish: gluten fish (eggs) (milk)'],
    ['macaroni_and_cheese', 'dairy: gluten milk'],
  ])('%s holds what its parts hold', (name, expected) => {
    expect(brief(name)).toBe(expected);
  });

  test.each([
    ...[
      'chicken_nuggets',
      'vegan_sausage',
      'mock_duck',
      'egg_replacer',
      'special_fried_rice',
      'stuffed_olives',
    ],
    ...[
      'ginger_snaps',
      'onion_rings',
      'drumsticks',
      'stock',
      'fresh',
      'red',
      'leaves',
      '',
      '__',
      '400',
      'молоко',
    ],
    ...['instant_noodles', 'dairy_free_spread', 'mystery_sauce', 'cheese_sauce', 'spring_roll', 'toString'],
  ])('%j is unknown rather than guessed', (name) => {
    expect(brief(name)).toBe('unknown');
  });

  test.each([
    ['coconut_milk', 'plant:'],
    ['coconut_cream', 'plant:'],
    ['almond_milk', 'plant: nuts'],
    ['oat_milk', 'plant: gluten'],
    ['cocoa_butter', 'plant:'],
    ['butter_beans', 'plant:'],
    ['butter_lettuce', 'plant:'],
    ['butternut_squash', 'plant:'],
    ['peanut_butter', 'plant: peanuts (nuts)'],
    ['cream_of_tartar', 'plant:'],
    ['cream_of_wheat', 'plant: gluten'],
    ['eggplant', 'plant:'],
    ['oyster_mushrooms', 'plant:'],
    ['lobster_mushrooms', 'plant:'],
    ['chicken_of_the_woods', 'plant:'],
    ['oyster_sauce', 'shellfish: gluten soybeans molluscs'],
    ['nutmeg', 'plant:'],
    ['coconut', 'plant:'],
    ['water_chestnuts', 'plant:'],
    ['fox_nuts', 'plant:'],
    ['pine_nuts', 'plant: (nuts)'],
    ['glutinous_rice', 'plant:'],
    ['buckwheat', 'plant:'],
    ['rice_flour', 'plant:'],
    ['gram_flour', 'plant:'],
    ['rice_noodles', 'plant:'],
    ['cornstarch', 'plant:'],
    ['kidney_beans', 'plant:'],
    ['beef_tomatoes', 'plant:'],
    ['lambs_lettuce', 'plant:'],
    ['artichoke_hearts', 'plant:'],
    ['pigeon_peas', 'plant:'],
    ['bone_marrow', 'meat:'],
    ['ginger_beer', 'plant:'],
    ['malt_vinegar', 'plant: gluten (sulphites)'],
    ['duck_eggs', 'egg: eggs'],
    ['cuttlefish', 'shellfish: molluscs'],
    ['crayfish', 'shellfish: crustaceans'],
    ['ground_nuts', 'plant: peanuts nuts'],
    ['salted_black_beans', 'plant: soybeans (gluten)'],
    ['bean_curd', 'plant: soybeans'],
    ['lemon_curd', 'dairy: eggs milk'],
    ['surimi', 'fish: gluten crustaceans eggs fish (soybeans) (molluscs)'],
  ])('%s is no false friend', (name, expected) => {
    expect(brief(name)).toBe(expected);
  });

  test.each([
    ['vegetable_stock', 'plant: celery'],
    ['asafoetida', 'plant: (gluten)'],
    ['soy_sauce', 'plant: gluten soybeans'],
    ['tamari', 'plant: soybeans'],
    ['kimchi', 'fish: crustaceans fish (gluten) (soybeans) (molluscs)'],
    ['fish_sauce', 'fish: fish'],
    ['worcestershire_sauce', 'fish: fish (gluten) (soybeans)'],
    ['green_curry_paste', 'shellfish: crustaceans (fish) (peanuts) (soybeans)'],
    ['dark_chocolate', 'plant: (peanuts) (soybeans) (milk) (nuts)'],
    ['parmesan', 'meat: milk'],
    ['gelatine', 'meat: (fish)'],
    ['refined_soybean_oil', 'plant:'],
    ['tahini', 'plant: sesame'],
    ['red_wine', 'plant: sulphites (eggs) (milk)'],
  ])('%s tells what hides in it', (name, expected) => {
    expect(brief(name)).toBe(expected);
  });
});
