import type { Instant } from '../instant.js';
import type { AppendRequest, EventOutcome } from './append.js';
import type { SentEvent, StoredTransitions } from './append-sql.js';
import type { NewEvent } from './events.js';
import type { Fold } from './fold.js';
import { foldSession } from './fold-session.js';
import type { Heads, KnownAppliance, KnownSession } from './heads.js';
import { type Accepted, Judge } from './judge.js';
import { writePlan, writeQuestion } from './plan-document.js';
import {
  type ApplianceHead,
  type Figures,
  projectAppliance,
  projectSession,
  type SessionHead,
} from './project.js';

/** What was found out for one group, beyond the heads: true as long as these have their versions. */
export interface Findings {
  /** Ids of which there is no row. */
  absent: Set<string>;
  /** Events whose keys were looked up; `same` where one is stored, whether with the same content. */
  probed: Map<NewEvent, { same: boolean } | null>;
  /** Whether every key must be looked up, because the order of the device's events proved nothing. */
  probeAll: boolean;
  window: { oldest: Instant; newest: Instant } | null;
  transitions: Map<string, StoredTransitions>;
  /** Peak and newest reading up to that end of the cook. */
  figures: Map<string, { end: Instant | null; figures: Figures }>;
}

/** What must be found out before a plan can be made. */
export interface Needs {
  kind: 'needs';
  /** Whether rows are unknown: `document` asks for them. */
  document: string | null;
  probes: SentEvent[];
  folds: SessionHead[];
  figures: SessionHead[];
}

export interface PlannedSession {
  known: KnownSession;
  /** Complete but for `lastReceivedAt`. */
  head: SessionHead;
  fold: Fold | null;
  /** The events to store, in the order of their sequences. */
  kept: readonly Accepted[];
}

export interface PlannedAppliance {
  known: KnownAppliance;
  head: ApplianceHead;
  events: readonly NewEvent[];
  /** Whether the device itself was heard of. */
  isHeard: boolean;
}

/** What shall be stored, and what each event's sender will be told. */
export interface Plan {
  kind: 'plan';
  /** For `journal_append_v1`. */
  document: string;
  /** For each request, for each of its events. */
  outcomes: EventOutcome[][];
  sessions: PlannedSession[];
  appliances: PlannedAppliance[];
}

/**
 * Works out what a group of requests makes of the rows that are known, or says what else must be known. Judges each
 * event alone, numbers the accepted ones of each session in the order in which they were sent, and projects them.
 * Nothing is remembered before the plan was carried out.
 */
export function planGroup(
  requests: readonly AppendRequest[],
  heads: Heads,
  findings: Findings,
): Plan | Needs {
  const needs: Needs = { kind: 'needs', document: null, probes: [], folds: [], figures: [] };
  const rows = lookUp(requests, heads, findings);
  if (rows.areUnknown) return { ...needs, document: writeQuestion(heads, requests) };

  const judge = new Judge(rows.appliances, rows.sessions, findings);
  const outcomes = requests.map((request) => judge.judge(request));
  if (judge.probes.length > 0) return { ...needs, probes: judge.probes };

  const sessions: PlannedSession[] = [];
  for (const [known, accepted] of judge.bySession) {
    const planned = planSession(known, accepted, findings, needs);
    if (planned && planned.kept.length > 0) sessions.push(planned);
  }
  if (needs.folds.length > 0 || needs.figures.length > 0) return needs;

  const heard = new Set<string>();
  for (const { applianceId, origin } of requests) if (origin !== 'server') heard.add(applianceId);
  const appliances: PlannedAppliance[] = [];
  const outside: Accepted[][] = [];
  for (const [id, known] of rows.appliances) {
    const accepted = judge.acceptedOf(id);
    const events = accepted.map(({ event }) => event);
    appliances.push({ known, head: projectAppliance(known.head, events), events, isHeard: heard.has(id) });
    outside.push(accepted.filter(({ event }) => event.sessionId === null));
  }
  return {
    kind: 'plan',
    document: writePlan(heads, sessions, appliances, outside),
    outcomes,
    sessions,
    appliances,
  };
}

interface Rows {
  appliances: Map<string, KnownAppliance>;
  sessions: Map<string, KnownSession>;
  areUnknown: boolean;
}

function lookUp(requests: readonly AppendRequest[], heads: Heads, { absent }: Findings): Rows {
  const rows: Rows = { appliances: new Map(), sessions: new Map(), areUnknown: false };
  for (const { applianceId, events } of requests) {
    if (!rows.appliances.has(applianceId) && !absent.has(applianceId)) {
      const known = heads.appliances.get(applianceId);
      if (known) rows.appliances.set(applianceId, known);
      else rows.areUnknown = true;
    }
    let before: string | null = null;
    for (const { sessionId } of events) {
      if (sessionId === before || sessionId === null || absent.has(sessionId)) continue;
      before = sessionId;
      if (rows.sessions.has(sessionId)) continue;
      const known = heads.sessions.get(sessionId);
      if (known) rows.sessions.set(sessionId, known);
      else rows.areUnknown = true;
    }
  }
  return rows;
}

function planSession(
  known: KnownSession,
  accepted: readonly Accepted[],
  findings: Findings,
  needs: Needs,
): PlannedSession | undefined {
  const { head } = known;
  const folded = foldSession(known, accepted, findings.transitions.get(head.id));
  if (!folded) {
    needs.folds.push(head);
    return undefined;
  }
  const { fold, kept } = folded;
  const events = kept.map(({ event }) => event);
  const changedFold = fold === known.fold ? null : fold;
  let projected = projectSession(head, events, changedFold);
  if (projected.figuresStale) {
    const found = findings.figures.get(head.id);
    if (!found || found.end !== projected.head.endRecordedAt) {
      needs.figures.push(projected.head);
      return undefined;
    }
    projected = projectSession(head, events, changedFold, found.figures);
  }
  return { known, head: projected.head, fold, kept };
}
