import { type FoodRow, type IngredientFacts, mix } from './facts.js';
import { animalRows } from './table/animals.js';
import { grainRows } from './table/grains.js';
import { larderRows } from './table/larder.js';
import { plantRows } from './table/plants.js';
import { qualifierRows } from './table/qualifiers.js';
import { wordsOf } from './words.js';

/**
 * The table of ingredients, one part a file. Its sources:
 * - allergens: Annex II to Regulation (EU) No 1169/2011, with its exceptions (`allergens.ts` quotes it);
 * - origins: the Vegetarian Society's definition of a vegetarian, which excludes by-products of slaughter
 *   (gelatine, isinglass, animal rennet), and the Vegan Society's of veganism;
 * - rennet: the specifications of the cheeses that are protected designations of origin;
 * - sauces, pastes and blends: the usual recipe. Where recipes differ, the table takes the one that fewer
 *   people can eat: an origin as such, with a note, an allergen as `mayContain`.
 */
export const ingredientRows: readonly FoodRow[] = [...plantRows, ...grainRows, ...animalRows, ...larderRows];

function indexByWords(rows: readonly FoodRow[]): Map<string, IngredientFacts> {
  return new Map(
    rows.flatMap((row) => {
      const { names, ...given } = row;
      const facts = mix([given]);
      return names.split(/\s+/).map((name) => [wordsOf(name).join(' '), facts] as const);
    }),
  );
}

const ingredients = indexByWords(ingredientRows);
const qualifiers = indexByWords(qualifierRows);
const longestName = Math.max(...[...ingredients.keys()].map((name) => name.split(' ').length));

/** The longest name that begins the words. Of one word alone, `preferred` decides before `other` does. */
function longestMatch(
  words: readonly string[],
  [preferred, other]: readonly [Map<string, IngredientFacts>, Map<string, IngredientFacts>],
) {
  for (let length = Math.min(longestName, words.length); length > 0; length--) {
    const name = words.slice(0, length).join(' ');
    const facts =
      length === 1
        ? (preferred.get(name) ?? other.get(name))
        : (ingredients.get(name) ?? qualifiers.get(name));
    if (facts) return { facts, length, isIngredient: ingredients.get(name) === facts };
  }
  return undefined;
}

function parse(name: string): IngredientFacts | undefined {
  const words = wordsOf(name);
  const parts: IngredientFacts[] = [];
  let named = false;
  for (let at = 0; at < words.length; ) {
    // After an ingredient, `flour`, `oil` or `mince` is a form of it; before, it is one itself.
    const match = longestMatch(
      words.slice(at),
      named ? [qualifiers, ingredients] : [ingredients, qualifiers],
    );
    if (!match) return undefined;
    named ||= match.isIngredient;
    parts.push(match.facts);
    at += match.length;
  }
  return named ? mix(parts) : undefined;
}

/** What was looked up before: a catalogue holds the same few hundred names over and over. */
const found = new Map<string, IngredientFacts | undefined>();
const FOUND_LIMIT = 5_000;

/**
 * What is known of an ingredient, or undefined for one that the table does not know.
 *
 * A name is known when it is in the table, or when every word of it is accounted for: the longest names of
 * ingredients are taken from the left, and what remains are words like `fresh`, `boneless` or `leaves`.
 * `fresh_basil_leaves` is basil, and `ginger_garlic_paste` holds whatever ginger and garlic do. One word
 * that nobody knows makes the whole unknown, as it may be the one that matters: `chicken_nuggets`,
 * `vegan_sausage`.
 */
export function lookUpIngredient(name: string): IngredientFacts | undefined {
  if (!found.has(name)) {
    if (found.size >= FOUND_LIMIT) found.clear();
    found.set(name, parse(name));
  }
  return found.get(name);
}
