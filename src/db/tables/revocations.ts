import { sql } from 'drizzle-orm';
import { bigserial, index, integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/**
 * What every instance must know at once: whose access ended before its time. Rows matter for as long as an access token
 * may live; triggers write them, so that changes by hand count too. Exactly one of the three is set.
 */
export const revocations = pgTable(
  'revocations',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    createdAt: instant('created_at').notNull().default(sql`clock_timestamp()`),
    /** The person whose tokens of versions below `auth_version` are void. */
    userId: uuid('user_id'),
    authVersion: integer('auth_version'),
    /** The sign-in whose tokens are void. */
    familyId: uuid('family_id'),
    /** The device whose token or home has changed. */
    registrationId: uuid('registration_id'),
  },
  (t) => [index('idx_revocations_created').on(t.createdAt)],
);
