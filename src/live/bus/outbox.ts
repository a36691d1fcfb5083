import type { SessionChange } from '../append.js';
import type { Changes } from './bus.js';

/** What goes out together: for each session its changes in their order, or null where its id has to do. */
export type Batch =
  | 'everything'
  | { sessions: ReadonlyMap<string, readonly SessionChange[] | null>; applianceIds: ReadonlySet<string> };

export interface OutboxLimits {
  /** Most events that wait; beyond, their session's id alone does. */
  events: number;
  /** Most sessions and appliances that wait; beyond, it says 'everything'. */
  ids: number;
  /** The shortest time from the start of one sending to that of the next. */
  gapMs: number;
}

/**
 * Gathers what is to be told, and sends one batch at a time: what comes while one is under way makes the next. So a
 * lone change goes at once, many share a message, and a server that does not answer fills nothing, because what waits
 * shrinks to ids and at last to one word.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #send: (batch: Batch) => Promise<void>;
  #sessions = new Map<string, SessionChange[] | null>();
  #applianceIds = new Set<string>();
  #events = 0;
  #isEverything = false;
  #sending: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #notBefore = 0;

  /** `send` must not reject. */
  constructor(limits: OutboxLimits, send: (batch: Batch) => Promise<void>) {
    this.#limits = limits;
    this.#send = send;
  }

  add({ sessions, applianceIds }: Changes): void {
    if (!this.#isEverything) {
      for (const change of sessions) this.#addChange(change);
      for (const id of applianceIds) this.#applianceIds.add(id);
      if (this.#sessions.size + this.#applianceIds.size > this.#limits.ids) this.#becomeEverything();
    }
    this.#sendSoon();
  }

  /** Anything may have changed. */
  addEverything(): void {
    this.#becomeEverything();
    this.#sendSoon();
  }

  /** Forgets what waits. */
  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#forget();
  }

  /** Resolves when nothing waits and nothing is under way, or after so many milliseconds. */
  async drain(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#drain(), late]);
    clearTimeout(timer);
  }

  async #drain(): Promise<void> {
    while (this.#sending !== null || !this.#isEmpty()) {
      if (this.#sending === null) this.#sendNow();
      await this.#sending;
    }
  }

  #addChange(change: SessionChange): void {
    const waiting = this.#sessions.get(change.sessionId);
    if (waiting === null) return;
    if (this.#events + change.events.length > this.#limits.events) {
      for (const { events } of waiting ?? []) this.#events -= events.length;
      this.#sessions.set(change.sessionId, null);
      return;
    }
    this.#events += change.events.length;
    if (waiting) waiting.push(change);
    else this.#sessions.set(change.sessionId, [change]);
  }

  #sendSoon(): void {
    if (this.#sending !== null || this.#timer || this.#immediate) return;
    const waitMs = this.#notBefore - performance.now();
    // Not in this turn: whoever published has a device to answer first.
    if (waitMs > 0) this.#timer = setTimeout(() => this.#sendNow(), waitMs);
    else this.#immediate = setImmediate(() => this.#sendNow());
  }

  #sendNow(): void {
    const batch: Batch = this.#isEverything
      ? 'everything'
      : { sessions: this.#sessions, applianceIds: this.#applianceIds };
    this.clear();
    this.#notBefore = performance.now() + this.#limits.gapMs;
    this.#sending = this.#send(batch).then(() => {
      this.#sending = null;
      if (!this.#isEmpty()) this.#sendSoon();
    });
  }

  #isEmpty(): boolean {
    return !this.#isEverything && this.#sessions.size === 0 && this.#applianceIds.size === 0;
  }

  #becomeEverything(): void {
    this.#forget();
    this.#isEverything = true;
  }

  #forget(): void {
    this.#sessions = new Map();
    this.#applianceIds = new Set();
    this.#events = 0;
    this.#isEverything = false;
  }
}
