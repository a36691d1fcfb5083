/** What the tests of the embedded database have in common: folders, processes, and leaving none of them behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/db/embedded/index.js';

export const isRoot = process.getuid?.() === 0;

export interface Account {
  uid: number;
  gid: number;
}

/** For an ordinary user's tests that are run by root. */
export const ordinary: Account | undefined = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

function idOf(option: string): number {
  return Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
}

export interface Told {
  event: 'log' | 'started' | 'failed' | 'drained';
  message: string;
  url: string;
  fresh: boolean;
  folder: string;
  rows: unknown[];
}

const started: EmbeddedDatabase[] = [];
const children: Child[] = [];
const folders: string[] = [];
const homes = new Set<string>();

/** A temporary folder, removed by `cleanUp` together with the system folders that its DATA_DIRs point to. */
export async function temporaryFolder(owner?: Account): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'epicura-embedded-'));
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  folders.push(folder);
  return folder;
}

/** Notes a home as one to remove, with the PostgreSQL that may be running in it. */
export function noteHome(folder: string): void {
  homes.add(folder);
}

/** Starts a database in this process, to be stopped by `cleanUp` at the latest. */
export async function start(
  dataDir: string,
  options: { settings?: Record<string, string>; logged?: string[] } = {},
): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase({
    dataDir,
    settings: options.settings ?? {},
    log: (message) => options.logged?.push(message),
  });
  noteHome(database.folder);
  started.push(database);
  return database;
}

/** What lies in the home that a DATA_DIR points to; nothing before there is one. */
export async function homeOf(dataDir: string): Promise<string[]> {
  const pointer = await readFile(join(dataDir, 'database.json'), 'utf8').catch(() => undefined);
  if (pointer === undefined) return [];
  const { id } = JSON.parse(pointer) as { id: string };
  const folder =
    isRoot && (await stat(dataDir)).uid === 0
      ? join('/var/lib/epicura', id)
      : join(dataDir, `postgresql-${id}`);
  noteHome(folder);
  return readdir(folder).catch(() => []);
}

/** An initdb that was not finished. */
export const isDraft = (name: string) => name.startsWith('initdb-');

/** A process of its own that runs a server on a DATA_DIR. */
export class Child {
  readonly process: ChildProcess;
  readonly told: Told[] = [];
  readonly exited: Promise<number | null>;
  #changed: () => void = () => undefined;

  constructor(
    dataDir: string,
    options: { account?: Account; cwd?: string; script?: string; limit?: string } = {},
  ) {
    const script = options.script ?? fileURLToPath(new URL('./embedded-child.ts', import.meta.url));
    const command = [process.execPath, '--import', import.meta.resolve('tsx'), script, dataDir];
    const limited = ['-c', `${options.limit ?? ':'}; exec "$0" "$@"`, ...command];
    this.process = spawn('/bin/sh', limited, {
      ...(options.account ?? {}),
      cwd: options.cwd ?? '/',
      // The leader of a process group, as a program that is started from a terminal.
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: options.account === undefined ? tmpdir() : join(dataDir, '..') },
    });
    this.exited = new Promise((resolve) => this.process.once('exit', (code) => resolve(code)));
    const { stdout } = this.process;
    if (stdout !== null) {
      createInterface(stdout).on('line', (line) => {
        const told = JSON.parse(line) as Told;
        if (told.folder !== undefined) noteHome(told.folder);
        this.told.push(told);
        this.#changed();
      });
    }
    void this.exited.then(() => this.#changed());
    children.push(this);
  }

  /** Waits for the first event of a kind. */
  async event(kind: Told['event']): Promise<Told> {
    for (;;) {
      const found = this.told.find((told) => told.event === kind);
      if (found !== undefined) return found;
      const other = this.told.find((told) => told.event === 'failed');
      if (other !== undefined) throw new Error(`the child failed: ${other.message}`);
      if (this.process.exitCode !== null) throw new Error(`the child ended without "${kind}"`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  /** What Ctrl-C in a terminal does: the signal goes to every process of the group. */
  signalGroup(name: NodeJS.Signals): void {
    if (this.process.pid !== undefined) process.kill(-this.process.pid, name);
  }

  async end(name: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.signal(name);
    await this.exited;
  }
}

export async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** One value as text. */
export async function value(url: string, expression: string): Promise<string> {
  const rows = await query<{ value: string }>(url, `SELECT (${expression})::text AS value`);
  return rows[0]?.value ?? '';
}

export async function postmasterPid(folder: string): Promise<number> {
  return Number.parseInt(await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8'), 10);
}

/** A zombie does not count: where nothing reaps orphans it stays for good. */
export async function isAlive(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return status !== '' && !/^State:\s+Z/m.test(status);
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Ends what is still running, and removes everything that the tests made. */
export async function cleanUp(): Promise<void> {
  for (const database of started.splice(0)) await database.stop();
  for (const child of children.splice(0)) await child.end('SIGKILL');
  for (const folder of homes) await endPostmaster(folder);
  for (const folder of [...homes, ...folders.splice(0)])
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  homes.clear();
}

async function endPostmaster(folder: string): Promise<void> {
  const pid = await postmasterPid(folder).catch(() => Number.NaN);
  if (!(pid > 0) || !(await isAlive(pid))) return;
  const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  if (!command.includes('cluster_name=epicura-')) return;
  process.kill(pid, 'SIGCONT');
  process.kill(pid, 'SIGQUIT');
  await until(async () => !(await isAlive(pid)));
}
