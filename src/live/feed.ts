import { DomainError, notFound } from '../errors.js';
import type { Instant } from '../instant.js';
import { type FeedEntry, isTelemetry, type SkippedEvents, type SnapshotPosition } from './entries.js';
import type { JournalEvent } from './events.js';
import type { JournalPages } from './pages.js';
import type { JournalPage } from './reader.js';
import type { Tail, TailReader } from './tail.js';
import type { Tails } from './tails.js';
import { Thinning } from './thinning.js';

export interface FeedOptions {
  sessionId: string;
  /** The sequence to go on after; `undefined` begins with a snapshot. */
  position: number | undefined;
  /** The snapshot stands for a cursor from before a restore. */
  reset: boolean;
  /** Readings and heartbeats closer than this to the last one delivered are left out. */
  minTelemetryIntervalMs: number;
}

/**
 * A session's journal, live, for one viewer: without loss or repeat from a position, or from a snapshot. It is over when
 * the cook has ended and its last event was taken, and only then; a fault fails it.
 *
 * It is pulled: `next()` gives what is ready, and `onReady` says, in the turn in which it happens, that there may be
 * more. A viewer that does not pull costs nothing: the feed holds its place in the journal, no connection, no timer, and
 * at most one page of events while it is further behind than the tail's ring. One consumer; not for concurrent use.
 */
export class Feed implements TailReader, AsyncIterable<FeedEntry, void> {
  readonly sessionId: string;
  readonly #tails: Tails;
  readonly #pages: JournalPages;
  readonly #thinning: Thinning | null;
  readonly #reset: boolean;
  #tail: Tail | null = null;
  #onReady: () => void = () => {};
  /** Every event up to here is accounted for: taken, thinned, skipped or gone. Null until the snapshot is taken. */
  #reached: number | null;
  #isSnapshotAsked = false;
  #page: readonly JournalEvent[] = [];
  #pageIndex = 0;
  #isReading = false;
  /** Up to here readings are coalesced, all but the one at `#kept`. */
  #coalesceTo = 0;
  #kept = 0;
  #skipped: SkippedEvents | null = null;
  /** Entries that were worked out together: a skip and the event behind it. */
  readonly #ready: FeedEntry[] = [];
  #isOver = false;
  #error: Error | null = null;

  constructor(tails: Tails, pages: JournalPages, options: FeedOptions) {
    this.#tails = tails;
    this.#pages = pages;
    this.sessionId = options.sessionId;
    this.#reached = options.position ?? null;
    this.#reset = options.reset;
    this.#thinning = options.minTelemetryIntervalMs > 0 ? new Thinning(options.minTelemetryIntervalMs) : null;
  }

