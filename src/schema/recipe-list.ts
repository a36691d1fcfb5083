import { recipeConditions, recipeOrder } from '../resolvers/recipe-search.js';
import { builder } from './builder.js';
import { defineConnection } from './connections.js';
import { Difficulty, RecipeSort, SortDirection } from './enums.js';
import { Recipe } from './recipe.js';

const RecipeFilter = builder.inputType('RecipeFilter', {
  description: 'Which recipes a list holds; everything that is given must hold.',
  fields: (t) => ({
    category: t.string({ description: 'Its kind: dal, curry, rice, soup…' }),
    cuisine: t.string({ description: 'Where it comes from: indian, italian, thai…' }),
    difficulty: t.field({ type: Difficulty, description: 'How much attention it asks for.' }),
    tags: t.stringList({ description: 'All of them.' }),
    maxTimeMinutes: t.int({ description: 'Ready within so many minutes.' }),
    maxCalories: t.float({ description: 'At most so many kilocalories a serving.' }),
    ingredient: t.string({ description: 'Name of an ingredient in any stage.' }),
    suitableForViewer: t.boolean({
      description: "Only what fits the signed-in person's diet and allergens.",
    }),
    isPublished: t.boolean({ description: 'For administrators: drafts, or what everybody sees.' }),
  }),
});

const RecipeOrder = builder.inputType('RecipeOrder', {
  description: 'The order of a list of recipes; ties go by the id.',
  fields: (t) => ({
    by: t.field({ type: RecipeSort, required: true, description: 'What to go by.' }),
    direction: t.field({
      type: SortDirection,
      required: true,
      defaultValue: 'asc',
      description: 'Which way. For RELEVANCE, ASC is the best match first.',
    }),
  }),
});

const { connection, edge } = defineConnection(Recipe, {
  name: 'Recipe',
  noun: 'recipe',
  table: 'recipes',
  conditions: recipeConditions,
  parents: {},
});

builder.queryField('recipes', (t) =>
  t.drizzleConnection(
    {
      type: Recipe,
      authScopes: { anyone: true },
      description: 'The catalogue: by name, or what is searched for, the best match first.',
      args: {
        search: t.arg.string({
          description:
            'Words or beginnings of words of names, cuisines, tags and ingredients; slips are forgiven.',
        }),
        filter: t.arg({ type: RecipeFilter, description: 'Which ones.' }),
        orderBy: t.arg({ type: RecipeOrder, description: 'In which order.' }),
      },
      resolve: async (query, _root, args, context) =>
        context.db.orm.query.recipes.findMany(
          query({ where: await recipeConditions(context, args), ...recipeOrder(args) } as object),
        ),
    },
    connection,
    edge,
  ),
);
