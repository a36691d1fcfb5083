import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type App, createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { requireDurability } from '../../src/db/durability.js';
import { migrateDatabase } from '../../src/db/migrate.js';
import { createTestDatabase } from '../_util/database.js';
import { postGraphQL } from '../_util/server.js';
import { cleanUp, start, temporaryFolder } from './embedded-kit.js';
import { createEmptyDatabase, type EmptyDatabase, queryOnce } from './empty-database.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MIGRATIONS = path.join(ROOT, 'migrations');

const databases: EmptyDatabase[] = [];
const apps: App[] = [];

async function emptyDatabase(): Promise<EmptyDatabase> {
  const database = await createEmptyDatabase();
  databases.push(database);
  return database;
}

async function startApp(databaseUrl: string, databaseDirectUrl = databaseUrl): Promise<void> {
  const config = readConfig({
    PORT: '0',
    JWT_SECRET: 'a secret that only tests know, long enough',
    DATABASE_URL: databaseUrl,
    DATABASE_DIRECT_URL: databaseDirectUrl,
    LOG_LEVEL: 'silent',
  });
  apps.push(await createApp({ ...config, databaseUrl }, pino({ level: 'silent' })));
}

afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
  for (const database of databases.splice(0)) await database.drop();
});

afterAll(cleanUp);

/** Everything that a migration makes, by name and definition: the same schema gives the same lines. */
const DEFINITIONS = `
  SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnum AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
  UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace -- the jobs' library has its own schema
  UNION ALL SELECT 'migration ' || name || ' ' || hash FROM drizzle.__drizzle_migrations`;

/** The identity of every object: one that was dropped and made again is another. */
const IDENTITIES = `
  SELECT 'relation ' || oid || ' ' || relname || ' ' || relfilenode AS line FROM pg_class
    WHERE relnamespace IN ('public'::regnamespace, 'drizzle'::regnamespace)
  UNION ALL SELECT 'constraint ' || oid || ' ' || conname FROM pg_constraint
  UNION ALL SELECT 'function ' || oid || ' ' || xmin || ' ' || proname FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'migration ' || m::text FROM drizzle.__drizzle_migrations AS m`;

async function lines(url: string, query: string): Promise<string[]> {
  const rows = await queryOnce<{ line: string }>(url, query);
  return rows.map(({ line }) => line).sort();
}

/** What a database has that one migration alone brought up. */
async function migratedOnce(): Promise<string[]> {
  const template = await createTestDatabase();
  try {
    return await lines(template.url, DEFINITIONS);
  } finally {
    await template.drop();
  }
}

