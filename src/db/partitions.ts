import type pg from 'pg';
import { databaseError } from './errors.js';

/** How old an event may be when it arrives, unless another retention is set; older ones are refused. */
export const ACCEPTED_MONTHS_BACK = 13;

/** How far ahead of the server's clock an event may be recorded. */
export const ACCEPTED_HOURS_AHEAD = 24;

const TRIES = 10;
const PAUSE_MS = 200;
/** Rows that are copied out of the default partition in one go, beside whoever writes. */
const FILL_ROWS = 2_000;

/** Lock not available, deadlock: whoever writes events has precedence. */
const CONTENTION = /^(55P03|40P01)$/;

type Queryable = Pick<pg.Pool, 'query'>;

/**
 * Makes sure that every month in which events are accepted, and the whole next month, has its partition (months are
 * those of UTC), so that the default partition stays empty. Returns the partitions that were missing. Any number of
 * instances may call it at once; it gives way to writers, and throws when they did not let it in for some seconds.
 */
export async function ensurePartitions(
  client: Queryable,
  monthsBack = ACCEPTED_MONTHS_BACK,
): Promise<string[]> {
  const { rows } = await client.query<{ month: string }>(
    `SELECT to_char(month, 'YYYY-MM-DD') AS month
     FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC' - make_interval(months => $1)),
                          date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month',
                          interval '1 month') AS month
     WHERE to_regclass('telemetry_events_' || to_char(month, 'YYYY_MM')) IS NULL`,
    [monthsBack],
  );
  const made: string[] = [];
  for (const { month } of rows) {
    if (await ensurePartition(client, month))
      made.push(`telemetry_events_${month.slice(0, 7).replace('-', '_')}`);
  }
  return made;
}

/**
 * Makes sure that the month that begins on `month` (`2026-01-01`) has its partition; true when it had none. Where many
 * rows of it wait in the default partition, they are copied bit by bit before anything is locked.
 */
export async function ensurePartition(client: Queryable, month: string): Promise<boolean> {
  for (let copied = FILL_ROWS; copied === FILL_ROWS; ) {
    const { rows } = await untilFree(() =>
      client.query<{ copied: number }>('SELECT fill_telemetry_partition($1, $2) AS copied', [
        month,
        FILL_ROWS,
      ]),
    );
    copied = rows[0]?.copied ?? 0;
  }
  const { rows } = await untilFree(() =>
    client.query<{ made: boolean }>('SELECT ensure_telemetry_partition($1) AS made', [month]),
  );
  return rows[0]?.made ?? false;
}

/** Does `work`, which gives up soon where somebody holds a lock, again until it goes through; ten times at most. */
export async function untilFree<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES || !CONTENTION.test(databaseError(error)?.code ?? '')) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * Math.random()));
    }
  }
}
