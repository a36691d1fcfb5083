import { CloudError } from './cloud.js';
import type { SimulatorLog } from './log.js';
import type { Timing } from './timing.js';
import { Backoff } from './waiting.js';

/** Decides how long to wait after each failure of the same request, and writes an outage down once, not each try. */
export class Patience {
  readonly #log: SimulatorLog;
  readonly #fields: object;
  readonly #timing: Timing;
  readonly #backoff: Backoff;
  #failingWith: string | undefined;

  /** `fields` go with every line of the log. */
  constructor(log: SimulatorLog, fields: object, timing: Timing) {
    this.#log = log;
    this.#fields = fields;
    this.#timing = timing;
    this.#backoff = new Backoff(timing.retry, timing.longestRetry);
  }

  /** Milliseconds until the next try. */
  delayAfter(error: unknown): number {
    if (!(error instanceof CloudError)) {
      this.#log.error({ ...this.#fields, err: error }, 'the answer of the cloud makes no sense');
      return this.#backoff.next();
    }
    const { code, message, retryAfterMs = 0 } = error;
    if (this.#failingWith !== code) {
      this.#failingWith = code;
      if (code === 'UNAUTHENTICATED') {
        this.#log.error(
          this.#fields,
          'the cloud refuses the token of this device; it must be registered anew',
        );
      } else {
        this.#log.warn(
          { ...this.#fields, code, reason: message },
          'the cloud does not take it; trying again',
        );
      }
    }
    if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') return this.#timing.refusedRetry;
    // The cloud names the earliest moment; the jitter on top spreads those who were told the same.
    return Math.max(retryAfterMs, 0) + this.#backoff.next();
  }

  /** The request succeeded. */
  reset(): void {
    this.#backoff.reset();
    if (this.#failingWith !== undefined) this.#log.info(this.#fields, 'the cloud answers again');
    this.#failingWith = undefined;
  }
}
