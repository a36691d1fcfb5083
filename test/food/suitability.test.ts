import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RecipeTag, seedRecipes } from '../../src/db/seed/recipes/index.js';
import { allergens } from '../../src/food/allergens.js';
import { type Diet, judge, type Restrictions, unsuitableNames } from '../../src/food/suitability.js';
import { namesIn, seedNames, tableNames } from './catalogue.js';

const anyone: Restrictions = { diet: 'no_restrictions', allergens: [] };
const avoiding = (...allergens: string[]): Restrictions => ({ diet: 'no_restrictions', allergens });
const eating = (diet: Diet): Restrictions => ({ diet, allergens: [] });

const ofRecipe = (name: string) => {
  const recipe = seedRecipes.find((each) => each.name === name);
  if (!recipe) throw new Error(`No seed recipe ${name}`);
  return namesIn(recipe);
};

describe('the conflicts', () => {
  test('name the ingredient and the reason, from A to Z', () => {
    const dish = ['paneer', 'chicken_thigh', 'walnuts', 'dark_chocolate', 'soy_sauce', 'salt'];
    const person: Restrictions = { diet: 'vegetarian', allergens: ['nuts', 'dairy', 'wheat', 'soy'] };
    expect(judge(dish, person)).toEqual({
      suitable: false,
      conflicts: [
        'chicken_thigh is not vegetarian',
        'dark_chocolate may contain soybeans',
        'dark_chocolate may contain milk',
        'dark_chocolate may contain nuts',
        'paneer contains milk',
        'soy_sauce contains gluten',
        'soy_sauce contains soybeans',
        'walnuts contains nuts',
      ],
    });
  });

  test('say why, where the name does not tell', () => {
    expect(judge(['parmesan', 'kimchi', 'worcestershire_sauce'], eating('vegetarian')).conflicts).toEqual([
      'kimchi is not vegetarian (made with fish sauce and salted shrimp)',
      'parmesan is not vegetarian (made with animal rennet)',
      'worcestershire_sauce is not vegetarian (made with anchovies)',
    ]);
  });

  test('put the diet before the allergens', () => {
    expect(judge(['paneer'], { diet: 'vegan', allergens: ['lactose'] }).conflicts).toEqual([
      'paneer is not vegan',
      'paneer contains milk',
    ]);
  });

  test('are told once for an ingredient of two stages', () => {
    expect(judge(['milk', 'salt', 'milk'], avoiding('milk', 'dairy')).conflicts).toEqual([
      'milk contains milk',
    ]);
  });
});

describe('a diet', () => {
  test.each<[Diet, string[]]>([
    ['vegan', ['honey', 'egg', 'milk', 'shrimp', 'salmon', 'gelatin', 'beef']],
    ['vegetarian', ['shrimp', 'salmon', 'gelatin', 'beef']],
    ['pescatarian', ['gelatin', 'beef']],
    ['no_restrictions', []],
  ])('%s leaves out %j', (diet, left) => {
    const dish = ['onion', 'honey', 'egg', 'milk', 'shrimp', 'salmon', 'gelatin', 'beef'];
    expect(unsuitableNames(diet, [], dish)).toEqual(left);
  });

  test('is no matter of traces', () => {
    expect(judge(['dark_chocolate'], eating('vegan')).suitable).toBe(true);
  });
});

describe('an unknown ingredient', () => {
  test.each([eating('vegetarian'), eating('pescatarian'), avoiding('peanut'), avoiding('cilantro')])(
    'is a conflict for %j',
    (person) => {
      expect(judge(['salt', 'mystery_sauce'], person)).toEqual({
        suitable: false,
        conflicts: ['mystery_sauce is unknown'],
      });
    },
  );

  test('is nothing to someone who eats everything', () => {
    expect(judge(['mystery_sauce'], anyone)).toEqual({ suitable: true, conflicts: [] });
    expect(judge(['mystery_sauce'], avoiding('', ' '))).toEqual({ suitable: true, conflicts: [] });
  });
});

describe('an allergen outside the law', () => {
  test.each([
    ['cilantro', 'coriander_leaves'],
    ['Cilantro', 'fresh_cilantro'],
    ['garlic', 'ginger_garlic_paste'],
    ['mushrooms', 'oyster_mushrooms'],
    ['bell pepper', 'red_bell_pepper'],
    ['corn', 'cornstarch'],
    ['pork', 'guanciale'],
    ['coconut', 'coconut_milk'],
  ])('%s is found in %s', (allergen, name) => {
    expect(judge([name], avoiding(allergen)).conflicts).toEqual([`${name} contains ${allergen}`]);
  });

  test('matches whole words', () => {
    expect(judge(['pineapple', 'peppercorn'], avoiding('apple', 'pine', 'corn')).suitable).toBe(true);
  });
});

