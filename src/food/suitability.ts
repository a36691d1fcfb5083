import { allergens as allAllergens, normalizeAllergen } from './allergens.js';
import type { Origin } from './facts.js';
import { lookUpIngredient } from './ingredients.js';
import { holdsPhrase, wordsOf } from './words.js';

/** The diets of a person's preferences, as they are stored. */
export type Diet = 'vegetarian' | 'vegan' | 'pescatarian' | 'no_restrictions';

/** What a person does not eat. `allergens` is their own text: tags, synonyms, or names of ingredients. */
export interface Restrictions {
  readonly diet: Diet;
  readonly allergens: readonly string[];
}

/** How a dish fits a person. `suitable` exactly when there are no conflicts. */
export interface Suitability {
  suitable: boolean;
  /**
   * Short sentences, `paneer contains milk`, by ingredient from A to Z; the diet first, then the allergens.
   */
  conflicts: string[];
}

/** Vegetarians eat eggs and dairy here; pescatarians what vegetarians eat, fish and shellfish. */
const eats: Record<Diet, (origin: Origin) => boolean> = {
  vegan: (origin) => origin === 'plant',
  vegetarian: (origin) => !['meat', 'fish', 'shellfish'].includes(origin),
  pescatarian: (origin) => origin !== 'meat',
  no_restrictions: () => true,
};

/**
 * Foods with several names, or that are known by what is made of them. They matter only for what a person
 * avoids and the law does not list: there is no more to go by than the words of a name.
 */
const families: readonly (readonly string[])[] = [
  ['cilantro', 'coriander', 'dhania'],
  ['eggplant', 'aubergine', 'brinjal'],
  ['zucchini', 'courgette'],
  ['bell pepper', 'capsicum'],
  ['chickpea', 'garbanzo', 'chana', 'besan', 'gram flour', 'hummus'],
  [
    ...['corn', 'maize', 'sweetcorn', 'cornstarch', 'cornflour', 'cornmeal', 'cornflake', 'popcorn'],
    ...['polenta', 'hominy', 'masa', 'grit', 'tortilla chip', 'taco shell'],
  ],
  [
    ...['pork', 'bacon', 'ham', 'pancetta', 'guanciale', 'prosciutto', 'lardon', 'lard', 'chorizo', 'salami'],
    ...['pepperoni', 'andouille', 'jamon', 'speck', 'nduja', 'mortadella', 'char siu', 'gelatin'],
  ],
];

/** What a person avoids, read once: groups of the law, and other foods by the phrases that name them. */
interface Avoided {
  diet: Diet;
  groups: ReadonlySet<string>;
  foods: readonly { text: string; phrases: readonly string[][] }[];
}

function phrasesFor(text: string): string[][] {
  const phrase = wordsOf(text);
  const family = families.find((names) => names.includes(phrase.join(' ')));
  return family ? family.map((name) => name.split(' ')) : [phrase];
}

function readRestrictions({ diet, allergens }: Restrictions): Avoided {
  const named = [...new Set(allergens.map((text) => text.trim()))]
    .filter((text) => wordsOf(text).length > 0 && normalizeAllergen(text).length === 0)
    .sort();
  return {
    diet,
    groups: new Set(allergens.flatMap(normalizeAllergen)),
    foods: named.map((text) => ({ text, phrases: phrasesFor(text) })),
  };
}

const nothingToCheck = ({ diet, groups, foods }: Avoided) =>
  diet === 'no_restrictions' && groups.size === 0 && foods.length === 0;

function conflictsOf(name: string, avoided: Avoided): string[] {
  if (nothingToCheck(avoided)) return [];
  const words = avoided.foods.length > 0 ? wordsOf(name) : [];
  const byWord = avoided.foods
    .filter(({ phrases }) => phrases.some((phrase) => holdsPhrase(words, phrase)))
    .map(({ text }) => `${name} contains ${text}`);
  const facts = lookUpIngredient(name);
  if (!facts) return [`${name} is unknown`, ...byWord];

  const conflicts: string[] = [];
  if (!eats[avoided.diet](facts.origin)) {
    conflicts.push(`${name} is not ${avoided.diet}${facts.note === undefined ? '' : ` (${facts.note})`}`);
  }
  for (const allergen of allAllergens.filter((each) => avoided.groups.has(each))) {
    if (facts.allergens.includes(allergen)) conflicts.push(`${name} contains ${allergen}`);
    if (facts.mayContain.includes(allergen)) conflicts.push(`${name} may contain ${allergen}`);
  }
  return [...conflicts, ...byWord];
}

/**
 * How a dish of these ingredients fits a person.
 *
 * An ingredient that nobody knows (`x is unknown`) is a conflict for anyone who has a diet or an allergen:
 * a person with an allergy must not be told that an unknown dish is safe. So is one that may contain an
 * allergen. Traces are no matter of diet: `dark_chocolate` is vegan, though it may contain milk. With
 * nothing to check, no restrictions and no allergens, every dish is suitable, without conflicts.
 *
 * An allergen outside the vocabulary of the law (`cilantro`) is looked for as words in the ingredient's
 * name; what goes into a sauce or a blend unnamed is not found.
 *
 * The order of the ingredients, and naming one twice, do not matter.
 */
export function judge(ingredientNames: readonly string[], restrictions: Restrictions): Suitability {
  const avoided = readRestrictions(restrictions);
  const conflicts = [...new Set(ingredientNames)].sort().flatMap((name) => conflictsOf(name, avoided));
  return { suitable: conflicts.length === 0, conflicts };
}

/**
 * Those of a catalogue's ingredient names that `judge` would object to, in their order. A dish is suitable
 * exactly when it holds none of them, so SQL can ask `NOT ingredient_names && $1`.
 */
export function unsuitableNames(
  diet: Diet,
  allergens: readonly string[],
  names: readonly string[],
): string[] {
  const avoided = readRestrictions({ diet, allergens });
  return names.filter((name) => conflictsOf(name, avoided).length > 0);
}
