import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after `ms`, or at once when `signal` aborts; look at the signal to tell which. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(Math.max(0, ms), undefined, { signal });
  } catch {
    // Aborted: the caller looks at the signal.
  }
}

/** Growing delays between tries: doubled each time up to `mostMs`, each cut short at random by up to a half. */
export class Backoff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  #tries = 0;

  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  /** The next delay. The jitter keeps devices that lost the same server from coming back all at once. */
  next(): number {
    const full = Math.min(this.#mostMs, this.#firstMs * 2 ** Math.min(this.#tries, 30));
    this.#tries += 1;
    return full * (0.5 + Math.random() / 2);
  }

  reset(): void {
    this.#tries = 0;
  }
}

/** Lets one waiter wait for something to happen; what happens while nobody waits is remembered once. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when the bell was rung since the last time, or when `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake);
      });
    }
    this.#wake = undefined;
    this.#rung = false;
  }
}
