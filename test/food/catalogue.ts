import { type SeedRecipe, seedRecipes } from '../../src/db/seed/recipes/index.js';
import { ingredientRows } from '../../src/food/ingredients.js';

/** The names of a seed recipe's ingredients. */
export const namesIn = (recipe: SeedRecipe): string[] =>
  recipe.stages.flatMap(({ ingredients }) => ingredients.map(({ name }) => name));

/** Every ingredient of the seed recipes, once. */
export const seedNames = [...new Set(seedRecipes.flatMap(namesIn))];

/** Every name of the table. */
export const tableNames = ingredientRows.flatMap(({ names }) => names.split(/\s+/));