  /** Whether nothing more will come, because of `error` or because the cook has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get error(): Error | null {
    return this.#error;
  }

  /** Begins to follow the journal; from now on the feed must be closed. First listen, then read: nothing can fall between. */
  start(onReady: () => void): void {
    if (this.#isOver || this.#tail) return;
    this.#onReady = onReady;
    this.#tail = this.#tails.join(this.sessionId, this);
  }

  /** Ends it for the viewer's sake. May be called at any time, and again. */
  close(): void {
    this.#finish(null);
  }

  /** The next entry, or null when none is ready: then it is over, or `onReady` will be called. */
  next(): FeedEntry | null {
    if (this.#reached === null) return this.#askForSnapshot();
    for (;;) {
      if (this.#ready.length > 0) return this.#ready.shift() as FeedEntry;
      const event = this.#read();
      if (event === null) return null;
      const expected = this.#reached + 1;
      this.#reached = event.sequence;
      if (event.sequence > expected) this.#lose(expected, event.sequence - 1, event.recordedAt);
      if (event.sequence <= this.#coalesceTo && event.sequence !== this.#kept && isTelemetry(event)) {
        this.#skip(event);
      } else if (this.#thinning === null || this.#thinning.admits(event)) {
        this.#tails.stats.delivered += 1;
        if (this.#skipped === null && this.#ready.length === 0) return event;
        this.#tellSkipped();
        this.#ready.push(event);
      }
      if (event.sequence === this.#coalesceTo) this.#tellSkipped(); // also where the kept reading was thinned
    }
  }

  /**
   * The viewer reads too slowly: of the readings that it has not taken so far only the newest will come, and
   * `EventsSkipped` names the others. Status, stages and alerts all come.
   */
  coalesce(): void {
    if (this.#tail === null || this.#reached === null) return;
    this.#coalesceTo = this.#tail.head;
    this.#kept = this.#tail.newestReading();
  }

  /** Lets go of events that were read for a viewer that does not take them now; they are read again when it does. */
  dropPage(): void {
    this.#page = [];
    this.#pageIndex = 0;
  }

  /** The tail has changed. */
  wake(): void {
    this.#onReady();
  }

  fail(error: Error): void {
    this.#finish(error);
  }

  /** For consumers that would rather wait: ends when the feed is over, throws its error, and closes it on `return()`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<FeedEntry, void> {
    let resume = () => {};
    this.start(() => resume());
    const iterator: AsyncIterableIterator<FeedEntry, void> = {
      next: async () => {
        for (;;) {
          const value = this.next();
          if (value !== null) return { done: false, value };
          if (this.#error) throw this.#error;
          if (this.#isOver) return { done: true, value: undefined };
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
        }
      },
      return: async () => {
        this.close();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #askForSnapshot(): FeedEntry | null {
    if (this.#isSnapshotAsked || this.#isOver) return null;
    this.#isSnapshotAsked = true;
    return {
      kind: 'snapshot',
      sessionId: this.sessionId,
      reset: this.#reset,
      take: (position) => this.#goOnFrom(position),
      fail: (error) => this.#finish(error instanceof Error ? error : new Error(String(error))),
    };
  }

  #goOnFrom({ sequence, ended }: SnapshotPosition): void {
    if (this.#isOver) return;
    this.#reached = sequence;
    this.#tail?.startAt(sequence, ended);
    this.#onReady();
  }

  /** The next event of the page or the ring; null when none is at hand. */
  #read(): JournalEvent | null {
    if (this.#isOver || this.#tail === null) return null;
    const paged = this.#page[this.#pageIndex];
    if (paged) {
      this.#pageIndex += 1;
      if (this.#pageIndex === this.#page.length) this.dropPage();
      return paged;
    }
    const reached = this.#reached as number;
    if (!this.#tail.covers(reached)) {
      this.#readPage(reached);
      return null;
    }
    const event = this.#tail.at(reached + 1);
    if (event) {
      this.#tails.stats.fromRing += 1;
      return event;
    }
    if (this.#tail.ended && reached >= this.#tail.head) this.#finish(null);
    return null;
  }

  #readPage(after: number): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#pages.read(this.sessionId, after).then(
      (page) => {
        this.#isReading = false;
        if (this.#isOver) return;
        // The ring may have become the faster way meanwhile, through another feed of the session.
        if (this.#reached === after) this.#takePage(page);
        this.#onReady();
      },
      (error: unknown) => {
        this.#isReading = false;
        if (this.#isOver) return;
        if (error instanceof DomainError) this.#finish(error);
        else this.#tails.stall(this); // the database is away: wait for it, and read again
      },
    );
  }

  #takePage(page: JournalPage | undefined): void {
    if (!page) {
      this.#finish(notFound('cooking session'));
      return;
    }
    this.#page = page.events;
    this.#pageIndex = 0;
    this.#tails.stats.fromTable += page.events.length;
    const reached = this.#reached as number;
    if (page.events.length === 0 && page.lastSequence > reached) {
      this.#lose(reached + 1, page.lastSequence, new Date().toISOString());
      this.#reached = page.lastSequence;
    }
    const last = page.events.at(-1)?.sequence ?? page.lastSequence;
    if (last >= page.lastSequence) this.#tail?.startAt(page.lastSequence, page.ended);
  }

  /** Retention removed these. */
  #lose(fromSequence: number, toSequence: number, recordedAt: Instant): void {
    this.#tellSkipped();
    this.#ready.push({
      kind: 'skipped',
      sessionId: this.sessionId,
      fromSequence,
      toSequence,
      skipReason: 'RETENTION',
      recordedAt,
      receivedAt: null,
    });
  }

  #skip({ sequence, recordedAt, receivedAt }: JournalEvent): void {
    this.#tails.stats.skipped += 1;
    const fromSequence = this.#skipped?.fromSequence ?? sequence;
    this.#skipped = {
      kind: 'skipped',
      sessionId: this.sessionId,
      fromSequence,
      toSequence: sequence,
      skipReason: 'SLOW_READER',
      recordedAt,
      receivedAt,
    };
  }

  #tellSkipped(): void {
    if (this.#skipped) this.#ready.push(this.#skipped);
    this.#skipped = null;
  }

  #finish(error: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.dropPage();
    if (this.#tail) this.#tails.leave(this.#tail, this);
    this.#onReady();
  }
}
