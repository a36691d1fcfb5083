import type { FoodRow } from '../facts.js';

/**
 * Cereals and what is baked, rolled or ground from them. A name without its cereal is the usual one: `flour`,
 * `pasta` and `bread` are wheat. Oats hold gluten in the sense of Annex II, even those free of wheat.
 */
export const grainRows: readonly FoodRow[] = [
  // Without gluten
  {
    names: `rice basmati arborio bomba carnaroli jasmine_rice sushi_rice sticky_rice glutinous_rice
      wild_rice flattened_rice poha puffed_rice rice_cake rice_noodle rice_vermicelli rice_paper rice_flour
      rice_milk rice_cream congee tteok cornmeal polenta grits masa masa_harina cornflour cornstarch
      corn_tortilla tortilla_chip taco_shell corn_pasta rice_pasta lentil_pasta chickpea_pasta
      glutinous_rice_flour sweet_potato_noodle dangmyeon glass_noodle cellophane_noodle bean_thread_noodle
      mung_bean_noodle mung_bean_vermicelli kelp_noodle shirataki shirataki_noodle konjac konjac_noodle
      zucchini_noodle courgetti tapioca tapioca_pearl sago arrowroot quinoa amaranth millet bajra jowar
      sorghum ragi teff fonio buckwheat kasha buckwheat_flour gluten_free_pasta gluten_free_spaghetti
      gluten_free_noodle gluten_free_flour zoodle idli dosa_batter`,
  },
  { names: 'corn_flake cornflake grape_nuts', allergens: ['gluten'] },

  // With gluten
  {
    names: `gluten wheat whole_wheat wheat_berry spelt kamut khorasan_wheat farro einkorn emmer freekeh
      durum bulgur bulgur_wheat cracked_wheat dalia couscous semolina rava rawa sooji suji flour
      self_raising_flour self_rising_flour bread_flour cake_flour maida atta seitan bran germ wheatgerm
      wheatgrass rye barley pearl_barley triticale malt malt_extract barley_malt oat oatmeal porridge_oat
      oat_milk oat_cream oat_yogurt cream_of_wheat farina chapati roti phulka matzo filo filo_pastry phyllo`,
    allergens: ['gluten'],
  },
  { names: 'gluten_free_oat', mayContain: ['gluten'] },
  {
    names: `pasta spaghetti penne rigatoni fusilli farfalle macaroni elbow_macaroni linguine bucatini
      ditalini orzo conchiglie orecchiette cavatappi ziti cannelloni capellini vermicelli seviyan fideo
      fideo_noodle fregola udon udon_noodle somen soba soba_noodle buckwheat_noodle`,
    allergens: ['gluten'],
  },
  {
    names: `tagliatelle pappardelle fettuccine lasagna lasagne lasagna_sheet lasagne_sheet noodle ramen
      ramen_noodle`,
    origin: 'egg',
    note: 'often made with egg',
    allergens: ['gluten'],
    mayContain: ['eggs'],
  },
  {
    names: `gnocchi spaetzle wonton_wrapper dumpling_wrapper gyoza_wrapper spring_roll_wrapper
      egg_roll_wrapper`,
    origin: 'egg',
    note: 'often made with egg',
    allergens: ['gluten'],
    mayContain: ['eggs', 'milk'],
  },
  { names: 'egg_noodle fresh_pasta egg_pasta', origin: 'egg', allergens: ['gluten', 'eggs'] },
  {
    names: `bread breadcrumb panko baguette sourdough ciabatta focaccia pita pita_bread pitta tortilla
      flour_tortilla wheat_tortilla flatbread bagel bun burger_bun crouton toast lavash pav pizza_dough
      soda_bread rye_bread rusk cracker`,
    allergens: ['gluten'],
    mayContain: ['eggs', 'soybeans', 'milk', 'sesame'],
  },
  {
    names: 'naan paratha kulcha bhatura',
    origin: 'dairy',
    note: 'often made with yogurt or ghee',
    allergens: ['gluten'],
    mayContain: ['eggs', 'milk'],
  },
  {
    names: 'pastry puff_pastry shortcrust shortcrust_pastry pie_crust',
    origin: 'dairy',
    note: 'often made with butter',
    allergens: ['gluten'],
    mayContain: ['eggs', 'soybeans', 'milk'],
  },
  {
    names: `brioche croissant cake sponge_cake ladyfinger_biscuit savoiardi biscuit cookie graham_cracker
      french_toast garlic_bread banana_bread corn_bread cornbread ginger_bread gingerbread pancake waffle
      muffin brownie doughnut donut`,
    origin: 'dairy',
    allergens: ['gluten', 'eggs', 'milk'],
    mayContain: ['soybeans', 'nuts'],
  },
  {
    names: 'granola muesli',
    origin: 'honey',
    note: 'often made with honey',
    allergens: ['gluten'],
    mayContain: ['nuts', 'milk', 'sesame'],
  },
];
