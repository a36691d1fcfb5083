/** From a cluster on disk to a PostgreSQL that answers, whatever an earlier server left behind. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Cluster } from './cluster.js';
import { findPostmaster, PATIENCE_SECONDS, startPostmaster, stopPostmaster } from './postmaster.js';
import { connect } from './session.js';

/** A PostgreSQL that is known to be the cluster's: it let us in with the cluster's password. */
export interface Running {
  client: pg.Client;
  port: number;
  /** Whether it was running before. */
  taken: boolean;
}

/** How long a postmaster may say nothing at all; starting up and shutting down are answers. */
const SILENCE_MS = 3000;
const ATTEMPTS = 3;

/**
 * Takes over the PostgreSQL that is running on a cluster, or starts one. One that does not answer is ended first. Only
 * for the holder of the claim on the home.
 */
export async function run(
  cluster: Cluster,
  password: string,
  log: (message: string) => void,
): Promise<Running> {
  let left = await findPostmaster(cluster);
  if (left !== undefined && cluster.reconfigured) {
    await stopPostmaster(cluster, 'fast');
    left = undefined;
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { pid, port } = left ?? (await startPostmaster(cluster, log));
    const client = await answer(cluster, { port, password }, log);
    if (client !== undefined) {
      if (left !== undefined)
        log(`Took over the PostgreSQL (pid ${pid}) that an earlier server left running`);
      return { client, port, taken: left !== undefined };
    }
    log(`PostgreSQL (pid ${pid}) does not answer; starting it anew`);
    await stopPostmaster(cluster, 'immediate');
    left = await findPostmaster(cluster);
  }
  throw new Error(
    `The embedded database does not answer; its log is in ${cluster.folder}/cluster/server.log`,
  );
}

/**
 * Connects as soon as the postmaster lets us in.
 *
 * @returns nothing when it has ended or stays silent
 * @throws an Error of one line when it is at work for too long, or is another cluster's
 */
async function answer(
  cluster: Cluster,
  address: { port: number; password: string },
  log: (message: string) => void,
): Promise<pg.Client | undefined> {
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  let heard = Date.now();
  let told = false;
  while (Date.now() < deadline) {
    try {
      return await connect(address);
    } catch (error) {
      const code = codeOf(error);
      if (code === '28P01') {
        throw new Error(`The password in DATA_DIR is not the one of the database in ${cluster.folder}`, {
          cause: error,
        });
      }
      // Any SQLSTATE is a word from PostgreSQL itself, such as 57P03 for starting up and 53300 for too many clients.
      if (/^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E')) {
        heard = Date.now();
        if (!told)
          log(`PostgreSQL is not ready (${(error as Error).message}); waiting up to ${PATIENCE_SECONDS} s`);
        told = true;
      } else if (Date.now() - heard > SILENCE_MS) return undefined;
    }
    if ((await findPostmaster(cluster)) === undefined) return undefined;
    await sleep(100);
  }
  throw new Error(
    `PostgreSQL is still not ready after ${PATIENCE_SECONDS} s; it goes on recovering, so start again later ` +
      `(its log is in ${cluster.folder}/cluster/server.log)`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
