import { drawChance, drawInteger, type Random } from '../../src/kitchen/random.js';
import { pick, shuffled } from './chance.js';
import { keyOf } from './comparing.js';
import type { SentEvent } from './history.js';

const REMEMBERED = 200;
const MOST_IN_BATCH = 40;
const MOST_IN_FLOOD = 250;

/** What a device has to send until it is acknowledged; some of it kept back, to be sent late and out of order. */
export class Outbox {
  readonly #random: Random;
  readonly #waiting = new Map<string, SentEvent>();
  readonly #keptBack: SentEvent[] = [];
  readonly #acknowledged: SentEvent[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  get isEmpty(): boolean {
    return this.#waiting.size + this.#keptBack.length === 0;
  }

  get size(): number {
    return this.#waiting.size + this.#keptBack.length;
  }

  add(event: SentEvent, mayWait: boolean): void {
    if (mayWait && drawChance(this.#random, 0.04)) this.#keptBack.push(event);
    else this.#waiting.set(keyOf(event), event);
  }

  has(event: SentEvent): boolean {
    return this.#waiting.has(keyOf(event));
  }

  /** Lets what was kept back go out, all of it or what chance says. */
  release(all: boolean): void {
    if (!all && !drawChance(this.#random, 0.03)) return;
    for (const event of this.#keptBack.splice(0)) this.#waiting.set(keyOf(event), event);
  }

  /**
   * The next batch: mostly the oldest in their order, at times the newest first or anyhow; at times with events that
   * were acknowledged before, or with one of its own twice.
   */
  batch(): SentEvent[] {
    const random = this.#random;
    if (this.#waiting.size === 0) return [];
    const isFlood = this.#waiting.size > 300;
    const size = drawInteger(random, isFlood ? 100 : 1, isFlood ? MOST_IN_FLOOD : MOST_IN_BATCH);
    const waiting = [...this.#waiting.values()];
    const way = drawInteger(random, 1, 10);
    const batch =
      way <= 7
        ? waiting.slice(0, size)
        : way === 8
          ? waiting.slice(-size).reverse()
          : shuffled(random, waiting).slice(0, size);
    if (this.#acknowledged.length > 0 && drawChance(random, 0.25)) {
      for (let i = drawInteger(random, 1, 5); i > 0; i -= 1) batch.push(pick(random, this.#acknowledged));
    }
    if (drawChance(random, 0.05)) batch.push(pick(random, batch));
    return batch;
  }

  acknowledge(events: readonly SentEvent[]): void {
    for (const event of events) {
      if (this.#waiting.delete(keyOf(event))) this.#acknowledged.push(event);
    }
    this.#acknowledged.splice(0, this.#acknowledged.length - REMEMBERED);
  }
}
