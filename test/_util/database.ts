import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { createConnection, createDatabase, type Database } from '../../src/db/client.js';

/** The migrated database that test databases are clones of. */
export const TEMPLATE = 'epicura_template';

export interface TestDatabase extends Database {
  url: string;
  /** Ends the pool and drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

/** A migrated, empty database of its own, on the PostgreSQL that all tests share. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administrate(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  const database = createDatabase({
    url: url.href,
    poolSize: 10,
    acquireTimeoutMs: 5_000,
    onError: () => {},
  });
  return {
    ...database,
    url: url.href,
    async drop() {
      await database.pool.end();
      await administrate(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function administrate(statement: string): Promise<void> {
  const admin = createConnection(inject('databaseUrl'));
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
