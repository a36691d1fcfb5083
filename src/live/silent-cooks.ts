import type pg from 'pg';
import type { Instant } from '../instant.js';
import type { AppendRequest, EventOutcome } from './append.js';
import type { Job } from './scheduler.js';
import { inferredEnd } from './server-events.js';

/** Most running cooks that one statement looks at, and most that it finds. */
const MAX_LOOK = 1_000;
const MAX_ENDS = 50;
const NIL = '00000000-0000-0000-0000-000000000000';

export interface SilentCookTiming {
  everyMs: number;
  /** After the start of an instance: devices that could not reach the cloud before have to be heard first. */
  firstMs: number;
  /** A cook of which nothing is heard for so long has failed. */
  silentAfterMs: number;
  /** A cook that nobody resumes for so long has failed. */
  pausedAfterMs: number;
}

export const SILENT_COOK_TIMING: SilentCookTiming = {
  everyMs: 5_000,
  firstMs: 10_000,
  silentAfterMs: 1_800_000,
  pausedAfterMs: 1_800_000,
};

interface Overdue {
  applianceId: string;
  sessionId: string;
  reason: string;
  recordedAt: Instant;
  clockOffsetMs: number | null;
}

/**
 * Ends the cooks that nobody is at any more. An end that the server makes is provisional, and stored only where it
 * changes the cook: whatever the device tells later takes it back, and of two instances that notice the same silence one
 * ends it. A pause that the device goes on reporting behind such an end is not ended again: the device knows better.
 */
export class SilentCooks {
  readonly #pool: pg.Pool;
  readonly #append: (request: AppendRequest) => Promise<EventOutcome[]>;
  readonly #onChange: (applianceIds: string[]) => void;
  readonly #timing: SilentCookTiming;
  /** The appliance of the last cook that was looked at: each look goes on from there. */
  #lookedAt = NIL;

  constructor(
    pool: pg.Pool,
    append: (request: AppendRequest) => Promise<EventOutcome[]>,
    onChange: (applianceIds: string[]) => void,
    timing: Partial<SilentCookTiming> = {},
  ) {
    this.#pool = pool;
    this.#append = append;
    this.#onChange = onChange;
    this.#timing = { ...SILENT_COOK_TIMING, ...timing };
  }

  get job(): Job {
    const { everyMs, firstMs } = this.#timing;
    return { name: 'silent cooks', everyMs, firstMs, run: () => this.run() };
  }

  /** Ends those that it finds in its next look; true when it may have found only some. */
  async run(): Promise<boolean> {
    const { overdue, goOn } = await this.#look();
    const done = await Promise.allSettled(
      overdue.map((cook) => this.#append(inferredEnd({ ...cook, status: 'error' }))),
    );
    const ended = overdue.filter((_, i) => {
      const result = done[i];
      return result?.status === 'fulfilled' && result.value[0]?.kind === 'accepted';
    });
    // Where it found as many as it may, there may be more where it looked.
    const hasMore = overdue.length === MAX_ENDS && ended.length > 0;
    if (!hasMore) this.#lookedAt = goOn;
    if (ended.length > 0) await this.#free(ended.map(({ applianceId }) => applianceId));
    for (const result of done) if (result.status === 'rejected') throw result.reason;
    return hasMore;
  }

  /** What is overdue among the next cooks, and where to go on behind them. */
  async #look(): Promise<{ overdue: Overdue[]; goOn: string }> {
    const { rows } = await this.#pool.query<{ last: string | null; looked: number; overdue: Overdue[] }>({
      name: 'silent-cooks',
      text: `WITH slice AS MATERIALIZED (
               SELECT id, appliance_id, status, first_recorded_at, last_recorded_at, last_sequence,
                      coalesce(last_received_at, announced_at) AS heard_at
               FROM cooking_sessions
               WHERE status IN ('started', 'cooking', 'paused') AND appliance_id > $1
               ORDER BY appliance_id FETCH FIRST $2 ROWS WITH TIES
             ), overdue AS (
               SELECT s.*, CASE WHEN s.heard_at < clock_timestamp() - make_interval(secs => $3)
                                THEN 'DEVICE_SILENT' ELSE 'PAUSE_TIMEOUT' END AS reason
               FROM slice s
               LEFT JOIN LATERAL (
                 SELECT min(e.received_at) AS since, min(e.sequence) AS sequence FROM telemetry_events e
                 WHERE s.status = 'paused' AND e.session_id = s.id AND e.event_type = 'status'
                   AND e.payload ->> 'session_status' = 'paused' AND e.device_sequence IS NOT NULL
                   AND e.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at
                   AND e.recorded_at > coalesce((
                     SELECT max(c.recorded_at) FROM telemetry_events c
                     WHERE c.session_id = s.id AND c.event_type = 'status' AND c.payload ->> 'session_status' = 'cooking'
                       AND c.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at), '-infinity')
               ) pause ON true
               WHERE s.heard_at < clock_timestamp() - make_interval(secs => $3)
                  OR (pause.since < clock_timestamp() - make_interval(secs => $4) AND NOT EXISTS (
                        SELECT FROM telemetry_events e
                        WHERE e.session_id = s.id AND e.event_type = 'status' AND e.device_sequence IS NULL
                          AND e.sequence > pause.sequence
                          AND e.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at))
               LIMIT $5
             )
             SELECT (SELECT appliance_id FROM slice ORDER BY appliance_id DESC LIMIT 1) AS last,
                    (SELECT count(*)::int FROM slice) AS looked,
                    (SELECT coalesce(json_agg(o), '[]') FROM (
                       SELECT o.appliance_id AS "applianceId", o.id AS "sessionId", o.reason,
                              to_char(greatest(clock_timestamp() - make_interval(secs => coalesce(e.clock_offset_ms, 0) / 1000.0),
                                               o.last_recorded_at) AT TIME ZONE 'UTC',
                                      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "recordedAt",
                              e.clock_offset_ms AS "clockOffsetMs"
                       FROM overdue o
                       LEFT JOIN telemetry_events e ON e.session_id = o.id AND e.sequence = o.last_sequence
                         AND e.recorded_at BETWEEN o.first_recorded_at AND o.last_recorded_at) AS o) AS overdue`,
      values: [
        this.#lookedAt,
        MAX_LOOK,
        this.#timing.silentAfterMs / 1000,
        this.#timing.pausedAfterMs / 1000,
        MAX_ENDS,
      ],
    });
    const { last, looked, overdue } = rows[0] as (typeof rows)[0];
    return { overdue, goOn: looked >= MAX_LOOK && last !== null ? last : NIL };
  }

  /** An appliance whose cook has been ended does not cook any more, unless the device says so. */
  async #free(applianceIds: string[]): Promise<void> {
    const { rows } = await this.#pool.query<{ id: string }>({
      name: 'free-appliances',
      text: `UPDATE appliances a SET status = 'online'
             WHERE id = ANY($1::uuid[]) AND status = 'cooking'
               AND NOT EXISTS (SELECT FROM cooking_sessions s
                               WHERE s.appliance_id = a.id AND s.status IN ('started', 'cooking', 'paused'))
             RETURNING id`,
      values: [applianceIds],
    });
    if (rows.length > 0) this.#onChange(rows.map(({ id }) => id));
  }
}
