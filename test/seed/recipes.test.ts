import { describe, expect, test } from 'vitest';
import { seedRecipes } from '../../src/db/seed/recipes/index.js';
import {
  type RecipeTag,
  recipeCategories,
  recipeCuisines,
  recipeDifficulties,
  recipeTags,
  type SeedIngredient,
  type SeedRecipe,
  type SeedStage,
} from '../../src/db/seed/recipes/types.js';

/** Matches a name that holds one of the words, whole, between underscores. */
const words = (...list: string[]) => new RegExp(`(^|_)(${list.join('|')})(_|$)`);

const dairy = words(
  ...['milk', 'butter', 'ghee', 'cream', 'yogurt', 'paneer', 'khoya', 'cheese', 'cheddar', 'mascarpone'],
  ...['parmesan', 'pecorino', 'queso'],
);
const egg = words('egg', 'mayonnaise');
const meat = words('chicken', 'beef', 'pork', 'sausage', 'guanciale', 'gelatine');
const fish = words('fish', 'kingfish', 'anchovy', 'dashi', 'shrimp', 'squid', 'oyster');
const honey = words('honey');
/** Bought pastes and pickles that hold fish or shrimp without saying so. */
const hiddenFish = words(
  'kimchi',
  'thai_chili_jam',
  'green_curry_paste',
  'massaman_curry_paste',
  'laksa_paste',
);
/** Their makers curdle the milk with rennet from calves and lambs. */
const rennetCheese = words('parmesan', 'pecorino');
/** A shop's curry roux is bound with wheat and, as often as not, with beef fat. */
const curryRoux = words('roux');
const gluten = words(
  'chaat_masala',
  ...['semolina', 'spaghetti', 'rigatoni', 'ditalini', 'macaroni', 'fideo', 'egg_noodles', 'wheat', 'flour'],
  ...['barley', 'oats', 'beer', 'bread', 'soy_sauce', 'oyster_sauce', 'kecap_manis', 'black_vinegar'],
  ...['shaoxing_wine', 'doubanjiang', 'fermented_black_beans', 'gochujang', 'miso_paste', 'fish_cake'],
  ...['char_siu_pork', 'andouille_sausage', 'asafoetida', 'roux'],
);

/** Names that hold one of the words above and yet are what they say. */
const isPlant = (name: string) => /^(coconut_|oyster_mushrooms$|eggplant$)/.test(name);
const hasGluten = (name: string) => gluten.test(name) && name !== 'glutinous_rice_flour';
const isFlesh = (name: string) =>
  !isPlant(name) && [meat, fish, hiddenFish, rennetCheese, curryRoux].some((kind) => kind.test(name));
const isAnimal = (name: string) =>
  isFlesh(name) || (!isPlant(name) && [dairy, egg, honey].some((kind) => kind.test(name)));

const ingredientsOf = (recipe: SeedRecipe): SeedIngredient[] =>
  recipe.stages.flatMap((stage) => stage.ingredients);
const ingredientNames = (recipe: SeedRecipe) => ingredientsOf(recipe).map(({ name }) => name);
const slotOf = (ingredient: SeedIngredient) =>
  ingredient.subsystem === 'SLD'
    ? `SLD ${ingredient.channel}`
    : `${ingredient.subsystem} ${String(ingredient.id)}`;
const tagged = (tag: RecipeTag) => seedRecipes.filter((recipe) => recipe.tags.includes(tag));
const distinct = (values: readonly string[]) => [...new Set(values)].sort();

/** Names every recipe (or stage) that breaks a rule, so that a failure says where to look. */
const offenders = (breaks: (recipe: SeedRecipe) => boolean) =>
  seedRecipes.filter(breaks).map((recipe) => recipe.name);
const offendingStages = (breaks: (stage: SeedStage, recipe: SeedRecipe) => boolean) =>
  seedRecipes.flatMap((recipe) =>
    recipe.stages
      .filter((stage) => breaks(stage, recipe))
      .map((stage) => `${recipe.name}: ${stage.name} (${stage.temp_target} °C)`),
  );

