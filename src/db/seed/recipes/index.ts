import { americanRecipes } from './american.js';
import { asianRecipes } from './asian.js';
import { chineseRecipes } from './chinese.js';
import { globalRecipes } from './global.js';
import { indianRecipes } from './indian.js';
import { italianRecipes } from './italian.js';
import { koreanRecipes } from './korean.js';
import { mexicanRecipes } from './mexican.js';
import { thaiRecipes } from './thai.js';
import type { SeedRecipe } from './types.js';

/** The first page of the catalogue: every cuisine and every category once. */
const firstPage = [
  'Dal Tadka',
  'Mushroom Risotto',
  'Kung Pao Chicken',
  'Shakshuka',
  'Tom Yum Goong',
  'Arroz con Leche',
  'Tteokbokki',
  'Chili con Carne',
  'Beef Rendang',
  'Spaghetti Aglio e Olio',
];

const byCuisine = [
  ...indianRecipes,
  ...italianRecipes,
  ...americanRecipes,
  ...chineseRecipes,
  ...mexicanRecipes,
  ...koreanRecipes,
  ...thaiRecipes,
  ...asianRecipes,
  ...globalRecipes,
];

/** The demo catalogue: a first page that shows its breadth, then cuisine by cuisine. */
export const seedRecipes: readonly SeedRecipe[] = [
  ...firstPage.flatMap((name) => byCuisine.filter((recipe) => recipe.name === name)),
  ...byCuisine.filter((recipe) => !firstPage.includes(recipe.name)),
];

export type * from './types.js';
