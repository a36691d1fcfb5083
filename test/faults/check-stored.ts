import type { Journals, Report } from './checker.js';
import { contentOf, keyOf, statusAfter } from './comparing.js';
import type { Attempt, SentEvent, StoredEvent, StoredSession } from './history.js';

/** Whether the table holds nothing that nobody sent, nothing twice, and sound journals. */
export function checkStored(
  attempts: readonly Attempt[],
  stored: readonly StoredEvent[],
  journals: Journals,
  report: Report,
): void {
  const sent = new Map<string, SentEvent>();
  for (const { events } of attempts) for (const event of events) sent.set(keyOf(event), event);
  const seen = new Set<string>();
  for (const event of stored) {
    if (event.deviceSequence === null) continue; // made by the server
    const key = keyOf(event);
    if (seen.has(key)) report('stored-twice', `${nameOf(event)} is stored more than once`);
    seen.add(key);
    const original = sent.get(key);
    if (!original) report('invented', `${nameOf(event)} was never sent`);
    else if (contentOf(original) !== contentOf(event))
      report('altered', `${nameOf(event)}: sent ${contentOf(original)}, stored ${contentOf(event)}`);
  }
  for (const [sessionId, journal] of journals) checkJournal(sessionId, journal, report);
}

function checkJournal(sessionId: string, journal: readonly StoredEvent[], report: Report): void {
  let previous: StoredEvent | undefined;
  for (const event of journal) {
    const expected = (previous?.sequence ?? 0) + 1;
    if (event.sequence !== expected)
      report('hole', `session ${sessionId}: sequence ${event.sequence} where ${expected} belongs`);
    if (previous && event.receivedAt < previous.receivedAt) {
      report(
        'received-out-of-order',
        `session ${sessionId}: ${event.sequence} was received at ${event.receivedAt}, ` +
          `${previous.sequence} at ${previous.receivedAt}`,
      );
    }
    previous = event;
  }
}

/** Whether the row of each session says what its journal says, and every cook has ended. */
export function checkSessions(sessions: readonly StoredSession[], journals: Journals, report: Report): void {
  for (const session of sessions) {
    const journal = journals.get(session.id) ?? [];
    const instants = journal.map(({ recordedAt }) => recordedAt).sort();
    const expected: StoredSession = {
      id: session.id,
      status: statusAfter(journal),
      lastSequence: journal.length,
      firstRecordedAt: instants[0] ?? null,
      lastRecordedAt: instants.at(-1) ?? null,
    };
    for (const name of Object.keys(expected) as (keyof StoredSession)[]) {
      if (session[name] === expected[name]) continue;
      report(
        'session',
        `session ${session.id}: ${name} is ${session[name]}, its journal says ${expected[name]}`,
      );
    }
    if (['started', 'cooking', 'paused'].includes(session.status))
      report('unfinished', `session ${session.id} is still ${session.status}`);
  }
  const known = new Set(sessions.map(({ id }) => id));
  for (const sessionId of journals.keys()) {
    if (!known.has(sessionId)) report('session', `session ${sessionId} has a journal but no row`);
  }
}

function nameOf(event: StoredEvent): string {
  return `event ${event.deviceSequence} of ${event.recordedAt} from appliance ${event.applianceId}`;
}
