import type { FoodRow } from '../facts.js';

/**
 * Words around an ingredient that say which part, state, kind or origin, and never what it is. Alone they
 * name nothing. A word that is an ingredient too (`flour`, `oil`, `mince`, `meat`) is a qualifier when an
 * ingredient stands before it: `chickpea_flour` is chickpeas. Left out are words that hide something:
 * stuffed, marinated, seasoned, instant, mixed, vegan, imitation.
 */
export const qualifierRows: readonly FoodRow[] = [
  // Joining words
  { names: 'and with in of the a or' },
  // State and handling
  {
    names: `fresh freshly dried dry sun_dried steel_cut frozen chilled canned tinned jarred bottled raw
      cooked uncooked boiled steamed blanched roasted toasted roast baked grilled charred smoked cured
      salted unsalted sweetened unsweetened caramelized caramelised poached popped puffed sprouted soaked
      drained rinsed peeled unpeeled skinless skinned deveined boneless bone cleaned trimmed pitted stoned
      seedless seeded deseeded hulled shelled husked chopped sliced diced cubed minced crushed grated
      shredded torn julienned mashed pureed pressed squeezed ground milled cracked flaked slivered blended
      beaten melted softened clarified whole half halved quartered split cut rolled flattened pearled
      polished parboiled cold warm hot temperature room leftover homemade preserved hydrated rehydrated
      powdered crumbled shaved thawed`,
  },
  // Quality, size, colour, taste
  {
    names: `organic free_range fat_free sugar_free all_purpose wild farmed extra virgin refined unrefined
      pure natural plain ripe unripe young old mature aged baby mini large medium small big jumbo thick
      thin long short grain round fine finely coarse coarsely roughly thinly soft firm silken hard crunchy
      smooth lean fatty full fat low reduced sodium skimmed skim semi strong mild light dark sweet sour
      bitter tart spicy red green white black yellow orange purple brown golden pink blue king queen new
      spring summer winter double single heavy whipping clear strained`,
  },
  // Where it comes from and what variety it is
  {
    names: `indian kashmiri bengali punjabi goan thai vietnamese chinese japanese korean asian italian
      sicilian greek turkish persian lebanese moroccan ethiopian mexican american californian french
      spanish english scottish irish german danish norwegian scandinavian atlantic pacific mediterranean
      european african brazilian chilean peruvian ceylon himalayan alaskan roma san marzano vine heirloom
      yukon gold russet maris piper fingerling desiree hass gala fuji granny smith honeycrisp bramley
      conference alphonso ataulfo medjool kalamata castelvetrano cavendish romaine iceberg cos hokkaido
      makrut kaffir puy castelluccio madagascar bourbon carolina valencia`,
  },
  // Part and form
  {
    names: `leaf stalk stem sprig bunch root bulb head floret spear rib heart tip shoot sprout pod seed
      bean kernel berry flower blossom zest peel rind skin juice pulp flesh segment wedge slice cube chunk
      piece ribbon matchstick chip flake granule crumb powder paste puree extract essence concentrate syrup
      oil flour starch bran germ meal dust butterflied meat mince steak breast thigh leg wing drumstick
      fillet loin tenderloin shoulder chuck rump shank neck belly cheek chop back feet carcass tail claw
      joint rasher ear fruit nib pearl sheet thread`,
  },
  // Words that bring something along
  { names: 'stock broth', mayContain: ['celery'] },
  {
    names: 'bouillon stock_cube stock_powder bouillon_cube bouillon_powder',
    allergens: ['celery'],
    mayContain: ['gluten', 'eggs', 'soybeans', 'milk', 'mustard'],
  },
  { names: 'breaded battered', allergens: ['gluten'], mayContain: ['eggs', 'milk'] },
  { names: 'pickled', mayContain: ['celery', 'mustard', 'sulphites'] },
  { names: 'buttered', origin: 'dairy', allergens: ['milk'] },
  { names: 'honeyed', origin: 'honey' },
];
