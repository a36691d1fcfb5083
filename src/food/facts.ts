import type { Allergen } from './allergens.js';

/**
 * Where an ingredient comes from, from what every diet eats to what few do. `plant` takes in fungi, algae,
 * minerals and water; `shellfish` crustaceans and molluscs; `meat` everything that needs a slaughtered land
 * animal, so gelatine, lard and cheese set with animal rennet.
 */
export const origins = ['plant', 'honey', 'egg', 'dairy', 'shellfish', 'fish', 'meat'] as const;
export type Origin = (typeof origins)[number];

/** What is known of an ingredient. */
export interface IngredientFacts {
  /** Of all it is made of, the origin that the fewest diets eat. */
  readonly origin: Origin;
  /** What it is made of, always. */
  readonly allergens: readonly Allergen[];
  /** What some recipes or brands of it are made with, or what its packets commonly warn of. */
  readonly mayContain: readonly Allergen[];
  /** Why the origin is what it is, where the name does not tell: `made with animal rennet`. */
  readonly note?: string;
}

/** A row of the table: names with the same facts, parted by white space. Facts left out: a plant, no allergens. */
export interface FoodRow extends Partial<IngredientFacts> {
  readonly names: string;
}

/** What is known of a mixture: everything that is in any part of it. */
export function mix(parts: readonly IngredientFacts[]): IngredientFacts {
  const contains = new Set(parts.flatMap((part) => part.allergens));
  const mayContain = new Set(parts.flatMap((part) => part.mayContain)).difference(contains);
  const strictest = parts.reduce<IngredientFacts | undefined>(
    (most, part) => (most && origins.indexOf(most.origin) >= origins.indexOf(part.origin) ? most : part),
    undefined,
  );
  return {
    origin: strictest?.origin ?? 'plant',
    allergens: [...contains],
    mayContain: [...mayContain],
    ...(strictest?.note !== undefined && { note: strictest.note }),
  };
}
