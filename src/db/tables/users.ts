import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgTable, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, updatedAt } from './columns.js';

/** Accounts. One account is one home. */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** Stored in lower case, so that the unique index compares as people expect. */
    email: varchar('email', { length: 255 }).notNull(),
    passwordHash: varchar('password_hash', { length: 255 }).notNull(),
    name: varchar('name', { length: 100 }).notNull(),
    role: varchar('role', { length: 20, enum: ['user', 'admin'] })
      .notNull()
      .default('user'),
    isActive: boolean('is_active').notNull().default(true),
    /** Access tokens carry it; a trigger counts it up when role, activity or password change, which voids them. */
    authVersion: integer('auth_version').notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    uniqueIndex('idx_users_email').on(t.email),
    index('idx_users_created').on(t.createdAt),
    index('idx_users_search').using('gin', t.email.op('gin_trgm_ops'), sql`lower(${t.name}) gin_trgm_ops`),
    index('idx_users_administrators').on(t.id).where(sql`${t.role} = 'admin' and ${t.isActive}`),
    check('users_email_lower_case', sql`${t.email} = lower(${t.email})`),
    check('users_role_known', sql`${t.role} in ('user', 'admin')`),
  ],
);
