import type { FoodRow } from '../facts.js';

/** What comes in bottles, jars and packets: liquids, fats, sweeteners, sauces, pastes. */
export const larderRows: readonly FoodRow[] = [
  {
    names: `water sparkling_water soda_water tonic_water ice rose_water rosewater orange_blossom_water
      coconut_water sugar caster_sugar icing_sugar powdered_sugar palm_sugar rock_sugar cane_sugar demerara
      muscovado jaggery gur stevia erythritol xylitol maple_syrup golden_syrup corn_syrup glucose_syrup
      agave agave_nectar vanilla_extract citric_acid cream_of_tartar baking_soda bicarbonate_of_soda yeast
      pectin xanthan_gum guar_gum msg monosodium_glutamate ginger_beer ginger_ale root_beer cola lemonade
      orange_juice rice_vinegar cane_vinegar white_vinegar spirit_vinegar vinegar coconut_vinegar
      coconut_aminos sambal_oelek harissa sriracha hot_sauce tabasco chipotle_in_adobo adobo_sauce
      pizza_sauce marinara marinara_sauce chili_paste chili_sauce chili_garlic_sauce sweet_chili_sauce
      rice_wine_vinegar vodka gin rum brandy cognac whisky whiskey tequila`,
  },
  { names: 'molasses treacle caper sauerkraut', mayContain: ['sulphites'] },
  { names: 'baking_powder', mayContain: ['gluten'] },
  { names: 'custard_powder', mayContain: ['milk'] },

  // Fats. A refined oil other than soy is still a product of its plant in the sense of Annex II.
  {
    names: `sunflower_oil rapeseed canola canola_oil rapeseed_oil safflower safflower_oil grapeseed
      grapeseed_oil palm_oil cottonseed_oil refined_soybean_oil vegetable_shortening avocado_oil
      truffle_oil`,
  },
  { names: 'oil cooking_oil frying_oil vegetable_oil', mayContain: ['peanuts', 'soybeans'] },
  { names: 'soybean_oil soy_oil', mayContain: ['soybeans'] },
  { names: 'chili_oil chili_crisp', mayContain: ['peanuts', 'soybeans', 'sesame'] },
  { names: 'margarine', origin: 'dairy', note: 'often made with milk', mayContain: ['soybeans', 'milk'] },
  { names: 'vegan_butter vegan_margarine plant_butter', mayContain: ['soybeans', 'nuts'] },
  { names: 'vegan_cheese', mayContain: ['gluten', 'soybeans', 'nuts'] },
  { names: 'vegan_mayonnaise vegan_mayo', mayContain: ['soybeans', 'mustard'] },

  // Drinks. Those fined with isinglass count as plants: their labels need not say, as Annex II exempts it.
  {
    names: `wine red_wine white_wine rose_wine sparkling_wine marsala sherry port port_wine madeira
      vermouth champagne prosecco`,
    allergens: ['sulphites'],
    mayContain: ['eggs', 'milk'],
  },
  {
    names: `cider wine_vinegar red_wine_vinegar white_wine_vinegar sherry_vinegar balsamic_vinegar
      balsamic`,
    allergens: ['sulphites'],
  },
  { names: 'apple_cider_vinegar cider_vinegar', mayContain: ['sulphites'] },
  { names: 'beer ale lager stout malt_vinegar', allergens: ['gluten'], mayContain: ['sulphites'] },
  { names: 'sake mirin rice_wine cooking_sake', mayContain: ['gluten', 'sulphites'] },
  { names: 'shaoxing shaoxing_wine chinese_cooking_wine', allergens: ['gluten'], mayContain: ['sulphites'] },
  { names: 'black_vinegar chinkiang_vinegar', allergens: ['gluten'] },

  // Stock, its vegetables as in every book: onion, carrot, celery
  { names: 'vegetable_stock vegetable_broth court_bouillon', allergens: ['celery'] },
  {
    names: 'vegetable_bouillon vegetable_stock_cube vegetable_bouillon_cube vegetable_stock_powder',
    allergens: ['celery'],
    mayContain: ['gluten', 'eggs', 'soybeans', 'milk', 'mustard'],
  },
  {
    names: 'chicken_powder chicken_stock_powder chicken_bouillon beef_bouillon',
    origin: 'meat',
    allergens: ['celery'],
    mayContain: ['gluten', 'eggs', 'soybeans', 'milk', 'mustard'],
  },
  { names: 'yeast_extract marmite vegemite', allergens: ['gluten', 'celery'] },

  {
    names: 'cream_of_mushroom cream_of_celery',
    origin: 'dairy',
    allergens: ['gluten', 'milk'],
    mayContain: ['celery', 'soybeans'],
  },
  {
    names: 'cream_of_chicken',
    origin: 'meat',
    allergens: ['gluten', 'milk'],
    mayContain: ['celery', 'soybeans'],
  },

  // Sauces and pastes of soy and wheat
  {
    names: 'soy_sauce dark_soy_sauce light_soy_sauce shoyu kecap_manis ketjap_manis',
    allergens: ['gluten', 'soybeans'],
  },
  { names: 'tamari liquid_aminos gluten_free_soy_sauce', allergens: ['soybeans'] },
  { names: 'miso miso_paste doenjang', allergens: ['soybeans'], mayContain: ['gluten'] },
  {
    names: `fermented_black_bean salted_black_bean preserved_black_bean douchi bean_paste soybean_paste
      yellow_bean_paste black_bean_paste broad_bean_paste chili_bean_paste fermented_bean_curd
      fermented_tofu`,
    allergens: ['soybeans'],
    mayContain: ['gluten'],
  },
  {
    names: `doubanjiang toban_djan gochujang chunjang bean_sauce black_bean_sauce yellow_bean_sauce
      chili_bean_sauce`,
    allergens: ['gluten', 'soybeans'],
  },
  { names: 'ssamjang teriyaki teriyaki_sauce', allergens: ['gluten', 'soybeans'], mayContain: ['sesame'] },
  { names: 'plum_sauce enchilada_sauce', mayContain: ['gluten', 'soybeans'] },
  { names: 'hoisin hoisin_sauce', allergens: ['gluten', 'soybeans', 'sesame'] },
  {
    names: 'vegetarian_oyster_sauce mushroom_oyster_sauce vegan_oyster_sauce',
    allergens: ['gluten', 'soybeans'],
  },

  // Sauces and pastes with fish or shellfish
  { names: 'oyster_sauce', origin: 'shellfish', allergens: ['gluten', 'soybeans', 'molluscs'] },
  { names: 'ponzu', origin: 'fish', note: 'made with bonito', allergens: ['gluten', 'fish', 'soybeans'] },
  {
    names: 'worcestershire worcestershire_sauce worcester_sauce',
    origin: 'fish',
    note: 'made with anchovies',
    allergens: ['fish'],
    mayContain: ['gluten', 'soybeans'],
  },
  {
    names: 'kimchi',
    origin: 'fish',
    note: 'made with fish sauce and salted shrimp',
    allergens: ['crustaceans', 'fish'],
    mayContain: ['gluten', 'soybeans', 'molluscs'],
  },
  { names: 'vegan_kimchi', mayContain: ['gluten', 'soybeans'] },
  {
    names: `green_curry_paste red_curry_paste yellow_curry_paste thai_curry_paste massaman_curry_paste
      panang_curry_paste`,
    origin: 'shellfish',
    note: 'made with shrimp paste',
    allergens: ['crustaceans'],
    mayContain: ['fish', 'peanuts', 'soybeans'],
  },
  {
    names: 'curry_paste',
    origin: 'shellfish',
    note: 'often made with shrimp paste',
    mayContain: ['crustaceans', 'fish', 'peanuts', 'soybeans', 'mustard'],
  },
  {
    names: 'laksa_paste',
    origin: 'shellfish',
    note: 'made with shrimp paste',
    allergens: ['crustaceans'],
    mayContain: ['fish', 'peanuts', 'soybeans', 'nuts'],
  },
  {
    names: 'thai_chili_jam nam_prik_pao thai_chili_paste',
    origin: 'shellfish',
    note: 'made with dried shrimp',
    allergens: ['crustaceans'],
    mayContain: ['fish', 'soybeans'],
  },
  {
    names: 'sambal sambal_terasi',
    origin: 'shellfish',
    note: 'often made with shrimp paste',
    mayContain: ['crustaceans'],
  },
  {
    names: 'xo_sauce',
    origin: 'meat',
    note: 'made with dried ham',
    allergens: ['crustaceans', 'molluscs'],
    mayContain: ['gluten', 'fish', 'soybeans'],
  },
  { names: 'tapenade', origin: 'fish', note: 'made with anchovies', allergens: ['fish'] },

  // Other sauces, spreads and sweets
  { names: 'ketchup tomato_ketchup salsa', mayContain: ['celery'] },
  {
    names: 'pesto basil_pesto pesto_alla_genovese',
    origin: 'meat',
    note: 'its cheese is made with animal rennet',
    allergens: ['milk'],
    mayContain: ['eggs', 'nuts'],
  },
  { names: 'hummus houmous baba_ganoush', allergens: ['sesame'] },
  { names: 'halva', allergens: ['sesame'], mayContain: ['peanuts', 'nuts'] },
  {
    names: 'tartar_sauce tartare_sauce remoulade',
    origin: 'egg',
    allergens: ['eggs', 'mustard'],
    mayContain: ['fish'],
  },
  {
    names: 'caesar_dressing',
    origin: 'meat',
    note: 'its cheese is made with animal rennet',
    allergens: ['eggs', 'fish', 'milk', 'mustard'],
  },
  { names: 'pickle gherkin', mayContain: ['celery', 'mustard', 'sulphites'] },
  {
    names: 'fried_onion crispy_onion crispy_fried_onion fried_shallot crispy_shallot',
    mayContain: ['gluten'],
  },
  {
    names: 'japanese_curry_roux curry_roux',
    origin: 'meat',
    note: 'often bound with beef fat',
    allergens: ['gluten'],
    mayContain: ['peanuts', 'soybeans', 'milk', 'celery', 'mustard', 'sesame'],
  },
  { names: 'dark_chocolate', mayContain: ['peanuts', 'soybeans', 'milk', 'nuts'] },
  {
    names: 'chocolate chocolate_sauce',
    origin: 'dairy',
    note: 'often made with milk',
    mayContain: ['peanuts', 'soybeans', 'milk', 'nuts'],
  },
  {
    names: 'milk_chocolate white_chocolate',
    origin: 'dairy',
    allergens: ['milk'],
    mayContain: ['gluten', 'peanuts', 'soybeans', 'nuts'],
  },
  {
    names: 'hazelnut_spread nutella praline gianduja',
    origin: 'dairy',
    allergens: ['milk', 'nuts'],
    mayContain: ['soybeans'],
  },
  { names: 'frangipane', origin: 'dairy', allergens: ['eggs', 'milk', 'nuts'], mayContain: ['gluten'] },
];
