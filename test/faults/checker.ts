import { checkAcknowledged, checkAnswers } from './check-answers.js';
import { checkSessions, checkStored } from './check-stored.js';
import { checkStreams } from './check-streams.js';
import type { Evidence, StoredEvent } from './history.js';

export type ViolationKind =
  /** An answer counts what cannot be. */
  | 'miscounted'
  /** An event that is as it should be was rejected. */
  | 'rejected'
  /** Acknowledged, and not stored. */
  | 'lost'
  /** Stored with other content than it was sent with. */
  | 'altered'
  /** Stored, and sent by nobody. */
  | 'invented'
  | 'stored-twice'
  /** The sequences of a session are not 1, 2, 3, …. */
  | 'hole'
  /** An event was received before one of a lower sequence. */
  | 'received-out-of-order'
  /** A session's row does not say what its journal says. */
  | 'session'
  /** A viewer missed an event, or got it again or out of order. */
  | 'feed-gap'
  /** A viewer got other content than is stored. */
  | 'feed-content'
  /** A snapshot that is not the state at its sequence, or not where one belongs. */
  | 'snapshot'
  /** An EventsSkipped that names what may not be left out. */
  | 'skipped'
  /** `complete` before the end of the cook. */
  | 'completed-early'
  /** No `complete` although the cook has ended. */
  | 'not-completed'
  /** A cook that did not end. */
  | 'unfinished';

export interface Violation {
  kind: ViolationKind;
  message: string;
}

export type Report = (kind: ViolationKind, message: string) => void;

/** Compares what was sent, acknowledged and seen with what is stored, by content. Returns what does not fit. */
export function checkHistory({ attempts, stored, sessions, streams }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const report: Report = (kind, message) => violations.push({ kind, message });
  const journals = journalsOf(stored);
  checkAnswers(attempts, report);
  checkAcknowledged(attempts, stored, report);
  checkStored(attempts, stored, journals, report);
  checkSessions(sessions, journals, report);
  checkStreams(streams, sessions, journals, report);
  return violations;
}

/** The events of each session in the order of their sequences. */
export type Journals = ReadonlyMap<string, readonly StoredEvent[]>;

/** The journals of what is stored. */
export function journalsOf(stored: readonly StoredEvent[]): Journals {
  const journals = new Map<string, StoredEvent[]>();
  for (const event of stored) {
    if (event.sessionId === null) continue;
    const journal = journals.get(event.sessionId);
    if (journal) journal.push(event);
    else journals.set(event.sessionId, [event]);
  }
  for (const journal of journals.values()) journal.sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
  return journals;
}
