import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Logger } from '../logger.js';
import type { Job } from './scheduler.js';

/** Most appliances that one statement looks at. */
const MAX_LOOK = 5_000;
/** Most connections whose end is told by one statement. */
const MAX_GONE = 500;
const NIL = '00000000-0000-0000-0000-000000000000';

export interface PresenceTiming {
  everyMs: number;
  /** An appliance that says nothing for so long is offline. */
  silentAfterMs: number;
  /** A device whose connection ended has so long to come back, or to be heard of in another way. */
  goneAfterMs: number;
}

export const PRESENCE_TIMING: PresenceTiming = { everyMs: 1_000, silentAfterMs: 90_000, goneAfterMs: 2_000 };

/**
 * Whether appliances are there. What a device reports says so itself (`projectAppliance`); here is what silence says, and
 * what its connection for commands says by its begin and its end. All of it is in the row of the appliance, so that every
 * instance and every query tells the same.
 */
export class Presence {
  readonly #pool: pg.Pool;
  readonly #onChange: (applianceIds: string[]) => void;
  readonly #timing: PresenceTiming;
  readonly #log: Logger;
  /** Connections that ended, by their ids. */
  readonly #gone = new Map<string, { applianceId: string; at: number }>();
  /** The last appliance that was looked at: each look goes on from there. */
  #lookedAt = NIL;

  constructor(
    pool: pg.Pool,
    onChange: (applianceIds: string[]) => void,
    log: Logger,
    timing: Partial<PresenceTiming> = {},
  ) {
    this.#pool = pool;
    this.#onChange = onChange;
    this.#log = log;
    this.#timing = { ...PRESENCE_TIMING, ...timing };
  }

  get jobs(): Job[] {
    const { everyMs } = this.#timing;
    return [
      { name: 'ended connections', everyMs, run: () => this.#tellGone() },
      { name: 'silent appliances', everyMs, run: () => this.#tellSilent() },
    ];
  }

  /** A device has come for its commands, which is a sign of life; call what is returned when it is gone. */
  connect(applianceId: string): () => void {
    const connectionId = randomUUID();
    this.#arrive(applianceId, connectionId).catch((err: unknown) =>
      this.#log.warn({ err }, 'could not note that a device is here'),
    );
    return () => {
      this.#gone.set(connectionId, { applianceId, at: performance.now() });
    };
  }

  async #arrive(applianceId: string, connectionId: string): Promise<void> {
    await this.#pool.query({
      name: 'device-connected',
      text: `UPDATE appliances a
             SET connection_id = $2, last_seen_at = greatest(last_seen_at, clock_timestamp()),
                 status = CASE
                   WHEN coalesce(status, 'offline') <> 'offline' THEN status
                   WHEN EXISTS (SELECT FROM cooking_sessions s
                                WHERE s.appliance_id = a.id AND s.status IN ('started', 'cooking', 'paused')
                                  AND s.status <> 'started') THEN 'cooking'
                   ELSE 'online' END
             WHERE id = $1`,
      values: [applianceId, connectionId],
    });
    this.#onChange([applianceId]);
  }

  /** Of a device whose newest connection ended nothing was heard since: it is offline. */
  async #tellGone(): Promise<boolean> {
    const now = performance.now();
    const due = [...this.#gone]
      .filter(([, { at }]) => now - at >= this.#timing.goneAfterMs)
      .slice(0, MAX_GONE);
    if (due.length === 0) return false;
    const { rows } = await this.#pool.query<{ id: string }>({
      name: 'devices-gone',
      text: `WITH gone AS (
               SELECT a.id FROM unnest($1::uuid[], $2::uuid[], $3::float8[]) AS g(appliance_id, connection_id, seconds)
               JOIN appliances a ON a.id = g.appliance_id AND a.connection_id = g.connection_id
               WHERE a.status <> 'offline' AND a.last_seen_at < clock_timestamp() - make_interval(secs => g.seconds)
               ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED
             )
             UPDATE appliances a SET status = 'offline', connection_id = NULL FROM gone WHERE a.id = gone.id
             RETURNING a.id`,
      values: [
        due.map(([, { applianceId }]) => applianceId),
        due.map(([connectionId]) => connectionId),
        due.map(([, { at }]) => (now - at) / 1000),
      ],
    });
    for (const [connectionId] of due) this.#gone.delete(connectionId);
    this.#tell(rows);
    return due.length === MAX_GONE;
  }

  /**
   * Looks at the next appliances that count as reachable, by their ids, and from the first again after the last. An index
   * on the time at which each was last seen would be more to the point, and would make every request of a device write to
   * all indexes of its appliance.
   */
  async #tellSilent(): Promise<boolean> {
    const { rows } = await this.#pool.query<{ last: string | null; looked: number; silent: string[] }>({
      name: 'silent-appliances',
      text: `WITH slice AS MATERIALIZED (
               SELECT id, last_seen_at FROM appliances WHERE status <> 'offline' AND id > $1 ORDER BY id LIMIT $2
             ), silent AS (
               SELECT a.id FROM appliances a
               WHERE a.id IN (SELECT id FROM slice
                              WHERE coalesce(last_seen_at, '-infinity') < clock_timestamp() - make_interval(secs => $3))
                 AND a.status <> 'offline'
                 AND coalesce(a.last_seen_at, '-infinity') < clock_timestamp() - make_interval(secs => $3)
               ORDER BY a.id FOR NO KEY UPDATE SKIP LOCKED
             ), marked AS (
               UPDATE appliances a SET status = 'offline' FROM silent WHERE a.id = silent.id RETURNING a.id
             )
             SELECT (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS last, (SELECT count(*)::int FROM slice) AS looked,
                    array(SELECT id FROM marked) AS silent`,
      values: [this.#lookedAt, MAX_LOOK, this.#timing.silentAfterMs / 1000],
    });
    const { last, looked, silent } = rows[0] as (typeof rows)[0];
    this.#lookedAt = looked === MAX_LOOK && last !== null ? last : NIL;
    this.#tell(silent.map((id) => ({ id })));
    return false;
  }

  #tell(rows: readonly { id: string }[]): void {
    if (rows.length > 0) this.#onChange(rows.map(({ id }) => id));
  }
}
