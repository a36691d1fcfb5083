import { sql } from 'drizzle-orm';
import { customType } from 'drizzle-orm/pg-core';
import { type Instant, instantFromDatabase } from '../../instant.js';

/** A `timestamptz` that reaches JavaScript as an `Instant`, microseconds and all. */
export const instant = customType<{ data: Instant; driverData: string; jsonData: string }>({
  dataType: () => 'timestamp with time zone',
  fromDriver: instantFromDatabase,
  fromJson: instantFromDatabase,
});

/** When the row was made, by the database's clock. */
export const createdAt = () => instant('created_at').notNull().default(sql`now()`);

/** When the row was last changed, by the database's clock; writers set it. */
export const updatedAt = () => instant('updated_at').notNull().default(sql`now()`);

/** Full-text search vectors are only ever computed and matched inside PostgreSQL. */
export const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/** Hashes of secrets. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
