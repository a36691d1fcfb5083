import type { DeviceViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { DomainError, type ErrorCode, forbidden, ValidationError } from '../errors.js';
import { type Instant, toMicroseconds } from '../instant.js';
import type { EventOutcome } from '../live/append.js';
import { type EventType, type NewEvent, toPayload } from '../live/events.js';
import { parseId } from './ids.js';

/** Most events of one request. */
export const MAX_BATCH_EVENTS = 500;

/** Events are accepted from 13 months ago to a day ahead, unless retention is shorter: a clock that is off by more tells nothing. */
const MAX_CLOCK_OFFSET_MS = 400 * 24 * 3_600_000;

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
  const sound: NewEvent[] = [];
  const readSessionId = sessionIdReader();
  const flaws = input.events.map((event) => {
    const checked = checkEvent(event, readSessionId);
    if (checked instanceof ValidationError) return checked;
    sound.push(checked);
    return null;
  });
  const outcomes = await services.live.append({
    applianceId: viewer.applianceId,
    clockOffsetMs: input.sentAt ? clockOffset(input.sentAt) : null,
    events: sound,
  });
  return count(input.events, flaws, outcomes);
}

/** How far the device's clock is behind ours; null where no event that is accepted could have come from such a clock. */
function clockOffset(sentAt: Instant): number | null {
  const offsetMs = Math.round(Date.now() - toMicroseconds(sentAt) / 1000);
  return Math.abs(offsetMs) <= MAX_CLOCK_OFFSET_MS ? offsetMs : null;
}

function checkEvent(
  event: TelemetryEventInput,
  readSessionId: ReturnType<typeof sessionIdReader>,
): NewEvent | ValidationError {
  try {
    const [type, path, reading] = readingOf(event);
    if (event.deviceSequence < 0) throw ValidationError.of('deviceSequence', 'must not be negative');
    const sessionId = isAbsent(event.sessionId) ? null : readSessionId(event.sessionId);
    return {
      deviceSequence: event.deviceSequence,
      recordedAt: event.recordedAt,
      sessionId,
      type,
      payload: toPayload(type, reading, sessionId !== null, path),
    };
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
}

/** Reads the session ids of one request, most of which are the same. */
function sessionIdReader(): (text: string) => string {
  let before: { text: string; id: string } | undefined;
  return (text) => {
    if (text !== before?.text) before = { text, id: parseId('CookingSession', text, 'sessionId') };
    return before.id;
  };
}

/** An empty text is not absent: it is a wrong id. */
function isAbsent(value: string | null | undefined): value is null | undefined {
  return value === null || value === undefined;
}

/** The type of an event, the path of its reading, and the reading itself. */
function readingOf({ reading }: TelemetryEventInput): [EventType, string, object] {
  if (reading.temperature) return ['temperature', 'reading.temperature', reading.temperature];
  if (reading.status) return ['status', 'reading.status', reading.status];
  if (reading.stageChange) return ['stage_change', 'reading.stageChange', reading.stageChange];
  if (reading.alert) return ['alert', 'reading.alert', reading.alert];
  if (reading.heartbeat) return ['heartbeat', 'reading.heartbeat', reading.heartbeat];
  throw ValidationError.of('reading', 'must hold one reading');
}

/** Joins the verdicts on form with those of the journal, in the order in which the events were sent. */
function count(
  sent: readonly TelemetryEventInput[],
  flaws: readonly (ValidationError | null)[],
  outcomes: readonly EventOutcome[],
): TelemetryResult {
  const result: TelemetryResult = { accepted: 0, duplicates: 0, rejected: [] };
  let next = 0;
  sent.forEach(({ deviceSequence, recordedAt }, i) => {
    const flaw = flaws[i];
    const outcome = flaw ? null : outcomes[next++];
    if (outcome?.kind === 'accepted') result.accepted += 1;
    else if (outcome?.kind === 'duplicate') result.duplicates += 1;
    else {
      const { code, message } = (flaw ?? outcome) as { code: ErrorCode; message: string };
      result.rejected.push({ deviceSequence, recordedAt, code, message });
    }
  });
  return result;
}
