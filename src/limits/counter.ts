import { rateLimited } from '../errors.js';
import type { Rate } from './table.js';

/** Counts by key what happens within a rate. */
export interface Counter {
  /** Counts so many; throws, or rejects with, `RATE_LIMITED` when there are too many. A promise only where one is needed. */
  take(key: string, points?: number): Promise<void> | void;
  /** Takes back one that should not have counted. */
  giveBack(key: string): Promise<void> | void;
}

/** Lets everything pass. */
export const UNLIMITED: Counter = { take() {}, giveBack() {} };

interface Window {
  points: number;
  endsAt: number;
}

/** Counts in this process: without a promise, and without a timer for each key. */
export class LocalCounter implements Counter {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();
  #sweepAt = 0;

  /** `now` is in milliseconds. */
  constructor(rate: Rate, now = () => performance.now()) {
    this.#rate = rate;
    this.#now = now;
  }

  /** How many keys it remembers. */
  get size(): number {
    return this.#windows.size;
  }

  take(key: string, points = 1): void {
    const now = this.#now();
    if (now >= this.#sweepAt) this.#sweep(now);
    let window = this.#windows.get(key);
    if (window === undefined || now >= window.endsAt) {
      window = { points: 0, endsAt: now + this.#rate.seconds * 1000 };
      this.#windows.set(key, window);
    }
    window.points += points;
    if (window.points > this.#rate.most) this.#refuse(window, now);
  }

  giveBack(key: string): void {
    const window = this.#windows.get(key);
    if (window) window.points -= 1;
  }

  /** Throws `RATE_LIMITED` when the next one would be one too many; counts nothing. */
  requireRoom(key: string): void {
    if (this.#windows.size === 0) return;
    const window = this.#windows.get(key);
    const now = this.#now();
    if (window && now < window.endsAt && window.points >= this.#rate.most) this.#refuse(window, now);
  }

  #refuse({ endsAt }: Window, now: number): never {
    throw rateLimited(this.#rate.what, (endsAt - now) / 1000);
  }

  #sweep(now: number): void {
    for (const [key, { endsAt }] of this.#windows) if (now >= endsAt) this.#windows.delete(key);
    this.#sweepAt = now + this.#rate.seconds * 1000;
  }
}
