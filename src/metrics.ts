import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** How often the event loop is asked how late it is: each time wakes the process, also when it has nothing to do. */
const LOOP_DELAY_RESOLUTION_MS = 50;

/** What the runtime tells of itself (memory, event-loop delay, garbage collection); one set a process. */
let runtime: Registry | undefined;

/**
 * What an instance tells Prometheus. Whoever knows something registers how to read it: counting on hot paths is plain
 * numbers of the parts themselves, and they are looked at only when somebody asks.
 */
export class Metrics {
  readonly #registry = new Registry();

  constructor() {
    if (runtime) return;
    runtime = new Registry();
    collectDefaultMetrics({ register: runtime, eventLoopMonitoringPrecision: LOOP_DELAY_RESOLUTION_MS });
  }

  /** Registers a count that only grows. */
  counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** Registers a level. A reading that fails is left out. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        try {
          this.set(await read());
        } catch {
          this.reset();
          this.set(Number.NaN);
        }
      },
    });
  }

  /** Registers a distribution; the returned function takes its values. */
  histogram(name: string, help: string, buckets: number[]): (value: number) => void {
    const histogram = new Histogram({ name, help, buckets, registers: [this.#registry] });
    return (value) => histogram.observe(value);
  }

  /** Prometheus' text format. */
  async text(): Promise<{ body: string; contentType: string }> {
    const all = Registry.merge(runtime ? [this.#registry, runtime] : [this.#registry]);
    return { body: await all.metrics(), contentType: all.contentType };
  }
}

/** Bucket bounds for durations from a millisecond to ten seconds. */
export const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
