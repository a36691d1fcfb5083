import { bigint, integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { recipes } from './recipes.js';

/**
 * What the cooks of a recipe add up to; a trigger on `cooking_sessions` keeps it, whoever writes there. A table of its
 * own, so that the end of a cook never waits for an editor of the recipe. No row: never cooked.
 */
export const recipeStats = pgTable('recipe_stats', {
  recipeId: uuid('recipe_id')
    .primaryKey()
    .references(() => recipes.id),
  cookCount: integer('cook_count').notNull().default(0),
  endedCount: integer('ended_count').notNull().default(0),
  completedCount: integer('completed_count').notNull().default(0),
  /** Of completed cooks. */
  durationSeconds: bigint('duration_seconds', { mode: 'number' }).notNull().default(0),
  ratingCount: integer('rating_count').notNull().default(0),
  ratingSum: integer('rating_sum').notNull().default(0),
});
