import type pg from 'pg';
import { ACCEPTED_HOURS_AHEAD, ACCEPTED_MONTHS_BACK } from '../db/partitions.js';
import type { Instant } from '../instant.js';
import type { NewEvent } from './events.js';
import type { Transition } from './fold.js';
import type { ApplianceHead, Figures, SessionHead } from './project.js';

/** The statements of an append, in the order in which they run. Each stands on the locks of the ones before it. */

/** The database's clock, and the window of `recorded_at` that it accepts. */
export interface Clock {
  now: Instant;
  oldest: Instant;
  newest: Instant;
}

export async function readClock(client: pg.ClientBase): Promise<Clock> {
  const { rows } = await client.query<Clock>({
    name: 'journal-clock',
    text: `SELECT t AS now, t - make_interval(months => $1) AS oldest, t + make_interval(hours => $2) AS newest
           FROM clock_timestamp() AS t`,
    values: [ACCEPTED_MONTHS_BACK, ACCEPTED_HOURS_AHEAD],
  });
  return rows[0] as Clock;
}

/** Locks the appliances in the order of their ids: every writer takes appliances before sessions, in that order. */
export async function lockAppliances(
  client: pg.ClientBase,
  ids: readonly string[],
): Promise<ApplianceHead[]> {
  const { rows } = await client.query<ApplianceHead>({
    name: 'journal-lock-appliances',
    text: `SELECT id, user_id AS "userId", coalesce(status, 'offline') AS status,
                  firmware_version_cm5 AS "firmwareVersionCm5", firmware_version_stm32 AS "firmwareVersionStm32",
                  reported_at AS "reportedAt", reported_sequence AS "reportedSequence"
           FROM appliances WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
    values: [ids],
  });
  return rows;
}

/** Locks the sessions in the order of their ids; from here to the commit their sequences are ours. */
export async function lockSessions(client: pg.ClientBase, ids: readonly string[]): Promise<SessionHead[]> {
  const { rows } = await client.query<SessionHead>({
    name: 'journal-lock-sessions',
    text: `SELECT id, appliance_id AS "applianceId", status, started_at AS "startedAt",
                  completed_at AS "completedAt", end_recorded_at AS "endRecordedAt",
                  total_duration_s AS "totalDurationS", stages_log AS "stagesLog",
                  peak_temperature AS "peakTemperature", last_sequence AS "lastSequence",
                  first_recorded_at AS "firstRecordedAt", last_recorded_at AS "lastRecordedAt",
                  last_received_at AS "lastReceivedAt", progress
           FROM cooking_sessions WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
    values: [ids],
  });
  return rows;
}

/** An event beside the appliance that sent it. */
export interface SentEvent {
  applianceId: string;
  event: NewEvent;
}

/**
 * Which of the events are stored already, by their place in `sent`: `true` where the stored one has the same content.
 * Runs as a statement of its own after the locks, so that its snapshot sees what the last holder of them committed.
 */
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

/** All status and stage events of a session. */
export async function readTransitions(client: pg.ClientBase, head: SessionHead): Promise<Transition[]> {
  if (head.firstRecordedAt === null) return [];
  const { rows } = await client.query<Transition>({
    name: 'journal-read-transitions',
    text: `SELECT event_type AS type, payload, recorded_at AS "recordedAt", device_sequence AS "deviceSequence",
                  clock_offset_ms AS "clockOffsetMs"
           FROM telemetry_events
           WHERE session_id = $1 AND event_type IN ('status', 'stage_change')
             AND recorded_at BETWEEN $2 AND $3`,
    values: [head.id, head.firstRecordedAt, head.lastRecordedAt],
  });
  return rows;
}

/** A judged event with its place in the journal; `sequence` is null outside a cook. */
export interface AcceptedEvent extends SentEvent {
  sequence: number | null;
  clockOffsetMs: number | null;
}

