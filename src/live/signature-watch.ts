import type pg from 'pg';
import type { Logger } from '../logger.js';
import { abortable, Wakeup } from './abortable.js';

/** Reads, of each of these things, a text that is another whenever those who watch it should look again. */
export type ReadSignatures = (
  pool: pg.Pool,
  ids: readonly string[],
) => Promise<{ id: string; signature: string }[]>;

interface Watched {
  signature: string | undefined;
  listeners: Set<() => void>;
}

/**
 * Tells viewers which of the things that they watch have changed. Commits, the bus and the poll only say that a thing may
 * have changed; one query for all of these compares, so that a change is told once, and only if there is one. At most one
 * such query runs at a time.
 */
export class SignatureWatch {
  readonly #pool: pg.Pool;
  readonly #read: ReadSignatures;
  readonly #log: Logger;
  readonly #watched = new Map<string, Watched>();
  readonly #woken = new Set<string>();
  readonly #followers = new Set<Wakeup>();
  #comparing = false;

  constructor(pool: pg.Pool, read: ReadSignatures, log: Logger) {
    this.#pool = pool;
    this.#read = read;
    this.#log = log;
  }

  get size(): number {
    return this.#watched.size;
  }

  /** These may have changed; without an argument, all that are watched. */
  wake(ids: Iterable<string> = this.#watched.keys()): void {
    for (const id of ids) if (this.#watched.has(id)) this.#woken.add(id);
    if (this.#woken.size > 0 && !this.#comparing) void this.#compare();
  }

  /**
   * The id of each of these at once, then again after each change of it. Changes that come faster than the viewer takes
   * them become one. Ends only by `failAll`, with its error.
   */
  watch(ids: readonly string[]): AsyncIterableIterator<string, void> {
    return abortable((signal) => this.#follow(ids, signal));
  }

  async *#follow(ids: readonly string[], signal: AbortSignal): AsyncGenerator<string, void> {
    const wakeup = new Wakeup(signal);
    const changed = new Set<string>(ids);
    this.#followers.add(wakeup);
    const unlisten = ids.map((id) =>
      this.#listen(id, () => {
        changed.add(id);
        wakeup.set();
      }),
    );
    try {
      await this.#learn(ids); // before the first entry, so that no change falls between
      while (!signal.aborted) {
        for (const id of changed) {
          changed.delete(id);
          yield id;
        }
        if (changed.size === 0) await wakeup.wait();
      }
    } finally {
      this.#followers.delete(wakeup);
      for (const stop of unlisten) stop();
    }
  }

  /** Ends everybody who watches, with that error. */
  failAll(error: Error): void {
    for (const wakeup of this.#followers) wakeup.fail(error);
  }

  #listen(id: string, listener: () => void): () => void {
    const watched = this.#watched.get(id) ?? { signature: undefined, listeners: new Set() };
    this.#watched.set(id, watched);
    watched.listeners.add(listener);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0) this.#watched.delete(id);
    };
  }

  /** Reads the signatures that later ones are compared with, where nobody watched the thing yet. */
  async #learn(ids: readonly string[]): Promise<void> {
    for (const { id, signature } of await this.#read(this.#pool, ids)) {
      const watched = this.#watched.get(id);
      if (watched) watched.signature ??= signature;
    }
  }

  async #compare(): Promise<void> {
    this.#comparing = true;
    try {
      while (this.#woken.size > 0) {
        const ids = [...this.#woken];
        this.#woken.clear();
        for (const { id, signature } of await this.#read(this.#pool, ids)) {
          const watched = this.#watched.get(id);
          if (!watched || watched.signature === signature) continue;
          watched.signature = signature;
          for (const listener of watched.listeners) listener();
        }
      }
    } catch (err) {
      this.#log.warn({ err }, 'could not compare what is watched'); // the poll comes back to it
    } finally {
      this.#comparing = false;
    }
  }
}
