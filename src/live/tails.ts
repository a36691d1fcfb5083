import type { DomainError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { SessionChange } from './append.js';
import type { Bus, SessionNews } from './bus/bus.js';
import type { JournalPages } from './pages.js';
import { Tail, type TailReader } from './tail.js';

/** The tails of all sessions that are watched in this process: one each, made by the first reader and gone with the last. */
export class Tails {
  readonly #tails = new Map<string, Tail>();
  readonly #stalled = new Set<TailReader>();
  readonly #pages: JournalPages;
  readonly #bus: Pick<Bus, 'watch' | 'unwatch'>;
  readonly #log: Logger;
  /** Readers of all tails. */
  readers = 0;
  /** What feeds have done so far: events handed out, where they came from, and events left out for slow viewers. */
  readonly stats = { delivered: 0, fromRing: 0, fromTable: 0, skipped: 0 };

  constructor(pages: JournalPages, bus: Pick<Bus, 'watch' | 'unwatch'>, log: Logger) {
    this.#pages = pages;
    this.#bus = bus;
    this.#log = log;
  }

  /** Makes `reader` follow the session's tail, until it leaves it, once. */
  join(sessionId: string, reader: TailReader): Tail {
    let tail = this.#tails.get(sessionId);
    if (!tail) {
      tail = new Tail(sessionId, this.#pages, (err) =>
        this.#log.warn({ err, sessionId }, 'a tail could not read its journal'),
      );
      this.#tails.set(sessionId, tail);
      this.#bus.watch(sessionId);
    }
    tail.join(reader);
    this.readers += 1;
    return tail;
  }

  leave(tail: Tail, reader: TailReader): void {
    tail.leave(reader);
    this.readers -= 1;
    this.#stalled.delete(reader);
    if (tail.readerCount > 0) return;
    this.#tails.delete(tail.sessionId);
    this.#bus.unwatch(tail.sessionId);
  }

  get size(): number {
    return this.#tails.size;
  }

  watchedIds(): string[] {
    return [...this.#tails.keys()];
  }

  /** Takes what this process has committed; true when somebody here follows that session. */
  offer(change: SessionChange): boolean {
    const tail = this.#tails.get(change.sessionId);
    tail?.offer(change);
    return tail !== undefined;
  }

  /** Takes what the bus tells: the events themselves, or that there may be some in the table. */
  hear(news: readonly SessionNews[]): void {
    for (const { sessionId, change } of news) {
      const tail = this.#tails.get(sessionId);
      if (change) tail?.offer(change);
      else tail?.wake();
    }
  }

  /** Compares the tails with what is in the table. */
  compare(heads: readonly { id: string; lastSequence: number; ended: boolean }[]): void {
    for (const { id, lastSequence, ended } of heads) this.#tails.get(id)?.compare(lastSequence, ended);
  }

  /** This reader could not read the table; it is woken when the database answers again. */
  stall(reader: TailReader): void {
    this.#stalled.add(reader);
  }

  /** The database answers again. */
  wakeStalled(): void {
    const stalled = [...this.#stalled];
    this.#stalled.clear();
    for (const reader of stalled) reader.wake();
  }

  /** Ends every reader with that error. */
  failAll(error: DomainError): void {
    for (const tail of this.#tails.values()) tail.failReaders(error);
  }
}
