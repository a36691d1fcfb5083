import type pg from 'pg';
import type { Logger } from '../logger.js';
import { abortable, Wakeup } from './abortable.js';

/** What can change about an appliance in the eyes of those who watch it; a bare heartbeat changes none of it. */
async function readSignatures(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<{ id: string; signature: string }[]> {
  const { rows } = await pool.query<{ id: string; signature: string }>({
    name: 'appliance-signatures',
    text: `SELECT a.id, concat_ws('|', a.user_id, a.unpaired_at, a.name, a.status, a.firmware_version_cm5,
                                  a.firmware_version_stm32, s.id, s.status, md5(s.progress::text)) AS signature
           FROM appliances a
           LEFT JOIN LATERAL (
             SELECT id, status, progress FROM cooking_sessions
             WHERE appliance_id = a.id AND status IN ('started', 'cooking', 'paused')
             ORDER BY started_at DESC LIMIT 1
           ) s ON true
           WHERE a.id = ANY($1::uuid[])`,
    values: [ids],
  });
  return rows;
}

interface Watched {
  signature: string | undefined;
  listeners: Set<() => void>;
}

/**
 * Tells viewers which of the appliances that they watch have changed. Commits, the bus and the poll only say that an
 * appliance may have changed; one query for all of these compares, so that a change is told once, and only if there is
 * one. At most one such query runs at a time.
 */
export class ApplianceWatch {
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  readonly #watched = new Map<string, Watched>();
  readonly #woken = new Set<string>();
  #comparing = false;

  constructor(pool: pg.Pool, log: Logger) {
    this.#pool = pool;
    this.#log = log;
  }

  get size(): number {
    return this.#watched.size;
  }

  /** These may have changed; without an argument, all that are watched. */
  wake(applianceIds: Iterable<string> = this.#watched.keys()): void {
    for (const id of applianceIds) if (this.#watched.has(id)) this.#woken.add(id);
    if (this.#woken.size > 0 && !this.#comparing) void this.#compare();
  }

  /**
   * The id of each of these appliances at once, then again after each change of it. Changes that come faster than the
   * viewer takes them become one. Never ends by itself.
   */
  watch(applianceIds: readonly string[]): AsyncIterableIterator<string, void> {
    return abortable((signal) => this.#follow(applianceIds, signal));
  }

  async *#follow(applianceIds: readonly string[], signal: AbortSignal): AsyncGenerator<string, void> {
    const wakeup = new Wakeup(signal);
    const changed = new Set<string>(applianceIds);
    const unlisten = applianceIds.map((id) =>
      this.#listen(id, () => {
        changed.add(id);
        wakeup.set();
      }),
    );
    try {
      await this.#learn(applianceIds); // before the first entry, so that no change falls between
      while (!signal.aborted) {
        for (const id of changed) {
          changed.delete(id);
          yield id;
        }
        if (changed.size === 0) await wakeup.wait();
      }
    } finally {
      for (const stop of unlisten) stop();
    }
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

  /** Reads the signatures that later ones are compared with, where nobody watched the appliance yet. */
  async #learn(ids: readonly string[]): Promise<void> {
    for (const { id, signature } of await readSignatures(this.#pool, ids)) {
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
        for (const { id, signature } of await readSignatures(this.#pool, ids)) {
          const watched = this.#watched.get(id);
          if (!watched || watched.signature === signature) continue;
          watched.signature = signature;
          for (const listener of watched.listeners) listener();
        }
      }
    } catch (err) {
      this.#log.warn({ err }, 'could not compare the watched appliances'); // the poll comes back to it
    } finally {
      this.#comparing = false;
    }
  }
}
