/**
 * An async iterator over `make(signal)` whose `return()` ends it at once, also while it waits. A plain async generator
 * would only notice at its next event, which for a finished viewer may never come.
 */
export function abortable<T>(
  make: (signal: AbortSignal) => AsyncGenerator<T, void>,
): AsyncIterableIterator<T, void> {
  const controller = new AbortController();
  const generator = make(controller.signal);
  return {
    next: () => generator.next(),
    return: () => {
      controller.abort();
      return generator.return();
    },
    throw: (error) => {
      controller.abort();
      return generator.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A flag that one waiter can sleep on: `set` wakes it, or lets the next `wait` through. An abort sets it for good. */
export class Wakeup {
  readonly #signal: AbortSignal;
  #isSet = false;
  #resume: (() => void) | undefined;
  #error: Error | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.set, { once: true });
  }

  readonly set = (): void => {
    this.#isSet = true;
    this.#resume?.();
  };

  /** Makes `wait` throw from now on. */
  fail(error: Error): void {
    this.#error = error;
    this.set();
  }

  /** Resolves at the next `set`, or at once when there was one since the last `wait`. Throws what it was failed with. */
  async wait(): Promise<void> {
    if (!this.#isSet && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    this.#isSet = false;
    this.#resume = undefined;
    if (this.#error) throw this.#error;
  }
}
