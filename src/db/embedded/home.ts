/**
 * Where a DATA_DIR's cluster lives. `DATA_DIR/database.json` names it and holds its password; without that file there
 * is no database, and the next start makes a new one under a new name.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, readPart, writeWhole } from './files.js';

/** For what an account other than root has to reach while `DATA_DIR` may be closed to it. */
const SYSTEM_FOLDER = '/var/lib/epicura';
const POINTER = 'database.json';
const ORIGIN = 'data-dir';

export interface Home {
  /** The folder of this cluster alone: `server.conf`, `lock`, and `cluster` with the data. */
  folder: string;
  /** Holds every home and, where one is needed, the copy of PostgreSQL's programs. */
  base: string;
  password: string;
  /** Homes that this DATA_DIR had before its `database.json` was lost. */
  abandoned: string[];
}

interface Pointer {
  id: string;
  password: string;
}

/** Creates `dataDir` where it is missing; the permissions of a folder that is there are left alone. */
export async function openDataDir(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return realpath(dataDir);
}

/**
 * Finds the home of a DATA_DIR, or makes one. Only for the holder of the claim on the DATA_DIR.
 *
 * @param dataDir as `openDataDir` returned it
 * @param system whether the home is to be in the system's folder: PostgreSQL runs as an account other than ours
 */
export async function openHome(dataDir: string, system: boolean): Promise<Home> {
  const base = system ? SYSTEM_FOLDER : dataDir;
  if (system) await openSystemFolder();
  const known = await readPointer(dataDir);
  const pointer = known ?? {
    id: randomBytes(8).toString('hex'),
    password: randomBytes(24).toString('base64url'),
  };
  // Before the home itself: killed in between, the next start goes on with the same name and nothing is lost.
  if (known === undefined) await writeWhole(join(dataDir, POINTER), `${JSON.stringify(pointer)}\n`, 0o600);
  const folder = join(base, system ? pointer.id : `postgresql-${pointer.id}`);
  const abandoned = known === undefined ? await findAbandoned(base, dataDir) : [];
  await openFolder(folder, system ? 0o711 : 0o700);
  if ((await readPart(join(folder, ORIGIN), 0, 4096)) !== dataDir) {
    await writeWhole(join(folder, ORIGIN), dataDir, 0o600);
  }
  return { folder, base, password: pointer.password, abandoned };
}

async function openSystemFolder(): Promise<void> {
  await openFolder(SYSTEM_FOLDER, 0o755);
  const { mode } = await lstat(SYSTEM_FOLDER);
  if ((mode & 0o022) !== 0)
    throw new Error(`${SYSTEM_FOLDER} is writable for others than root; remove that permission`);
}

/** A folder of our own: never one behind a symbolic link or in somebody else's hands. */
async function openFolder(path: string, mode: number): Promise<void> {
  if (!(await exists(path))) {
    await mkdir(path, { mode });
    // The umask may have taken bits that the other account needs.
    await chmod(path, mode);
  }
  const status = await lstat(path);
  if (!status.isDirectory() || status.uid !== process.getuid?.()) {
    throw new Error(`${path} is not a folder that belongs to the account running this server`);
  }
}

async function readPointer(dataDir: string): Promise<Pointer | undefined> {
  const path = join(dataDir, POINTER);
  if (!(await exists(path))) return undefined;
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    // Believing another account's file would let it choose where root reads and writes.
    if ((await handle.stat()).uid !== process.getuid?.()) {
      throw new Error(
        `${path} belongs to another account: start as that account, or choose another DATA_DIR`,
      );
    }
    const pointer: unknown = JSON.parse(await handle.readFile('utf8'));
    if (isPointer(pointer)) return pointer;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  } finally {
    await handle.close();
  }
  throw new Error(`${path} is damaged: restore it, or delete it to start with an empty database`);
}

/** The name is checked, so that it cannot lead out of the folder that holds the homes. */
function isPointer(value: unknown): value is Pointer {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('password' in value)) return false;
  const { id, password } = value;
  return (
    typeof id === 'string' &&
    /^[0-9a-f]{16}$/.test(id) &&
    typeof password === 'string' &&
    /^[\w-]{16,}$/.test(password)
  );
}

async function findAbandoned(base: string, dataDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(base)) {
    const folder = join(base, name);
    if (
      /^(postgresql-)?[0-9a-f]{16}$/.test(name) &&
      (await readPart(join(folder, ORIGIN), 0, 4096)) === dataDir
    ) {
      found.push(folder);
    }
  }
  return found;
}
