import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type pg from 'pg';
import { createConnection } from '../../src/db/client.js';
import { prepareBinaries } from '../../src/db/embedded/binaries.js';
import { type Cluster, openCluster, USER } from '../../src/db/embedded/cluster.js';
import { openDataDir, openHome } from '../../src/db/embedded/home.js';
import { findPostmaster, startPostmaster, stopPostmaster } from '../../src/db/embedded/postmaster.js';
import { serverAccount } from '../../src/db/embedded/tool.js';
import { isAlive } from '../_util/process.js';
import { stablePort } from './ports.js';

/** A PostgreSQL of this run alone, from the embedded programs, that can be killed, and always has the same port. */
export class TestCluster {
  readonly port: number;
  readonly #cluster: Cluster;
  readonly #password: string;
  readonly #dataDir: string;

  private constructor(cluster: Cluster, password: string, dataDir: string, port: number) {
    this.#cluster = cluster;
    this.#password = password;
    this.#dataDir = dataDir;
    this.port = port;
  }

  /** Makes a cluster and starts it; `remove` takes everything of it away. */
  static async create(): Promise<TestCluster> {
    const dataDir = await openDataDir(await mkdtemp(path.join(tmpdir(), 'epicura-faults-')));
    const account = await serverAccount();
    const home = await openHome(dataDir, account !== undefined);
    const binaries = await prepareBinaries(home.base, account !== undefined);
    const cluster = await openCluster(home, binaries, account, {});
    const created = new TestCluster(cluster, home.password, dataDir, await stablePort());
    await created.start();
    return created;
  }

  /** The address, by way of a proxy where `port` is one's. */
  url(port = this.port): string {
    return `postgres://${USER}:${this.#password}@127.0.0.1:${port}/postgres`;
  }

  get logFile(): string {
    return path.join(this.#cluster.data, 'server.log');
  }

  async start(): Promise<void> {
    await findPostmaster(this.#cluster); // clears the traces of a killed one that nobody has reaped
    await startPostmaster(
      this.#cluster,
      () => {},
      async () => this.port,
    );
  }

  /** In order, breaking off what clients are doing. */
  async stop(): Promise<void> {
    await stopPostmaster(this.#cluster, 'fast');
  }

  /** All processes, as a power cut would; `together` are others that die at the same instant. */
  async kill(together: () => void = () => {}): Promise<void> {
    const postmaster = await findPostmaster(this.#cluster);
    const pids = postmaster ? [postmaster.pid, ...(await childrenOf(postmaster.pid))] : [];
    for (const pid of pids) killIfThere(pid);
    together();
    while (pids.some(isAlive)) await sleep(10);
  }

  /** Ends the connections of everybody else. Returns how many there were. */
  async cutConnections(): Promise<number> {
    const rows = await this.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    return rows.length;
  }

  async query<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    const client = createConnection(this.url());
    client.on('error', () => {}); // the query rejects
    await client.connect();
    try {
      return (await client.query<T>(text, values)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#cluster.folder, { recursive: true, force: true });
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child && parent === pid ? [child] : []));
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
