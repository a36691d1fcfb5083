/** The values a recipe of the catalogue may take, in the order in which people browse them. */
export const recipeCuisines = [
  'indian',
  'italian',
  'american',
  'chinese',
  'mexican',
  'korean',
  'thai',
  'asian',
  'global',
] as const;
export const recipeCategories = [
  'dal',
  'curry',
  'rice',
  'pasta',
  'soup',
  'stir-fry',
  'one-pot',
  'breakfast',
  'dessert',
  'snack',
] as const;
export const recipeTags = [
  'vegan',
  'vegetarian',
  'healthy',
  'protein-rich',
  'stir-fry',
  'gluten-free',
  'quick',
] as const;
export const recipeDifficulties = ['easy', 'medium', 'hard'] as const;

export type RecipeCuisine = (typeof recipeCuisines)[number];
export type RecipeCategory = (typeof recipeCategories)[number];
export type RecipeTag = (typeof recipeTags)[number];
export type RecipeDifficulty = (typeof recipeDifficulties)[number];

/** How the arm moves: without pause, now and then, or lifting from below so that nothing breaks. */
export type StirPattern = 'continuous' | 'intermittent' | 'fold';

/** What the camera looks for. A stage ends when it sees it, or when its time is up. */
export type CameraCheck = 'oil_shimmer' | 'spice_crackle' | 'golden_brown' | 'thick_consistency';

/** One of the six seasoning boxes. */
export type SeasoningBox = 1 | 2 | 3 | 4 | 5 | 6;

/** One of the four trays for coarse ingredients. */
export type CoarseTray = 1 | 2 | 3 | 4;

/** A liquid. `OIL` is the tank for fats, `WATER` the one for everything else that flows: stock, milk, wine. */
export interface LiquidIngredient {
  subsystem: 'SLD';
  channel: 'OIL' | 'WATER';
  name: string;
  amount_g: number;
}

/** A spice, herb, paste or seasoning sauce. */
export interface SeasoningIngredient {
  subsystem: 'ASD';
  id: SeasoningBox;
  name: string;
  amount_g: number;
}

/** Something in pieces or by the cupful. `FULL` empties the tray, and `amount_g` says what went into it. */
export interface CoarseIngredient {
  subsystem: 'CID';
  id: CoarseTray;
  name: string;
  amount_g: number;
  mode?: 'FULL';
}

/** What a dispenser drops at the start of a stage. `name` is snake_case and the same in every recipe. */
export type SeedIngredient = LiquidIngredient | SeasoningIngredient | CoarseIngredient;

/**
 * A stage in the very shape in which `recipe_data` stores it and the appliance reads it.
 * `temp_target` is in °C; `stir_pattern` is present exactly when `stir` is true.
 */
export interface SeedStage {
  name: string;
  temp_target: number;
  duration_seconds: number;
  stir: boolean;
  stir_pattern?: StirPattern;
  cv_check?: CameraCheck;
  ingredients: SeedIngredient[];
}

/**
 * A recipe of the demo catalogue. The `id` is written down, so that seeding twice finds the same row and
 * a link to a recipe outlives a reset. Nutrition is per serving and follows from the amounts in the stages.
 */
export interface SeedRecipe {
  id: string;
  name: string;
  category: RecipeCategory;
  cuisine: RecipeCuisine;
  tags: RecipeTag[];
  difficulty: RecipeDifficulty;
  timeMinutes: number;
  servings: number;
  calories: number;
  proteinG: number;
  carbsG: number;
  fatsG: number;
  imageUrl: string | null;
  stages: SeedStage[];
}
