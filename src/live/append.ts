import type pg from 'pg';
import type { ErrorCode } from '../errors.js';
import type { Instant } from '../instant.js';
import {
  type AcceptedEvent,
  type Clock,
  findStored,
  insertEvents,
  lockAppliances,
  lockSessions,
  readClock,
  readFigures,
  readTransitions,
  type SentEvent,
  updateAppliances,
  updateSessions,
} from './append-sql.js';
import type { JournalEvent, NewEvent } from './events.js';
import { isRunning } from './fold.js';
import {
  type ApplianceHead,
  isTransition,
  projectAppliance,
  projectSession,
  type SessionHead,
  setFigures,
} from './project.js';

/** The checked events of one device's request. */
export interface AppendRequest {
  applianceId: string;
  /** How far the device's clock is behind the server's, in milliseconds; null when the device did not tell. */
  clockOffsetMs: number | null;
  events: readonly NewEvent[];
}

/** What became of one event. */
export type EventOutcome =
  | { kind: 'accepted' }
  | { kind: 'duplicate' }
  | { kind: 'rejected'; code: ErrorCode; message: string };

/** What an append did to one session: the events it added, in order, and whether the cook has ended. */
export interface SessionChange {
  sessionId: string;
  events: JournalEvent[];
  ended: boolean;
  /** When the oldest request that it comes from was made, by `performance.now()` of this process. */
  requestedAt?: number;
}

/** What an append did to one appliance, as far as it concerns those who watch it. */
export interface ApplianceChange {
  applianceId: string;
}

export interface AppendResult {
  /** For each request, for each of its events, in their order. */
  outcomes: EventOutcome[][];
  sessions: SessionChange[];
  appliances: ApplianceChange[];
}

/**
 * Appends the events of one or many devices inside the caller's transaction: locks the appliances, then the sessions,
 * each in the order of their ids; finds duplicates by a later statement; numbers the rest; stores them; projects them
 * onto sessions and appliances. The sequence a session hands out is protected by its row lock until the commit, so that
 * numbers have no holes and become visible in their order. Nothing here may be published before the commit.
 */
export async function appendEvents(
  client: pg.ClientBase,
  requests: readonly AppendRequest[],
): Promise<AppendResult> {
  const clock = await readClock(client);
  const applianceHeads = byId(
    await lockAppliances(client, unique(requests.map(({ applianceId }) => applianceId))),
  );
  const sessionIds = requests.flatMap(({ events }) => events.flatMap(({ sessionId }) => sessionId ?? []));
  const sessionHeads = byId(sessionIds.length > 0 ? await lockSessions(client, unique(sessionIds)) : []);

  const { outcomes, accepted } = await judge(client, requests, sessionHeads, clock);
  const sessions = await projectSessions(client, accepted, sessionHeads, clock.now);
  if (accepted.length > 0) await insertEvents(client, accepted, clock.now);
  for (const head of sessions.stale) setFigures(head, await readFigures(client, head));
  if (sessions.heads.length > 0) await updateSessions(client, sessions.heads);
  const appliances = await projectAppliances(client, requests, accepted, applianceHeads, clock.now);
  return { outcomes, sessions: sessions.changes, appliances };
}

/** Decides about each event alone, and gives the accepted ones their sequences in the order in which they were sent. */
async function judge(
  client: pg.ClientBase,
  requests: readonly AppendRequest[],
  sessions: ReadonlyMap<string, SessionHead>,
  clock: Clock,
): Promise<{ outcomes: EventOutcome[][]; accepted: AcceptedEvent[] }> {
  const sent: SentEvent[] = requests.flatMap(({ applianceId, events }) =>
    events.map((event) => ({ applianceId, event })),
  );
  const stored = sent.length > 0 ? await findStored(client, sent) : new Map<number, boolean>();
  const firstOfKey = new Map<string, NewEvent>();
  const lastSequences = new Map<string, number>();
  const accepted: AcceptedEvent[] = [];
  let place = 0;

  const outcomes = requests.map(({ applianceId, clockOffsetMs, events }) =>
    events.map((event): EventOutcome => {
      const sameContent = stored.get(place++);
      if (sameContent !== undefined) return sameContent ? { kind: 'duplicate' } : otherContent();
      const key = `${applianceId} ${event.deviceSequence} ${event.recordedAt}`;
      const earlier = firstOfKey.get(key);
      if (earlier) return haveSameContent(earlier, event) ? { kind: 'duplicate' } : otherContent();

      const session = event.sessionId === null ? null : sessions.get(event.sessionId);
      if (session === undefined || (session && session.applianceId !== applianceId)) {
        return {
          kind: 'rejected',
          code: 'NOT_FOUND',
          message: 'sessionId: no such session of this appliance',
        };
      }
      if (event.recordedAt < clock.oldest) return outOfWindow('is older than telemetry is kept');
      if (event.recordedAt > clock.newest) return outOfWindow('is more than 24 hours ahead');

      firstOfKey.set(key, event);
      let sequence: number | null = null;
      if (session) {
        sequence = (lastSequences.get(session.id) ?? session.lastSequence) + 1;
        lastSequences.set(session.id, sequence);
      }
      accepted.push({ applianceId, event, sequence, clockOffsetMs });
      return { kind: 'accepted' };
    }),
  );
  return { outcomes, accepted };
}

