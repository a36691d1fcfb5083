/**
 * A real PostgreSQL for development and tests, with nothing to install and nothing to clean up. Loaded only when no
 * DATABASE_URL is set: production installs come without the package that holds PostgreSQL's programs.
 */
import { join, resolve } from 'node:path';
import { prepareBinaries } from './binaries.js';
import { type Claim, ClaimedError, claim } from './claim.js';
import { type Cluster, DATABASE, openCluster, USER } from './cluster.js';
import { type Home, openDataDir, openHome } from './home.js';
import { stopPostmaster } from './postmaster.js';
import { LockedError, SessionLock } from './session.js';
import { type Running, run } from './takeover.js';
import { serverAccount } from './tool.js';

export interface EmbeddedDatabase {
  /** `postgres://…`, password included; the port differs from start to start. */
  url: string;
  /** Whether this start created the database, empty. */
  fresh: boolean;
  serverVersion: string;
  /** The folder that holds the data. */
  folder: string;
  /**
   * Stops PostgreSQL once everything is on disk; connections that are still open are cut off. May be called any number
   * of times.
   */
  stop(): Promise<void>;
}

export interface EmbeddedDatabaseOptions {
  dataDir: string;
  log: (message: string) => void;
  /** PostgreSQL settings on top of ours. */
  settings?: Record<string, string>;
}

/** A server that was killed lets go at once; one that is stopping needs a moment. */
const CLAIM_PATIENCE_MS = 1500;

/**
 * Starts PostgreSQL on the data in `dataDir`, or takes over the one that a killed server left running. It runs in a
 * session of its own and outlives this process, unless `stop` is called.
 *
 * @throws an Error of one line, among others when another server is using the same `dataDir`, which is left undisturbed
 */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const given = resolve(options.dataDir);
  const claims: Claim[] = [];
  try {
    const account = await serverAccount();
    const dataDir = await openDataDir(given);
    claims.push(await claim(join(dataDir, 'lock'), CLAIM_PATIENCE_MS));
    const home = await openHome(dataDir, account !== undefined);
    claims.push(await claim(join(home.folder, 'lock'), CLAIM_PATIENCE_MS));
    const binaries = await prepareBinaries(home.base, account !== undefined);
    const cluster = await openCluster(home, binaries, account, options.settings ?? {});
    await dismiss(home.abandoned, cluster, options.log);
    const running = await run(cluster, home.password, options.log);
    return await open(home, cluster, running, claims);
  } catch (error) {
    await releaseAll(claims);
    throw explain(error, given);
  }
}

/** From a running PostgreSQL to a database that is locked, there, and can be stopped. */
async function open(
  home: Home,
  cluster: Cluster,
  running: Running,
  claims: Claim[],
): Promise<EmbeddedDatabase> {
  const { client, port, taken } = running;
  try {
    const lock = await SessionLock.take({ port, password: home.password }, client);
    const fresh = await createDatabase(client);
    const { rows } = await client.query<{ version: string }>(
      "SELECT current_setting('server_version') AS version",
    );
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      try {
        await lock.release();
        await stopPostmaster(cluster, 'fast');
      } finally {
        await releaseAll(claims);
      }
    };
    return {
      url: `postgres://${USER}:${home.password}@127.0.0.1:${port}/${DATABASE}`,
      fresh,
      serverVersion: rows[0]?.version ?? '',
      folder: cluster.folder,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await client.end().catch(() => undefined);
    // One that was running before may be another server's.
    if (!taken) await stopPostmaster(cluster, 'fast').catch(() => undefined);
    throw error;
  }
}

async function createDatabase(client: Running['client']): Promise<boolean> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount !== 0) return false;
  await client.query(`CREATE DATABASE ${DATABASE}`);
  return true;
}

/** A lost `database.json` leaves its cluster behind: nobody's data is deleted, but no PostgreSQL stays running on it. */
async function dismiss(
  folders: readonly string[],
  own: Cluster,
  log: (message: string) => void,
): Promise<void> {
  for (const folder of folders) {
    const held = await claim(join(folder, 'lock'), 0).catch(() => undefined);
    if (held === undefined) continue;
    try {
      // Best effort: what is wrong with a database that nobody asked for must not keep the new one from starting.
      await stopPostmaster({ ...own, folder, data: join(folder, 'cluster') }, 'fast').catch(() => undefined);
      log(`An earlier database of this DATA_DIR is left in ${folder}; delete it when it is not needed`);
    } finally {
      await held.release();
    }
  }
}

async function releaseAll(claims: Claim[]): Promise<void> {
  for (const held of claims.splice(0).reverse()) await held.release();
}

function explain(error: unknown, dataDir: string): Error {
  if (error instanceof ClaimedError || error instanceof LockedError) {
    const holder = error.pid === undefined ? '' : ` (pid ${error.pid})`;
    return new Error(
      `Another Epicura server${holder} is already using DATA_DIR ${dataDir}; stop it or choose another DATA_DIR.`,
      { cause: error },
    );
  }
  if (error instanceof Error && 'syscall' in error) {
    return new Error(`The embedded database cannot be kept in DATA_DIR ${dataDir}: ${error.message}`, {
      cause: error,
    });
  }
  return error instanceof Error ? error : new Error(String(error));
}
