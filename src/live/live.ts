import type pg from 'pg';
import type { Logger } from '../logger.js';
import type { AppendRequest, AppendResult, EventOutcome } from './append.js';
import { ApplianceWatch } from './appliance-watch.js';
import type { Bus, Wake } from './bus/bus.js';
import { type FeedEntry, openFeed } from './feed.js';
import { Journal } from './journal.js';
import { readHeads, readJournal } from './reader.js';
import { Tails } from './tails.js';

/** How often each instance looks at what it watches, for what the bus may have lost. */
const POLL_MS = 2_000;

/**
 * The live core of one process: the journal that stores events, the bus that wakes the other instances, the tails and
 * watches that viewers follow, and the poll behind them. Owns its timers and the bus's connection; not the pool.
 */
export class Live {
  readonly tails: Tails;
  readonly appliances: ApplianceWatch;
  readonly #pool: pg.Pool;
  readonly #journal: Journal;
  readonly #bus: Bus;
  readonly #log: Logger;
  #pollTimer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #looksAgain = false;
  #stopped = false;

  constructor(pool: pg.Pool, bus: Bus, log: Logger) {
    this.#pool = pool;
    this.#bus = bus;
    this.#log = log;
    this.tails = new Tails((id, after, limit) => readJournal(pool, id, after, limit), bus, log);
    this.appliances = new ApplianceWatch(pool, log);
    this.#journal = new Journal(pool, log, (result) => this.#publish(result));
  }

  async start(): Promise<void> {
    await this.#bus.start((wake) => this.#wake(wake));
    this.#pollLater();
  }

  /** Waits for events under way to be answered, then stops timers and bus. Open feeds are their sockets' to close. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#pollTimer);
    await this.#journal.drain();
    await this.#bus.stop();
  }

  isConnected(): boolean {
    return this.#bus.isConnected();
  }

  /** See `Journal.append`. */
  append(request: AppendRequest): Promise<EventOutcome[]> {
    return this.#journal.append(request);
  }

  /** See `openFeed`. */
  feed(options: {
    sessionId: string;
    after: string | undefined;
    minTelemetryIntervalMs: number;
  }): Promise<AsyncIterableIterator<FeedEntry, void>> {
    return openFeed(this.#pool, this.tails, options);
  }

  /** Tells everybody who watches these appliances that something other than an event may have changed them. */
  appliancesChanged(applianceIds: readonly string[]): void {
    this.appliances.wake(applianceIds);
    this.#bus.publish({ sessions: [], applianceIds });
  }

  #publish({ sessions, appliances }: AppendResult): void {
    for (const change of sessions) this.tails.offer(change);
    const applianceIds = appliances.map(({ applianceId }) => applianceId);
    this.appliances.wake(applianceIds);
    if (sessions.length > 0 || applianceIds.length > 0) this.#bus.publish({ sessions, applianceIds });
  }

  #wake(wake: Wake): void {
    if (wake === 'everything') {
      void this.#lookAtAll();
    } else {
      this.tails.hear(wake.sessions);
      this.appliances.wake(wake.applianceIds);
    }
  }

  #pollLater(): void {
    if (this.#stopped) return;
    this.#pollTimer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  async #poll(): Promise<void> {
    await this.#lookAtAll();
    this.#pollLater();
  }

  /** One query for all journals that are watched, however many those are; what asks meanwhile gets one more look. */
  async #lookAtAll(): Promise<void> {
    this.#looksAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#looksAgain && !this.#stopped) {
      this.#looksAgain = false;
      this.appliances.wake();
      try {
        const watched = this.tails.watchedIds();
        if (watched.length > 0) this.tails.compare(await readHeads(this.#pool, watched));
      } catch (err) {
        this.#log.warn({ err }, 'the live poll failed');
      }
    }
    this.#isLooking = false;
  }
}
