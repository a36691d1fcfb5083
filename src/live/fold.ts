import type { SessionStatus, StageLogEntry } from '../db/tables/cooking-sessions.js';
import { fromMicroseconds, type Instant, secondsBetween, toMicroseconds } from '../instant.js';
import { compareDeviceOrder, type DevicePosition, isAfter } from './device-order.js';
import type { Payload } from './events.js';

/** A status or stage event of a session: what its state is made of. */
export interface Transition extends DevicePosition {
  type: 'status' | 'stage_change';
  payload: Payload;
  /** How far the device's clock was behind the server's, in milliseconds. */
  clockOffsetMs: number | null;
}

/** What the transitions of a session add up to. */
export interface SessionState {
  status: SessionStatus;
  /** By the server's clock, as well as that can be told. */
  completedAt: Instant | null;
  /** `recordedAt` of the event that ended the cook, by the device's clock. */
  endRecordedAt: Instant | null;
  stagesLog: StageLogEntry[];
  stage: { index: number; name: string; total: number | null; recordedAt: Instant } | null;
}

/** The `reason` of a status event that the server made of a device's log. */
export const LOG_UPLOADED = 'LOG_UPLOADED';

const RUNNING: readonly SessionStatus[] = ['started', 'cooking', 'paused'];

/** Whether a cook of this status still goes on. */
export function isRunning(status: SessionStatus): boolean {
  return RUNNING.includes(status);
}

/** `started → cooking`, `cooking ↔ paused`, and from each of these to any of the three ends. */
const ARROWS: Record<SessionStatus, readonly SessionStatus[]> = {
  started: ['cooking', 'completed', 'aborted', 'error'],
  cooking: ['paused', 'completed', 'aborted', 'error'],
  paused: ['cooking', 'completed', 'aborted', 'error'],
  completed: [],
  aborted: [],
  error: [],
};

/** When something happened by the clock of the server, as well as that can be told. */
export function correctClock(recordedAt: Instant, clockOffsetMs: number | null): Instant {
  return clockOffsetMs === null
    ? recordedAt
    : fromMicroseconds(toMicroseconds(recordedAt) + clockOffsetMs * 1000);
}

/**
 * The fold of a session's transitions so far, to which the next one in the device's order is added by `addTransition`
 * without a look at those before it.
 */
export interface Fold {
  readonly status: SessionStatus;
  readonly completedAt: Instant | null;
  readonly endRecordedAt: Instant | null;
  /** Whether the end is one that the server inferred: a later event of the device takes it back. */
  readonly endIsInferred: boolean;
  /** The log entries of the stages before the present one. */
  readonly pastStages: readonly StageLogEntry[];
  readonly stage: SessionState['stage'];
  /** Where the last transition stands that was added. */
  readonly last: DevicePosition | null;
}

/** The fold of a session without transitions. */
export const EMPTY_FOLD: Fold = {
  status: 'started',
  completedAt: null,
  endRecordedAt: null,
  endIsInferred: false,
  pastStages: [],
  stage: null,
  last: null,
};

/** Whether the server made the event of a device's log: the device's own word, which nothing refutes. */
export function isLogged({
  deviceSequence,
  payload,
}: Pick<Transition, 'deviceSequence' | 'payload'>): boolean {
  return deviceSequence === null && payload.reason === LOG_UPLOADED;
}

/** Whether `addTransition` may add this one: the device made it, after all that the fold holds, and no end falls. */
export function canAddTransition(fold: Fold, event: DevicePosition): boolean {
  return event.deviceSequence !== null && !fold.endIsInferred && isAfter(event, fold.last);
}

