/** The connection that marks the database as ours for as long as the server lives. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { USER } from './cluster.js';

/** Any number, but the same in every version. */
const LOCK_KEY = 1_162_889_046;
/** A connection's end is noticed at once by PostgreSQL when its process dies; a second or two is generous. */
const LOCK_PATIENCE_MS = 2500;
const RETRY_MS = 250;
const GOODBYE_MS = 1000;

export interface Address {
  port: number;
  password: string;
}

/**
 * Connects to the maintenance database: the server's own may then be dropped or used as a template by tools.
 *
 * @throws what `pg` throws, within two seconds
 */
export async function connect(address: Address): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: address.port,
    user: USER,
    password: address.password,
    database: 'postgres',
    application_name: `epicura-server pid ${process.pid}`,
    connectionTimeoutMillis: 2000,
    ssl: false,
    keepAlive: true,
  });
  // Without a listener the loss of an idle connection would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}

/** Another server holds the lock; `pid` is its process as far as it can be told. */
export class LockedError extends Error {
  override readonly name: string = 'LockedError';
  readonly pid: string | undefined;

  constructor(pid: string | undefined) {
    super('the database is locked by another server');
    this.pid = pid;
  }
}

/** Holds the lock, through crashes of PostgreSQL, until released. */
export class SessionLock {
  readonly #address: Address;
  readonly #stopped = new AbortController();
  #client: pg.Client;
  #recovery: Promise<void> = Promise.resolve();

  private constructor(address: Address, client: pg.Client) {
    this.#address = address;
    this.#client = client;
    this.#watch();
  }

  /**
   * Takes the lock on a connection, which it then owns.
   *
   * @throws LockedError when another server keeps it for two seconds
   */
  static async take(address: Address, client: pg.Client): Promise<SessionLock> {
    const deadline = Date.now() + LOCK_PATIENCE_MS;
    while (!(await tryLock(client))) {
      if (Date.now() >= deadline) throw new LockedError(await holderOf(client));
      await sleep(100);
    }
    return new SessionLock(address, client);
  }

  /** Lets go. Never throws, and takes no longer than a few seconds. */
  async release(): Promise<void> {
    this.#stopped.abort();
    await this.#recovery;
    // A PostgreSQL that hangs does not say goodbye; stopping it is what comes next.
    await Promise.race([
      this.#client.end().catch(() => undefined),
      sleep(GOODBYE_MS, undefined, { ref: false }),
    ]);
  }

  #watch(): void {
    this.#client.once('end', () => {
      if (!this.#stopped.signal.aborted) this.#recovery = this.#recover();
    });
  }

  /** PostgreSQL went down below us: take the lock again as soon as it is back. Nobody waits for it, so it never throws. */
  async #recover(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const client = await connect(this.#address).catch(() => undefined);
      if (client !== undefined) {
        if (await tryLock(client).catch(() => false)) {
          this.#client = client;
          this.#watch();
          return;
        }
        await client.end().catch(() => undefined);
      }
      await sleep(RETRY_MS, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
    }
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
    LOCK_KEY,
  ]);
  return rows[0]?.locked === true;
}

async function holderOf(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT application_name AS name
     FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND classid = 0 AND objid = $1 AND granted AND pg_locks.database =
       (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [LOCK_KEY],
  );
  return /\d+$/.exec(rows[0]?.name ?? '')?.[0];
}
