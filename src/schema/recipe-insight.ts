import type { recipeStats } from '../db/tables/index.js';
import type { Suitability } from '../food/suitability.js';
import { readStages } from '../resolvers/recipe-data.js';
import { type IngredientTotal, totalIngredients } from '../resolvers/recipe-totals.js';
import { suitabilityFor } from '../resolvers/suitability.js';
import { builder } from './builder.js';
import { DispenserSubsystem } from './enums.js';

/** What is worked out about a recipe: totals, statistics, and how it fits the viewer. */

const RecipeIngredient = builder.objectRef<IngredientTotal>('RecipeIngredient').implement({
  description: 'What a recipe needs of one ingredient in all.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'What it is, in snake_case.' }),
    subsystem: t.expose('subsystem', {
      type: DispenserSubsystem,
      nullable: false,
      description: 'The dispenser to fill with it.',
    }),
    amountGrams: t.exposeFloat('amountGrams', {
      description: 'How much; null when a tray of it is emptied whole.',
    }),
  }),
});

type Stats = Omit<typeof recipeStats.$inferSelect, 'recipeId'>;

const NEVER_COOKED: Stats = {
  cookCount: 0,
  endedCount: 0,
  completedCount: 0,
  durationSeconds: 0,
  ratingCount: 0,
  ratingSum: 0,
};

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

const RecipeStats = builder.objectRef<Stats>('RecipeStats').implement({
  description: 'What the cooks of a recipe, in all homes, add up to.',
  fields: (t) => ({
    cookCount: t.exposeInt('cookCount', { nullable: false, description: 'How often it was begun.' }),
    completionRate: t.float({
      description: 'How many of the ended cooks were completed, from 0 to 1; null before the first end.',
      resolve: ({ completedCount, endedCount }) => ratio(completedCount, endedCount),
    }),
    averageRating: t.float({
      description: 'Stars from 1 to 5; null before the first rating.',
      resolve: ({ ratingSum, ratingCount }) => ratio(ratingSum, ratingCount),
    }),
    ratingCount: t.exposeInt('ratingCount', { nullable: false, description: 'How often it was rated.' }),
    averageDurationSeconds: t.float({
      description: 'How long completed cooks took; null before the first one.',
      resolve: ({ durationSeconds, completedCount }) => ratio(durationSeconds, completedCount),
    }),
  }),
});

const RecipeSuitability = builder.objectRef<Suitability>('RecipeSuitability').implement({
  description: "How a recipe fits the signed-in person's diet and allergens, judged by its ingredients.",
  fields: (t) => ({
    suitable: t.exposeBoolean('suitable', {
      nullable: false,
      description: 'Whether nothing speaks against it. An ingredient that is not known speaks against it.',
    }),
    conflicts: t.exposeStringList('conflicts', {
      nullable: false,
      description: 'What speaks against it, for people.',
    }),
  }),
});

builder.drizzleObjectFields('recipes', (t) => ({
  ingredients: t.field({
    type: [RecipeIngredient],
    nullable: false,
    description: 'Totals over all stages, scaled to `servings` when given.',
    args: { servings: t.arg.int({ description: 'How many to cook for.' }) },
    select: { columns: { recipeData: true, servings: true } },
    resolve: (recipe, { servings }) =>
      totalIngredients(readStages(recipe.recipeData), recipe.servings, servings),
  }),
  stats: t.field({
    type: RecipeStats,
    description: 'What its cooks add up to.',
    select: {
      with: {
        stats: {
          columns: {
            cookCount: true,
            endedCount: true,
            completedCount: true,
            durationSeconds: true,
            ratingCount: true,
            ratingSum: true,
          },
        },
      },
    },
    resolve: ({ stats }) => stats ?? NEVER_COOKED,
  }),
  suitability: t.field({
    type: RecipeSuitability,
    description: "How it fits the signed-in person's diet and allergens; null when nobody is signed in.",
    select: { columns: { ingredientNames: true } },
    resolve: ({ ingredientNames }, _args, context) => suitabilityFor(context, ingredientNames ?? []),
  }),
}));
