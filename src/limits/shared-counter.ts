import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { rateLimited } from '../errors.js';
import type { Counter } from './counter.js';
import type { Rate } from './table.js';

/** Counts where a limiter of the library does: in a store that many instances may share. */
export class SharedCounter implements Counter {
  readonly #limiter: RateLimiterAbstract;
  readonly #rate: Rate;

  constructor(limiter: RateLimiterAbstract, rate: Rate) {
    this.#limiter = limiter;
    this.#rate = rate;
  }

  async take(key: string, points = 1): Promise<void> {
    try {
      await this.#limiter.consume(key, points);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw rateLimited(this.#rate.what, refusal.msBeforeNext / 1000);
    }
  }

  async giveBack(key: string): Promise<void> {
    await this.#limiter.reward(key, 1);
  }
}
