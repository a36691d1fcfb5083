import { createConnection } from './client.js';
import { ensurePartition, ensurePartitions } from './partitions.js';
import { dropExpiredPartitions, type Purged, purgeExpired, settleDefaultPartition } from './retention.js';

const LOCK = `hashtext('epicura_maintenance')`;

/** What a round of maintenance did. */
export interface Maintenance {
  /** Partitions that were made: of the months to come, and of rows that waited in the default partition. */
  made: string[];
  /** Partitions that were dropped. */
  dropped: string[];
  /** Events that were removed from the default partition because they were beyond retention. */
  removedEvents: number;
  /** Other rows that had had their time. */
  purged: Purged;
}

/**
 * Makes partitions ahead of time, drops those beyond retention, and removes what has expired. One at a time, whoever
 * calls: `undefined` while another round is under way. `url` must lead to PostgreSQL itself, not to a transaction pooler.
 * Fails at once when `signal` aborts; another round does what is left.
 */
export async function maintain(
  url: string,
  { retentionMonths, signal }: { retentionMonths: number; signal?: AbortSignal },
): Promise<Maintenance | undefined> {
  const client = createConnection(url);
  const breakOff = () => void client.end();
  await client.connect();
  try {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', breakOff, { once: true });
    const { rows } = await client.query<{ isOurs: boolean }>(
      `SELECT pg_try_advisory_lock(${LOCK}) AS "isOurs"`,
    );
    if (!rows[0]?.isOurs) return undefined;
    const made = await ensurePartitions(client, retentionMonths);
    const { removed, months } = await settleDefaultPartition(client, retentionMonths);
    for (const month of months) {
      if (await ensurePartition(client, month))
        made.push(`telemetry_events_${month.slice(0, 7).replace('-', '_')}`);
    }
    const dropped = await dropExpiredPartitions(client, retentionMonths);
    return { made, dropped, removedEvents: removed, purged: await purgeExpired(client) };
  } finally {
    signal?.removeEventListener('abort', breakOff);
    await client.end(); // ends the session, and with it the lock
  }
}

/** What was done, a line each. */
export function describe({ made, dropped, removedEvents, purged }: Maintenance): string[] {
  return [
    ...made.map((name) => `made partition ${name}`),
    ...dropped.map((name) => `dropped partition ${name}`),
    ...(removedEvents > 0 ? [`removed ${removedEvents} events beyond retention`] : []),
    ...Object.entries(purged)
      .filter(([, rows]) => rows > 0)
      .map(([name, rows]) => `removed ${rows} expired ${name.replace('_', ' ')}`),
  ];
}
