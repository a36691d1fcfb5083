import { ConfigError, readConfig } from '../config.js';
import { describe, maintain } from './maintain.js';

/**
 * `npm run db:maintain`: does by hand, for an external database, what the server does every hour, and says what it did.
 */
async function main(): Promise<void> {
  // Without NODE_ENV: this needs none of what production asks for.
  const config = readConfig({ ...process.env, NODE_ENV: undefined });
  if (config.databaseDirectUrl === undefined) {
    throw new ConfigError(
      'DATABASE_URL: is not set; the embedded database is maintained by the server while it runs',
    );
  }
  const done = await maintain(config.databaseDirectUrl, { retentionMonths: config.telemetryRetentionMonths });
  const lines = done ? describe(done) : ['Another round of maintenance is under way.'];
  process.stdout.write(`${lines.length > 0 ? lines.join('\n') : 'Nothing to do.'}\n`);
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  const message = error instanceof ConfigError ? reason : `The database was not maintained: ${reason}`;
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
