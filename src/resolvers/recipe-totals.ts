import { ValidationError } from '../errors.js';
import type { RecipeIngredientData, RecipeStageData } from './recipe-data.js';

const MAX_SERVINGS = 100;

/** What a recipe needs of one ingredient in all its stages. */
export interface IngredientTotal {
  name: string;
  subsystem: RecipeIngredientData['subsystem'];
  /** Null when a tray of it is emptied whole, however much that is. */
  amountGrams: number | null;
}

/**
 * The ingredients of all stages, each once for its dispenser, in the order of first use; scaled when `servings` is given.
 * Throws a `ValidationError` for servings that make no sense.
 */
export function totalIngredients(
  stages: readonly RecipeStageData[],
  recipeServings: number,
  servings: number | null | undefined,
): IngredientTotal[] {
  if (typeof servings === 'number' && (servings < 1 || servings > MAX_SERVINGS)) {
    throw ValidationError.of('servings', `must be from 1 to ${MAX_SERVINGS}`);
  }
  const factor = (servings ?? recipeServings) / recipeServings;
  const totals = new Map<string, IngredientTotal>();
  for (const { name, subsystem, amount_g } of stages.flatMap(({ ingredients }) => ingredients ?? [])) {
    const key = `${subsystem} ${name}`;
    const known = totals.get(key);
    const amountGrams =
      amount_g === undefined || known?.amountGrams === null ? null : (known?.amountGrams ?? 0) + amount_g;
    totals.set(key, { name, subsystem, amountGrams });
  }
  return [...totals.values()].map((total) => ({
    ...total,
    amountGrams: total.amountGrams === null ? null : Math.round(total.amountGrams * factor * 100) / 100,
  }));
}
