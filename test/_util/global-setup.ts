import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { createConnection } from '../../src/db/client.js';
import { startEmbeddedDatabase } from '../../src/db/embedded/index.js';
import { migrateDatabase } from '../../src/db/migrate.js';
import { TEMPLATE } from './database.js';

declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string;
  }
}

/** One PostgreSQL for all tests, with a migrated template that each test file clones; and the built server. */
export default async function setup(project: TestProject) {
  spawnSync('npm', ['run', 'build', '--silent']); // what is wrong with the types is `npm run check`'s to tell
  const dataDir = await mkdtemp(path.join(tmpdir(), 'epicura-test-'));
  const database = await startEmbeddedDatabase({
    dataDir,
    log: () => {},
    settings: { max_connections: '300' },
  });
  const url = new URL(database.url);
  const admin = createConnection(url.href);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  url.pathname = `/${TEMPLATE}`;
  await migrateDatabase(url.href);
  project.provide('databaseUrl', database.url);

  return async () => {
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
    await rm(database.folder, { recursive: true, force: true });
  };
}
