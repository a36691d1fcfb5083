import type pg from 'pg';
import type { Metrics } from '../metrics.js';

/** More rows than this in the default partition are not counted: something is wrong long before. */
const MAX_COUNTED = 10_000;

/** Tells how busy the pool is, and whether telemetry waits outside its month. */
export function observeDatabase(metrics: Metrics, pool: pg.Pool): void {
  metrics.gauge('epicura_pool_connections', 'Connections of the pool', () => pool.totalCount);
  metrics.gauge('epicura_pool_idle', 'Connections that are free', () => pool.idleCount);
  metrics.gauge('epicura_pool_waiting', 'Requests that wait for a connection', () => pool.waitingCount);
  metrics.gauge(
    'epicura_default_partition_rows',
    `Telemetry that waits for its month to be made, at most ${MAX_COUNTED}`,
    () => countDefaultRows(pool),
  );
}

async function countDefaultRows(pool: pg.Pool): Promise<number> {
  if (pool.waitingCount > 0) throw new Error('the pool is busy'); // a scrape does not queue for it
  const { rows } = await pool.query<{ rows: number }>(
    `SELECT count(*)::int AS rows FROM (SELECT FROM telemetry_events_default LIMIT ${MAX_COUNTED}) AS r`,
  );
  return rows[0]?.rows ?? 0;
}
