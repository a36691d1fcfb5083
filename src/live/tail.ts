import type { SessionChange } from './append.js';
import type { JournalEvent } from './events.js';
import type { JournalPage } from './reader.js';

/** Recent events that a tail keeps in memory; a feed that is further behind pages from the table. */
const RING_EVENTS = 256;
const PAGE_EVENTS = 500;

export type ReadPage = (sessionId: string, after: number, limit: number) => Promise<JournalPage | undefined>;

/**
 * The end of one session's journal in this process: a bounded ring of its newest events, without a hole, shared by all
 * feeds of the session. It is filled by the journal's own commits, and from the table when it was woken by the bus or
 * the poll, or when a commit shows that it missed some.
 */
export class Tail {
  readonly sessionId: string;
  readonly #readPage: ReadPage;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<() => void>();
  #events: JournalEvent[] = [];
  /** The ring holds exactly the events after `base`, up to `head`. */
  #base: number | null = null;
  #head = 0;
  #ended = false;
  #isReading = false;
  #readAgain = false;
  #wokenEarly = false;

  constructor(sessionId: string, readPage: ReadPage, onError: (error: unknown) => void) {
    this.sessionId = sessionId;
    this.#readPage = readPage;
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

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether the ring reaches back to `sequence`, so that a feed there needs no query. */
  covers(sequence: number): boolean {
    return this.#base !== null && sequence >= this.#base;
  }

  /** The events after `sequence`, which the ring must cover. */
  after(sequence: number): readonly JournalEvent[] {
    if (this.#base === null) return [];
    return sequence >= this.#head ? [] : this.#events.slice(Math.max(0, sequence - this.#base));
  }

  /** Takes over what this process has just committed. A commit that does not join the ring's end causes a reading. */
  offer({ events, ended }: SessionChange): void {
    const first = events[0];
    if (!first) return;
    if (this.#base === null || first.sequence > this.#head + 1) {
      this.wake();
      return;
    }
    const fresh = events.slice(this.#head + 1 - first.sequence);
    if (fresh.length === 0) return;
    this.#push(fresh, ended);
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
      const page = await this.#readPage(this.sessionId, this.#head, PAGE_EVENTS);
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

  #push(events: readonly JournalEvent[], ended: boolean): void {
    this.#events.push(...events);
    this.#head = (this.#events.at(-1) as JournalEvent).sequence;
    this.#base ??= this.#head - this.#events.length;
    if (this.#events.length > RING_EVENTS) {
      this.#events = this.#events.slice(-RING_EVENTS);
      this.#base = this.#head - RING_EVENTS;
    }
    this.#end(ended);
  }

  #end(ended: boolean): void {
    this.#ended = ended;
    for (const listener of this.#listeners) listener();
  }
}
