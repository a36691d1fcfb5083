import { ACCEPTED_HOURS_AHEAD } from '../db/partitions.js';
import type { Instant } from '../instant.js';
import type { AppendRequest } from './append.js';
import type { Heads } from './heads.js';
import type { Accepted } from './judge.js';
import type { PlannedAppliance, PlannedSession } from './plan.js';

/** A plan in the form that `journal_append_v1` takes: one document, the cheapest way for Node.js and PostgreSQL alike. */
export function writePlan(
  heads: Heads,
  sessions: readonly PlannedSession[],
  appliances: readonly PlannedAppliance[],
  outside: readonly (readonly Accepted[])[],
): string {
  const events: object[] = [];
  let first: Instant | null = null;
  let last: Instant | null = null;
  const add = (applianceId: string, { event, clockOffsetMs }: Accepted, sequence: number | null) => {
    const { recordedAt } = event;
    if (first === null || recordedAt < first) first = recordedAt;
    if (last === null || recordedAt > last) last = recordedAt;
    events.push({
      appliance_id: applianceId,
      session_id: event.sessionId,
      event_type: event.type,
      payload: event.payload,
      recorded_at: recordedAt,
      sequence,
      device_sequence: event.deviceSequence,
      clock_offset_ms: clockOffsetMs,
    });
  };
  for (const { known, kept } of sessions) {
    let sequence = known.head.lastSequence;
    for (const accepted of kept) add(known.head.applianceId, accepted, ++sequence);
  }
  appliances.forEach(({ known }, i) => {
    for (const accepted of outside[i] ?? []) add(known.head.id, accepted, null);
  });
  return JSON.stringify({
    database: heads.database,
    months_back: heads.monthsBack,
    hours_ahead: ACCEPTED_HOURS_AHEAD,
    first,
    last,
    appliances: appliances.map(applianceRow),
    sessions: sessions.map(sessionRow),
    events,
  });
}

function applianceRow({ known, head, isHeard }: PlannedAppliance): object {
  return {
    id: head.id,
    version: known.version,
    status: head.status,
    firmware_version_cm5: head.firmwareVersionCm5,
    firmware_version_stm32: head.firmwareVersionStm32,
    reported_at: head.reportedAt,
    reported_sequence: head.reportedSequence,
    is_heard: isHeard,
  };
}

function sessionRow({ known, head }: PlannedSession): object {
  return {
    id: head.id,
    appliance_id: head.applianceId,
    version: known.version,
    status: head.status,
    completed_at: head.completedAt,
    end_recorded_at: head.endRecordedAt,
    total_duration_s: head.totalDurationS,
    stages_log: head.stagesLog,
    peak_temperature: head.peakTemperature,
    last_sequence: head.lastSequence,
    first_recorded_at: head.firstRecordedAt,
    last_recorded_at: head.lastRecordedAt,
    progress: head.progress,
  };
}

/** A plan that cannot hold, so that the answer tells the rows of the group that are not known yet. */
export function writeQuestion(heads: Heads, requests: readonly AppendRequest[]): string {
  const applianceIds = new Set<string>();
  const sessions = new Map<string, object>();
  for (const { applianceId, events } of requests) {
    applianceIds.add(applianceId);
    let before: string | null = null;
    for (const { sessionId: id } of events) {
      if (id === null || id === before) continue;
      before = id;
      // Whoever names a session of another appliance does not lock it.
      const version = heads.sessions.get(id)?.version;
      sessions.set(`${id} ${applianceId}`, { id, appliance_id: applianceId, version });
    }
  }
  return JSON.stringify({
    database: heads.database,
    months_back: heads.monthsBack,
    hours_ahead: ACCEPTED_HOURS_AHEAD,
    appliances: [...applianceIds].map((id) => ({ id, version: heads.appliances.get(id)?.version })),
    sessions: [...sessions.values()],
    events: [],
  });
}
