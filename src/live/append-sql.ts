import type pg from 'pg';
import { type Instant, instantFromDatabase } from '../instant.js';
import { type NewEvent, storableNumber } from './events.js';
import type { Transition } from './fold.js';
import type { ApplianceHead, Figures, SessionHead } from './project.js';

/** The statements of an append. All but the first only read, and their answers count only while the versions hold. */

/** How an append waits for rows that others hold. */
export interface Patience {
  /** Whether rows that somebody else holds are told at once, instead of waited for. */
  skipLocked: boolean;
  /** The longest wait for one lock, in milliseconds. */
  waitMs: number;
}

/** Why a plan did not hold, and what is so instead. */
export interface Trouble {
  database: string;
  /** The window of `recordedAt` that is accepted at present. */
  oldest: Instant;
  newest: Instant;
  /** Appliances and sessions that somebody else has locked. */
  busy: string[];
  /** The rows whose versions are other than the plan's. */
  appliances: (ApplianceHead & { version: string })[];
  sessions: (SessionHead & { version: string })[];
}

export type AppendAnswer = { receivedAt: Instant; version: string; trouble: null } | { trouble: Trouble };

/** Carries out a plan (`Plan.document`) if it still holds; see the function's migration. */
export async function callAppend(
  client: pg.ClientBase,
  document: string,
  { skipLocked, waitMs }: Patience,
): Promise<AppendAnswer> {
  const { rows } = await client.query<{ receivedAt: Instant; version: string; trouble: Trouble | null }>({
    name: 'journal-append',
    text: `SELECT stored_at AS "receivedAt", version, trouble FROM journal_append_v1($1, $2, $3)`,
    values: [document, skipLocked, waitMs],
  });
  const { receivedAt, version, trouble } = rows[0] as (typeof rows)[0];
  if (trouble === null) return { receivedAt, version, trouble };
  trouble.oldest = instantFromDatabase(trouble.oldest);
  trouble.newest = instantFromDatabase(trouble.newest);
  for (const row of trouble.appliances) normalize(row, ['pairedAt', 'reportedAt']);
  for (const row of trouble.sessions) normalize(row, SESSION_INSTANTS);
  return { trouble };
}

const SESSION_INSTANTS = [
  'startedAt',
  'completedAt',
  'endRecordedAt',
  'firstRecordedAt',
  'lastRecordedAt',
  'lastReceivedAt',
] as const;

function normalize<K extends string>(row: { [name in K]: Instant | null }, names: readonly K[]): void {
  for (const name of names) {
    const text = row[name];
    if (text !== null) row[name] = instantFromDatabase(text);
  }
}

/** An event beside the appliance that sent it. */
export interface SentEvent {
  applianceId: string;
  event: NewEvent;
}

/** Which of the events are stored already, by their place in `sent`: `true` where the content is the same. */
export async function findStored(
  client: pg.ClientBase,
  sent: readonly SentEvent[],
): Promise<Map<number, boolean>> {
  const instants = sent.map(({ event }) => event.recordedAt).sort();
  const { rows } = await client.query<{ place: number; same: boolean }>({
    name: 'journal-find-stored',
    text: `SELECT k.place - 1 AS place,
                  e.event_type = k.event_type AND e.session_id IS NOT DISTINCT FROM k.session_id
                    AND e.payload = k.payload AS same
           FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::uuid[], $6::jsonb[])
                  WITH ORDINALITY AS k(appliance_id, device_sequence, recorded_at, event_type, session_id, payload, place)
           JOIN telemetry_events e ON e.appliance_id = k.appliance_id AND e.device_sequence = k.device_sequence
                                  AND e.recorded_at = k.recorded_at
           WHERE e.recorded_at BETWEEN $7::timestamptz AND $8::timestamptz`,
    values: [
      sent.map(({ applianceId }) => applianceId),
      sent.map(({ event }) => event.deviceSequence),
      sent.map(({ event }) => event.recordedAt),
      sent.map(({ event }) => event.type),
      sent.map(({ event }) => event.sessionId),
      sent.map(({ event }) => JSON.stringify(event.payload)),
      instants[0],
      instants.at(-1),
    ],
  });
  return new Map(rows.map(({ place, same }) => [place, same]));
}

