import type { Journals, Report } from './checker.js';
import { isThinnable, readingOf, statusAfter } from './comparing.js';
import type { Entry, StoredEvent, StoredSession, Stream, Subscription } from './history.js';

/** Whether each viewer saw an unbroken stretch of its journal, with the stored content, up to the end of the cook. */
export function checkStreams(
  streams: readonly Stream[],
  sessions: readonly StoredSession[],
  journals: Journals,
  report: Report,
): void {
  const statuses = new Map(sessions.map(({ id, status }) => [id, status]));
  for (const stream of streams) {
    const check = new StreamCheck(stream, journals.get(stream.sessionId) ?? [], report);
    for (const subscription of stream.subscriptions) check.subscription(subscription);
    check.end(isEnded(statuses.get(stream.sessionId)));
  }
}

function isEnded(status: string | undefined): boolean {
  return status === 'completed' || status === 'aborted' || status === 'error';
}

class StreamCheck {
  readonly #stream: Stream;
  readonly #journal: readonly StoredEvent[];
  readonly #report: Report;
  /** The last sequence that is accounted for: by this subscription, and by any so far. */
  #position: number | null = null;
  #furthest: number | null = null;

  constructor(stream: Stream, journal: readonly StoredEvent[], report: Report) {
    this.#stream = stream;
    this.#journal = journal;
    this.#report = (kind, message) =>
      report(kind, `${stream.viewer} on session ${stream.sessionId}: ${message}`);
  }

  subscription(subscription: Subscription): void {
    const { after, entries, completed } = subscription;
    if (after !== null && this.#furthest !== null && after > this.#furthest) {
      this.#report('feed-gap', `resumed after ${after}, but had only ${this.#furthest}`);
    }
    this.#position = after;
    entries.forEach((entry, i) => {
      this.#entry(entry, i === 0 && after === null);
    });
    if (!completed) return;
    if (this.#position === null) this.#report('completed-early', 'completed without an entry');
    else if (!isEnded(statusAfter(this.#journal.slice(0, this.#position))))
      this.#report('completed-early', `completed after ${this.#position}, where the cook goes on`);
  }

  end(isEnded: boolean): void {
    const last = this.#stream.subscriptions.at(-1);
    if (isEnded && !last?.completed) this.#report('not-completed', `got no complete; had ${this.#furthest}`);
    this.#stream.subscriptions.slice(0, -1).forEach((earlier) => {
      if (earlier.completed) this.#report('not-completed', 'subscribed again after a complete');
    });
    if (this.#stream.isAudit && this.#furthest !== this.#journal.length)
      this.#report('feed-gap', `replayed up to ${this.#furthest} of ${this.#journal.length}`);
  }

  #entry(entry: Entry, isFirstWithoutCursor: boolean): void {
    if (entry.kind === 'snapshot') {
      this.#snapshot(entry, isFirstWithoutCursor);
      this.#advance(entry.sequence);
      return;
    }
    if (isFirstWithoutCursor) this.#report('snapshot', `began with ${describe(entry)} instead of a snapshot`);
    if (entry.kind === 'skipped') {
      this.#skipped(entry);
      this.#advance(entry.toSequence);
      return;
    }
    this.#event(entry);
    this.#advance(entry.sequence);
  }

  #advance(sequence: number): void {
    this.#position = sequence;
    this.#furthest = Math.max(this.#furthest ?? 0, sequence);
  }

  #snapshot(entry: Entry & { kind: 'snapshot' }, isExpected: boolean): void {
    const { sequence, status, reset } = entry;
    if (!isExpected || reset) this.#report('snapshot', `unexpected snapshot at ${sequence}, reset: ${reset}`);
    if (sequence > this.#journal.length)
      this.#report('snapshot', `snapshot at ${sequence} of ${this.#journal.length}`);
    const expected = statusAfter(this.#journal.slice(0, sequence));
    if (status !== expected)
      this.#report('snapshot', `snapshot at ${sequence} says ${status}, its journal says ${expected}`);
  }

  #skipped({ fromSequence, toSequence, reason }: Entry & { kind: 'skipped' }): void {
    const what = `EventsSkipped ${fromSequence} to ${toSequence}`;
    const expected = (this.#position ?? 0) + 1;
    if (fromSequence !== expected) this.#report('feed-gap', `${what} where ${expected} belongs`);
    if (toSequence < fromSequence || toSequence > this.#journal.length)
      this.#report('skipped', `${what} of ${this.#journal.length}`);
    if (reason !== 'SLOW_READER') this.#report('skipped', `${what} for ${reason}`);
    for (const event of this.#journal.slice(fromSequence - 1, toSequence)) {
      if (!isThinnable(event))
        this.#report('skipped', `${what} leaves out ${event.sequence}, a ${event.type}`);
    }
  }

  #event(entry: Entry & { kind: 'event' }): void {
    const { sequence } = entry;
    const position = this.#position ?? sequence - 1;
    const missing = this.#journal.slice(position, Math.max(position, sequence - 1));
    const wereAskedFor = this.#stream.minTelemetryIntervalMs > 0 && missing.every(isThinnable);
    if (sequence <= position || (missing.length > 0 && !wereAskedFor))
      this.#report('feed-gap', `${sequence} came after ${position}`);
    const stored = this.#journal[sequence - 1];
    if (!stored) {
      this.#report('feed-content', `${describe(entry)} is not stored`);
      return;
    }
    for (const [name, seen, kept] of [
      ['recordedAt', entry.recordedAt, stored.recordedAt],
      ['receivedAt', entry.receivedAt, stored.receivedAt],
      ['content', readingOf(entry), readingOf(stored)],
    ]) {
      if (seen !== kept) this.#report('feed-content', `${sequence}: ${name} is ${seen}, stored is ${kept}`);
    }
  }
}

function describe(entry: Exclude<Entry, { kind: 'snapshot' }>): string {
  return entry.kind === 'skipped'
    ? `EventsSkipped ${entry.fromSequence} to ${entry.toSequence}`
    : `${entry.sequence}, a ${entry.type}`;
}
