/** How late a deadline may be noticed. */
const LOOK_EVERY_MS = 250;

interface Running {
  /** By the clock of `performance.now()`. */
  readonly since: number;
  readonly giveUp: () => void;
}

/**
 * Bounds how long anybody waits for an outcome. All have the same time, so the first to begin is the first to be over:
 * one timer looks at the oldest, and there is none while nothing runs.
 */
export class Deadlines {
  readonly #ms: number;
  /** In the order in which they began. */
  readonly #running = new Set<Running>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** The outcome of `work`, or of `late` when that is not there in time; what comes then is passed over. */
  limit<T>(work: Promise<T>, late: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const running: Running = { since: performance.now(), giveUp: () => resolve(late()) };
      this.#running.add(running);
      this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
      work.then(
        (outcome) => {
          this.#running.delete(running);
          resolve(outcome);
        },
        (error: unknown) => {
          this.#running.delete(running);
          reject(error);
        },
      );
    });
  }

  #look(): void {
    const oldest = performance.now() - this.#ms;
    for (const running of this.#running) {
      if (running.since > oldest) return;
      this.#running.delete(running);
      running.giveUp();
    }
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
