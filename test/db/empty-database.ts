import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { createConnection } from '../../src/db/client.js';

/** A database of its own with nothing in it, not even the migrations. */
export interface EmptyDatabase {
  name: string;
  url: string;
  query<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

/** Creates an empty database on the PostgreSQL that all tests share. */
export async function createEmptyDatabase(): Promise<EmptyDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await queryOnce(inject('databaseUrl'), `CREATE DATABASE ${name}`);
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    query: (sql, values) => queryOnce(url.href, sql, values),
    drop: async () => {
      await queryOnce(inject('databaseUrl'), `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Runs one statement on a connection of its own, so that settings of the database are those of this moment. */
export async function queryOnce<Row extends object>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = createConnection(url);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
