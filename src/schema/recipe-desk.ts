import { encodeGlobalId } from '../resolvers/ids.js';
import {
  createRecipe,
  deleteRecipe,
  publishRecipe,
  unpublishRecipe,
  updateRecipe,
} from '../resolvers/recipe-desk.js';
import { builder } from './builder.js';
import { Difficulty } from './enums.js';
import { Recipe } from './recipe.js';

/** What administrators do with the catalogue. */

const RecipePayload = builder.objectRef<{ recipeId: string }>('RecipePayload').implement({
  description: 'A recipe that was changed.',
  fields: (t) => ({
    recipe: t.drizzleField({
      type: Recipe,
      nullable: false,
      description: 'As it is now.',
      resolve: async (query, { recipeId }, _args, { db }) => {
        const found = await db.orm.query.recipes.findFirst(query({ where: { id: recipeId } }));
        return found as NonNullable<typeof found>;
      },
    }),
  }),
});

const DeleteRecipePayload = builder.objectRef<{ recipeId: string }>('DeleteRecipePayload').implement({
  description: 'A recipe that was deleted.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: false,
      description: 'Its global id.',
      resolve: ({ recipeId }) => encodeGlobalId('Recipe', recipeId),
    }),
  }),
});

const NutritionInput = builder.inputType('NutritionInput', {
  description: 'What one serving gives; what is absent stays, null clears.',
  fields: (t) => ({
    calories: t.float({ description: 'Energy in kilocalories.' }),
    proteinGrams: t.float({ description: 'Protein.' }),
    carbsGrams: t.float({ description: 'Carbohydrates.' }),
    fatsGrams: t.float({ description: 'Fats.' }),
  }),
});

const DATA =
  'The whole definition, as the device reads it: its `stages`, at least one. The other arguments rule over the same ' +
  'names in it. Keys that the appliance does not know are kept.';

const CreateRecipeInput = builder.inputType('CreateRecipeInput', {
  description: 'A new recipe; a draft, until it is published.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What the dish is called, at most 200 characters.' }),
    category: t.string({ required: true, description: 'Its kind: dal, curry, rice, soup…' }),
    cuisine: t.string({ description: 'Where it comes from; indian when nothing is said.' }),
    tags: t.stringList({ description: 'What it is found by, at most 20: vegan, quick, gluten-free…' }),
    difficulty: t.field({ type: Difficulty, required: true, description: 'How much attention it asks for.' }),
    timeMinutes: t.int({ required: true, description: 'How long it takes in all, at most a day.' }),
    servings: t.int({ description: 'How many it feeds as written, at most 100; 4 when nothing is said.' }),
    nutrition: t.field({ type: NutritionInput, description: 'What one serving gives.' }),
    imageUrl: t.string({ description: 'A photo of the dish, on the web.' }),
    recipeData: t.field({ type: 'JSON', required: true, description: DATA }),
  }),
});

const UpdateRecipeInput = builder.inputType('UpdateRecipeInput', {
  description: 'What changes about a recipe; what is absent stays, null clears what may be without a value.',
  fields: (t) => ({
    recipeId: t.id({ required: true, description: 'A global id or a UUID.' }),
    version: t.int({
      required: true,
      description: 'The version that the editor read; a newer stored one is a CONFLICT.',
    }),
    name: t.string({ description: 'What the dish is called, at most 200 characters.' }),
    category: t.string({ description: 'Its kind: dal, curry, rice, soup…' }),
    cuisine: t.string({ description: 'Where it comes from.' }),
    tags: t.stringList({ description: 'What it is found by, at most 20: all of them anew.' }),
    difficulty: t.field({ type: Difficulty, description: 'How much attention it asks for.' }),
    timeMinutes: t.int({ description: 'How long it takes in all, at most a day.' }),
    servings: t.int({ description: 'How many it feeds as written, at most 100.' }),
    nutrition: t.field({ type: NutritionInput, description: 'What one serving gives.' }),
    imageUrl: t.string({ description: 'A photo of the dish, on the web.' }),
    recipeData: t.field({ type: 'JSON', description: DATA }),
  }),
});

const RecipeIdInput = builder.inputType('RecipeIdInput', {
  description: 'Which recipe.',
  fields: (t) => ({ recipeId: t.id({ required: true, description: 'A global id or a UUID.' }) }),
});

builder.mutationFields((t) => ({
  createRecipe: t.withAuth({ admin: true }).field({
    type: RecipePayload,
    description: 'Writes a recipe, as a draft. For administrators.',
    args: { input: t.arg({ type: CreateRecipeInput, required: true, description: 'The recipe.' }) },
    resolve: async (_root, { input }, context) => ({
      recipeId: await createRecipe(context, context.viewer, input),
    }),
  }),
  updateRecipe: t.withAuth({ admin: true }).field({
    type: RecipePayload,
    description: 'Edits a recipe, which counts its version. For administrators.',
    args: {
      input: t.arg({ type: UpdateRecipeInput, required: true, description: 'Which, and what changes.' }),
    },
    resolve: async (_root, { input }, context) => ({
      recipeId: await updateRecipe(context, context.viewer, input),
    }),
  }),
  publishRecipe: t.withAuth({ admin: true }).field({
    type: RecipePayload,
    description: 'Shows a recipe to everybody. For administrators.',
    args: { input: t.arg({ type: RecipeIdInput, required: true, description: 'Which.' }) },
    resolve: async (_root, { input }, context) => ({
      recipeId: await publishRecipe(context, context.viewer, input),
    }),
  }),
  unpublishRecipe: t.withAuth({ admin: true }).field({
    type: RecipePayload,
    description: 'Takes a recipe back to the drafts; devices remove it. For administrators.',
    args: { input: t.arg({ type: RecipeIdInput, required: true, description: 'Which.' }) },
    resolve: async (_root, { input }, context) => ({
      recipeId: await unpublishRecipe(context, context.viewer, input),
    }),
  }),
  deleteRecipe: t.withAuth({ admin: true }).field({
    type: DeleteRecipePayload,
    description: 'Deletes a recipe; devices remove it, its cooks keep its name. For administrators.',
    args: { input: t.arg({ type: RecipeIdInput, required: true, description: 'Which.' }) },
    resolve: async (_root, { input }, context) => ({
      recipeId: await deleteRecipe(context, context.viewer, input),
    }),
  }),
}));
