/** Making a cluster: the data folder and its configuration. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import { exists, readPart, syncFolder, writeWhole } from './files.js';
import type { Home } from './home.js';
import { type Account, runTool, tailOf } from './tool.js';

/** The superuser, and the database that the server uses. */
export const USER = 'epicura';
export const DATABASE = 'epicura';

/** What the promises to clients rest on, however the shipped defaults change. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  max_connections: '100',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  restart_after_crash: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

/** A cluster on disk with all that is needed to run it. */
export interface Cluster {
  /** The home's folder, where the tools run: paths below it need no quoting for pg_ctl's shell. */
  folder: string;
  data: string;
  pgCtl: string;
  account: Account | undefined;
  /** Whether `server.conf` is other than what a postmaster that is running now has read. */
  reconfigured: boolean;
}

/**
 * Opens the cluster of a home, and makes it first where there is none. Only for the holder of the claim on the home.
 *
 * @throws an Error of one line when initdb fails or the data is of another major version
 */
export async function openCluster(
  home: Home,
  binaries: Binaries,
  account: Account | undefined,
  settings: Record<string, string>,
): Promise<Cluster> {
  const data = join(home.folder, 'cluster');
  if (!(await exists(data))) {
    // A name of its own: an initdb whose server was killed may still be at work on an earlier one.
    const draft = join(home.folder, `initdb-${randomBytes(4).toString('hex')}`);
    await initialize(draft, home.password, binaries, account);
    await rename(join(draft, 'cluster'), data);
    await syncFolder(home.folder);
  }
  await sweep(home.folder);
  const version = (await readPart(join(data, 'PG_VERSION'), 0, 16)).trim();
  if (version !== binaries.majorVersion) {
    throw new Error(
      `${data} holds data of PostgreSQL ${version || 'unknown'}, but PostgreSQL ${binaries.majorVersion} is installed: ` +
        'choose another DATA_DIR, or delete this one to start afresh',
    );
  }
  const { uid, gid } = await lstat(data);
  return {
    folder: home.folder,
    data,
    pgCtl: binaries.pgCtl,
    // Whoever made it: an account "postgres" that was installed since could not read the files of "nobody".
    account: account === undefined ? undefined : { uid, gid },
    reconfigured: await configure(home.folder, settings),
  };
}

/** Removes what initdb and kills in the middle of it left. What cannot be removed now will be at the next start. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('initdb-')) continue;
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  }
}

/** Runs initdb in a folder beside the final one, so that half a cluster is never taken for a whole one. */
async function initialize(
  draft: string,
  password: string,
  binaries: Binaries,
  account: Account | undefined,
): Promise<void> {
  await mkdir(draft);
  // Whatever the umask: the account passes through to its data.
  await chmod(draft, 0o711);
  const data = join(draft, 'cluster');
  const passwordFile = join(draft, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (account !== undefined) {
    for (const path of [data, passwordFile]) await chown(path, account.uid, account.gid);
  }
  // C.UTF-8 sorts by code point like C, and knows the case of letters beyond ASCII; not every system has it.
  let failure = '';
  for (const locale of ['C.UTF-8', 'C']) {
    const result = await runTool(
      binaries.initdb,
      ['-D', data, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`].concat([
        '-E',
        'UTF8',
        `--locale=${locale}`,
        '--text-search-config=english',
      ]),
      { cwd: draft, account },
    );
    if (result.ok) return;
    failure = result.stderr;
    if (!failure.includes('invalid locale')) break;
  }
  await rm(draft, { recursive: true, force: true }).catch(() => undefined);
  throw new Error(`The embedded database could not be created (initdb): ${tailOf(failure)}`);
}

/**
 * Writes `server.conf`, which PostgreSQL reads in place of the `postgresql.conf` that it includes. It is outside of the
 * data folder, because we may be root there and must not write into another account's folder.
 *
 * @returns whether it was other before
 */
async function configure(folder: string, settings: Record<string, string>): Promise<boolean> {
  const path = join(folder, 'server.conf');
  const lines = Object.entries({ ...SETTINGS, ...settings }).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  );
  const text = `# Written at every start.\ninclude 'cluster/postgresql.conf'\n${lines.join('\n')}\n`;
  if ((await exists(path)) && (await readFile(path, 'utf8')) === text) return false;
  await writeWhole(path, text, 0o644);
  return true;
}
