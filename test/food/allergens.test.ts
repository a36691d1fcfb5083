import { describe, expect, test } from 'vitest';
import { type Allergen, allergens, normalizeAllergen } from '../../src/food/allergens.js';

describe('the vocabulary', () => {
  test('is the fourteen substances of Annex II in their order', () => {
    expect(allergens).toEqual([
      ...['gluten', 'crustaceans', 'eggs', 'fish', 'peanuts', 'soybeans', 'milk', 'nuts'],
      ...['celery', 'mustard', 'sesame', 'sulphites', 'lupin', 'molluscs'],
    ]);
  });

  test.each(allergens)('knows its own tag %s', (allergen) => {
    expect(normalizeAllergen(allergen)).toEqual([allergen]);
  });
});

describe("a person's own words", () => {
  test.each<[string, Allergen[]]>([
    ['dairy', ['milk']],
    ['Lactose intolerance', ['milk']],
    ['wheat', ['gluten']],
    ['gluten-free', ['gluten']],
    ['coeliac', ['gluten']],
    ['tree-nuts', ['nuts']],
    ['Tree Nuts', ['nuts']],
    ['TREE_NUT', ['nuts']],
    ['treenuts', ['nuts']],
    ['almond', ['nuts']],
    ['peanut', ['peanuts']],
    ['Peanut allergy', ['peanuts']],
    ['groundnuts', ['peanuts']],
    ['shellfish', ['crustaceans', 'molluscs']],
    ['seafood', ['crustaceans', 'fish', 'molluscs']],
    ['prawns', ['crustaceans']],
    ['soy', ['soybeans']],
    ['soya beans', ['soybeans']],
    ['egg', ['eggs']],
    ['sulfites', ['sulphites']],
    ['sesame seeds', ['sesame']],
    ['mollusks', ['molluscs']],
    [' celeriac ', ['celery']],
  ])('%j is %j', (text, expected) => {
    expect(normalizeAllergen(text)).toEqual(expected);
  });

  test.each(['cilantro', 'coconut', 'nutmeg', 'eggplant', 'buckwheat', 'garlic', '', '-', 'no'])(
    '%j is no allergen of the law',
    (text) => {
      expect(normalizeAllergen(text)).toEqual([]);
    },
  );
});
