import { spawn } from 'node:child_process';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { prepareBinaries } from '../../src/db/embedded/binaries.js';
import { freePort, startPostmaster, stopPostmaster } from '../../src/db/embedded/postmaster.js';
import { serverAccount } from '../../src/db/embedded/tool.js';
import {
  Child,
  cleanUp,
  homeOf,
  isAlive,
  isDraft,
  isRoot,
  postmasterPid,
  query,
  start,
  temporaryFolder,
  until,
  value,
} from './embedded-kit.js';

afterAll(cleanUp);

const inUse = (pid: number | undefined, dataDir: string) =>
  `Another Epicura server (pid ${pid}) is already using DATA_DIR ${dataDir}; stop it or choose another DATA_DIR.`;

describe.concurrent('startEmbeddedDatabase', { timeout: 30_000 }, () => {
  it('makes a durable UTF-8 database on 127.0.0.1 with a password, and keeps its data over a restart', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const first = await start(dataDir);
    expect(first.fresh).toBe(true);
    expect(first.serverVersion).toMatch(/^16\./);
    const settings = await query<{ name: string; setting: string }>(
      first.url,
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes',
         'listen_addresses', 'unix_socket_directories', 'password_encryption', 'server_encoding', 'TimeZone')`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
      server_encoding: 'UTF8',
      TimeZone: 'UTC',
    });
    await expect(value(first.url.replace(/:[^:@]+@/, ':wrong-password@'), '1')).rejects.toThrow(/password/);
    expect((await stat(join(dataDir, 'database.json'))).mode & 0o777).toBe(0o600);

    await query(first.url, 'CREATE TABLE dishes AS SELECT 42 AS id');
    await Promise.all([first.stop(), first.stop()]);
    await first.stop();
    const second = await start(dataDir);
    expect(second.fresh).toBe(false);
    expect(await value(second.url, 'SELECT id FROM dishes')).toBe('42');
  });

  it('starts afresh after DATA_DIR was deleted, also while PostgreSQL was left running on it', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const child = new Child(dataDir);
    const { folder } = await child.event('started');
    const orphan = await postmasterPid(folder);
    await child.end('SIGKILL');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    const logged: string[] = [];
    const second = await start(dataDir, { logged });
    expect(second.fresh).toBe(true);
    // As root the data is elsewhere: it is kept, but no PostgreSQL is. (An ordinary user's ends by itself in a minute.)
    expect(logged.filter((message) => message.includes(folder))).toHaveLength(isRoot ? 1 : 0);
    if (isRoot) expect(await isAlive(orphan)).toBe(false);
    else process.kill(orphan, 'SIGQUIT');
  });

  it('tells why PostgreSQL did not start, and leaves none running', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const { stop, folder } = await start(dataDir);
    await stop();
    await expect(start(dataDir, { settings: { work_mem: 'plenty' } })).rejects.toThrow(
      /^The embedded database did not start: .*invalid value for parameter "work_mem"[^\n]*$/,
    );
    await expect(postmasterPid(folder)).rejects.toThrow('ENOENT');
    expect((await start(dataDir)).fresh).toBe(false);
  });

  it('clears away what a kill in the middle of initdb left behind', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const child = new Child(dataDir);
    await until(async () => (await homeOf(dataDir)).some(isDraft));
    child.signal('SIGKILL');
    await child.exited;
    expect(await homeOf(dataDir)).not.toContain('cluster');
    const database = await start(dataDir);
    expect(database.fresh).toBe(true);
    expect((await readdir(database.folder)).filter(isDraft)).toEqual([]);
  });

  it('tries another port when the one that was free has been taken meanwhile', async () => {
    const { folder, stop } = await start(join(await temporaryFolder(), 'data'));
    await stop();
    const account = await serverAccount();
    const { pgCtl } = await prepareBinaries(dirname(folder), account !== undefined);
    const cluster = { folder, data: join(folder, 'cluster'), pgCtl, account, reconfigured: false };
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const taken = (squatter.address() as AddressInfo).port;
    const ports = [taken, taken];
    const { port } = await startPostmaster(
      cluster,
      () => undefined,
      async () => ports.pop() ?? freePort(),
    );
    expect(port).not.toBe(taken);
    await stopPostmaster(cluster, 'fast');
    squatter.close();
  });
});

describe.concurrent('after a crash', { timeout: 30_000 }, () => {
  it('takes over the PostgreSQL of a server that was killed, with its data', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const child = new Child(dataDir);
    const { url, folder } = await child.event('started');
    await query(url, 'CREATE TABLE dishes AS SELECT 42 AS id');
    const pid = await postmasterPid(folder);
    await child.end('SIGKILL');
    const database = await start(dataDir);
    expect(await postmasterPid(folder)).toBe(pid);
    expect(database.url).toBe(url);
    expect(database.fresh).toBe(false);
    expect(await value(database.url, 'SELECT id FROM dishes')).toBe('42');
    await database.stop();
    expect(await isAlive(pid)).toBe(false);
  });

  it('recovers what was committed when PostgreSQL was killed too, and a foreign process has its pid now', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const child = new Child(dataDir);
    const { url, folder } = await child.event('started');
    await query(url, 'CREATE TABLE dishes AS SELECT 42 AS id');
    const pid = await postmasterPid(folder);
    child.signal('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await child.exited;
    await until(async () => !(await isAlive(pid)));

    const { uid, gid } = await stat(join(folder, 'cluster'));
    const foreign = spawn('sleep', ['600'], isRoot ? { uid, gid } : {});
    try {
      const pidFile = join(folder, 'cluster', 'postmaster.pid');
      const lines = (await readFile(pidFile, 'utf8')).split('\n');
      await writeFile(pidFile, [foreign.pid, ...lines.slice(1)].join('\n'));
      const database = await start(dataDir);
      expect(await value(database.url, 'SELECT id FROM dishes')).toBe('42');
      expect(foreign.exitCode ?? foreign.signalCode).toBeNull();
    } finally {
      foreign.kill('SIGKILL');
    }
  });

  it('ends a PostgreSQL that was left running and does not answer, and starts it anew', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const child = new Child(dataDir);
    const { url, folder } = await child.event('started');
    await query(url, 'CREATE TABLE dishes AS SELECT 42 AS id');
    const pid = await postmasterPid(folder);
    await child.end('SIGKILL');
    process.kill(pid, 'SIGSTOP');
    const logged: string[] = [];
    const database = await start(dataDir, { logged });
    expect(await isAlive(pid)).toBe(false);
    expect(logged.join()).toContain('does not answer');
    expect(await value(database.url, 'SELECT id FROM dishes')).toBe('42');
  });

  it('takes the lock again when PostgreSQL restarted below a running server', async () => {
    const database = await start(join(await temporaryFolder(), 'data'));
    const holder = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted`;
    const before = await value(database.url, holder);
    // As a backend that is killed for lack of memory: PostgreSQL ends all the others and recovers.
    process.kill(Number(before), 'SIGKILL');
    await until(async () => {
      const now = await value(database.url, holder).catch(() => '');
      return now !== '' && now !== before;
    });
  });
});

