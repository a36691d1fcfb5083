import { type SQL, sql } from 'drizzle-orm';
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  real,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, instant, tsvector, updatedAt } from './columns.js';
import { users } from './users.js';

/**
 * The catalogue. Triggers rule it, whoever writes: each change gets an `updated_at` that is later than all before it, an
 * edit counts `version`, and the columns are copied over the same names inside `recipe_data`.
 */
export const recipes = pgTable(
  'recipes',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    name: varchar('name', { length: 200 }).notNull(),
    category: varchar('category', { length: 50 }).notNull(),
    cuisine: varchar('cuisine', { length: 50 }).default('indian'),
    recipeData: jsonb('recipe_data').$type<Record<string, unknown>>().notNull(),
    tags: text('tags').array().default([]),
    difficulty: varchar('difficulty', { length: 10, enum: ['easy', 'medium', 'hard'] }).notNull(),
    timeMinutes: integer('time_minutes').notNull(),
    servings: integer('servings').notNull().default(4),
    calories: real('calories'),
    proteinG: real('protein_g'),
    carbsG: real('carbs_g'),
    fatsG: real('fats_g'),
    imageUrl: text('image_url'),
    version: integer('version').notNull().default(1),
    isPublished: boolean('is_published').notNull().default(false),
    createdBy: uuid('created_by').references(() => users.id),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    searchVector: tsvector('search_vector').generatedAlwaysAs(
      (): SQL =>
        sql`to_tsvector('english', coalesce(name, '') || ' ' || coalesce(category, '') || ' ' || coalesce(cuisine, ''))`,
    ),
    /** The distinct names of all ingredients, in lower case: what filters by ingredient and diet look at. */
    ingredientNames: text('ingredient_names')
      .array()
      .generatedAlwaysAs((): SQL => sql`recipe_ingredient_names(recipe_data)`),
    /** What search looks at, weighted: name, then cuisine, category and tags, then ingredients; without accents. */
    searchDocument: tsvector('search_document').generatedAlwaysAs(
      (): SQL => sql`recipe_search_document(name, category, cuisine, tags, recipe_data)`,
    ),
    /** The name for misspelt searches: lower case, without accents. */
    searchName: text('search_name').generatedAlwaysAs((): SQL => sql`lower(immutable_unaccent(name))`),
    /** Deleting is soft: cooks keep pointing at their recipe, and devices learn what to remove. */
    deletedAt: instant('deleted_at'),
    /** When it was first published: from then on devices may hold it, and are told of all that becomes of it. */
    publishedAt: instant('published_at'),
  },
  (t) => [
    index('idx_recipes_category').on(t.category),
    index('idx_recipes_cuisine').on(t.cuisine),
    index('idx_recipes_published').on(t.isPublished).where(sql`${t.isPublished} = true`),
    index('idx_recipes_data').using('gin', t.recipeData.op('jsonb_path_ops')),
    index('idx_recipes_tags').using('gin', t.tags),
    index('idx_recipes_fts').using('gin', t.searchVector),
    index('idx_recipes_name').on(t.name, t.id).where(sql`${t.isPublished} and ${t.deletedAt} is null`),
    // Without a list of pending entries, which every search would read until the next vacuum.
    index('idx_recipes_ingredients').using('gin', t.ingredientNames).with({ fastupdate: false }),
    index('idx_recipes_search').using('gin', t.searchDocument).with({ fastupdate: false }),
    index('idx_recipes_search_name')
      .using('gin', t.searchName.op('gin_trgm_ops'))
      .with({ fastupdate: false }),
    index('idx_recipes_time').on(t.timeMinutes, t.id).where(sql`${t.isPublished} and ${t.deletedAt} is null`),
    index('idx_recipes_created')
      .on(t.createdAt, t.id)
      .where(sql`${t.isPublished} and ${t.deletedAt} is null`),
    // Partial, because a unique index over all rows would make `updated_at` a key: starting a cook would wait for editors.
    uniqueIndex('idx_recipes_stamp').on(t.updatedAt).where(sql`${t.publishedAt} is not null`),
    check(
      'recipes_has_stage',
      sql`${t.deletedAt} is not null or coalesce(jsonb_typeof(${t.recipeData} -> 'stages' -> 0), '') = 'object'`,
    ),
    check('recipes_difficulty_known', sql`${t.difficulty} in ('easy', 'medium', 'hard')`),
  ],
);
