import { ConfigError, readConfig } from '../config.js';
import { createConnection } from './client.js';
import { migrateDatabase } from './migrate.js';

/**
 * `npm run db:migrate`: brings an external database to the newest schema without starting the server, and says what it
 * did. The server does the same at every start; this is for those who migrate before they deploy.
 */
async function main(): Promise<void> {
  // Without NODE_ENV: migrating needs none of what production asks for.
  const { databaseDirectUrl, telemetryRetentionMonths } = readConfig({ ...process.env, NODE_ENV: undefined });
  if (databaseDirectUrl === undefined) {
    throw new ConfigError(
      'DATABASE_URL: is not set; the embedded database is migrated by the server as it starts',
    );
  }
  const before = await readState(databaseDirectUrl);
  await migrateDatabase(databaseDirectUrl, telemetryRetentionMonths);
  const after = await readState(databaseDirectUrl);
  const added = [...after].filter((line) => !before.has(line));
  process.stdout.write(
    `${added.length > 0 ? added.join('\n') : 'Nothing to do: the database is up to date.'}\n`,
  );
}

/** Migrations and partitions that are there, a line each. */
async function readState(url: string): Promise<Set<string>> {
  const client = createConnection(url);
  await client.connect();
  try {
    const { rows: known } = await client.query<{ migrations: boolean; telemetry: boolean }>(
      `SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS migrations,
              to_regclass('telemetry_events') IS NOT NULL AS telemetry`,
    );
    const migrations = known[0]?.migrations
      ? await client.query<{ line: string }>(
          `SELECT 'applied migration ' || name AS line FROM drizzle.__drizzle_migrations ORDER BY id`,
        )
      : { rows: [] };
    const partitions = known[0]?.telemetry
      ? await client.query<{ line: string }>(
          `SELECT 'made partition ' || inhrelid::regclass AS line FROM pg_inherits
           WHERE inhparent = 'telemetry_events'::regclass ORDER BY line`,
        )
      : { rows: [] };
    return new Set([...migrations.rows, ...partitions.rows].map(({ line }) => line));
  } finally {
    await client.end();
  }
}

/** One line; where each address of a host failed for a reason of its own, all of them. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

main().catch((error: unknown) => {
  const message =
    error instanceof ConfigError ? error.message : `The database was not migrated: ${reasonOf(error)}`;
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