export async function insertEvents(
  client: pg.ClientBase,
  accepted: readonly AcceptedEvent[],
  receivedAt: Instant,
): Promise<void> {
  await client.query({
    name: 'journal-insert',
    text: `INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, sequence,
                                         device_sequence, clock_offset_ms, received_at)
           SELECT *, $9::timestamptz
           FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::timestamptz[], $6::int[], $7::int[],
                       $8::bigint[])`,
    values: [
      accepted.map(({ applianceId }) => applianceId),
      accepted.map(({ event }) => event.sessionId),
      accepted.map(({ event }) => event.type),
      accepted.map(({ event }) => JSON.stringify(event.payload)),
      accepted.map(({ event }) => event.recordedAt),
      accepted.map(({ sequence }) => sequence),
      accepted.map(({ event }) => event.deviceSequence),
      accepted.map(({ clockOffsetMs }) => clockOffsetMs),
      receivedAt,
    ],
  });
}

export async function updateSessions(client: pg.ClientBase, heads: readonly SessionHead[]): Promise<void> {
  await client.query({
    name: 'journal-update-sessions',
    text: `UPDATE cooking_sessions s
           SET status = n.status, completed_at = n.completed_at, end_recorded_at = n.end_recorded_at,
               total_duration_s = n.total_duration_s, stages_log = n.stages_log,
               peak_temperature = n.peak_temperature, last_sequence = n.last_sequence,
               first_recorded_at = n.first_recorded_at, last_recorded_at = n.last_recorded_at,
               last_received_at = n.last_received_at, progress = n.progress
           FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::jsonb[],
                       $7::real[], $8::int[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::jsonb[])
                  AS n(id, status, completed_at, end_recorded_at, total_duration_s, stages_log, peak_temperature,
                       last_sequence, first_recorded_at, last_recorded_at, last_received_at, progress)
           WHERE s.id = n.id`,
    values: [
      heads.map(({ id }) => id),
      heads.map(({ status }) => status),
      heads.map(({ completedAt }) => completedAt),
      heads.map(({ endRecordedAt }) => endRecordedAt),
      heads.map(({ totalDurationS }) => totalDurationS),
      heads.map(({ stagesLog }) => stagesLog && JSON.stringify(stagesLog)),
      heads.map(({ peakTemperature }) => peakTemperature),
      heads.map(({ lastSequence }) => lastSequence),
      heads.map(({ firstRecordedAt }) => firstRecordedAt),
      heads.map(({ lastRecordedAt }) => lastRecordedAt),
      heads.map(({ lastReceivedAt }) => lastReceivedAt),
      heads.map(({ progress }) => progress && JSON.stringify(progress)),
    ],
  });
}

export async function readFigures(client: pg.ClientBase, head: SessionHead): Promise<Figures> {
  const { rows } = await client.query<Figures['newest'] & { peakTemperature: number }>({
    name: 'journal-read-figures',
    text: `SELECT recorded_at AS "recordedAt", device_sequence AS "deviceSequence", payload,
                  max((payload->>'temperature')::real) OVER () AS "peakTemperature"
           FROM telemetry_events
           WHERE session_id = $1 AND event_type = 'temperature' AND recorded_at BETWEEN $2 AND $3
           ORDER BY recorded_at DESC, device_sequence DESC LIMIT 1`,
    values: [head.id, head.firstRecordedAt, head.endRecordedAt ?? head.lastRecordedAt],
  });
  const newest = rows[0] ?? null;
  return { peakTemperature: newest?.peakTemperature ?? null, newest };
}

export async function updateAppliances(
  client: pg.ClientBase,
  heads: readonly ApplianceHead[],
  lastSeenAt: Instant,
): Promise<void> {
  await client.query({
    name: 'journal-update-appliances',
    text: `UPDATE appliances a
           SET status = n.status, firmware_version_cm5 = n.firmware_version_cm5,
               firmware_version_stm32 = n.firmware_version_stm32, reported_at = n.reported_at,
               reported_sequence = n.reported_sequence, last_seen_at = greatest(a.last_seen_at, $7::timestamptz)
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::int[])
                  AS n(id, status, firmware_version_cm5, firmware_version_stm32, reported_at, reported_sequence)
           WHERE a.id = n.id`,
    values: [
      heads.map(({ id }) => id),
      heads.map(({ status }) => status),
      heads.map(({ firmwareVersionCm5 }) => firmwareVersionCm5),
      heads.map(({ firmwareVersionStm32 }) => firmwareVersionStm32),
      heads.map(({ reportedAt }) => reportedAt),
      heads.map(({ reportedSequence }) => reportedSequence),
      lastSeenAt,
    ],
  });
}
