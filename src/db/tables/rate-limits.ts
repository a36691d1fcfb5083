import { bigint, index, integer, pgTable, varchar } from 'drizzle-orm/pg-core';

/**
 * How often something was tried, for the instances that share this database and no Redis. The columns and their order are
 * those of rate-limiter-flexible. The migration makes it UNLOGGED: what a crash forgets is a minute's worth.
 */
export const rateLimits = pgTable(
  'rate_limits',
  {
    key: varchar('key', { length: 255 }).primaryKey(),
    points: integer('points').notNull().default(0),
    /** When the count ends, in milliseconds since 1970 by the instances' clocks. */
    expire: bigint('expire', { mode: 'number' }),
  },
  (t) => [index('idx_rate_limits_expire').on(t.expire)],
);
