import type pg from 'pg';

/** How old an event may be when it arrives; older ones are beyond retention and refused. */
export const ACCEPTED_MONTHS_BACK = 13;

/** How far ahead of the server's clock an event may be recorded. */
export const ACCEPTED_HOURS_AHEAD = 24;

/**
 * Makes sure that every month in which events are accepted, and the whole next month, has its partition, so that the
 * default partition stays empty. Returns the names of the partitions that were missing. Any number of instances may
 * call it at once.
 */
export async function ensurePartitions(client: Pick<pg.Pool, 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM ensure_telemetry_partitions(now() - make_interval(months => $1), now() + interval '1 month') AS name`,
    [ACCEPTED_MONTHS_BACK],
  );
  return rows.map(({ name }) => name);
}
