import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = path.resolve(import.meta.dirname, '../../dist/main.js');

/** A server in a process of its own, as `npm start` runs it. */
export interface ServerProcess {
  child: ChildProcess;
  /** Where it listens, once it says so; rejects when it ends before. */
  url: Promise<string>;
  exited: Promise<number | null>;
  stderr(): string;
  log(): string;
}

/** Starts the built server; `detached` gives it a process group of its own, as a terminal would. */
export function startProcess(env: NodeJS.ProcessEnv, nodeOptions: readonly string[] = []): ServerProcess {
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=32', '--enable-source-maps', ...nodeOptions, MAIN],
    {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: '0',
        SIMULATOR: 'off',
        SEED: 'none',
        JOBS: 'off',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  let stderr = '';
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).on('line', (line) => {
      log += `${line}\n`;
      const address = /ready at (http:\/\/\S+)/.exec(line)?.[1];
      if (address) resolve(address);
    });
    void exited.then((code) => reject(new Error(`ended with ${code} before it was ready: ${stderr}${log}`)));
  });
  url.catch(() => {}); // a test that expects it to fail looks at `exited`
  return { child, url, exited, stderr: () => stderr, log: () => log };
}

/** A folder for `DATA_DIR`, and what removes it with everything that the embedded database left for it. */
export async function createDataDir(): Promise<{ dataDir: string; remove: () => Promise<void> }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'epicura-process-'));
  return {
    dataDir,
    async remove() {
      const pointer = await readFile(path.join(dataDir, 'database.json'), 'utf8').catch(() => undefined);
      if (pointer && process.getuid?.() === 0) {
        const { id } = JSON.parse(pointer) as { id: string };
        await rm(path.join('/var/lib/epicura', id), { recursive: true, force: true });
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The pid of the embedded PostgreSQL of a `DATA_DIR`. */
export async function postmasterPid(dataDir: string): Promise<number> {
  const { id } = JSON.parse(await readFile(path.join(dataDir, 'database.json'), 'utf8')) as { id: string };
  const home =
    process.getuid?.() === 0 ? path.join('/var/lib/epicura', id) : path.join(dataDir, `postgresql-${id}`);
  return Number.parseInt(await readFile(path.join(home, 'cluster', 'postmaster.pid'), 'utf8'), 10);
}

/** Whether a process lives. A zombie does not: where nothing reaps orphans it stays for good. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return process.platform !== 'linux' && canBeSignalled(pid);
  }
}

function canBeSignalled(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
