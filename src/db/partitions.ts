import type pg from 'pg';
import type { Logger } from '../logger.js';
import { databaseError } from './errors.js';

/** How old an event may be when it arrives; older ones are beyond retention and refused. */
export const ACCEPTED_MONTHS_BACK = 13;

/** How far ahead of the server's clock an event may be recorded. */
export const ACCEPTED_HOURS_AHEAD = 24;

const TRIES = 10;
const PAUSE_MS = 200;
const KEEP_INTERVAL_MS = 3_600_000;

/** Lock not available, deadlock: whoever writes events has precedence. */
const CONTENTION = /^(55P03|40P01)$/;

/**
 * Makes sure that every month in which events are accepted, and the whole next month, has its partition (months are
 * those of UTC), so that the default partition stays empty. Returns the partitions that were missing. Any number of
 * instances may call it at once; it gives way to writers, and throws when they did not let it in for some seconds.
 */
export async function ensurePartitions(client: Pick<pg.Pool, 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ month: string }>(
    `SELECT to_char(month, 'YYYY-MM-DD') AS month
     FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC' - make_interval(months => $1)),
                          date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month',
                          interval '1 month') AS month
     WHERE to_regclass('telemetry_events_' || to_char(month, 'YYYY_MM')) IS NULL`,
    [ACCEPTED_MONTHS_BACK],
  );
  const made: string[] = [];
  for (const { month } of rows) {
    if (await ensurePartition(client, month))
      made.push(`telemetry_events_${month.slice(0, 7).replace('-', '_')}`);
  }
  return made;
}

/** Makes sure that the month that begins on `month` (`2026-01-01`) has its partition; true when it had none. */
export async function ensurePartition(client: Pick<pg.Pool, 'query'>, month: string): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      const { rows } = await client.query<{ made: boolean }>(
        'SELECT ensure_telemetry_partition($1) AS made',
        [month],
      );
      return rows[0]?.made ?? false;
    } catch (error) {
      if (tries === TRIES || !CONTENTION.test(databaseError(error)?.code ?? '')) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * Math.random()));
    }
  }
}

/**
 * Keeps the partitions ahead of time while the server runs: looks once an hour. A failure is logged and tried again:
 * the default partition loses nothing meanwhile. Call the returned function to stop.
 */
export function keepPartitions(pool: pg.Pool, log: Logger): () => void {
  const timer = setInterval(() => {
    ensurePartitions(pool).then(
      (made) => made.length > 0 && log.info({ partitions: made }, 'made telemetry partitions'),
      (err: unknown) => log.warn({ err }, 'could not make telemetry partitions'),
    );
  }, KEEP_INTERVAL_MS).unref();
  return () => clearInterval(timer);
}