describe('the catalogue', () => {
  test('holds at least 60 recipes, each with its own name and id', () => {
    expect(seedRecipes.length).toBeGreaterThanOrEqual(60);
    expect(new Set(seedRecipes.map(({ name }) => name)).size).toBe(seedRecipes.length);
    expect(new Set(seedRecipes.map(({ id }) => id)).size).toBe(seedRecipes.length);
  });

  test('identifies each recipe by a version 4 UUID', () => {
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(offenders(({ id }) => !uuid.test(id))).toEqual([]);
  });

  test('covers every cuisine, category, tag and difficulty, and no other', () => {
    expect(distinct(seedRecipes.map(({ cuisine }) => cuisine))).toEqual(distinct(recipeCuisines));
    expect(distinct(seedRecipes.map(({ category }) => category))).toEqual(distinct(recipeCategories));
    expect(distinct(seedRecipes.flatMap(({ tags }) => tags))).toEqual(distinct(recipeTags));
    expect(distinct(seedRecipes.map(({ difficulty }) => difficulty))).toEqual(distinct(recipeDifficulties));
  });

  test('offers five or more dishes of each cuisine, Indian ones the most', () => {
    const count = (cuisine: string) => seedRecipes.filter((recipe) => recipe.cuisine === cuisine).length;
    for (const cuisine of recipeCuisines) {
      expect(count(cuisine), cuisine).toBeGreaterThanOrEqual(5);
      if (cuisine !== 'indian') expect(count('indian'), cuisine).toBeGreaterThan(count(cuisine));
    }
  });

  test('opens with Dal Tadka and a first page of all cuisines and all categories', () => {
    const firstPage = seedRecipes.slice(0, 10);
    expect(firstPage[0]).toMatchObject({ name: 'Dal Tadka', timeMinutes: 35, servings: 4 });
    expect(distinct(firstPage.map(({ cuisine }) => cuisine))).toEqual(distinct(recipeCuisines));
    expect(distinct(firstPage.map(({ category }) => category))).toEqual(distinct(recipeCategories));
  });

  test('never cooks two dishes by the same sequence of stages', () => {
    const sequences = seedRecipes.map(({ stages }) => stages.map(({ name }) => name).join(' > '));
    expect(new Set(sequences).size).toBe(sequences.length);
  });
});

