import type { Progress, SessionStatus, StageLogEntry } from '../db/tables/cooking-sessions.js';
import { type Instant, secondsBetween } from '../instant.js';
import { compareDeviceOrder } from './device-order.js';
import type { NewEvent } from './events.js';
import { foldTransitions, isRunning, type Transition } from './fold.js';

export type ApplianceStatus = 'online' | 'offline' | 'cooking' | 'error';

/** The part of a `cooking_sessions` row that its journal determines. */
export interface SessionHead {
  id: string;
  applianceId: string;
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
}

/** The part of an `appliances` row that its events determine. */
export interface ApplianceHead {
  id: string;
  userId: string;
  status: ApplianceStatus;
  firmwareVersionCm5: string | null;
  firmwareVersionStm32: string | null;
  reportedAt: Instant | null;
  reportedSequence: number | null;
}

export function isTransition<T extends { type: string }>(event: T): event is T & Pick<Transition, 'type'> {
  return event.type === 'status' || event.type === 'stage_change';
}

/**
 * The session after `events` joined its journal (in order of sequence). `storedTransitions` are all status and stage
 * events that were there before; they are needed, and read, only when the new ones hold a transition too.
 * `figuresStale` asks for peak and progress to be read from the journal again: the cook turned out to have ended before
 * readings that were already counted.
 */
export function projectSession(
  head: SessionHead,
  events: readonly (NewEvent & Pick<Transition, 'clockOffsetMs'>)[],
  storedTransitions: readonly Transition[],
  receivedAt: Instant,
): { head: SessionHead; figuresStale: boolean } {
  const next: SessionHead = {
    ...head,
    lastSequence: head.lastSequence + events.length,
    lastReceivedAt: receivedAt,
  };
  for (const { recordedAt } of events) {
    if (next.firstRecordedAt === null || recordedAt < next.firstRecordedAt) next.firstRecordedAt = recordedAt;
    if (next.lastRecordedAt === null || recordedAt > next.lastRecordedAt) next.lastRecordedAt = recordedAt;
  }
  const transitions = events.filter(isTransition);
  if (transitions.length > 0) {
    applyTransitions(next, [...storedTransitions, ...transitions]);
  }
  for (const event of events) {
    if (event.type === 'temperature' && !isAfterEnd(event, next)) applyReading(next, event);
  }
  const endMoved = next.endRecordedAt !== head.endRecordedAt;
  const figuresStale =
    endMoved && head.lastRecordedAt !== null && (next.endRecordedAt ?? '') < head.lastRecordedAt;
  return { head: next, figuresStale };
}

function isAfterEnd(event: { recordedAt: Instant }, head: SessionHead): boolean {
  return head.endRecordedAt !== null && event.recordedAt > head.endRecordedAt;
}

function applyTransitions(head: SessionHead, transitions: readonly Transition[]): void {
  const state = foldTransitions(transitions);
  head.status = state.status;
  head.completedAt = state.completedAt;
  head.endRecordedAt = state.endRecordedAt;
  head.stagesLog = state.stagesLog.length > 0 ? state.stagesLog : head.stagesLog;
  head.totalDurationS = state.completedAt
    ? Math.max(0, Math.round(secondsBetween(head.startedAt, state.completedAt)))
    : null;
  if (!state.stage) return;
  const { index, name, total, recordedAt } = state.stage;
  head.progress = {
    ...head.progress,
    stage_index: index,
    stage_name: name,
    ...(total === null ? {} : { total_stages: total }),
    stage_at: recordedAt,
    updated_at: laterOf(head.progress?.updated_at, recordedAt),
  };
}

function applyReading(
  head: SessionHead,
  { recordedAt, deviceSequence, payload }: Pick<NewEvent, 'recordedAt' | 'deviceSequence' | 'payload'>,
): void {
  const temperature = payload.temperature as number;
  if (head.peakTemperature === null || temperature > head.peakTemperature) head.peakTemperature = temperature;
  const shown = head.progress?.reading_position;
  if (shown && compareDeviceOrder({ recordedAt, deviceSequence }, positionOf(shown)) < 0) return;
  const { stage_index, stage_name, total_stages, stage_at, updated_at } = head.progress ?? {};
  head.progress = {
    ...(stage_at === undefined ? {} : { stage_index, stage_name, total_stages, stage_at }),
    ...pick(payload, 'progress_percent', 'temperature', 'target_temperature', 'seconds_remaining'),
    ...pick(payload, 'stir_active', 'stir_pattern'),
    updated_at: laterOf(updated_at, recordedAt),
    reading_position: [recordedAt, deviceSequence],
  };
}

/** Peak and newest reading of a cook up to its end, by its journal. */
export interface Figures {
  peakTemperature: number | null;
  newest: Pick<NewEvent, 'recordedAt' | 'deviceSequence' | 'payload'> | null;
}

/** Sets peak and progress to what the journal says, where readings after the end had been counted before. */
export function setFigures(head: SessionHead, { peakTemperature, newest }: Figures): void {
  const { stage_index, stage_name, total_stages, stage_at } = head.progress ?? {};
  head.progress =
    stage_at === undefined ? null : { stage_index, stage_name, total_stages, stage_at, updated_at: stage_at };
  if (newest) applyReading(head, newest);
  head.peakTemperature = peakTemperature;
}

function positionOf([recordedAt, deviceSequence]: NonNullable<Progress['reading_position']>) {
  return { recordedAt, deviceSequence };
}

function laterOf(a: Instant | undefined, b: Instant): Instant {
  return a !== undefined && a > b ? a : b;
}

function pick(payload: NewEvent['payload'], ...names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in payload).map((name) => [name, payload[name]]));
}

/**
 * The appliance after `events`. Status and firmware follow the device's order: an event older than the newest one they
 * were taken from changes neither. Any word from the device means that it is not offline.
 */
export function projectAppliance(head: ApplianceHead, events: readonly NewEvent[]): ApplianceHead {
  const next = { ...head };
  for (const event of events.toSorted(compareDeviceOrder)) {
    const { recordedAt, deviceSequence, payload, type } = event;
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
  if (next.status === 'offline' && next.reportedAt === head.reportedAt && events.length > 0)
    next.status = 'online';
  return next;
}

function statusAfter(payload: NewEvent['payload']): ApplianceStatus | undefined {
  if (payload.appliance_status) return payload.appliance_status as ApplianceStatus;
  const session = payload.session_status as SessionStatus | undefined;
  if (!session) return undefined;
  return isRunning(session) ? 'cooking' : 'online';
}
