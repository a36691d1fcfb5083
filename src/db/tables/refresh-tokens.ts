import { type AnyPgColumn, index, pgTable, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { bytea, createdAt, instant } from './columns.js';
import { users } from './users.js';

/**
 * Refresh tokens, as SHA-256 hashes only: a stolen copy of the database signs nobody in. All tokens that descend from
 * one sign-in share a family.
 */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    familyId: uuid('family_id').notNull(),
    tokenHash: bytea('token_hash').notNull(),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    revokedAt: instant('revoked_at'),
    /** The token that this one was given for, at most once. */
    successorOf: uuid('successor_of').references((): AnyPgColumn => refreshTokens.id, {
      onDelete: 'set null',
    }),
  },
  (t) => [
    uniqueIndex('idx_refresh_tokens_hash').on(t.tokenHash),
    index('idx_refresh_tokens_user').on(t.userId),
    index('idx_refresh_tokens_family').on(t.familyId),
    uniqueIndex('idx_refresh_tokens_successor').on(t.successorOf),
    index('idx_refresh_tokens_expiry').on(t.expiresAt),
  ],
);
