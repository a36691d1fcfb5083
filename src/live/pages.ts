import type pg from 'pg';
import { type JournalPage, readJournal } from './reader.js';

/** Events of one page: enough to make the round trip cheap, few enough that a feed may hold one. */
export const PAGE_EVENTS = 500;
/** Most pages that are read at once, so that feeds catching up leave connections of the pool to everybody else. */
const MAX_READING = 6;

/**
 * Reads pages of journals for tails and feeds. Feeds that ask for the same page at the same time share one query: after
 * a restart all viewers of a cook come back at much the same place. The queue holds at most one entry for each feed.
 */
export class JournalPages {
  readonly #pool: pg.Pool;
  readonly #shared = new Map<string, Promise<JournalPage | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #reading = 0;
  /** Pages read so far. */
  reads = 0;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The events of a session after `after`, at most `PAGE_EVENTS`; `undefined` when there is no such session. */
  read(sessionId: string, after: number): Promise<JournalPage | undefined> {
    const key = `${sessionId}:${after}`;
    let page = this.#shared.get(key);
    if (!page) {
      page = this.#read(sessionId, after).finally(() => this.#shared.delete(key));
      this.#shared.set(key, page);
    }
    return page;
  }

  async #read(sessionId: string, after: number): Promise<JournalPage | undefined> {
    if (this.#reading >= MAX_READING) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#reading += 1;
    this.reads += 1;
    try {
      return await readJournal(this.#pool, sessionId, after, PAGE_EVENTS);
    } finally {
      this.#reading -= 1;
      this.#waiting.shift()?.();
    }
  }
}
