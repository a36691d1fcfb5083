import type { FoodRow } from '../facts.js';

const rennet = 'made with animal rennet';

/** Milk, eggs, honey, fish, shellfish and meat, and what is made of one of them. */
export const animalRows: readonly FoodRow[] = [
  // Milk. A cheese is dairy unless its specification demands rennet from a stomach.
  {
    names: `milk cream butter ghee yogurt curd dahi buttermilk kefir lassi skyr labneh quark fromage_frais
      creme_fraiche sour_cream smetana clotted_cream whipped_cream half_and_half condensed_milk
      evaporated_milk milk_powder dried_milk khoya khoa mawa malai paneer lactose whey casein whey_protein
      clarified_butter butterfat cow_milk goat_milk sheep_milk buffalo_milk lactose_free_milk
      lactose_free_cream lactose_free_yogurt goat_yogurt sheep_yogurt dulce_de_leche caramel toffee fudge`,
    origin: 'dairy',
    allergens: ['milk'],
  },
  {
    names: `cheese cheddar mozzarella buffalo_mozzarella ricotta mascarpone feta halloumi brie camembert
      gouda edam emmental emmentaler swiss_cheese provolone monterey_jack colby cream_cheese cottage_cheese
      queso_fresco queso_blanco cotija oaxaca_cheese american_cheese goat_cheese sheep_cheese chevre
      blue_cheese stilton havarti manchego raclette burrata vegetarian_hard_cheese vegetarian_parmesan`,
    origin: 'dairy',
    allergens: ['milk'],
  },
  {
    names: `parmesan parmesan_cheese parmigiano parmigiano_reggiano pecorino pecorino_romano gorgonzola
      gruyere comte roquefort`,
    origin: 'meat',
    note: rennet,
    allergens: ['milk'],
  },
  {
    names: 'hard_cheese',
    origin: 'meat',
    note: 'often made with animal rennet',
    allergens: ['milk'],
    mayContain: ['eggs'],
  },
  // Kept with lysozyme, which comes from eggs.
  { names: 'grana_padano', origin: 'meat', note: rennet, allergens: ['eggs', 'milk'] },
  {
    names: 'ice_cream',
    origin: 'dairy',
    allergens: ['milk'],
    mayContain: ['gluten', 'eggs', 'peanuts', 'soybeans', 'nuts'],
  },
  {
    names: 'custard lemon_curd lime_curd orange_curd passion_fruit_curd fruit_curd creme_anglaise',
    origin: 'dairy',
    allergens: ['eggs', 'milk'],
  },

  // Eggs and honey
  {
    names: `egg fried_egg scrambled_egg egg_yolk egg_white yolk hen_egg chicken_egg duck_egg goose_egg
      quail_egg meringue omelette`,
    origin: 'egg',
    allergens: ['eggs'],
  },
  {
    names: 'quorn',
    origin: 'egg',
    note: 'bound with egg white',
    allergens: ['eggs'],
    mayContain: ['gluten', 'milk'],
  },
  { names: 'mayonnaise mayo aioli', origin: 'egg', allergens: ['eggs'], mayContain: ['mustard'] },
  { names: 'honey royal_jelly honeycomb bee_pollen', origin: 'honey' },

  // Fish
  {
    names: `fish white_fish salmon tuna cod codfish haddock pollock hake halibut plaice sole turbot
      sea_bass seabass bass sea_bream bream snapper grouper barramundi tilapia catfish basa pangasius trout
      carp perch pike mackerel kingfish king_fish pomfret hilsa rohu seer_fish herring kipper sardine
      pilchard sprat whitebait anchovy eel monkfish swordfish mahi_mahi milkfish bluefish butterfish skate
      mullet roe caviar tobiko bottarga bonito bonito_flake katsuobushi dashi anchovy_stock isinglass`,
    origin: 'fish',
    allergens: ['fish'],
  },
  { names: 'fish_sauce nam_pla nuoc_mam colatura', origin: 'fish', allergens: ['fish'] },
  {
    names: 'fish_cake fish_ball fish_finger fish_stick fish_and_chips',
    origin: 'fish',
    allergens: ['gluten', 'fish'],
    mayContain: ['crustaceans', 'eggs', 'soybeans', 'milk'],
  },
  {
    names: 'surimi crab_stick crabstick kamaboko narutomaki imitation_crab',
    origin: 'fish',
    allergens: ['gluten', 'crustaceans', 'eggs', 'fish'],
    mayContain: ['soybeans', 'molluscs'],
  },

  // Shellfish. Raw shrimp is often kept white with sulphites.
  { names: 'shrimp prawn', origin: 'shellfish', allergens: ['crustaceans'], mayContain: ['sulphites'] },
  {
    names: `crab lobster crayfish crawfish langoustine krill crustacean shrimp_paste belacan terasi
      bagoong shrimp_stock prawn_stock`,
    origin: 'shellfish',
    allergens: ['crustaceans'],
  },
  { names: 'scampi', origin: 'shellfish', allergens: ['crustaceans'], mayContain: ['gluten', 'sulphites'] },
  {
    names: `mussel clam oyster scallop squid calamari octopus cuttlefish abalone whelk cockle conch
      periwinkle mollusc squid_ink`,
    origin: 'shellfish',
    allergens: ['molluscs'],
  },
  { names: 'snail escargot', origin: 'meat', allergens: ['molluscs'] },
  { names: 'jellyfish sea_urchin uni sea_cucumber', origin: 'shellfish' },
  { names: 'shellfish', origin: 'shellfish', allergens: ['crustaceans', 'molluscs'] },
  { names: 'seafood mixed_seafood', origin: 'fish', allergens: ['crustaceans', 'fish', 'molluscs'] },

  // Meat
  {
    names: `meat minced_meat mince chicken turkey duck goose quail pheasant guinea_fowl poultry pigeon
      beef veal pork boar lamb mutton goat venison rabbit hare bison ostrich kangaroo steak sirloin ribeye
      rib_eye sweetbread sweet_bread brisket oxtail spare_rib short_rib bacon pancetta guanciale lardon
      prosciutto serrano_ham parma_ham liver kidney tripe gizzard giblet bone_marrow bone_broth foie_gras
      lard tallow suet_fat dripping schmaltz goose_fat duck_fat rennet insect cricket`,
    origin: 'meat',
  },
  { names: 'suet', origin: 'meat', mayContain: ['gluten'] },
  {
    names: 'ham salami pepperoni chorizo nduja speck jamon bresaola pastrami',
    origin: 'meat',
    mayContain: ['soybeans', 'milk'],
  },
  {
    names: `sausage bratwurst frankfurter hot_dog kielbasa andouille andouille_sausage italian_sausage
      chinese_sausage lap_cheong black_pudding`,
    origin: 'meat',
    mayContain: ['gluten', 'soybeans', 'milk', 'celery', 'mustard', 'sulphites'],
  },
  { names: 'mortadella', origin: 'meat', mayContain: ['soybeans', 'milk', 'nuts'] },
  {
    names: 'meatball burger_patty',
    origin: 'meat',
    mayContain: ['gluten', 'eggs', 'soybeans', 'milk', 'mustard'],
  },
  {
    names: 'char_siu char_siu_pork',
    origin: 'meat',
    allergens: ['gluten', 'soybeans'],
    mayContain: ['sesame', 'molluscs'],
  },
  {
    names: 'gelatin gelatin_sheet aspic',
    origin: 'meat',
    note: 'made from animal bones and skin',
    mayContain: ['fish'],
  },
  {
    names: 'marshmallow gummy_bear jelly_baby',
    origin: 'meat',
    note: 'made with gelatine',
    mayContain: ['gluten', 'fish'],
  },
  { names: 'carmine cochineal', origin: 'meat', note: 'made from insects' },
];
