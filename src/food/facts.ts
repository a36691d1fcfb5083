import { type Allergen, allergens } from './allergens.js';

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

/**
 * A row of the table: names with the same facts, parted by white space. Facts left out: a plant, no
 * allergens.
 */
export interface FoodRow extends Partial<IngredientFacts> {
  readonly names: string;
}

/** What is known of a mixture: everything that is in any part of it, allergens in the order of Annex II. */
export function mix(parts: readonly Partial<IngredientFacts>[]): IngredientFacts {
  const contains = (allergen: Allergen) => parts.some((part) => part.allergens?.includes(allergen));
  const mayContain = (allergen: Allergen) => parts.some((part) => part.mayContain?.includes(allergen));
  const origin = origins.findLast((each) => parts.some((part) => part.origin === each)) ?? 'plant';
  const note = parts.find((part) => part.origin === origin)?.note;
  return {
    origin,
    allergens: allergens.filter(contains),
    mayContain: allergens.filter((allergen) => mayContain(allergen) && !contains(allergen)),
    ...(note !== undefined && { note }),
  };
}
