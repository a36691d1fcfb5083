import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnection, inTransaction } from '../../src/db/client.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';

describe('a connection that PostgreSQL ends', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  /** Not `once()` of node:events, which listens for errors too. */
  const endOf = async (client: pg.ClientBase) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const ended = new Promise((resolve) => client.once('end', () => resolve(undefined)));
    await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
  };

  it('between two statements of a transaction fails that transaction alone', async () => {
    const broken = inTransaction(database.pool, async (client) => {
      await endOf(client);
      await client.query('SELECT 1');
    });
    await expect(broken).rejects.toThrow();
    await expect(database.pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  it('outside the pool fails the next statement', async () => {
    const client = createConnection(database.url);
    await client.connect();
    await endOf(client);
    await expect(client.query('SELECT 1')).rejects.toThrow();
    await client.end().catch(() => {});
  });
});
