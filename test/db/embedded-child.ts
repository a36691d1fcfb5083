/**
 * A server process for the tests to kill. Arguments: the DATA_DIR. Tells what happens to it in lines of JSON; ends in
 * order on SIGTERM, and on SIGINT only after a last query, as a server does that drains first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedDatabase } from '../../src/db/embedded/index.js';

function tell(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function serve(dataDir: string): Promise<void> {
  const log = (message: string) => tell({ event: 'log', message });
  const database = await startEmbeddedDatabase({ dataDir, log });
  const end = async (drainMs: number) => {
    await sleep(drainMs);
    const client = new pg.Client(database.url);
    await client.connect();
    tell({ event: 'drained', rows: (await client.query('SELECT 1 AS alive')).rows });
    await client.end();
    await database.stop();
  };
  process.once('SIGTERM', () => void end(0));
  process.once('SIGINT', () => void end(700));
  const { url, fresh, folder } = database;
  tell({ event: 'started', url, fresh, folder });
}

serve(process.argv[2] ?? '').catch((error: Error) => {
  tell({ event: 'failed', message: error.message });
  process.exitCode = 1;
});
