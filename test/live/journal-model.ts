import type pg from 'pg';
import type { EventType, Payload } from '../../src/live/events.js';

/** A stored event, as the test reads it. */
export interface Stored {
  sequence: number;
  type: EventType;
  payload: Payload;
  recordedAt: string;
  receivedAt: string;
  deviceSequence: number | null;
  clockOffsetMs: number | null;
}

export async function readStored(pool: pg.Pool, sessionId: string): Promise<Stored[]> {
  const { rows } = await pool.query<Stored>(
    `SELECT sequence, event_type AS type, payload, recorded_at AS "recordedAt", received_at AS "receivedAt",
            device_sequence AS "deviceSequence", clock_offset_ms AS "clockOffsetMs"
     FROM telemetry_events WHERE session_id = $1 ORDER BY sequence`,
    [sessionId],
  );
  return rows;
}

/** The part of a session's row that its journal determines. */
export async function readHead(pool: pg.Pool, sessionId: string) {
  const { rows } = await pool.query(
    `SELECT status, completed_at AS "completedAt", end_recorded_at AS "endRecordedAt", stages_log AS "stagesLog",
            peak_temperature AS "peakTemperature", last_sequence AS "lastSequence", progress,
            first_recorded_at AS "firstRecordedAt", last_recorded_at AS "lastRecordedAt",
            last_received_at AS "lastReceivedAt"
     FROM cooking_sessions WHERE id = $1`,
    [sessionId],
  );
  return rows[0];
}

const NEXT: Record<string, string[]> = {
  started: ['cooking', 'completed', 'aborted', 'error'],
  cooking: ['paused', 'completed', 'aborted', 'error'],
  paused: ['cooking', 'completed', 'aborted', 'error'],
};

const RUNNING = Object.keys(NEXT);
const seconds = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 1000);

/**
 * What a session's row must say, walked from all events of its journal, one by one in the device's order, in the plainest
 * words of the specification; shares no code with the server.
 */
export function headOf(stored: readonly Stored[]) {
  const order = stored.toSorted(
    (a, b) =>
      a.recordedAt.localeCompare(b.recordedAt) ||
      (a.deviceSequence ?? Infinity) - (b.deviceSequence ?? Infinity) ||
      a.sequence - b.sequence,
  );
  let status = 'started';
  let end: Stored | null = null;
  let statusBeforeInferredEnd: string | null = null;
  const stages: Stored[] = [];
  for (const event of order) {
    if (statusBeforeInferredEnd && event.deviceSequence !== null) {
      status = statusBeforeInferredEnd;
      end = statusBeforeInferredEnd = null;
    }
    if (!RUNNING.includes(status)) continue;
    if (event.type === 'stage_change') stages.push(event);
    const wanted = event.payload.session_status as string | undefined;
    if (event.type !== 'status' || !wanted || !NEXT[status]?.includes(wanted)) continue;
    if (!RUNNING.includes(wanted)) {
      statusBeforeInferredEnd = event.deviceSequence === null ? status : null;
      end = event;
    }
    status = wanted;
  }
  const log = stages
    .slice(0, -1)
    .map((stage, i) => logOf(stage, stages[i + 1]?.recordedAt ?? '', stages[i + 1]));
  const stage = stages.at(-1);
  if (stage && end) log.push(logOf(stage, end.recordedAt));
  const total = stages.findLast(({ payload }) => payload.total_stages !== undefined)?.payload.total_stages;

  const readings = order.filter(
    ({ type, recordedAt }) => type === 'temperature' && (end === null || recordedAt <= end.recordedAt),
  );
  const shown = readings.at(-1);
  const times = order.map(({ recordedAt }) => recordedAt);
  return {
    status,
    completedAt: end
      ? new Date(Date.parse(end.recordedAt) + (end.clockOffsetMs ?? 0)).toISOString().replace('Z', '000Z')
      : null,
    endRecordedAt: end?.recordedAt ?? null,
    stagesLog: log.length > 0 ? log : null,
    peakTemperature:
      readings.length > 0 ? Math.max(...readings.map(({ payload }) => payload.temperature as number)) : null,
    lastSequence: stored.length,
    firstRecordedAt: times[0] ?? null,
    lastRecordedAt: times.at(-1) ?? null,
    lastReceivedAt: stored.at(-1)?.receivedAt ?? null,
    progress:
      stage || shown
        ? {
            ...(stage && {
              stage_index: stage.payload.stage_index,
              stage_name: stage.payload.stage_name,
              ...(total === undefined ? {} : { total_stages: total }),
              stage_at: stage.recordedAt,
            }),
            ...(shown && {
              ...shown.payload,
              reading_position: [shown.recordedAt, shown.deviceSequence],
            }),
            updated_at: [stage?.recordedAt ?? '', shown?.recordedAt ?? ''].sort().at(-1),
          }
        : null,
  };
}

function logOf(stage: Stored, endedAt: string, next?: Stored) {
  return {
    stage: stage.payload.stage_name,
    duration_s: next?.payload.previous_duration_seconds ?? seconds(stage.recordedAt, endedAt),
    result: null,
    cv_confidence: null,
  };
}