describe('the stages', () => {
  test('number three to eight, with distinct names in title case', () => {
    expect(offenders(({ stages }) => stages.length < 3 || stages.length > 8)).toEqual([]);
    expect(offenders(({ stages }) => new Set(stages.map(({ name }) => name)).size < stages.length)).toEqual(
      [],
    );
    const titleCase = /^[A-Z][\w-]*(,? ([A-Z][\w-]*|a|and|from|in|of|on|the|to|with|over|for|its))*$/;
    expect(offendingStages(({ name }) => !titleCase.test(name) || name.length > 40)).toEqual([]);
  });

  test('add up to the time of the recipe within a fifth', () => {
    expect(offenders(({ timeMinutes }) => timeMinutes < 10 || timeMinutes > 70)).toEqual([]);
    expect(
      offenders(({ stages, timeMinutes }) => {
        const seconds = stages.reduce((sum, stage) => sum + stage.duration_seconds, 0);
        return Math.abs(seconds - timeMinutes * 60) > timeMinutes * 60 * 0.2;
      }),
    ).toEqual([]);
    expect(offendingStages(({ duration_seconds }) => duration_seconds < 30)).toEqual([]);
  });

  test('keep the pot between 20 and 250 °C', () => {
    expect(offendingStages(({ temp_target }) => temp_target < 20 || temp_target > 250)).toEqual([]);
  });

  test.each([
    ['heat oil', /^Heat /, 165, 195],
    ['boil', /^(Boil|Bring .* to Boil)/, 98, 105],
    ['simmer', /^(Simmer|Braise) /, 85, 105],
    ['poach and set eggs gently', /^(Poach|Set Eggs in)/, 80, 92],
    ['crackle spices', /^(Crackle|Pop Mustard|Bloom Spices|Toast Whole)/, 155, 180],
    ['caramelize', /^Caramelize/, 160, 200],
    ['rest', /^(Rest|Let .* Settle)/, 55, 90],
  ])('%s at a temperature true to life', (_verb, name, coolest, hottest) => {
    const matching = seedRecipes.flatMap(({ stages }) => stages).filter((stage) => name.test(stage.name));
    expect(matching).not.toEqual([]);
    expect(
      offendingStages(
        (stage) => name.test(stage.name) && (stage.temp_target < coolest || stage.temp_target > hottest),
      ),
    ).toEqual([]);
  });

  test('never bring yolks to the point where they scramble', () => {
    expect(
      offendingStages((stage, { stages }) => {
        const yolksIn = stages.findIndex(({ ingredients }) =>
          ingredients.some(({ name }) => name === 'egg_yolk'),
        );
        return yolksIn >= 0 && stages.indexOf(stage) >= yolksIn && stage.temp_target > 85;
      }),
    ).toEqual([]);
  });

  test('boil the pasta of every pasta dish', () => {
    const boils = ({ stages }: SeedRecipe) =>
      stages.some(({ temp_target }) => temp_target >= 96 && temp_target <= 102);
    expect(offenders((recipe) => recipe.category === 'pasta' && !boils(recipe))).toEqual([]);
  });

  test('name a stir pattern exactly when they stir', () => {
    expect(offendingStages(({ stir, stir_pattern }) => stir !== (stir_pattern !== undefined))).toEqual([]);
  });

  test('let the camera look only for what the pot can show', () => {
    const hasWater = (stage: SeedStage) =>
      stage.ingredients.some((one) => one.subsystem === 'SLD' && one.channel === 'WATER');
    const pours = (stage: SeedStage, subsystem: string) =>
      stage.ingredients.some((one) => one.subsystem === subsystem);
    const impossible: Record<NonNullable<SeedStage['cv_check']>, (stage: SeedStage) => boolean> = {
      oil_shimmer: (stage) => stage.ingredients.length !== 1 || !pours(stage, 'SLD') || hasWater(stage),
      spice_crackle: (stage) => stage.temp_target < 140 || !pours(stage, 'ASD'),
      golden_brown: (stage) => stage.temp_target < 115 || hasWater(stage),
      thick_consistency: (stage) => stage.temp_target > 170,
    };
    expect(offendingStages((stage) => !!stage.cv_check && impossible[stage.cv_check](stage))).toEqual([]);
  });
});

