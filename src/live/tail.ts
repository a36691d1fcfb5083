import type { DomainError } from '../errors.js';
import type { SessionChange } from './append.js';
import type { JournalEvent } from './events.js';
import { FeedUnavailable } from './feed-unavailable.js';
import type { JournalPages } from './pages.js';

/** Recent events that a tail keeps for feeds that fall behind for a moment; further behind they page from the table. */
const RING_EVENTS = 64;
/** How many more it may hold until it is cut back to its size: not one by one, which would move them all each time. */
const RING_SLACK = 16;

/** Somebody who follows a tail. Neither may throw. */
export interface TailReader {
  /** Called after each change of the tail, in the same turn. */
  wake(): void;
  /** It cannot go on. */
  fail(error: DomainError): void;
}

/**
 * The end of one session's journal in this process: a bounded ring of its newest events, without a hole, shared by all
 * feeds of the session. It is filled by the journal's own commits and by the bus, and from the table when it was only
 * woken, or when what it is offered does not join its end.
 */
export class Tail {
  readonly sessionId: string;
  readonly #pages: JournalPages;
  readonly #onError: (error: unknown) => void;
  readonly #readers = new Set<TailReader>();
  #events: JournalEvent[] = [];
  /** The ring holds exactly the events after `base`, up to `head`. */
  #base: number | null = null;
  #head = 0;
  #ended = false;
  #isReading = false;
  #readAgain = false;
  #wokenEarly = false;
  /** The head that the table was behind when it was looked at last. */
  #aheadAt: number | null = null;

  constructor(sessionId: string, pages: JournalPages, onError: (error: unknown) => void) {
    this.sessionId = sessionId;
    this.#pages = pages;
    this.#onError = onError;
  }

  /** The newest sequence that this process knows of. */
  get head(): number {
    return this.#head;
  }

  /** Whether the cook had ended at `head`. */
  get ended(): boolean {
    return this.#ended;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  join(reader: TailReader): void {
    this.#readers.add(reader);
  }

  leave(reader: TailReader): void {
    this.#readers.delete(reader);
  }

  failReaders(error: DomainError): void {
    for (const reader of [...this.#readers]) reader.fail(error);
  }

  /** Whether the ring reaches back to `sequence`, so that a feed there needs no query. */
  covers(sequence: number): boolean {
    return this.#base !== null && sequence >= this.#base;
  }

  /** The event of that sequence, where the ring holds it. */
  at(sequence: number): JournalEvent | undefined {
    return this.#base === null ? undefined : this.#events[sequence - this.#base - 1];
  }

  /** The sequence of the newest temperature reading in the ring; 0 when there is none. */
  newestReading(): number {
    return this.#events.findLast(({ type }) => type === 'temperature')?.sequence ?? 0;
  }

  /**
   * Takes over what was just committed. A commit that does not join the ring's end causes a reading; one that holds
   * another event under a known number says that the database was set back, to a backup say.
   */
  offer({ events, ended }: SessionChange): void {
    const first = events[0];
    if (!first) return;
    if (this.#contradicts(first) || this.#contradicts(events[this.#head - first.sequence])) {
      this.failReaders(new FeedUnavailable());
      return;
    }
    if (this.#base === null || first.sequence > this.#head + 1) {
      this.wake();
      return;
    }
    const fresh = events.slice(this.#head + 1 - first.sequence);
    if (fresh.length > 0) this.#push(fresh, ended);
  }

  /** Whether the ring holds another event under that number. */
  #contradicts(event: JournalEvent | undefined): boolean {
    const known = event && this.at(event.sequence);
    return known !== undefined && known.receivedAt !== event?.receivedAt;
  }

  /**
   * Tells what a feed has just read: the journal's end, and whether the cook had ended there. It positions a tail that
   * knows nothing yet, and wakes one that is behind.
   */
  startAt(sequence: number, ended: boolean): void {
    if (this.#base === null) {
      this.#base = sequence;
      this.#head = sequence;
      this.#ended = ended;
      if (this.#wokenEarly) this.wake();
    } else if (sequence > this.#head || (sequence === this.#head && ended !== this.#ended)) {
      this.wake();
    }
  }

  /**
   * Compares it with where the table ends. The table may be behind for a moment, where it was looked at before a commit
   * that was offered since; still behind at the next look, it was set back.
   */
  compare(lastSequence: number, ended: boolean): void {
    const isAhead = this.#base !== null && lastSequence < this.#head;
    if (isAhead && this.#aheadAt === this.#head) this.failReaders(new FeedUnavailable());
    else if (!isAhead && (lastSequence > this.#head || ended !== this.#ended)) this.wake();
    this.#aheadAt = isAhead ? this.#head : null;
  }

  /** There may be more in the table. Calls while a reading is under way become one further reading. */
  wake(): void {
    if (this.#base === null) {
      this.#wokenEarly = true; // the feed that made this tail is about to position it
      return;
    }
    if (this.#isReading) {
      this.#readAgain = true;
      return;
    }
    this.#isReading = true;
    void this.#read()
      .catch(this.#onError) // the poll comes back to it
      .finally(() => {
        this.#isReading = false;
        if (this.#readAgain) {
          this.#readAgain = false;
          this.wake();
        }
      });
  }

  async #read(): Promise<void> {
    for (;;) {
      const page = await this.#pages.read(this.sessionId, this.#head);
      if (!page) return;
      // Commits of this process may have been offered meanwhile.
      const fresh = page.events.filter(({ sequence }) => sequence > this.#head);
      const caughtUp = page.lastSequence <= (fresh.at(-1)?.sequence ?? this.#head);
      if (page.lastSequence >= this.#head) {
        if (fresh.length > 0) this.#push(fresh, caughtUp && page.ended);
        else if (page.lastSequence === this.#head && page.ended !== this.#ended) this.#end(page.ended);
      }
      if (caughtUp || page.events.length === 0) return;
    }
  }

  /** The readers take what is new before the ring is cut to its size, so that a long batch sends nobody to the table. */
  #push(events: readonly JournalEvent[], ended: boolean): void {
    for (const event of events) this.#events.push(event);
    this.#head = (this.#events.at(-1) as JournalEvent).sequence;
    this.#end(ended);
    if (this.#events.length > RING_EVENTS + RING_SLACK) {
      this.#events = this.#events.slice(-RING_EVENTS);
      this.#base = this.#head - RING_EVENTS;
    }
  }

  #end(ended: boolean): void {
    this.#ended = ended;
    for (const reader of this.#readers) reader.wake();
  }
}