describe('drizzle-kit generate', () => {
  /** Compares the tables with a folder of migrations, and writes what is missing there. */
  async function generate(out: string): Promise<unknown> {
    const bin = path.join(ROOT, 'node_modules/drizzle-kit/bin.cjs');
    const flags = ['--dialect', 'postgresql', '--schema', './src/db/tables/index.ts', '--output', 'json'];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [bin, 'generate', ...flags, '--out', out],
      { cwd: ROOT },
    );
    return JSON.parse(stdout);
  }

  async function contents(folder: string): Promise<[string, string][]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return Promise.all(
      files
        .map((entry) => path.join(entry.parentPath, entry.name))
        .sort()
        .map(
          async (file): Promise<[string, string]> => [
            path.relative(folder, file),
            await readFile(file, 'utf8'),
          ],
        ),
    );
  }

  it('has nothing left to do: the migrations make the tables that the code declares', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'epicura-migrations-'));
    try {
      const copy = path.join(folder, 'copy');
      await cp(MIGRATIONS, copy, { recursive: true });
      expect(await generate(copy)).toMatchObject({ status: 'no_changes' });
      expect(await contents(copy)).toEqual(await contents(MIGRATIONS));

      // The answer means something: the same command finds work where the migrations are missing.
      const empty = path.join(folder, 'empty');
      await mkdir(empty);
      expect(await generate(empty)).toMatchObject({ status: 'ok' });
      expect(await contents(empty)).not.toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('migrateDatabase', () => {
  it('changes nothing the second time, and keeps the rows', async () => {
    const database = await emptyDatabase();
    await migrateDatabase(database.url);
    const before = await lines(database.url, IDENTITIES);
    await database.query(
      `INSERT INTO users (email, password_hash, name) VALUES ('asha@example.com', 'hash', 'Asha')`,
    );
    await migrateDatabase(database.url);
    expect(await lines(database.url, IDENTITIES)).toEqual(before);
    expect(await database.query('SELECT email FROM users')).toEqual([{ email: 'asha@example.com' }]);
  });

  it.each([2, 4])('called %i times at once on an empty database, makes one set of tables', async (times) => {
    const database = await emptyDatabase();
    await Promise.all(Array.from({ length: times }, () => migrateDatabase(database.url)));
    expect(await lines(database.url, DEFINITIONS)).toEqual(await migratedOnce());
    expect(await database.query('SELECT name FROM drizzle.__drizzle_migrations ORDER BY id')).toEqual(
      (await readdir(MIGRATIONS)).sort().map((name) => ({ name })),
    );
  });

  it('leaves no lock behind, so that the next instance need not wait', async () => {
    const database = await emptyDatabase();
    await migrateDatabase(database.url);
    const held = await database.query(
      `SELECT FROM pg_locks
       WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    expect(held).toEqual([]);
  });

  it('says what is wrong, and leaves no lock behind, when a migration fails', async () => {
    const database = await emptyDatabase();
    await database.query('CREATE TABLE users (id integer)');
    await expect(migrateDatabase(database.url)).rejects.toThrow();
    expect(await database.query(`SELECT to_regclass('recipes') AS recipes`)).toEqual([{ recipes: null }]);
    await database.query('DROP TABLE users');
    await migrateDatabase(database.url);
    expect(await lines(database.url, DEFINITIONS)).toEqual(await migratedOnce());
  });
});

describe('createApp', () => {
  it('two instances start at once on an empty database: one migrates, both serve', async () => {
    const database = await emptyDatabase();
    const started = await Promise.allSettled([startApp(database.url), startApp(database.url)]);
    expect(started.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(await lines(database.url, DEFINITIONS)).toEqual(await migratedOnce());

    const [one, two] = apps;
    const registered = await postGraphQL<{ register: { accessToken: string; user: { id: string } } }>(
      one?.url ?? '',
      `mutation { register(input: { name: "Asha", email: "asha@example.com", password: "long enough to keep" }) {
         accessToken user { id } } }`,
    );
    expect(registered.errors).toBeUndefined();
    const viewer = registered.data?.register.user;
    for (const app of [one, two]) {
      const answer = await postGraphQL(
        app?.url ?? '',
        '{ viewer { id } }',
        {},
        registered.data?.register.accessToken,
      );
      expect(answer).toEqual({ data: { viewer } });
    }
  });
});

describe('a database that could lose a commit is refused', () => {
  const lossy = (setting: string) =>
    `DATABASE_URL: ${setting} is off in this database, so that stored events could be lost; turn it on.`;

  it('with synchronous_commit off for the database, before anything is made in it', async () => {
    const database = await emptyDatabase();
    await database.query(`ALTER DATABASE ${database.name} SET synchronous_commit = off`);
    await expect(requireDurability(database.url)).rejects.toThrow(lossy('synchronous_commit'));
    await expect(startApp(database.url)).rejects.toThrow(lossy('synchronous_commit'));
    expect(await database.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).toEqual(
      [],
    );
  });

  it('with synchronous_commit off in the URL', async () => {
    const database = await emptyDatabase();
    const url = `${database.url}?options=${encodeURIComponent('-c synchronous_commit=off')}`;
    await expect(requireDurability(url)).rejects.toThrow(lossy('synchronous_commit'));
  });

  it('with synchronous_commit off only where the server writes, beside a direct URL where it is on', async () => {
    const database = await emptyDatabase();
    const url = `${database.url}?options=${encodeURIComponent('-c synchronous_commit=off')}`;
    await expect(startApp(url, database.url)).rejects.toThrow(lossy('synchronous_commit'));
  });

  it.each(['on', 'local', 'remote_write', 'remote_apply'])(
    'but not with synchronous_commit %s',
    async (value) => {
      const database = await emptyDatabase();
      await database.query(`ALTER DATABASE ${database.name} SET synchronous_commit = ${value}`);
      await expect(requireDurability(database.url)).resolves.toBeUndefined();
    },
  );

  it('with fsync or full_page_writes off', async () => {
    const { url } = await start(path.join(await temporaryFolder(), 'data'), { settings: { fsync: 'off' } });
    await expect(requireDurability(url)).rejects.toThrow(lossy('fsync'));
    await reconfigure(url, { fsync: 'on', full_page_writes: 'off' });
    await expect(requireDurability(url)).rejects.toThrow(lossy('full_page_writes'));
    await reconfigure(url, { fsync: 'on', full_page_writes: 'on' });
    await expect(requireDurability(url)).resolves.toBeUndefined();
  });

  /** Changes settings of a whole server, and waits until new connections have them. */
  async function reconfigure(url: string, settings: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(settings)) {
      await queryOnce(url, `ALTER SYSTEM SET ${name} = ${value}`);
    }
    await queryOnce(url, 'SELECT pg_reload_conf()');
    for (const [name, value] of Object.entries(settings)) {
      await expect
        .poll(() => queryOnce(url, 'SELECT current_setting($1) AS value', [name]), { timeout: 10_000 })
        .toEqual([{ value }]);
    }
  }
});
