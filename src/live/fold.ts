import type { SessionStatus, StageLogEntry } from '../db/tables/cooking-sessions.js';
import { fromMicroseconds, type Instant, secondsBetween, toMicroseconds } from '../instant.js';
import { compareDeviceOrder, type DevicePosition } from './device-order.js';
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

function correctClock(recordedAt: Instant, clockOffsetMs: number | null): Instant {
  return clockOffsetMs === null
    ? recordedAt
    : fromMicroseconds(toMicroseconds(recordedAt) + clockOffsetMs * 1000);
}

/**
 * Folds the status and stage events of one session, in whatever order they arrived, into the state they add up to in
 * the device's order. A status that no arrow allows is passed over. An end that the device reported is final; one that
 * the server inferred is provisional, and a later event of the device takes it back.
 */
export function foldTransitions(transitions: readonly Transition[]): SessionState {
  const state: SessionState = {
    status: 'started',
    completedAt: null,
    endRecordedAt: null,
    stagesLog: [],
    stage: null,
  };
  let beforeProvisionalEnd: SessionStatus | null = null;

  for (const event of transitions.toSorted(compareDeviceOrder)) {
    if (beforeProvisionalEnd && event.deviceSequence !== null) {
      state.status = beforeProvisionalEnd;
      state.completedAt = null;
      state.endRecordedAt = null;
      beforeProvisionalEnd = null;
    }
    if (!isRunning(state.status)) break;
    if (event.type === 'stage_change') {
      enterStage(state, event);
      continue;
    }
    const next = event.payload.session_status as SessionStatus | undefined;
    if (!next || !ARROWS[state.status].includes(next)) continue;
    if (!isRunning(next)) {
      beforeProvisionalEnd = event.deviceSequence === null ? state.status : null;
      state.completedAt = correctClock(event.recordedAt, event.clockOffsetMs);
      state.endRecordedAt = event.recordedAt;
    }
    state.status = next;
  }
  if (state.endRecordedAt && state.stage)
    state.stagesLog.push(closeStage(state.stage, state.endRecordedAt, {}));
  return state;
}

function enterStage(state: SessionState, event: Transition): void {
  const { payload, recordedAt } = event;
  if (state.stage) state.stagesLog.push(closeStage(state.stage, recordedAt, payload));
  state.stage = {
    index: payload.stage_index as number,
    name: payload.stage_name as string,
    total: (payload.total_stages as number | undefined) ?? null,
    recordedAt,
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
