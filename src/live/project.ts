import type { Progress, SessionStatus, StageLogEntry } from '../db/tables/cooking-sessions.js';
import { type Instant, secondsBetween } from '../instant.js';
import { compareDeviceOrder, isAfter } from './device-order.js';
import type { NewEvent } from './events.js';
import { type Fold, isRunning, stateOf, type Transition } from './fold.js';

export type ApplianceStatus = 'online' | 'offline' | 'cooking' | 'error';

/** The part of a `cooking_sessions` row that its journal determines. */
export interface SessionHead {
  id: string;
  applianceId: string;
  /** Whose cook it is, for good. */
  userId: string;
  status: SessionStatus;
  startedAt: Instant;
  completedAt: Instant | null;
  endRecordedAt: Instant | null;
  totalDurationS: number | null;
  stagesLog: StageLogEntry[] | null;
  peakTemperature: number | null;
  lastSequence: number;
  firstRecordedAt: Instant | null;
  lastRecordedAt: Instant | null;
  lastReceivedAt: Instant | null;
  progress: Progress | null;
  /** Whether an uploaded log told how the cook ended: events change neither that nor the figures any more. */
  endedByLog: boolean;
}

/** The part of an `appliances` row that its events determine. */
export interface ApplianceHead {
  id: string;
  /** Whose it is, and since when. */
  userId: string;
  pairedAt: Instant;
  status: ApplianceStatus;
  firmwareVersionCm5: string | null;
  firmwareVersionStm32: string | null;
  /** The greatest position in the device's order of all its stored events: what lies behind it is new. */
  reportedAt: Instant | null;
  reportedSequence: number | null;
}

export function isTransition<T extends { type: string }>(event: T): event is T & Pick<Transition, 'type'> {
  return event.type === 'status' || event.type === 'stage_change';
}

/** Peak and newest reading of a cook up to its end, by its journal. */
export interface Figures {
  peakTemperature: number | null;
  newest: Pick<NewEvent, 'recordedAt' | 'deviceSequence' | 'payload'> | null;
}

/**
 * The session after `events` joined its journal (in order of sequence), except for `lastReceivedAt`. `fold` is the fold
 * of its transitions with theirs, null when it stayed as it was. When the end of the cook moved across readings that
 * were counted or left out before, peak and progress start over from `figures`, those of the journal without `events`;
 * without them the answer is the projected head whose end bounds the search for them, and `figuresStale`.
 */
export function projectSession(
  head: SessionHead,
  events: readonly NewEvent[],
  fold: Fold | null,
  figures?: Figures,
): { head: SessionHead; figuresStale: boolean } {
  const next: SessionHead = { ...head, lastSequence: head.lastSequence + events.length };
  for (const { recordedAt } of events) {
    if (next.firstRecordedAt === null || recordedAt < next.firstRecordedAt) next.firstRecordedAt = recordedAt;
    if (next.lastRecordedAt === null || recordedAt > next.lastRecordedAt) next.lastRecordedAt = recordedAt;
  }
  if (fold) applyFold(next, fold);
  if (figures) setFigures(next, figures);
  applyReadings(next, events);
  const figuresStale =
    !figures &&
    next.endRecordedAt !== head.endRecordedAt &&
    head.lastRecordedAt !== null &&
    (next.endRecordedAt ?? '') < head.lastRecordedAt;
  return { head: next, figuresStale };
}

function applyFold(head: SessionHead, fold: Fold): void {
  const state = stateOf(fold);
  head.status = state.status;
  head.completedAt = state.completedAt;
  head.endRecordedAt = state.endRecordedAt;
  head.totalDurationS = state.completedAt
    ? Math.max(0, Math.round(secondsBetween(head.startedAt, state.completedAt)))
    : null;
  const hadStage = head.progress?.stage_at !== undefined;
  if (state.stagesLog.length > 0) head.stagesLog = state.stagesLog;
  else if (state.stage || hadStage) head.stagesLog = null; // else it is not from this journal
  if (state.stage || hadStage) head.progress = toProgress(state.stage, head.progress);
}

/** Readings after the end of the cook change nothing; of the others, the newest is what is shown. */
function applyReadings(
  head: SessionHead,
  events: readonly Pick<NewEvent, 'type' | 'recordedAt' | 'deviceSequence' | 'payload'>[],
): void {
  let shown = head.progress?.reading_position ? positionOf(head.progress.reading_position) : null;
  let newest: Pick<NewEvent, 'recordedAt' | 'deviceSequence' | 'payload'> | null = null;
  for (const event of events) {
    if (event.type !== 'temperature') continue;
    if (head.endRecordedAt !== null && event.recordedAt > head.endRecordedAt) continue;
    const temperature = event.payload.temperature as number;
    if (!head.endedByLog && (head.peakTemperature === null || temperature > head.peakTemperature))
      head.peakTemperature = temperature;
    if (!isAfter(event, shown)) continue;
    shown = event;
    newest = event;
  }
  if (newest) head.progress = showReading(head.progress, newest);
}

