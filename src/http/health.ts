import type pg from 'pg';
import type { Live } from '../live/live.js';

const DATABASE_TIMEOUT_MS = 2_000;

export interface Readiness {
  ready: boolean;
  checks: { database: boolean; live: boolean; draining: boolean };
}

/** Whether this instance can serve: the database answers, the bus of the live feeds is connected, and nobody stops it. */
export async function checkReadiness(pool: pg.Pool, live: Live, draining: boolean): Promise<Readiness> {
  const database = await answers(pool);
  const checks = { database, live: live.isConnected(), draining };
  return { ready: checks.database && checks.live && !draining, checks };
}

async function answers(pool: pg.Pool): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), DATABASE_TIMEOUT_MS);
  });
  // The statement is given up with the answer: a prober must not use up the pool while nothing comes back.
  const text: pg.QueryConfig & { query_timeout: number } = {
    text: 'SELECT 1',
    query_timeout: DATABASE_TIMEOUT_MS,
  };
  const query = pool.query(text).then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([query, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
