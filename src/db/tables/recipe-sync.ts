import { sql } from 'drizzle-orm';
import { check, pgTable, smallint, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** Recipes that devices may hold and that are no rows of `recipes` any more. Kept for good: they are few and small. */
export const recipeTombstones = pgTable(
  'recipe_tombstones',
  {
    recipeId: uuid('recipe_id').primaryKey(),
    /** The stamp of the removal, one of the catalogue's. */
    removedAt: instant('removed_at').notNull(),
  },
  (t) => [uniqueIndex('idx_recipe_tombstones_stamp').on(t.removedAt)],
);

/** One row. Since when each change of the catalogue has left a trace: a device that synced before starts over. */
export const recipeSync = pgTable(
  'recipe_sync',
  {
    id: smallint('id').primaryKey().default(1),
    completeSince: instant('complete_since').notNull(),
  },
  (t) => [check('recipe_sync_one_row', sql`${t.id} = 1`)],
);