describe('the ingredients', () => {
  test('come from dispensers that the appliance has, in amounts that they can give', () => {
    const dispensable = (one: SeedIngredient) => {
      if (one.subsystem === 'SLD') return ['OIL', 'WATER'].includes(one.channel) && one.amount_g <= 2000;
      if (one.subsystem === 'ASD') return one.id >= 1 && one.id <= 6 && one.amount_g <= 100;
      return one.id >= 1 && one.id <= 4 && one.amount_g <= 800;
    };
    expect(
      offenders((recipe) => ingredientsOf(recipe).some((one) => one.amount_g <= 0 || !dispensable(one))),
    ).toEqual([]);
  });

  test('fill a box, a tray or a tank with one thing throughout a recipe', () => {
    expect(
      offenders((recipe) => {
        const slots = new Set(ingredientsOf(recipe).map(slotOf));
        const fillings = new Set(ingredientsOf(recipe).map((one) => `${slotOf(one)} ${one.name}`));
        return fillings.size !== slots.size;
      }),
    ).toEqual([]);
  });

  test('never leave a tray that was emptied to be used again', () => {
    expect(
      offenders((recipe) => {
        const emptied = new Set<string>();
        return ingredientsOf(recipe).some((one) => {
          const again = emptied.has(slotOf(one));
          if (one.subsystem === 'CID' && one.mode === 'FULL') emptied.add(slotOf(one));
          return again;
        });
      }),
    ).toEqual([]);
  });

  test('keep fats in the oil tank and everything else that flows in the water tank', () => {
    const poured = (channel: string) =>
      distinct(
        seedRecipes
          .flatMap(ingredientsOf)
          .filter((one) => one.subsystem === 'SLD' && one.channel === channel)
          .map(({ name }) => name),
      );
    expect(poured('OIL').filter((name) => !/_oil$|^ghee$|^butter$/.test(name))).toEqual([]);
    expect(
      poured('WATER').filter((name) => !/^(water|milk|coconut_milk|dashi|marsala)$|_stock$/.test(name)),
    ).toEqual([]);
  });

  test('fit into the pot', () => {
    const grams = (recipe: SeedRecipe) => ingredientsOf(recipe).reduce((sum, one) => sum + one.amount_g, 0);
    expect(offenders((recipe) => grams(recipe) > 2500)).toEqual([]);
  });

  test('bear snake_case names, and one spelling each', () => {
    const names = distinct(seedRecipes.flatMap(ingredientNames));
    expect(names.filter((name) => !/^[a-z]+(_[a-z]+)*$/.test(name))).toEqual([]);
    const spelling = (name: string) =>
      name
        .split('_')
        .map((word) => word.replace(/e?s$/, ''))
        .sort()
        .join('_');
    expect(distinct(names.map(spelling))).toHaveLength(names.length);
  });
});

describe('the nutrition', () => {
  test('counts calories that follow from protein, carbohydrates and fats', () => {
    expect(
      offenders(({ calories, proteinG, carbsG, fatsG }) => {
        const fromParts = 4 * proteinG + 4 * carbsG + 9 * fatsG;
        return Math.abs(calories - fromParts) > fromParts * 0.15;
      }),
    ).toEqual([]);
  });

  test('is that of a serving a person would eat', () => {
    expect(offenders(({ calories }) => calories < 60 || calories > 900)).toEqual([]);
    expect(offenders(({ servings }) => servings < 1 || servings > 4)).toEqual([]);
  });
});

describe('the tags', () => {
  test('vegan implies vegetarian', () => {
    expect(tagged('vegan').filter(({ tags }) => !tags.includes('vegetarian'))).toEqual([]);
  });

  test('vegan dishes hold nothing from an animal', () => {
    expect(tagged('vegan').flatMap(ingredientNames).filter(isAnimal)).toEqual([]);
  });

  test('vegetarian dishes hold no meat, no fish and no rennet', () => {
    expect(tagged('vegetarian').flatMap(ingredientNames).filter(isFlesh)).toEqual([]);
  });

  test('a dish that earns a dietary tag by its ingredients bears it', () => {
    const untagged = (tag: RecipeTag, forbidden: (name: string) => boolean) =>
      offenders((recipe) => !recipe.tags.includes(tag) && !ingredientNames(recipe).some(forbidden));
    expect(untagged('vegetarian', isFlesh)).toEqual([]);
    expect(untagged('vegan', isAnimal)).toEqual([]);
    expect(untagged('gluten-free', hasGluten)).toEqual([]);
  });

  test('gluten-free dishes hold no wheat, barley or oats, nor sauces brewed from them', () => {
    expect(tagged('gluten-free').flatMap(ingredientNames).filter(hasGluten)).toEqual([]);
  });

  test('quick dishes, and only they, take 25 minutes at most', () => {
    expect(offenders(({ tags, timeMinutes }) => tags.includes('quick') !== timeMinutes <= 25)).toEqual([]);
  });

  test('stir-fries, and only they, are tagged so', () => {
    expect(
      offenders(({ tags, category }) => tags.includes('stir-fry') !== (category === 'stir-fry')),
    ).toEqual([]);
  });

  test('protein-rich dishes give 20 g or more a serving', () => {
    expect(tagged('protein-rich').filter(({ proteinG }) => proteinG < 20)).toEqual([]);
  });
});
