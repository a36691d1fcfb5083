import type { Bus, BusStats, Changes, SessionNews, Wake } from './bus.js';
import { type Batch, Outbox } from './outbox.js';

const LIMITS = { events: 5_000, ids: 5_000, gapMs: 0 };
const STOP_MS = 500;

/** What instances in one process share. */
export class LocalHub {
  readonly members = new Set<LocalBus>();
}

/**
 * The bus of instances in one process: the interface with no server behind it, which cannot be cut. The server as it is
 * shipped never uses it, because a database that one process has to itself today may be shared tomorrow; it is what
 * the conformance test holds the other two against, and what runs several live cores in one test.
 */
export class LocalBus implements Bus {
  readonly stats: BusStats = { sent: 0, received: 0, reconnects: 0, dropped: 0 };
  readonly #hub: LocalHub;
  readonly #outbox = new Outbox(LIMITS, async (batch) => this.#deliver(batch));
  readonly #watched = new Set<string>();
  #onWake: (wake: Wake) => void = () => {};

  constructor(hub: LocalHub) {
    this.#hub = hub;
  }

  async start(onWake: (wake: Wake) => void): Promise<void> {
    this.#onWake = onWake;
    this.#hub.members.add(this);
    onWake('everything');
  }

  publish(changes: Changes): void {
    if (this.isConnected()) this.#outbox.add(changes);
    else this.stats.dropped += 1;
  }

  watch(sessionId: string): void {
    this.#watched.add(sessionId);
    if (this.isConnected()) this.#onWake({ sessions: [{ sessionId }], applianceIds: [] });
  }

  unwatch(sessionId: string): void {
    this.#watched.delete(sessionId);
  }

  isConnected(): boolean {
    return this.#hub.members.has(this);
  }

  async stop(): Promise<void> {
    await this.#outbox.drain(STOP_MS);
    this.#hub.members.delete(this);
    this.#outbox.clear();
  }

  #deliver(batch: Batch): void {
    this.stats.sent += 1;
    for (const member of this.#hub.members) if (member !== this) member.#receive(batch);
  }

  #receive(batch: Batch): void {
    if (batch === 'everything') {
      this.stats.received += 1;
      this.#onWake(batch);
      return;
    }
    const sessions: SessionNews[] = [];
    for (const [sessionId, changes] of batch.sessions) {
      if (!this.#watched.has(sessionId)) continue;
      if (changes) sessions.push(...changes.map((change) => ({ sessionId, change })));
      else sessions.push({ sessionId });
    }
    if (sessions.length === 0 && batch.applianceIds.size === 0) return;
    this.stats.received += 1;
    this.#onWake({ sessions, applianceIds: [...batch.applianceIds] });
  }
}
