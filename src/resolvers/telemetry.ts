import type { DeviceViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { DomainError, type ErrorCode, forbidden, ValidationError } from '../errors.js';
import { type Instant, toMicroseconds } from '../instant.js';
import type { EventOutcome } from '../live/append.js';
import { type EventType, type NewEvent, toPayload } from '../live/events.js';
import { parseId } from './ids.js';

/** Most events of one request. */
export const MAX_BATCH_EVENTS = 500;

/** An event as the API takes it; exactly one of the readings is set. */
export interface TelemetryEventInput {
  deviceSequence: number;
  sessionId?: string | null;
  recordedAt: Instant;
  reading: {
    temperature?: object | null;
    status?: object | null;
    stageChange?: object | null;
    alert?: object | null;
    heartbeat?: object | null;
  };
}

export interface RejectedEvent {
  deviceSequence: number;
  recordedAt: Instant;
  code: ErrorCode;
  message: string;
}

/** Each event sent is counted once. */
export interface TelemetryResult {
  accepted: number;
  duplicates: number;
  rejected: RejectedEvent[];
}

/**
 * Stores the events of a device. Each is judged alone; when this resolves, accepted and duplicate ones are on disk.
 * Throws `FORBIDDEN` for a device without a home, `PAYLOAD_TOO_LARGE` for too many events, and `SERVICE_UNAVAILABLE`,
 * after which sending the same again is safe.
 */
export async function recordTelemetry(
  services: Services,
  viewer: DeviceViewer,
  input: { events: readonly TelemetryEventInput[]; sentAt?: Instant | null },
): Promise<TelemetryResult> {
  if (!viewer.applianceId) throw forbidden('Pair the appliance with a home first.');
  if (input.events.length > MAX_BATCH_EVENTS) {
    throw new DomainError('PAYLOAD_TOO_LARGE', `input.events: must be at most ${MAX_BATCH_EVENTS}`);
  }
  const checked = input.events.map(checkEvent);
  const sound = checked.filter((event): event is NewEvent => !(event instanceof ValidationError));
  const outcomes = await services.live.append({
    applianceId: viewer.applianceId,
    clockOffsetMs: input.sentAt ? Math.round(Date.now() - toMicroseconds(input.sentAt) / 1000) : null,
    events: sound,
  });
  return count(input.events, checked, outcomes);
}

function checkEvent(event: TelemetryEventInput): NewEvent | ValidationError {
  try {
    const [type, field, reading] = readingOf(event);
    if (event.deviceSequence < 0) throw ValidationError.of('deviceSequence', 'must not be negative');
    const sessionId = isAbsent(event.sessionId)
      ? null
      : parseId('CookingSession', event.sessionId, 'sessionId');
    return {
      deviceSequence: event.deviceSequence,
      recordedAt: event.recordedAt,
      sessionId,
      type,
      payload: toPayload(type, reading, sessionId !== null, `reading.${field}`),
    };
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
}

/** An empty text is not absent: it is a wrong id. */
function isAbsent(value: string | null | undefined): value is null | undefined {
  return value === null || value === undefined;
}

function readingOf({ reading }: TelemetryEventInput): [EventType, string, object] {
  if (reading.temperature) return ['temperature', 'temperature', reading.temperature];
  if (reading.status) return ['status', 'status', reading.status];
  if (reading.stageChange) return ['stage_change', 'stageChange', reading.stageChange];
  if (reading.alert) return ['alert', 'alert', reading.alert];
  if (reading.heartbeat) return ['heartbeat', 'heartbeat', reading.heartbeat];
  throw ValidationError.of('reading', 'must hold one reading');
}

/** Joins the verdicts on form with those of the journal, in the order in which the events were sent. */
function count(
  sent: readonly TelemetryEventInput[],
  checked: readonly (NewEvent | ValidationError)[],
  outcomes: readonly EventOutcome[],
): TelemetryResult {
  const result: TelemetryResult = { accepted: 0, duplicates: 0, rejected: [] };
  let next = 0;
  sent.forEach(({ deviceSequence, recordedAt }, i) => {
    const verdict = checked[i];
    const outcome = verdict instanceof ValidationError ? verdict : outcomes[next++];
    if (outcome instanceof ValidationError) {
      result.rejected.push({ deviceSequence, recordedAt, code: outcome.code, message: outcome.message });
    } else if (outcome?.kind === 'rejected') {
      result.rejected.push({ deviceSequence, recordedAt, code: outcome.code, message: outcome.message });
    } else if (outcome?.kind === 'duplicate') {
      result.duplicates += 1;
    } else {
      result.accepted += 1;
    }
  });
  return result;
}
