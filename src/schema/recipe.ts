import { visibleAuthors, visibleRecipes } from '../auth/policies.js';
import { parseId } from '../resolvers/ids.js';
import { type RecipeIngredientData, type RecipeStageData, readStages } from '../resolvers/recipe-data.js';
import { builder } from './builder.js';
import { Difficulty, DispenserSubsystem } from './enums.js';

interface NutritionColumns {
  calories: number | null;
  proteinG: number | null;
  carbsG: number | null;
  fatsG: number | null;
}

const Nutrition = builder.objectRef<NutritionColumns>('Nutrition').implement({
  description: 'What one serving gives.',
  fields: (t) => ({
    calories: t.exposeFloat('calories', { description: 'Energy in kilocalories.' }),
    proteinGrams: t.exposeFloat('proteinG', { description: 'Protein.' }),
    carbsGrams: t.exposeFloat('carbsG', { description: 'Carbohydrates.' }),
    fatsGrams: t.exposeFloat('fatsG', { description: 'Fats.' }),
  }),
});

const StageIngredient = builder.objectRef<RecipeIngredientData>('StageIngredient').implement({
  description: 'What a stage adds to the pot.',
  fields: (t) => ({
    subsystem: t.field({
      type: DispenserSubsystem,
      nullable: false,
      description: 'The dispenser it comes from.',
      resolve: ({ subsystem }) => subsystem,
    }),
    channel: t.string({
      description: 'The tank, for liquids: OIL or WATER.',
      resolve: ({ channel }) => channel,
    }),
    slot: t.int({ description: 'The box or tray, for what is not liquid.', resolve: ({ id }) => id }),
    name: t.exposeString('name', { nullable: false, description: 'What it is, in snake_case.' }),
    amountGrams: t.float({
      description: 'How much; null when a tray is emptied whole.',
      resolve: (i) => i.amount_g,
    }),
    mode: t.string({ description: 'FULL when a tray is emptied whole.', resolve: ({ mode }) => mode }),
  }),
});

const RecipeStage = builder.objectRef<RecipeStageData>('RecipeStage').implement({
  description: 'One step of a recipe.',
  fields: (t) => ({
    position: t.exposeInt('position', { nullable: false, description: 'Its place, from 0.' }),
    name: t.exposeString('name', { nullable: false, description: 'What the cook would call it.' }),
    targetTemperature: t.float({
      description: 'Where the pot is heated to, in °C.',
      resolve: (s) => s.temp_target,
    }),
    durationSeconds: t.int({
      description: 'How long it takes at most.',
      resolve: (s) => (s.duration_seconds === undefined ? null : Math.round(s.duration_seconds)),
    }),
    stir: t.boolean({
      nullable: false,
      description: 'Whether the arm stirs.',
      resolve: (s) => s.stir ?? false,
    }),
    stirPattern: t.string({
      description: 'How it stirs: continuous, intermittent, fold.',
      resolve: (s) => s.stir_pattern,
    }),
    cvCheck: t.string({ description: 'What the camera may end it by.', resolve: (s) => s.cv_check }),
    ingredients: t.field({
      type: [StageIngredient],
      nullable: false,
      description: 'What is added, in order.',
      resolve: (s) => s.ingredients ?? [],
    }),
  }),
});

export const Recipe = builder.drizzleNode('recipes', {
  name: 'Recipe',
  id: { column: (recipe) => recipe.id, description: 'The global id.' },
  description: 'A dish that the appliance can cook.',
  select: { columns: { id: true } },
  fields: (t) => ({
    uuid: t.exposeString('id', {
      nullable: false,
      description: 'The id as devices and the REST endpoints know it.',
    }),
    name: t.exposeString('name', { nullable: false, description: 'What the dish is called.' }),
    category: t.exposeString('category', {
      nullable: false,
      description: 'Its kind: dal, curry, rice, soup…',
    }),
    cuisine: t.exposeString('cuisine', { description: 'Where it comes from: indian, italian, thai…' }),
    tags: t.stringList({
      nullable: false,
      description: 'What it is found by: vegan, quick, gluten-free…',
      select: { columns: { tags: true } },
      resolve: ({ tags }) => tags ?? [],
    }),
    difficulty: t.expose('difficulty', {
      type: Difficulty,
      nullable: false,
      description: 'How much attention it asks for.',
    }),
    timeMinutes: t.exposeInt('timeMinutes', { nullable: false, description: 'How long it takes in all.' }),
    servings: t.exposeInt('servings', { nullable: false, description: 'How many it feeds as written.' }),
    nutrition: t.field({
      type: Nutrition,
      description: 'What one serving gives.',
      select: { columns: { calories: true, proteinG: true, carbsG: true, fatsG: true } },
      resolve: (recipe) => recipe,
    }),
    imageUrl: t.exposeString('imageUrl', { description: 'A photo of the dish.' }),
    version: t.exposeInt('version', { nullable: false, description: 'Counts its edits, from 1.' }),
    isPublished: t.exposeBoolean('isPublished', {
      nullable: false,
      description: 'Whether everybody sees it.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it was first written.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it was last changed.',
    }),
    stages: t.field({
      type: [RecipeStage],
      nullable: false,
      description: 'How it is cooked, step by step.',
      select: { columns: { recipeData: true } },
      resolve: ({ recipeData }) => readStages(recipeData),
    }),
    recipeData: t.expose('recipeData', {
      type: 'JSON',
      nullable: false,
      description: 'The whole definition, as the device reads it.',
    }),
    createdBy: t.relation('author', {
      description: 'Who wrote it. For administrators; null for everybody else.',
      query: (_args, { viewer }) => ({ where: visibleAuthors(viewer) }),
    }),
  }),
});

builder.queryFields((t) => ({
  recipe: t.drizzleField({
    type: 'recipes',
    authScopes: { anyone: true },
    description: 'A recipe by its id; null when there is none that the viewer may see.',
    args: { id: t.arg.id({ required: true, description: 'A global id or a UUID.' }) },
    resolve: (query, _root, { id }, { db, viewer }) =>
      db.orm.query.recipes.findFirst(
        query({ where: { AND: [{ id: parseId('Recipe', id, 'id') }, visibleRecipes(viewer)] } }),
      ),
  }),
}));