describe('the seed recipes', () => {
  const personOf: Partial<Record<RecipeTag, Restrictions>> = {
    vegan: eating('vegan'),
    vegetarian: eating('vegetarian'),
    'gluten-free': avoiding('gluten'),
  };
  test.each(Object.entries(personOf))('tagged %s suit who asks for it, and no others', (tag, person) => {
    const disagreements = seedRecipes
      .filter(
        (recipe) => judge(namesIn(recipe), person).suitable !== recipe.tags.some((each) => each === tag),
      )
      .map(({ name }) => `${tag}: ${name}`);
    expect(disagreements).toEqual([]);
  });

  test('with chicken suit neither vegetarians nor pescatarians', () => {
    const dishes = seedRecipes.filter((recipe) => namesIn(recipe).some((name) => /^chicken_/.test(name)));
    expect(dishes.length).toBeGreaterThan(5);
    for (const diet of ['vegan', 'vegetarian', 'pescatarian'] as const) {
      expect(dishes.filter((recipe) => judge(namesIn(recipe), eating(diet)).suitable)).toEqual([]);
    }
  });

  test('with fish suit pescatarians, and not the allergic', () => {
    const curry = ofRecipe('Goan Fish Curry');
    expect(judge(curry, eating('pescatarian')).suitable).toBe(true);
    expect(judge(curry, avoiding('fish')).conflicts).toEqual(['kingfish contains fish']);
  });

  test('with peanuts are told to who cannot eat them', () => {
    expect(judge(ofRecipe('Kanda Poha'), avoiding('peanut')).conflicts).toEqual([
      'peanut_oil contains peanuts',
      'peanuts contains peanuts',
    ]);
    expect(judge(ofRecipe('Dal Tadka'), avoiding('peanut', 'dairy', 'wheat')).suitable).toBe(true);
  });
});

describe('whatever the dish and the person', () => {
  const name = fc.oneof(
    fc.constantFrom(...seedNames, ...tableNames),
    fc.constantFrom('mystery_sauce', 'fresh', 'vegan_sausage', ''),
    fc.string({ maxLength: 12 }),
  );
  const dish = fc.array(name, { maxLength: 12 });
  const allergen = fc.oneof(
    fc.constantFrom(...allergens, 'shellfish', 'dairy', 'cilantro', ''),
    fc.string({ maxLength: 6 }),
  );
  const person = fc.record({
    diet: fc.constantFrom<Diet>('vegetarian', 'vegan', 'pescatarian', 'no_restrictions'),
    allergens: fc.array(allergen, { maxLength: 4 }),
  });

  test('one more ingredient never removes a conflict', () => {
    fc.assert(
      fc.property(dish, name, person, (names, more, who) => {
        expect(judge([...names, more], who).conflicts).toEqual(
          expect.arrayContaining(judge(names, who).conflicts),
        );
      }),
    );
  });

  test('one more allergen never removes a conflict', () => {
    fc.assert(
      fc.property(dish, person, allergen, (names, who, more) => {
        const stricter = { ...who, allergens: [...who.allergens, more] };
        expect(judge(names, stricter).conflicts).toEqual(expect.arrayContaining(judge(names, who).conflicts));
      }),
    );
  });

  test('the order of ingredients and of allergens does not matter', () => {
    fc.assert(
      fc.property(dish, person, (names, who) => {
        const reversed = { ...who, allergens: who.allergens.toReversed() };
        expect(judge(names.toReversed(), reversed)).toEqual(judge(names, who));
      }),
    );
  });

  test('it is suitable exactly when it holds none of the unsuitable names', () => {
    fc.assert(
      fc.property(dish, dish, person, (names, others, who) => {
        const unsuitable = unsuitableNames(who.diet, who.allergens, [...names, ...others]);
        const { suitable, conflicts } = judge(names, who);
        expect(suitable).toBe(!names.some((each) => unsuitable.includes(each)));
        expect(suitable).toBe(conflicts.length === 0);
      }),
    );
  });

  test('what suits vegans suits vegetarians, and what suits them suits pescatarians', () => {
    fc.assert(
      fc.property(dish, fc.array(allergen, { maxLength: 3 }), (names, avoided) => {
        const fits = (diet: Diet) => judge(names, { diet, allergens: avoided }).suitable;
        if (fits('vegan')) expect(fits('vegetarian')).toBe(true);
        if (fits('vegetarian')) expect(fits('pescatarian')).toBe(true);
      }),
    );
  });
});
