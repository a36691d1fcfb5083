import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';
import { users } from './users.js';

/** What can happen to a recipe. */
export const RECIPE_ACTIONS = [
  'created',
  'edited',
  'published',
  'unpublished',
  'deleted',
  'restored',
] as const;

/**
 * Who changed the catalogue, when, and what. Triggers on `recipes` write it in the same transaction, so that changes by
 * hand are in it too. It refers to no row of `recipes`, because it outlives them.
 */
export const recipeEdits = pgTable(
  'recipe_edits',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    recipeId: uuid('recipe_id').notNull(),
    action: varchar('action', { length: 20, enum: RECIPE_ACTIONS }).notNull(),
    /** The stamp that the recipe got by it. */
    editedAt: instant('edited_at').notNull(),
    /** Null for a change by hand. */
    editedBy: uuid('edited_by').references(() => users.id),
    /** The version that it made. */
    version: integer('version').notNull(),
    /** The columns that changed, as they were; null for a recipe that is new. */
    before: jsonb('before').$type<Record<string, unknown>>(),
    /** The same columns as they became; null for a recipe that was removed from the table. */
    after: jsonb('after').$type<Record<string, unknown>>(),
  },
  (t) => [
    index('idx_recipe_edits_recipe').on(t.recipeId, t.editedAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index('idx_recipe_edits_edited').on(t.editedAt.desc().nullsFirst(), t.id.desc().nullsFirst()),
    check(
      'recipe_edits_action_known',
      sql`${t.action} in ('created', 'edited', 'published', 'unpublished', 'deleted', 'restored')`,
    ),
  ],
);
