/** How late a deadline may be noticed. */
const LOOK_EVERY_MS = 250;

/** What is waited for, in the order in which it began. */
interface Running {
  /** By the clock of `performance.now()`. */
  readonly since: number;
  readonly giveUp: () => void;
  before: Running | null;
  after: Running | null;
}

/**
 * Bounds how long anybody waits for an outcome. All have the same time, so the first to begin is the first to be over:
 * one timer looks at the oldest, and there is none while nothing runs.
 *
 * They are a list whose members let go of each other, no `Set`: of that V8 makes a new table after a few additions, and the
 * old ones, once one of them is old to the garbage collector, keep all that came after with the answers that it waited for.
 */
export class Deadlines {
  readonly #ms: number;
  #oldest: Running | null = null;
  #newest: Running | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** The outcome of `work`, or of `late` when that is not there in time; what comes then is passed over. */
  limit<T>(work: Promise<T>, late: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const running = this.#begin(() => resolve(late()));
      work.then(
        (outcome) => {
          this.#end(running);
          resolve(outcome);
        },
        (error: unknown) => {
          this.#end(running);
          reject(error);
        },
      );
    });
  }

  #begin(giveUp: () => void): Running {
    const running: Running = { since: performance.now(), giveUp, before: this.#newest, after: null };
    if (this.#newest) this.#newest.after = running;
    else this.#oldest = running;
    this.#newest = running;
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    return running;
  }

  /** Once for each; again it does nothing. */
  #end(running: Running): void {
    const { before, after } = running;
    if (before) before.after = after;
    else if (this.#oldest === running) this.#oldest = after;
    if (after) after.before = before;
    else if (this.#newest === running) this.#newest = before;
    running.before = null;
    running.after = null;
  }

  #look(): void {
    const latest = performance.now() - this.#ms;
    for (let running = this.#oldest; running && running.since <= latest; running = this.#oldest) {
      this.#end(running);
      running.giveUp();
    }
    if (this.#oldest) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
