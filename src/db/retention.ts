import type pg from 'pg';
import { untilFree } from './partitions.js';

type Queryable = Pick<pg.ClientBase, 'query'>;

const LOCK_TIMEOUT = `SET LOCAL lock_timeout = '500ms'`;
const BATCH_ROWS = 5_000;

/**
 * Drops the telemetry of all months (of UTC) that ended more than so many months ago, a whole partition at a time, and
 * returns their names. No lock is waited for longer than half a second or held longer than PostgreSQL needs to note it
 * down; where one is not to be had, it tries again, and throws in the end: the next run goes on where this one stopped.
 */
export async function dropExpiredPartitions(client: Queryable, months: number): Promise<string[]> {
  const { rows } = await client.query<{ name: string; isAttached: boolean }>(
    `SELECT c.relname AS name, c.relispartition AS "isAttached" FROM pg_class c
     WHERE c.relkind = 'r'
       AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'telemetry_events'::regclass)
       AND c.relname ~ '^telemetry_events_\\d{4}_\\d{2}(_filling)?$'
       AND to_date(substring(c.relname FROM '\\d{4}_\\d{2}'), 'YYYY_MM')
             < date_trunc('month', now() AT TIME ZONE 'UTC' - make_interval(months => $1))
     ORDER BY c.relname`,
    [months],
  );
  for (const { name, isAttached } of rows) {
    if (isAttached) await detach(client, name);
    await forgetReferences(client, name);
    await untilFree(() => inShortTransaction(client, `DROP TABLE ${name}`));
  }
  return rows.map(({ name }) => name);
}

/**
 * `DETACH … CONCURRENTLY` is refused beside a default partition. The tables are locked in the order in which those who
 * append lock them, so that neither waits for the other.
 */
async function detach(client: Queryable, name: string): Promise<void> {
  await untilFree(() =>
    inShortTransaction(
      client,
      'LOCK TABLE appliances, cooking_sessions IN SHARE ROW EXCLUSIVE MODE',
      `ALTER TABLE telemetry_events DETACH PARTITION ${name}`,
    ),
  );
}

/** A foreign key can only go under a lock on the table that it points to, and not while files are being removed. */
async function forgetReferences(client: Queryable, name: string): Promise<void> {
  const { rows } = await client.query<{ constraint: string }>(
    `SELECT conname AS constraint FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'f'
     ORDER BY confrelid::regclass::text`,
    [name],
  );
  for (const { constraint } of rows) {
    await untilFree(() => inShortTransaction(client, `ALTER TABLE ${name} DROP CONSTRAINT "${constraint}"`));
  }
}

async function inShortTransaction(client: Queryable, ...statements: string[]): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(LOCK_TIMEOUT);
    for (const statement of statements) await client.query(statement);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** What has had its time, by the table that it is removed from. `$1` is how many rows to remove at once. */
const EXPIRED = {
  refresh_tokens: `DELETE FROM refresh_tokens WHERE id IN (
    SELECT id FROM refresh_tokens WHERE expires_at < now() - interval '1 day' LIMIT $1)`,
  revocations: `DELETE FROM revocations WHERE id IN (
    SELECT id FROM revocations WHERE created_at < now() - interval '1 hour' LIMIT $1)`,
  pairing_codes: `UPDATE device_registrations SET pairing_code = NULL, pairing_code_expires_at = NULL WHERE id IN (
    SELECT id FROM device_registrations WHERE pairing_code_expires_at < now() LIMIT $1)`,
  // A COOK that came to nothing stays until its cook is ended, however long that takes.
  appliance_commands: `DELETE FROM appliance_commands WHERE id IN (
    SELECT id FROM appliance_commands
    WHERE state IN ('acknowledged', 'rejected', 'expired') AND updated_at < now() - interval '90 days'
      AND (kind <> 'cook' OR state = 'acknowledged' OR settled_at IS NOT NULL)
    ORDER BY updated_at LIMIT $1)`,
} as const;

export type Purged = Record<keyof typeof EXPIRED, number>;

/**
 * Removes refresh tokens, revocations and pairing codes that mean nothing any more, and commands that came to their end 90
 * days ago, some thousands at a time.
 */
export async function purgeExpired(client: Queryable): Promise<Purged> {
  const purged: Purged = { refresh_tokens: 0, revocations: 0, pairing_codes: 0, appliance_commands: 0 };
  for (const [name, statement] of Object.entries(EXPIRED)) {
    for (let removed = BATCH_ROWS; removed === BATCH_ROWS; ) {
      removed = (await client.query(statement, [BATCH_ROWS])).rowCount ?? 0;
      purged[name as keyof Purged] += removed;
    }
  }
  return purged;
}

/** Removes rows of the default partition that are beyond retention; of the others, says which months they are of. */
export async function settleDefaultPartition(
  client: Queryable,
  months: number,
): Promise<{ removed: number; months: string[] }> {
  const cutoff = `(date_trunc('month', now() AT TIME ZONE 'UTC' - make_interval(months => $1)) AT TIME ZONE 'UTC')`;
  let removed = 0;
  for (let batch = BATCH_ROWS; batch === BATCH_ROWS; removed += batch) {
    const result = await client.query(
      `DELETE FROM telemetry_events_default WHERE (id, recorded_at) IN (
         SELECT id, recorded_at FROM telemetry_events_default WHERE recorded_at < ${cutoff} LIMIT $2)`,
      [months, BATCH_ROWS],
    );
    batch = result.rowCount ?? 0;
  }
  const { rows } = await client.query<{ month: string }>(
    `SELECT DISTINCT to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-01') AS month FROM telemetry_events_default
     WHERE recorded_at < now() + interval '1 month' ORDER BY month`,
  );
  return { removed, months: rows.map(({ month }) => month) };
}
