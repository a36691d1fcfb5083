import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { createConnection } from './client.js';
import { ACCEPTED_MONTHS_BACK, ensurePartitions } from './partitions.js';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));
const MIGRATION_LOCK = `hashtext('epicura_migrations')`;

/**
 * Brings the database to the newest schema and makes the partitions of the accepted window, so many months back. Any number of instances may
 * call it at once: a session-level advisory lock lets one in, and the others then find nothing left to do. `url` must
 * lead to PostgreSQL itself, not to a transaction pooler.
 */
export async function migrateDatabase(url: string, monthsBack = ACCEPTED_MONTHS_BACK): Promise<void> {
  const client = createConnection(url);
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS_FOLDER });
    await ensurePartitions(client, monthsBack);
  } finally {
    await client.end(); // ends the session, and with it the lock
  }
}
