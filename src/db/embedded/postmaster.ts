/** PostgreSQL's main process: finding it, starting it, stopping it. */
import { lstat, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fingerprint } from './claim.js';
import type { Cluster } from './cluster.js';
import { readPart } from './files.js';
import { runTool, tailOf } from './tool.js';

export interface Postmaster {
  pid: number;
  port: number;
}

/** Recovery after a crash replays what was written since the last checkpoint. */
export const PATIENCE_SECONDS = 60;
const LOG_LIMIT_BYTES = 4 * 1024 * 1024;
const LOG_FILE = 'cluster/server.log';
/** Lets go of the folder within seconds, at the price of a recovery at the next start. */
const IMMEDIATE_STOP_SECONDS = 3;

/**
 * The postmaster that runs on this cluster, started by whomever.
 *
 * `postmaster.pid` outlives a kill, and its pid may belong to any other process by now: one that PostgreSQL would wait
 * for in vain and that must never be signalled. Such a file is removed.
 */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const path = join(cluster.data, 'postmaster.pid');
  const lines = (await readPart(path, 0, 4096)).split('\n');
  const pid = Number(lines[0]);
  if (!(pid > 0)) return undefined;
  if ((await commandLine(pid)).includes(await clusterName(cluster))) return { pid, port: Number(lines[3]) };
  // PostgreSQL itself clears the file of a process that is gone, after a look for survivors of its family.
  if (isTaken(pid)) await rm(path, { force: true });
  return undefined;
}

/** In the postmaster's arguments, which every account may read, unlike its working folder. */
async function clusterName(cluster: Cluster): Promise<string> {
  return `epicura-${await fingerprint(cluster.data)}`;
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const result = await runTool('ps', ['-o', 'command=', '-p', String(pid)], { cwd: '/', account: undefined });
  return result.stdout;
}

function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Starts PostgreSQL on a free port, in a session of its own, and waits until it has recovered.
 *
 * @throws an Error of one line with the end of PostgreSQL's log
 */
export async function startPostmaster(
  cluster: Cluster,
  log: (message: string) => void,
  choosePort = freePort,
): Promise<Postmaster> {
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  const slow = setTimeout(() => {
    log(`PostgreSQL is recovering from a crash; waiting up to ${PATIENCE_SECONDS} s`);
  }, 3000);
  try {
    await rotateLog(cluster);
    for (;;) {
      const failure = await tryStart(cluster, await choosePort());
      // Also where our start failed because one that a killed server had begun was quicker.
      const running = await findPostmaster(cluster);
      if (running !== undefined) return running;
      // The port was taken since we looked, or processes of a killed postmaster have not noticed its end yet.
      const passing = /Address already in use|shared memory block .* is still in use/.test(failure);
      if (!passing || Date.now() > deadline) {
        throw new Error(`The embedded database did not start: ${tailOf(failure)}`);
      }
      await sleep(200);
    }
  } finally {
    clearTimeout(slow);
  }
}

/** Starts once, and returns what PostgreSQL and pg_ctl said. */
async function tryStart(cluster: Cluster, port: number): Promise<string> {
  const logFile = join(cluster.folder, LOG_FILE);
  const before = await sizeOf(logFile);
  const options = `-p ${port} -c config_file=server.conf -c cluster_name=${await clusterName(cluster)}`;
  const result = await pgCtl(cluster, [
    'start',
    '-w',
    '-t',
    String(PATIENCE_SECONDS),
    '-l',
    LOG_FILE,
    '-o',
    options,
  ]);
  const said = await readPart(logFile, before, 64 * 1024);
  return said.trim() === '' ? result.stderr : said;
}

/**
 * Ends PostgreSQL: `fast` breaks off what clients are doing and writes everything out; `immediate` is for a postmaster
 * that does not answer, and ends in a kill.
 *
 * @throws an Error of one line when it is still there
 */
export async function stopPostmaster(cluster: Cluster, mode: 'fast' | 'immediate'): Promise<void> {
  const running = await findPostmaster(cluster);
  if (running === undefined) return;
  const seconds = mode === 'fast' ? PATIENCE_SECONDS : IMMEDIATE_STOP_SECONDS;
  const result = await pgCtl(cluster, ['stop', '-m', mode, '-w', '-t', String(seconds)]);
  if ((await findPostmaster(cluster)) === undefined) return;
  if (mode === 'fast') throw new Error(`The embedded database did not stop: ${tailOf(result.stderr)}`);
  process.kill(running.pid, 'SIGKILL');
  for (let tries = 0; (await findPostmaster(cluster)) !== undefined; tries += 1) {
    if (tries > 100)
      throw new Error(`PostgreSQL's process ${running.pid} does not answer and cannot be ended`);
    await sleep(50);
  }
}

function pgCtl(cluster: Cluster, args: readonly string[]) {
  return runTool(cluster.pgCtl, [...args, '-D', 'cluster'], {
    cwd: cluster.folder,
    account: cluster.account,
  });
}

/** A port of 127.0.0.1 that nobody is using at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port on 127.0.0.1');
  return address.port;
}

/** Keeps the log of a database that is started for years to two files of bounded size. */
async function rotateLog(cluster: Cluster): Promise<void> {
  const path = join(cluster.folder, LOG_FILE);
  if ((await sizeOf(path)) > LOG_LIMIT_BYTES) await rename(path, `${path}.1`);
}

async function sizeOf(path: string): Promise<number> {
  return lstat(path).then(
    (status) => status.size,
    () => 0,
  );
}
