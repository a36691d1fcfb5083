import type pg from 'pg';
import { type Instant, instantFromDatabase } from '../instant.js';
import type { EventType, JournalEvent } from './events.js';

/** Readings of one cook that a curve is drawn from, at most: a cook of a day at one a second has fewer. */
const MAX_READINGS = 100_000;

/** A stretch of a journal: the events between two sequences (exclusive), oldest or newest first. */
export interface EventRange {
  after: number;
  before: number;
  limit: number;
  newestFirst: boolean;
  types: readonly EventType[] | null;
}

/** An event as `eventsSql` has PostgreSQL write it. */
export type WrittenEvent = [
  sequence: number,
  type: EventType,
  recordedAt: string,
  receivedAt: string,
  payload: object,
];

/** SQL in pieces: text, and the values between. */
export type SqlPiece = string | { value: unknown };

/**
 * The events of a session in a range, in the order that was asked for, as a subquery that gives one JSON array of
 * `WrittenEvent`, or null: that takes a quarter of the time of as many rows. `session` is what the row of
 * `cooking_sessions` is called around it.
 */
export function eventsSql(
  session: string,
  { after, before, limit, newestFirst, types }: EventRange,
): SqlPiece[] {
  const direction = newestFirst ? 'DESC' : 'ASC';
  return [
    `(SELECT json_agg(json_build_array(e.sequence, e.event_type, e.recorded_at, e.received_at, e.payload)
                      ORDER BY e.sequence ${direction})
      FROM (SELECT t.sequence, t.event_type, t.recorded_at, t.received_at, t.payload
            FROM telemetry_events t
            WHERE t.session_id = ${session}.id
              AND t.recorded_at BETWEEN ${session}.first_recorded_at AND ${session}.last_recorded_at
              AND t.sequence > `,
    { value: after },
    ` AND t.sequence < `,
    { value: before },
    ...(types ? [' AND t.event_type = ANY(', { value: types }, '::text[])'] : []),
    ` ORDER BY t.sequence ${direction} LIMIT `,
    { value: limit },
    ') e)',
  ];
}

/** The events that PostgreSQL wrote of a session. */
export function readWritten(sessionId: string, events: readonly WrittenEvent[] | null): JournalEvent[] {
  return (events ?? []).map(
    ([sequence, type, recordedAt, receivedAt, payload]) =>
      ({
        kind: 'event',
        sessionId,
        sequence,
        type,
        recordedAt: instantFromDatabase(recordedAt),
        receivedAt: instantFromDatabase(receivedAt),
        payload,
      }) as JournalEvent,
  );
}

/** The same range of the journals of many sessions, in one statement. */
export async function readEvents(
  pool: pg.Pool,
  sessionIds: readonly string[],
  range: EventRange,
): Promise<Map<string, JournalEvent[]>> {
  const values: unknown[] = [sessionIds];
  const events = eventsSql('s', range).map((piece) =>
    typeof piece === 'string' ? piece : `$${values.push(piece.value)}`,
  );
  const { rows } = await pool.query<{ id: string; events: WrittenEvent[] | null }>({
    name: `history-events-${range.newestFirst ? 'newest' : 'oldest'}${range.types ? '-typed' : ''}`,
    text: `SELECT s.id, ${events.join('')} AS events FROM cooking_sessions s WHERE s.id = ANY($1::uuid[])`,
    values,
  });
  return new Map(rows.map(({ id, events }) => [id, readWritten(id, events)]));
}

/** How many events the journals of these sessions hold, of these types or of all. */
export async function countEvents(
  pool: pg.Pool,
  sessionIds: readonly string[],
  types: readonly EventType[] | null,
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; events: number }>({
    name: 'history-count-events',
    text: `SELECT s.id, CASE WHEN $2::text[] IS NULL THEN s.last_sequence ELSE (
                    SELECT count(*)::int FROM telemetry_events t
                    WHERE t.session_id = s.id AND t.sequence IS NOT NULL AND t.event_type = ANY($2)
                      AND t.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at
                  ) END AS events
           FROM cooking_sessions s WHERE s.id = ANY($1::uuid[])`,
    values: [sessionIds, types],
  });
  return new Map(rows.map(({ id, events }) => [id, events]));
}

/** A point of a cook's curve. */
export interface TemperaturePoint {
  sequence: number;
  recordedAt: Instant;
  temperature: number;
  targetTemperature: number | null;
}

/** The temperature readings of these sessions, each in the device's order. */
export async function readTemperatures(
  pool: pg.Pool,
  sessionIds: readonly string[],
): Promise<Map<string, TemperaturePoint[]>> {
  const { rows } = await pool.query<TemperaturePoint & { sessionId: string }>({
    name: 'history-temperatures',
    text: `SELECT s.id AS "sessionId", e.sequence, e.recorded_at AS "recordedAt", e.temperature,
                  e.target AS "targetTemperature"
           FROM cooking_sessions s
           CROSS JOIN LATERAL (
             SELECT t.sequence, t.recorded_at, (t.payload->>'temperature')::float8 AS temperature,
                    (t.payload->>'target_temperature')::float8 AS target
             FROM telemetry_events t
             WHERE t.session_id = s.id AND t.event_type = 'temperature' AND t.sequence IS NOT NULL
               AND t.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at
             ORDER BY t.recorded_at, t.device_sequence LIMIT ${MAX_READINGS}
           ) e
           WHERE s.id = ANY($1::uuid[])`,
    values: [sessionIds],
  });
  return groupBySession(rows);
}

function groupBySession<T extends { sessionId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.sessionId);
    if (group) group.push(row);
    else groups.set(row.sessionId, [row]);
  }
  return groups;
}
