import { ConfigError } from '../config.js';
import { createConnection } from './client.js';

/**
 * Refuses a database that cannot be reached, is too old, or on which a commit that we answered for could be lost:
 * events that a device was told are stored must survive the loss of the server and of PostgreSQL's processes.
 */
export async function requireDurability(url: string): Promise<void> {
  const client = createConnection(url);
  try {
    await client.connect();
  } catch (error) {
    throw new ConfigError(`DATABASE_URL: cannot connect: ${reasonOf(error)}`);
  }
  try {
    const { rows } = await client.query<{
      fsync: string;
      synchronousCommit: string;
      fullPageWrites: string;
      version: number;
    }>(
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS "synchronousCommit",
              current_setting('full_page_writes') AS "fullPageWrites",
              current_setting('server_version_num')::int AS version`,
    );
    const settings = rows[0];
    if (!settings || settings.version < 160_000)
      throw new ConfigError('DATABASE_URL: PostgreSQL 16 or newer is needed.');
    for (const [name, value] of [
      ['fsync', settings.fsync],
      ['synchronous_commit', settings.synchronousCommit],
      ['full_page_writes', settings.fullPageWrites],
    ]) {
      if (value === 'off') {
        throw new ConfigError(
          `DATABASE_URL: ${name} is off in this database, so that stored events could be lost; turn it on.`,
        );
      }
    }
  } finally {
    await client.end();
  }
}

/** Every address of a host may fail for a reason of its own; one line names them all. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
