import type { Logger } from '../logger.js';
import type { SessionChange } from './append.js';
import type { Bus, SessionNews } from './bus/bus.js';
import { type ReadPage, Tail } from './tail.js';

/** The tails of all sessions that are watched in this process: one each, made by the first feed and gone with the last. */
export class Tails {
  readonly #tails = new Map<string, { tail: Tail; feeds: number }>();
  readonly #readPage: ReadPage;
  readonly #bus: Pick<Bus, 'watch' | 'unwatch'>;
  readonly #log: Logger;

  constructor(readPage: ReadPage, bus: Pick<Bus, 'watch' | 'unwatch'>, log: Logger) {
    this.#readPage = readPage;
    this.#bus = bus;
    this.#log = log;
  }

  /** The session's tail, for a feed that must `release` it. */
  acquire(sessionId: string): { tail: Tail; release: () => void } {
    let entry = this.#tails.get(sessionId);
    if (!entry) {
      const onError = (err: unknown) =>
        this.#log.warn({ err, sessionId }, 'a tail could not read its journal');
      entry = { tail: new Tail(sessionId, this.#readPage, onError), feeds: 0 };
      this.#tails.set(sessionId, entry);
      this.#bus.watch(sessionId);
    }
    const held = entry;
    held.feeds += 1;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      held.feeds -= 1;
      if (held.feeds > 0) return;
      this.#tails.delete(sessionId);
      this.#bus.unwatch(sessionId);
    };
    return { tail: held.tail, release };
  }

  get size(): number {
    return this.#tails.size;
  }

  watchedIds(): string[] {
    return [...this.#tails.keys()];
  }

  offer(change: SessionChange): void {
    this.#tails.get(change.sessionId)?.tail.offer(change);
  }

  /** Takes what the bus tells: the events themselves, or that there may be some in the table. */
  hear(news: readonly SessionNews[]): void {
    for (const { sessionId, change } of news) {
      const tail = this.#tails.get(sessionId)?.tail;
      if (change) tail?.offer(change);
      else tail?.wake();
    }
  }

  /** Wakes the tails that are behind what is in the table. */
  compare(heads: readonly { id: string; lastSequence: number; ended: boolean }[]): void {
    for (const { id, lastSequence, ended } of heads) {
      const tail = this.#tails.get(id)?.tail;
      if (tail && (lastSequence > tail.head || ended !== tail.ended)) tail.wake();
    }
  }
}
