import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedDatabase } from '../../src/db/embedded/index.js';
import { migrateDatabase } from '../../src/db/migrate.js';

/** Connections of each side's pool: the product's default. */
export const POOL_SIZE = 16;

export interface BenchDatabase {
  serverVersion: string;
  /** A migrated, empty database of its own for each figure. */
  create(): Promise<string>;
  /** What decides whether an acknowledged event survives, and what writing costs. */
  settings(): Promise<Record<string, string>>;
  /** Stops PostgreSQL and removes its data. */
  stop(): Promise<void>;
}

/** A PostgreSQL of the run's own, with the product's settings. */
export async function startDatabase(): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'epicura-bench-'));
  const embedded = await startEmbeddedDatabase({ dataDir, log: () => {} });
  const administrate = async <T extends pg.QueryResultRow>(statement: string) => {
    const client = new pg.Client({ connectionString: embedded.url });
    await client.connect();
    try {
      return (await client.query<T>(statement)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    serverVersion: embedded.serverVersion,
    async create() {
      const name = `bench_${randomBytes(6).toString('hex')}`;
      await administrate(`CREATE DATABASE ${name}`);
      const url = new URL(embedded.url);
      url.pathname = `/${name}`;
      await migrateDatabase(url.href);
      return url.href;
    },
    async settings() {
      const rows = await administrate<{ name: string; value: string }>(
        `SELECT name, current_setting(name) AS value FROM pg_settings
         WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_level', 'wal_sync_method', 'wal_buffers',
                        'commit_delay', 'max_wal_size', 'shared_buffers') ORDER BY name`,
      );
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    },
    async stop() {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
      await rm(embedded.folder, { recursive: true, force: true });
    },
  };
}

/** One statement on a connection of its own. */
export async function queryOnce<T extends pg.QueryResultRow>(
  databaseUrl: string,
  text: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<T>(text, values)).rows;
  } finally {
    await client.end();
  }
}
