import type { FoodRow } from '../facts.js';

/**
 * Fruit, vegetables, pulses, mushrooms, herbs and spices as they grow, and what is made of one of them
 * alone.
 */
export const plantRows: readonly FoodRow[] = [
  // Vegetables
  {
    names: `onion spring_onion green_onion scallion shallot leek chive garlic ginger galangal tomato
      tomato_paste tomato_puree tomato_sauce passata beef_tomato beefsteak_tomato potato sweet_potato yam
      cassava yuca taro carrot parsnip turnip swede rutabaga beetroot beet radish daikon kohlrabi cabbage
      napa_cabbage savoy_cabbage bok_choy pak_choi choy_sum kale cavolo_nero collard_greens chard spinach
      lettuce butter_lettuce rocket arugula watercress cress lambs_lettuce salad_leaves endive radicchio
      chicory fennel fennel_bulb artichoke asparagus broccoli broccolini cauliflower romanesco
      brussels_sprouts pea snow_pea snap_pea sugar_snap mangetout bean_sprout bamboo_shoot okra eggplant
      egg_plant aubergine brinjal zucchini courgette marrow cucumber pumpkin squash butternut_squash
      butternut butter_nut_squash kabocha_squash buttercup_squash acorn_squash spaghetti_squash
      spaghetti_marrow bell_pepper capsicum chili scotch_bonnet jalapeno serrano habanero chipotle ancho
      guajillo birds_eye_chili gochugaru pimiento pimento corn sweet_corn sweetcorn maize baby_corn hominy
      popcorn corn_cob drumstick_pod drumstick_leaf moringa bitter_melon bitter_gourd bottle_gourd
      ridge_gourd snake_gourd ash_gourd chayote jicama lotus_root lotus_seed fox_nut makhana water_chestnut
      cactus nopal tomatillo heart_of_palm palm_heart plantain banana_blossom mixed_salad_leaves
      turkey_berry oyster_plant salsify amaranth_leaf methi palak aloo gobi bhindi matar`,
  },
  { names: 'vegetable mixed_vegetable', mayContain: ['celery'] },
  { names: 'celery celeriac celery_root celery_salt', allergens: ['celery'] },
  { names: 'mustard_green mustard_leaf preserved_mustard_green gai_choy', allergens: ['mustard'] },

  // Mushrooms, seaweed
  {
    names: `mushroom button_mushroom champignon chestnut_mushroom oyster_mushroom lobster_mushroom
      shiitake enoki portobello portobello_mushroom cremini porcini chanterelle morel maitake
      king_trumpet_mushroom straw_mushroom wood_ear black_fungus truffle chicken_of_the_woods
      hen_of_the_woods lions_mane beefsteak_fungus beefsteak_mushroom nutritional_yeast`,
  },
  {
    // Packets warn: small crustaceans and molluscs are gathered with it.
    names: 'seaweed nori wakame kombu kelp hijiki dulse',
    mayContain: ['crustaceans', 'molluscs'],
  },
  {
    // Sold brushed with sesame oil, as gim.
    names: 'roasted_seaweed seasoned_seaweed gim',
    mayContain: ['crustaceans', 'sesame', 'molluscs'],
  },
  { names: 'agar agar_agar carrageenan' },

  // Fruit
  {
    names: `apple crab_apple apple_butter pear quince peach nectarine apricot plum cherry strawberry
      raspberry blackberry blueberry cranberry gooseberry redcurrant blackcurrant berry mixed_berry
      mulberry elderberry grape banana mango papaya pineapple kiwi kiwi_fruit passion_fruit dragon_fruit
      star_fruit jackfruit breadfruit durian guava lychee longan rambutan custard_apple pomegranate fig
      date persimmon melon cantaloupe honeydew honeydew_melon honey_melon watermelon avocado alligator_pear
      olive lemon lime orange blood_orange mandarin tangerine clementine grapefruit pomelo yuzu kumquat
      citrus rhubarb fruit amchoor amchur kokum tamarind goji_berry barberry strawberry_jam raspberry_jam
      apricot_jam plum_jam fig_jam cherry_jam blackberry_jam blueberry_jam orange_marmalade apple_sauce
      applesauce cranberry_sauce fresh_lemon_juice fresh_lime_juice`,
  },
  {
    // Bottled juice and dried fruit are often kept with sulphites.
    names: `lemon_juice lime_juice grape_juice raisin sultana currant dried_fruit dried_mango dried_apple
      dried_pear dried_peach dried_fig dried_pineapple dried_papaya prune candied_peel mixed_peel`,
    mayContain: ['sulphites'],
  },
  { names: 'dried_apricot golden_raisin glace_cherry maraschino_cherry', allergens: ['sulphites'] },
  {
    names: `coconut coconut_milk coconut_cream coconut_butter creamed_coconut cream_of_coconut
      coconut_yogurt coconut_sugar`,
  },
  { names: 'desiccated_coconut', mayContain: ['sulphites'] },
  // Dried on sodium caseinate as often as not.
  { names: 'coconut_milk_powder', mayContain: ['milk'] },

  // Pulses
  {
    names: `bean green_bean french_bean runner_bean long_bean string_bean haricot_vert kidney_bean
      black_bean white_bean cannellini cannellini_bean navy_bean haricot_bean pinto_bean borlotti
      borlotti_bean butter_bean butterbean lima_bean broad_bean fava_bean fava mung_bean moong moong_dal
      red_bean adzuki adzuki_bean azuki azuki_bean baked_bean winged_bean red_bean_paste sweet_bean_paste
      adzuki_bean_paste lentil puy_lentil beluga_lentil urad_lentil urad urad_dal masoor masoor_dal
      toor_dal tur_dal toor chana chana_dal chickpea chick_pea kabuli_chana chole rajma arhar garbanzo
      garbanzo_bean pigeon_pea black_eyed_pea black_eyed_bean cowpea horse_gram black_gram green_gram
      bengal_gram gram_flour besan dal split_pea yellow_split_pea aquafaba pea_protein`,
  },
  {
    names: `soybean soy edamame tofu silken_tofu tofu_puff tofu_skin bean_curd bean_curd_skin yuba natto
      okara soy_milk`,
    allergens: ['soybeans'],
  },
  { names: 'soy_cream soy_yogurt soy_butter soybean_sprout', allergens: ['soybeans'] },
  {
    names: `tempeh tvp textured_vegetable_protein soy_mince soy_chunk soy_granule fried_tofu
      fried_tofu_puff smoked_tofu`,
    allergens: ['soybeans'],
    mayContain: ['gluten'],
  },
  { names: 'lupin lupine lupini lupini_bean', allergens: ['lupin'] },

  // Nuts and seeds
  {
    names: `nut tree_nut almond hazelnut filbert walnut pecan pecan_nut pistachio pistachio_nut cashew
      cashew_nut macadamia macadamia_nut brazil_nut almond_milk cashew_milk hazelnut_milk walnut_milk
      pistachio_milk almond_butter cashew_butter hazelnut_butter almond_cream cashew_cream almond_yogurt
      cashew_cheese marzipan almond_essence orgeat`,
    allergens: ['nuts'],
  },
  { names: 'mixed_nut nut_butter nut_milk', allergens: ['nuts'], mayContain: ['peanuts'] },
  {
    names: 'peanut groundnut monkey_nut earth_nut peanut_butter',
    allergens: ['peanuts'],
    mayContain: ['nuts'],
  },
  // "Ground nuts" may be either.
  { names: 'ground_nut', allergens: ['peanuts', 'nuts'] },
  // No nuts in the sense of Annex II, yet packed with them (and nuts to the law of other countries).
  { names: 'pine_nut candlenut', mayContain: ['nuts'] },
  {
    names: `chestnut tiger_nut ginkgo_nut betel_nut sunflower_seed pumpkin_seed pepita flaxseed flax
      linseed chia hemp_seed hemp hemp_milk pea_milk flax_milk tiger_nut_milk poppy_seed poppy basil_seed
      melon_seed sunflower_seed_butter sunflower_butter pumpkin_seed_butter shea_butter cocoa_butter cocoa
      cacao coffee espresso tea matcha`,
  },
  { names: 'sesame tahini gingelly gingelly_oil gomasio sesame_butter', allergens: ['sesame'] },

  // Herbs and spices
  {
    names: `basil thai_basil holy_basil coriander cilantro parsley mint spearmint peppermint dill tarragon
      chervil sage rosemary thyme oregano marjoram bay bay_leaf laurel lemongrass lemon_grass lemon_balm
      fish_mint makrut_lime_leaf kaffir_lime_leaf lime_leaf curry_leaf pandan pandan_leaf fenugreek epazote
      sorrel borage perilla shiso culantro savory hyssop nettle herb mixed_herb italian_seasoning
      herbes_de_provence bouquet_garni salt sea_salt rock_salt table_salt kosher_salt himalayan_salt pepper
      peppercorn black_pepper white_pepper cayenne cayenne_pepper paprika sweet_paprika smoked_paprika
      aleppo_pepper sichuan_pepper szechuan_pepper sansho cumin caraway cardamom cinnamon cassia clove
      nutmeg mace allspice star_anise anise aniseed fennel_seed turmeric saffron vanilla vanilla_bean sumac
      nigella kalonji ajwain carom annatto achiote juniper juniper_berry liquorice licorice garam_masala
      five_spice chinese_five_spice berbere biryani_masala chana_masala_powder chana_masala_spice
      tea_masala pumpkin_spice ras_el_hanout baharat jeera haldi dhania cinnamon_stick`,
  },
  { names: 'mustard mustard_seed rai dijon_mustard wholegrain_mustard', allergens: ['mustard'] },
  { names: 'prepared_mustard piccalilli', allergens: ['mustard'], mayContain: ['sulphites'] },
  { names: 'panch_phoron panch_puran', allergens: ['mustard'] },
  // Sold compounded, mostly with wheat flour; and the blends that are made with it.
  {
    names: 'asafoetida asafetida hing chaat_masala chat_masala papad papadum poppadom',
    mayContain: ['gluten'],
  },
  { names: 'sambar_powder sambar_masala rasam_powder', mayContain: ['gluten', 'mustard'] },
  { names: 'cajun_seasoning creole_seasoning jerk_seasoning', mayContain: ['celery', 'mustard'] },
  {
    names: 'curry_powder madras_curry_powder spice mixed_spice',
    mayContain: ['gluten', 'celery', 'mustard'],
  },
  { names: 'old_bay old_bay_seasoning', allergens: ['celery', 'mustard'] },
  { names: 'zaatar', allergens: ['sesame'], mayContain: ['gluten', 'nuts'] },
  { names: 'dukkah', allergens: ['nuts', 'sesame'] },
  {
    names: 'furikake',
    origin: 'fish',
    allergens: ['fish', 'sesame'],
    mayContain: ['gluten', 'soybeans', 'crustaceans'],
  },
  { names: 'shichimi shichimi_togarashi', allergens: ['sesame'] },
  { names: 'wasabi wasabi_paste horseradish horse_radish', mayContain: ['mustard', 'sulphites'] },
];
