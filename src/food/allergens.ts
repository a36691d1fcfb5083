import { wordsOf } from './words.js';

/**
 * The fourteen substances of Annex II to Regulation (EU) No 1169/2011 (consolidated text, with Delegated
 * Regulation (EU) No 78/2014), in its order and in its words, and what people call them in their
 * preferences.
 *
 * Who names one member of a group (`almond`, `wheat`, `salmon`) avoids the whole group: that is as fine as
 * the law labels prepared food, and so as fine as a sauce or a paste can be known.
 */
const commonNames = {
  /**
   * Cereals containing gluten, namely: wheat (such as spelt and khorasan wheat), rye, barley, oats or their
   * hybridised strains, and products thereof, except: (a) wheat based glucose syrups including dextrose;
   * (b) wheat based maltodextrins; (c) glucose syrups based on barley; (d) cereals used for making alcoholic
   * distillates including ethyl alcohol of agricultural origin.
   */
  gluten: [
    ...['gluten', 'wheat', 'spelt', 'kamut', 'khorasan wheat', 'rye', 'barley', 'oat', 'triticale', 'malt'],
    ...['cereal', 'gluten cereal', 'cereal containing gluten', 'celiac', 'coeliac', 'celiac disease'],
    ...['coeliac disease', 'wheat flour', 'wheat gluten', 'seitan'],
  ],
  /** Crustaceans and products thereof. */
  crustaceans: [
    ...['crustacean', 'shrimp', 'prawn', 'crab', 'lobster', 'crayfish', 'crawfish', 'langoustine', 'krill'],
  ],
  /** Eggs and products thereof. */
  eggs: ['egg', 'egg white', 'egg yolk', 'hen egg', 'albumen', 'albumin', 'ovalbumin'],
  /**
   * Fish and products thereof, except: (a) fish gelatine used as carrier for vitamin or carotenoid
   * preparations; (b) fish gelatine or Isinglass used as fining agent in beer and wine.
   */
  fish: [
    ...['fish', 'finfish', 'anchovy', 'cod', 'salmon', 'tuna', 'mackerel', 'sardine', 'herring', 'trout'],
    ...['tilapia', 'haddock', 'halibut', 'bass', 'fish sauce'],
  ],
  /** Peanuts and products thereof. */
  peanuts: ['peanut', 'groundnut', 'ground nut', 'monkey nut', 'peanut butter', 'peanut oil'],
  /**
   * Soybeans and products thereof, except: (a) fully refined soybean oil and fat; (b) natural mixed
   * tocopherols (E306), natural D-alpha tocopherol, natural D-alpha tocopherol acetate, and natural D-alpha
   * tocopherol succinate from soybean sources; (c) vegetable oils derived phytosterols and phytosterol
   * esters from soybean sources; (d) plant stanol ester produced from vegetable oil sterols from soybean
   * sources.
   */
  soybeans: ['soybean', 'soy', 'soy bean', 'soy protein', 'tofu', 'edamame', 'soy sauce', 'soy milk'],
  /**
   * Milk and products thereof (including lactose), except: (a) whey used for making alcoholic distillates
   * including ethyl alcohol of agricultural origin; (b) lactitol.
   */
  milk: [
    ...['milk', 'dairy', 'lactose', 'cow milk', 'milk protein', 'casein', 'whey', 'butter', 'ghee', 'cream'],
    ...['cheese', 'yogurt', 'paneer'],
  ],
  /**
   * Nuts, namely: almonds (Amygdalus communis L.), hazelnuts (Corylus avellana), walnuts (Juglans regia),
   * cashews (Anacardium occidentale), pecan nuts (Carya illinoinensis (Wangenh.) K. Koch), Brazil nuts
   * (Bertholletia excelsa), pistachio nuts (Pistacia vera), macadamia or Queensland nuts (Macadamia
   * ternifolia), and products thereof, except for nuts used for making alcoholic distillates including
   * ethyl alcohol of agricultural origin.
   */
  nuts: [
    ...[
      'nut',
      'tree nut',
      'treenut',
      'almond',
      'hazelnut',
      'filbert',
      'walnut',
      'cashew',
      'cashew nut',
      'pecan',
    ],
    ...[
      'pecan nut',
      'brazil nut',
      'pistachio',
      'pistachio nut',
      'macadamia',
      'macadamia nut',
      'queensland nut',
    ],
  ],
  /** Celery and products thereof. */
  celery: ['celery', 'celeriac', 'celery root', 'celery seed', 'celery salt'],
  /** Mustard and products thereof. */
  mustard: ['mustard', 'mustard seed', 'mustard oil', 'mustard powder'],
  /** Sesame seeds and products thereof. */
  sesame: ['sesame', 'sesame seed', 'sesame oil', 'tahini', 'gingelly', 'til'],
  /**
   * Sulphur dioxide and sulphites at concentrations of more than 10 mg/kg or 10 mg/litre in terms of the
   * total SO2 which are to be calculated for products as proposed ready for consumption or as reconstituted
   * according to the instructions of the manufacturers.
   */
  sulphites: [
    'sulphite',
    'sulfite',
    'sulphur dioxide',
    'sulfur dioxide',
    'so2',
    'metabisulphite',
    'metabisulfite',
  ],
  /** Lupin and products thereof. */
  lupin: ['lupin', 'lupine', 'lupini', 'lupini bean', 'lupin flour'],
  /** Molluscs and products thereof. */
  molluscs: [
    ...[
      'mollusc',
      'mollusk',
      'mussel',
      'clam',
      'oyster',
      'scallop',
      'squid',
      'calamari',
      'octopus',
      'cuttlefish',
    ],
    ...['abalone', 'snail', 'whelk', 'cockle'],
  ],
} satisfies Record<string, readonly string[]>;

/** A tag of the closed vocabulary. */
export type Allergen = keyof typeof commonNames;

/** The vocabulary, in the order of Annex II. */
export const allergens = Object.keys(commonNames) as readonly Allergen[];

const bySynonym = new Map<string, readonly Allergen[]>([
  ...allergens.flatMap((allergen) => commonNames[allergen].map((name) => [name, [allergen]] as const)),
  ['shellfish', ['crustaceans', 'molluscs']],
  ['seafood', ['crustaceans', 'fish', 'molluscs']],
]);

/** Words around the substance that say nothing of it: `no nuts`, `lactose intolerance`, `gluten-free`. */
const fillers = new Set([
  'no',
  'free',
  'allergy',
  'allergen',
  'allergic',
  'intolerance',
  'intolerant',
  'product',
]);

/**
 * What a person's free text means in the vocabulary of the law: `Tree-Nuts` is `nuts`, `shellfish` is two
 * groups. Case, plural, accents and separators do not matter. Empty when the law does not know it: the caller
 * takes the text as the name of an ingredient then.
 */
export function normalizeAllergen(text: string): Allergen[] {
  const words = wordsOf(text);
  const substance = words.filter((word) => !fillers.has(word));
  return [...(bySynonym.get(words.join(' ')) ?? bySynonym.get(substance.join(' ')) ?? [])];
}