/** The fold with one more transition, which stands behind all of its own in the device's order. */
export function addTransition(fold: Fold, event: Transition): Fold {
  const last = { recordedAt: event.recordedAt, deviceSequence: event.deviceSequence };
  if (!isRunning(fold.status)) return { ...fold, last };
  if (event.type === 'stage_change') return enterStage({ ...fold, last }, event);
  const next = event.payload.session_status as SessionStatus | undefined;
  if (!next || !ARROWS[fold.status].includes(next)) return { ...fold, last };
  if (isRunning(next)) return { ...fold, status: next, last };
  return {
    ...fold,
    status: next,
    completedAt: correctClock(event.recordedAt, event.clockOffsetMs),
    endRecordedAt: event.recordedAt,
    endIsInferred: event.deviceSequence === null && !isLogged(event),
    last,
  };
}

/**
 * Folds all status and stage events of one session, in whatever order they arrived. A status that no arrow allows is
 * passed over. An end that the device reported is final. One that the server inferred holds only as long as the device
 * has reported nothing later, of whatever kind: `newestDeviceAt` is the greatest `recordedAt` of the session's events
 * that the device made. One that a log told, the last of `transitions` that is such, is how the cook ended, whatever the
 * others say.
 */
export function foldAll(transitions: readonly Transition[], newestDeviceAt: Instant | null): Fold {
  const told = transitions.findLast((event) => isLogged(event) && isEnd(event));
  let fold = EMPTY_FOLD;
  for (const event of transitions.toSorted(compareDeviceOrder)) {
    if (told && (isEnd(event) || compareDeviceOrder(event, told) > 0)) continue;
    if (!isRefuted(event, newestDeviceAt)) fold = addTransition(fold, event);
  }
  return told ? addTransition(fold, told) : fold;
}

function isEnd({ type, payload }: Transition): boolean {
  const status = payload.session_status as SessionStatus | undefined;
  return type === 'status' && status !== undefined && !isRunning(status);
}

function isRefuted(event: Transition, newestDeviceAt: Instant | null): boolean {
  if (event.deviceSequence !== null || isLogged(event)) return false;
  return newestDeviceAt !== null && newestDeviceAt > event.recordedAt;
}

/** What a fold says of its session. */
export function stateOf({ status, completedAt, endRecordedAt, pastStages, stage }: Fold): SessionState {
  const stagesLog = [...pastStages];
  if (endRecordedAt && stage) stagesLog.push(closeStage(stage, endRecordedAt, {}));
  return { status, completedAt, endRecordedAt, stagesLog, stage };
}

/** The state that the transitions of a session add up to; see `foldAll`. */
export function foldTransitions(
  transitions: readonly Transition[],
  newestDeviceAt: Instant | null = newestOfDevice(transitions),
): SessionState {
  return stateOf(foldAll(transitions, newestDeviceAt));
}

/** The greatest `recordedAt` of the events that the device made, and of `least`. */
export function newestOfDevice(
  events: readonly DevicePosition[],
  least: Instant | null = null,
): Instant | null {
  let newest = least;
  for (const { recordedAt, deviceSequence } of events) {
    if (deviceSequence !== null && (newest === null || recordedAt > newest)) newest = recordedAt;
  }
  return newest;
}

function enterStage(fold: Fold, { payload, recordedAt }: Transition): Fold {
  return {
    ...fold,
    pastStages: fold.stage
      ? [...fold.pastStages, closeStage(fold.stage, recordedAt, payload)]
      : fold.pastStages,
    stage: {
      index: payload.stage_index as number,
      name: payload.stage_name as string,
      // A device need not repeat it.
      total: (payload.total_stages as number | undefined) ?? fold.stage?.total ?? null,
      recordedAt,
    },
  };
}

/** The log entry of a stage: what the device said of it when it went on, else the time that passed. */
function closeStage(
  stage: NonNullable<SessionState['stage']>,
  endedAt: Instant,
  next: Payload,
): StageLogEntry {
  return {
    stage: stage.name,
    duration_s: Math.round(
      (next.previous_duration_seconds as number | undefined) ?? secondsBetween(stage.recordedAt, endedAt),
    ),
    result: (next.previous_result as string | undefined) ?? null,
    cv_confidence: (next.cv_confidence as number | undefined) ?? null,
  };
}
