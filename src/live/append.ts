import type pg from 'pg';
import type { ErrorCode } from '../errors.js';
import type { Instant } from '../instant.js';
import {
  callAppend,
  findStored,
  type Patience,
  readFigures,
  readTransitions,
  type Trouble,
} from './append-sql.js';
import type { JournalEvent, NewEvent } from './events.js';
import { isRunning } from './fold.js';
import type { Heads } from './heads.js';
import {
  type Findings,
  type Needs,
  type Plan,
  type PlannedAppliance,
  type PlannedSession,
  planGroup,
} from './plan.js';

/** The checked events of one device's request. */
export interface AppendRequest {
  applianceId: string;
  /** How far the device's clock is behind the server's, in milliseconds; null when the device did not tell. */
  clockOffsetMs: number | null;
  events: readonly NewEvent[];
  /**
   * `server` for status events that the server made, which have no `deviceSequence` and are no sign of life. An end
   * among them is provisional; one that changes nothing any more is not stored and counts as a duplicate. They have no
   * key: after an unknown outcome, look before appending again.
   */
  origin?: 'device' | 'server';
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
  /** When the oldest request behind it was handed to the journal, by `performance.now()`. */
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

/** A group that was stored, but for the members whose rows somebody else holds. */
export interface GroupResult {
  /** The places of the requests that were stored; `result.outcomes` follows them. */
  stored: readonly number[];
  /** The places of those that left, of which nothing was stored. */
  busy: readonly number[];
  result: AppendResult;
}

/** Rounds in which the rows of a group may turn out to be others than was planned with, before its members go alone. */
const MAX_ROUNDS = 6;

/**
 * Stores the events of one or many requests: plans with the rows as this process knows them, and calls the function that
 * carries the plan out if it still holds; else learns what is so, and plans again. With `skipLocked` each call is a
 * transaction of its own, and members whose rows are held by somebody else leave the group. Without it, the caller has
 * begun a transaction: locks then last, so that the second plan holds. Nothing may be published before the commit.
 */
export async function appendGroup(
  client: pg.ClientBase,
  heads: Heads,
  requests: readonly AppendRequest[],
  patience: Patience,
  probeAll = false,
): Promise<GroupResult> {
  const findings: Findings = {
    absent: new Set(),
    probed: new Map(),
    probeAll,
    window: null,
    transitions: new Map(),
    figures: new Map(),
  };
  let members = requests.map((_, place) => place);
  const busy: number[] = [];
  for (let rounds = 0; members.length > 0; ) {
    if (rounds === MAX_ROUNDS) return { ...NOTHING, busy: [...busy, ...members] };
    const plan = planGroup(
      members.map((place) => requests[place] as AppendRequest),
      heads,
      findings,
    );
    if (plan.kind === 'needs' && plan.document === null) {
      await find(client, plan, findings);
      continue;
    }
    rounds += 1;
    const answer = await callAppend(client, plan.document as string, patience);
    if (answer.trouble === null) {
      const result = settle(plan as Plan, heads, answer.receivedAt, answer.version);
      return { stored: members, busy, result };
    }
    learn(answer.trouble, heads, findings);
    if (plan.kind === 'needs') {
      for (const id of idsOf(members, requests)) {
        if (!heads.appliances.get(id) && !heads.sessions.get(id)) findings.absent.add(id);
      }
    }
    if (!patience.skipLocked || answer.trouble.busy.length === 0) continue;
    const held = new Set(answer.trouble.busy);
    const leaves = (place: number) => isHeld(requests[place] as AppendRequest, held);
    busy.push(...members.filter(leaves));
    members = members.filter((place) => !leaves(place));
  }
  return { ...NOTHING, busy };
}

const NOTHING: GroupResult = {
  stored: [],
  busy: [],
  result: { outcomes: [], sessions: [], appliances: [] },
};

function isHeld({ applianceId, events }: AppendRequest, held: ReadonlySet<string>): boolean {
  return held.has(applianceId) || events.some(({ sessionId }) => sessionId !== null && held.has(sessionId));
}

async function find(client: pg.ClientBase, needs: Needs, findings: Findings): Promise<void> {
  if (needs.probes.length > 0) {
    const stored = await findStored(client, needs.probes);
    needs.probes.forEach(({ event }, place) => {
      const same = stored.get(place);
      findings.probed.set(event, same === undefined ? null : { same });
    });
  }
  if (needs.folds.length > 0) {
    for (const [id, transitions] of await readTransitions(client, needs.folds))
      findings.transitions.set(id, transitions);
  }
  for (const head of needs.figures) {
    const figures = await readFigures(client, head);
    findings.figures.set(head.id, { end: head.endRecordedAt, figures });
  }
}

/** Takes over what is so, and forgets what was found out about rows that are others now. */
function learn(
  { database, oldest, newest, appliances, sessions }: Trouble,
  heads: Heads,
  findings: Findings,
): void {
  heads.belongTo(database);
  findings.window = { oldest, newest };
  for (const { version, ...head } of appliances) heads.appliances.set(head.id, { head, version });
  if (appliances.length > 0) findings.probed.clear();
  for (const { version, ...head } of sessions) {
    heads.sessions.set(head.id, { head, version, fold: null });
    findings.transitions.delete(head.id);
    findings.figures.delete(head.id);
  }
}

/** The ids of all rows that these requests name. */
function idsOf(members: readonly number[], requests: readonly AppendRequest[]): Set<string> {
  const ids = new Set<string>();
  for (const place of members) {
    const { applianceId, events } = requests[place] as AppendRequest;
    ids.add(applianceId);
    for (const { sessionId } of events) if (sessionId !== null) ids.add(sessionId);
  }
  return ids;
}

/** Remembers the rows as they are now, and says what changed. */
function settle(plan: Plan, heads: Heads, receivedAt: Instant, version: string): AppendResult {
  const result: AppendResult = { outcomes: plan.outcomes, sessions: [], appliances: [] };
  for (const { known, head, fold, kept } of plan.sessions) {
    const before = known.head.lastReceivedAt;
    head.lastReceivedAt = before !== null && before > receivedAt ? before : receivedAt;
    heads.sessions.set(head.id, { head, version, fold });
    result.sessions.push(changeOf(known.head.lastSequence, head, kept));
  }
  for (const planned of plan.appliances) {
    heads.appliances.set(planned.head.id, { head: planned.head, version });
    if (!isBareHeartbeat(planned)) result.appliances.push({ applianceId: planned.head.id });
  }
  return result;
}

function changeOf(
  lastSequence: number,
  { id, status, lastReceivedAt }: PlannedSession['head'],
  kept: PlannedSession['kept'],
): SessionChange {
  return {
    sessionId: id,
    ended: !isRunning(status),
    events: kept.map(({ event: { type, recordedAt, payload } }, i) => ({
      kind: 'event',
      sessionId: id,
      sequence: lastSequence + 1 + i,
      type,
      recordedAt,
      receivedAt: lastReceivedAt as Instant,
      payload,
    })),
  };
}

function isBareHeartbeat({ known: { head: before }, head, events }: PlannedAppliance): boolean {
  return (
    head.status === before.status &&
    head.firmwareVersionCm5 === before.firmwareVersionCm5 &&
    head.firmwareVersionStm32 === before.firmwareVersionStm32 &&
    events.every(({ type }) => type === 'heartbeat')
  );
}