function otherContent(): EventOutcome {
  return {
    kind: 'rejected',
    code: 'CONFLICT',
    message: 'deviceSequence: an event of this number and time is stored with other content',
  };
}

function outOfWindow(message: string): EventOutcome {
  return { kind: 'rejected', code: 'VALIDATION_ERROR', message: `recordedAt: ${message}` };
}

function haveSameContent(a: NewEvent, b: NewEvent): boolean {
  const names = Object.keys(a.payload);
  return (
    a.type === b.type &&
    a.sessionId === b.sessionId &&
    names.length === Object.keys(b.payload).length &&
    names.every((name) => a.payload[name] === b.payload[name])
  );
}

/** Works out, before anything is written, what the accepted events make of their sessions. */
async function projectSessions(
  client: pg.ClientBase,
  accepted: readonly AcceptedEvent[],
  heads: ReadonlyMap<string, SessionHead>,
  receivedAt: Instant,
): Promise<{ changes: SessionChange[]; heads: SessionHead[]; stale: SessionHead[] }> {
  const result = { changes: [] as SessionChange[], heads: [] as SessionHead[], stale: [] as SessionHead[] };
  for (const [sessionId, added] of groupBy(accepted, ({ event }) => event.sessionId)) {
    const head = sessionId === null ? undefined : heads.get(sessionId);
    if (!head) continue;
    const events = added.map(({ event, clockOffsetMs }) => ({ ...event, clockOffsetMs }));
    const transitions = events.some(isTransition) ? await readTransitions(client, head) : [];
    const projected = projectSession(head, events, transitions, receivedAt);
    result.heads.push(projected.head);
    if (projected.figuresStale) result.stale.push(projected.head);
    result.changes.push({
      sessionId: head.id,
      ended: !isRunning(projected.head.status),
      events: added.map(({ event, sequence }) => ({
        kind: 'event',
        sessionId: head.id,
        sequence: sequence as number,
        type: event.type,
        recordedAt: event.recordedAt,
        receivedAt,
        payload: event.payload,
      })),
    });
  }
  return result;
}

async function projectAppliances(
  client: pg.ClientBase,
  requests: readonly AppendRequest[],
  accepted: readonly AcceptedEvent[],
  heads: ReadonlyMap<string, ApplianceHead>,
  seenAt: Instant,
): Promise<ApplianceChange[]> {
  const eventsOf = groupBy(accepted, ({ applianceId }) => applianceId);
  const changes: ApplianceChange[] = [];
  const changedHeads: ApplianceHead[] = [];
  for (const applianceId of unique(requests.map((request) => request.applianceId))) {
    const head = heads.get(applianceId);
    if (!head) continue;
    const events = (eventsOf.get(applianceId) ?? []).map(({ event }) => event);
    const next = projectAppliance(head, events);
    changedHeads.push(next);
    const isBareHeartbeat =
      events.every(({ type }) => type === 'heartbeat') &&
      next.status === head.status &&
      next.firmwareVersionCm5 === head.firmwareVersionCm5 &&
      next.firmwareVersionStm32 === head.firmwareVersionStm32;
    if (!isBareHeartbeat) changes.push({ applianceId });
  }
  if (changedHeads.length > 0) await updateAppliances(client, changedHeads, seenAt);
  return changes;
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}

function byId<T extends { id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