/** What the fold of a session is made of. */
export interface StoredTransitions {
  /** All status and stage events, in the order of their sequences. */
  transitions: Transition[];
  /** The greatest `recordedAt` of the events that the device made. */
  newestDeviceAt: Instant | null;
}

type Bounds = Pick<SessionHead, 'id' | 'firstRecordedAt' | 'lastRecordedAt'>;

/** Reads the transitions of these sessions, each from the months alone that its least and greatest time bound. */
export async function readTransitions(
  client: pg.ClientBase,
  sessions: readonly Bounds[],
): Promise<Map<string, StoredTransitions>> {
  const { rows } = await client.query<Transition & { sessionId: string }>({
    name: 'journal-read-transitions',
    text: `SELECT s.id AS "sessionId", t.event_type AS type, t.payload, t.recorded_at AS "recordedAt",
                  t.device_sequence AS "deviceSequence", t.clock_offset_ms AS "clockOffsetMs"
           FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS s(id, first, last)
           CROSS JOIN LATERAL (
             SELECT * FROM telemetry_events e
             WHERE e.session_id = s.id AND e.event_type IN ('status', 'stage_change')
               AND e.recorded_at BETWEEN s.first AND s.last
           ) t
           ORDER BY t.sequence`,
    values: [
      sessions.map(({ id }) => id),
      sessions.map(({ firstRecordedAt }) => firstRecordedAt),
      sessions.map(({ lastRecordedAt }) => lastRecordedAt),
    ],
  });
  const stored = new Map<string, StoredTransitions>(
    sessions.map(({ id, lastRecordedAt }) => [id, { transitions: [], newestDeviceAt: lastRecordedAt }]),
  );
  for (const { sessionId, ...transition } of rows) stored.get(sessionId)?.transitions.push(transition);
  for (const session of sessions) {
    const found = stored.get(session.id);
    // Only where the server made events may another than the last be the device's newest.
    if (found?.transitions.some(({ deviceSequence }) => deviceSequence === null))
      found.newestDeviceAt = await readNewestDeviceAt(client, session);
  }
  return stored;
}

async function readNewestDeviceAt(client: pg.ClientBase, session: Bounds): Promise<Instant | null> {
  const { rows } = await client.query<{ at: Instant | null }>({
    name: 'journal-read-newest-device',
    text: `SELECT max(recorded_at) AS at FROM telemetry_events
           WHERE session_id = $1 AND device_sequence IS NOT NULL AND recorded_at BETWEEN $2 AND $3`,
    values: [session.id, session.firstRecordedAt, session.lastRecordedAt],
  });
  return rows[0]?.at ?? null;
}

/** Peak and newest reading of a journal up to the end of the cook, or its own. */
export async function readFigures(
  client: pg.ClientBase,
  session: Bounds & Pick<SessionHead, 'endRecordedAt'>,
): Promise<Figures> {
  const { rows } = await client.query<Figures['newest'] & { peakTemperature: number }>({
    name: 'journal-read-figures',
    text: `SELECT recorded_at AS "recordedAt", device_sequence AS "deviceSequence", payload,
                  max((payload->>'temperature')::float8) OVER () AS "peakTemperature"
           FROM telemetry_events
           WHERE session_id = $1 AND event_type = 'temperature' AND recorded_at BETWEEN $2 AND $3
           ORDER BY recorded_at DESC, device_sequence DESC LIMIT 1`,
    values: [session.id, session.firstRecordedAt, session.endRecordedAt ?? session.lastRecordedAt],
  });
  const newest = rows[0] ?? null;
  return { peakTemperature: newest && storableNumber(newest.peakTemperature), newest };
}