/** What the progress keeps of a reading, beside the stage. */
const SHOWN = [
  'progress_percent',
  'temperature',
  'target_temperature',
  'seconds_remaining',
  'stir_active',
  'stir_pattern',
] as const;

type Stage = NonNullable<ReturnType<typeof stateOf>['stage']>;

/** Where the cook stands: in that stage, with the reading that was shown before. */
function toProgress(stage: Stage | null, before: Progress | null): Progress | null {
  const shown: Record<string, unknown> = {};
  for (const name of SHOWN) if (before?.[name] !== undefined) shown[name] = before[name];
  const position = before?.reading_position;
  if (position) shown.reading_position = position;
  if (!stage) return position ? ({ ...shown, updated_at: position[0] } as Progress) : null;
  return {
    stage_index: stage.index,
    stage_name: stage.name,
    ...(stage.total === null ? {} : { total_stages: stage.total }),
    stage_at: stage.recordedAt,
    ...shown,
    updated_at: laterOf(position?.[0], stage.recordedAt),
  };
}

/** Where the cook stands: in the stage of before, with that reading. */
function showReading(
  before: Progress | null,
  { recordedAt, deviceSequence, payload }: Pick<NewEvent, 'recordedAt' | 'deviceSequence' | 'payload'>,
): Progress {
  const progress: Record<string, unknown> = {};
  if (before?.stage_at !== undefined) {
    progress.stage_index = before.stage_index;
    progress.stage_name = before.stage_name;
    if (before.total_stages !== undefined) progress.total_stages = before.total_stages;
    progress.stage_at = before.stage_at;
  }
  for (const name of SHOWN) {
    const value = payload[name];
    if (value !== undefined) progress[name] = value;
  }
  progress.updated_at = laterOf(before?.stage_at, recordedAt);
  progress.reading_position = [recordedAt, deviceSequence];
  return progress as unknown as Progress;
}

/** Sets peak and progress to what the journal says, where readings beyond the end had been counted or left out. */
function setFigures(head: SessionHead, { peakTemperature, newest }: Figures): void {
  const { stage_index, stage_name, total_stages, stage_at } = head.progress ?? {};
  head.progress =
    stage_at === undefined
      ? null
      : {
          stage_index,
          stage_name,
          ...(total_stages === undefined ? {} : { total_stages }),
          stage_at,
          updated_at: stage_at,
        };
  if (newest) head.progress = showReading(head.progress, newest);
  head.peakTemperature = peakTemperature;
}

function positionOf([recordedAt, deviceSequence]: NonNullable<Progress['reading_position']>) {
  return { recordedAt, deviceSequence };
}

function laterOf(a: Instant | undefined, b: Instant): Instant {
  return a !== undefined && a > b ? a : b;
}

/**
 * The appliance after `events`. Status and firmware follow the device's order: an event older than the newest one they
 * were taken from changes neither. Any word from the device means that it is not offline; what the server made is none.
 */
export function projectAppliance(head: ApplianceHead, events: readonly NewEvent[]): ApplianceHead {
  const next = { ...head };
  let heard = false;
  for (const event of inDeviceOrder(events)) {
    const { recordedAt, deviceSequence, payload, type } = event;
    if (deviceSequence === null) continue;
    heard = true;
    if (
      next.reportedAt !== null &&
      compareDeviceOrder(event, { recordedAt: next.reportedAt, deviceSequence: next.reportedSequence }) < 0
    ) {
      continue;
    }
    next.reportedAt = recordedAt;
    next.reportedSequence = deviceSequence;
    if (type === 'status') next.status = statusAfter(payload) ?? next.status;
    if (type === 'heartbeat') {
      next.firmwareVersionCm5 =
        (payload.firmware_version_cm5 as string | undefined) ?? next.firmwareVersionCm5;
      next.firmwareVersionStm32 =
        (payload.firmware_version_stm32 as string | undefined) ?? next.firmwareVersionStm32;
    }
    if (next.status === 'offline' && payload.appliance_status !== 'offline') {
      next.status = event.sessionId !== null && type !== 'status' ? 'cooking' : 'online';
    }
  }
  if (next.status === 'offline' && next.reportedAt === head.reportedAt && heard) next.status = 'online';
  return next;
}

function inDeviceOrder(events: readonly NewEvent[]): readonly NewEvent[] {
  for (let i = 1; i < events.length; i++) {
    if (compareDeviceOrder(events[i - 1] as NewEvent, events[i] as NewEvent) > 0)
      return events.toSorted(compareDeviceOrder);
  }
  return events;
}

function statusAfter(payload: NewEvent['payload']): ApplianceStatus | undefined {
  if (payload.appliance_status) return payload.appliance_status as ApplianceStatus;
  const session = payload.session_status as SessionStatus | undefined;
  if (!session) return undefined;
  return isRunning(session) ? 'cooking' : 'online';
}