describe.concurrent('one server for each DATA_DIR', { timeout: 30_000 }, () => {
  it('refuses a second start within three seconds, names the first server, and leaves it alone', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const child = new Child(dataDir);
    const { url, folder } = await child.event('started');
    const pid = await postmasterPid(folder);
    const before = Date.now();
    await expect(start(dataDir)).rejects.toThrow(inUse(child.process.pid, dataDir));
    expect(Date.now() - before).toBeLessThan(4000);
    expect(await postmasterPid(folder)).toBe(pid);
    expect(await value(url, '1')).toBe('1');
    await child.end('SIGTERM');
    expect(await isAlive(pid)).toBe(false);
    await start(dataDir);
  });

  it('holds a lock in the database too, for servers that do not share this machine', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const { url } = await start(dataDir);
    const [holder] = await query<{ application_name: string }>(
      url,
      `SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'`,
    );
    expect(holder?.application_name).toBe(`epicura-server pid ${process.pid}`);
  });

  it('lets exactly one of two simultaneous first starts win', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    const pair = [new Child(dataDir), new Child(dataDir)];
    const ends = await Promise.allSettled(pair.map((child) => child.event('started')));
    expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = pair[ends.findIndex((end) => end.status === 'fulfilled')];
    const loser = pair[ends.findIndex((end) => end.status === 'rejected')];
    expect(loser?.told.at(-1)?.message).toBe(inUse(winner?.process.pid, dataDir));
    expect((await winner?.event('started'))?.fresh).toBe(true);
  });

  it('keeps PostgreSQL up for the drain when Ctrl-C reaches the whole process group', async () => {
    const child = new Child(join(await temporaryFolder(), 'data'));
    const { folder } = await child.event('started');
    const pid = await postmasterPid(folder);
    child.signalGroup('SIGINT');
    expect((await child.event('drained')).rows).toEqual([{ alive: 1 }]);
    expect(await child.exited).toBe(0);
    expect(await isAlive(pid)).toBe(false);
  });
});
