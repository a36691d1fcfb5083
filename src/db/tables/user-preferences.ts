import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { updatedAt } from './columns.js';
import { users } from './users.js';

/** How a person likes to cook and eat; one row a person. */
export const userPreferences = pgTable(
  'user_preferences',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    userId: uuid('user_id')
      .notNull()
      .unique()
      .references(() => users.id),
    language: varchar('language', { length: 10 }).default('en_IN'),
    spiceLevel: integer('spice_level').default(3),
    saltLevel: integer('salt_level').default(3),
    oilLevel: integer('oil_level').default(3),
    diet: varchar('diet', {
      length: 20,
      enum: ['vegetarian', 'vegan', 'pescatarian', 'no_restrictions'],
    }).default('no_restrictions'),
    cuisines: text('cuisines').array().default(['indian', 'italian', 'thai', 'mexican']),
    defaultServings: integer('default_servings').default(2),
    allergens: text('allergens').array().default([]),
    theme: varchar('theme', { length: 10, enum: ['light', 'dark'] }).default('light'),
    notificationsEnabled: boolean('notifications_enabled').default(true),
    /** When the person made the change that stands; never ahead of the database's clock. */
    updatedAt: updatedAt(),
    /** The columns that were changed at `updated_at`: another change of that very time competes for these alone. */
    changedTogether: text('changed_together').array().notNull().default([]),
  },
  (t) => [
    index('idx_prefs_allergens').using('gin', t.allergens),
    index('idx_prefs_cuisines').using('gin', t.cuisines),
    check('user_preferences_spice_level', sql`${t.spiceLevel} between 1 and 5`),
    check('user_preferences_salt_level', sql`${t.saltLevel} between 1 and 5`),
    check('user_preferences_oil_level', sql`${t.oilLevel} between 1 and 5`),
    check('user_preferences_default_servings', sql`${t.defaultServings} between 1 and 4`),
    check(
      'user_preferences_diet_known',
      sql`${t.diet} in ('vegetarian', 'vegan', 'pescatarian', 'no_restrictions')`,
    ),
    check('user_preferences_theme_known', sql`${t.theme} in ('light', 'dark')`),
  ],
);
