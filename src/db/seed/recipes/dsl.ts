import type {
  CameraCheck,
  CoarseIngredient,
  CoarseTray,
  LiquidIngredient,
  SeasoningBox,
  SeasoningIngredient,
  SeedIngredient,
  SeedStage,
  StirPattern,
} from './types.js';

/** Pours from the `OIL` tank: oil, ghee, butter. */
export function oil(name: string, grams: number): LiquidIngredient {
  return { subsystem: 'SLD', channel: 'OIL', name, amount_g: grams };
}

/** Pours from the `WATER` tank: water, stock, milk, coconut milk, wine. */
export function water(name: string, grams: number): LiquidIngredient {
  return { subsystem: 'SLD', channel: 'WATER', name, amount_g: grams };
}

/** Shakes a dose out of a seasoning box. */
export function spice(box: SeasoningBox, name: string, grams: number): SeasoningIngredient {
  return { subsystem: 'ASD', id: box, name, amount_g: grams };
}

/** Tips a measured part out of a coarse tray; the rest is for a later stage. */
export function coarse(tray: CoarseTray, name: string, grams: number): CoarseIngredient {
  return { subsystem: 'CID', id: tray, name, amount_g: grams };
}

/** Empties a coarse tray that was filled with `grams`. */
export function all(tray: CoarseTray, name: string, grams: number): CoarseIngredient {
  return { subsystem: 'CID', id: tray, name, amount_g: grams, mode: 'FULL' };
}

/** How a stage runs: the target temperature, the time at most, and what may end it sooner. */
interface StageConduct {
  celsius: number;
  seconds: number;
  /** The arm rests if absent. */
  stir?: StirPattern;
  until?: CameraCheck;
}

/** One step of a recipe: what a cook would call it, how it runs, and what goes into the pot as it begins. */
export function stage(
  name: string,
  { celsius, seconds, stir, until }: StageConduct,
  ingredients: SeedIngredient[],
): SeedStage {
  return {
    name,
    temp_target: celsius,
    duration_seconds: seconds,
    ...(stir ? { stir: true, stir_pattern: stir } : { stir: false }),
    ...(until && { cv_check: until }),
    ingredients,
  };
}
