import type { Logger } from '../logger.js';

/** Something that has to be done again and again, by whichever instance comes to it first. */
export interface Job {
  name: string;
  everyMs: number;
  /** When it is done first, after the start; `everyMs` where nothing is said. */
  firstMs?: number;
  /** Does a bounded part of it; true when there is more to do at once. */
  run(): Promise<boolean>;
}

/**
 * Does the periodic work of an instance with one timer, one job at a time, so that it never takes more than one
 * connection. A job that fails is done again at its next time; that it fails is logged once, and once that it does no more.
 */
export class Scheduler {
  readonly #jobs: { job: Job; dueAt: number; isFailing: boolean }[] = [];
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  start(jobs: readonly Job[]): void {
    const now = performance.now();
    for (const job of jobs) {
      this.#jobs.push({ job, dueAt: now + (job.firstMs ?? job.everyMs), isFailing: false });
    }
    this.#later();
  }

  /** Resolves when the job under way is done; none begins after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #later(): void {
    if (this.#stopped || this.#jobs.length === 0) return;
    const next = Math.min(...this.#jobs.map(({ dueAt }) => dueAt));
    this.#timer = setTimeout(
      () => {
        this.#running = this.#runDue().then(() => this.#later());
      },
      Math.max(0, next - performance.now()),
    );
  }

  async #runDue(): Promise<void> {
    for (const entry of this.#jobs) {
      if (this.#stopped) return;
      if (entry.dueAt > performance.now()) continue;
      const { job } = entry;
      let hasMore = false;
      try {
        hasMore = await job.run();
        if (entry.isFailing) this.#log.info({ job: job.name }, 'periodic work succeeds again');
        entry.isFailing = false;
      } catch (err) {
        if (!entry.isFailing) this.#log.warn({ err, job: job.name }, 'periodic work failed');
        entry.isFailing = true;
      }
      entry.dueAt = performance.now() + (hasMore ? 0 : job.everyMs);
    }
  }
}
