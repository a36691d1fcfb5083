import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { instantFromDatabase } from '../instant.js';
import { databaseError, isUnavailable } from './errors.js';
import { CONNECTION_LIFE_SECONDS, prepareRelationalQueries } from './prepared-queries.js';
import { relations } from './relations.js';

const TIMESTAMPTZ = pg.types.builtins.TIMESTAMPTZ;
const INT8 = pg.types.builtins.INT8;

// For hand-written SQL: instants keep their microseconds, and a bigint here is a count or an id below 2^53.
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === TIMESTAMPTZ) return instantFromDatabase;
    if (oid === INT8) return Number;
    return pg.types.getTypeParser(oid, format);
  }) as pg.CustomTypesConfig['getTypeParser'],
};

/** A statement without an answer for so long has none coming: its connection is cut, and is given up. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * An idle connection is kept for so long: a new one has to compile `journal_append_v1()` and to plan all of its statements,
 * which costs its first group some 60 ms.
 */
const IDLE_TIMEOUT_MS = 600_000;

export interface DatabaseOptions {
  url: string;
  /** Most connections; a request that finds none free waits `acquireTimeoutMs`, then fails. */
  poolSize: number;
  acquireTimeoutMs: number;
  /** A statement without an answer for so long has none coming; 30 seconds unless told. */
  answerTimeoutMs?: number;
  /**
   * PostgreSQL cancels what takes longer; without it, nothing. It is a setting of the connections, so behind a transaction
   * pooler it is the pooler's to make.
   */
  statementTimeoutMs?: number;
  onError: (error: Error) => void;
}

/** The pool, for hand-written SQL and transactions, and Drizzle's query builder over the same connections. */
export interface Database {
  pool: pg.Pool;
  orm: Orm;
  /** Closes the pool: no statement begins from now on. Resolves when those under way are done. */
  close(): Promise<void>;
  /** The same at once: whoever waits for a statement is told that the connection was lost. */
  breakOff(): void;
}

function createOrm(client: pg.Pool) {
  const orm = drizzle({ client, relations });
  prepareRelationalQueries(orm, relations);
  return orm;
}

export type Orm = ReturnType<typeof createOrm>;

/** Opens the pool; no connection is made yet. */
export function createDatabase(options: DatabaseOptions): Database {
  const { statementTimeoutMs } = options;
  const settings: pg.PoolConfig & { onConnect?: (client: pg.ClientBase) => Promise<unknown> } =
    statementTimeoutMs === undefined
      ? {}
      : {
          // Not at the start of the session: poolers that keep sessions apart know no such parameter there. All that this
          // server prepares finds its rows by an index whatever the values are, and planning it for each of them takes
          // longer than running it: a page of a journal 0.8 of 1.4 ms, as every partition is planned for.
          onConnect: (client) =>
            client.query(`SET statement_timeout = ${Math.round(statementTimeoutMs)};
                          SET plan_cache_mode = force_generic_plan`),
        };
  const pool = new pg.Pool({
    ...settings,
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: options.acquireTimeoutMs,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    maxLifetimeSeconds: CONNECTION_LIFE_SECONDS,
    query_timeout: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    application_name: 'epicura',
    types,
  });
  // An idle client whose connection breaks leaves the pool; without a listener the process would end.
  pool.on('error', options.onError);
  // The pool listens to idle clients only. For one that breaks in use, between two statements, the next one rejects.
  pool.on('connect', (client) => client.on('error', ignore));
  const clients = new Set<pg.PoolClient>();
  pool.on('connect', (client) => clients.add(client));
  pool.on('remove', (client) => clients.delete(client));
  let ended: Promise<void> | undefined;
  const close = () => {
    ended ??= pool.end();
    return ended;
  };
  return {
    pool,
    orm: createOrm(pool),
    close,
    breakOff() {
      void close(); // what is tried again does not begin again
      for (const client of clients) void client.end();
    },
  };
}

/** A single connection outside the pool, for LISTEN, locks and migrations. Its loss shows at the next statement. */
export function createConnection(url: string): pg.Client {
  const client = new pg.Client({ connectionString: url, application_name: 'epicura', types });
  return client.on('error', ignore);
}

/** PostgreSQL may end a connection at any time; without a listener that would end the process. */
function ignore(): void {}

/** Runs `work` in a transaction; any error rolls it back, and a connection that cannot be rolled back is thrown away. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // Behind a statement that got no answer, a ROLLBACK would wait for one as long again.
    if (isUnavailable(error) && !databaseError(error)) broken = error as Error;
    else {
      await client.query('ROLLBACK').catch((rollbackError: Error) => {
        broken = rollbackError;
      });
    }
    throw error;
  } finally {
    client.release(broken);
  }
}
