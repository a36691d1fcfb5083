/** What was started and has to be stopped, whatever happens; stopped in the reverse order, each once. */
export class Closers {
  #closers: (() => Promise<unknown>)[] = [];
  #closing: Promise<void> | undefined;

  add(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  /** Stops everything. What fails is told on stderr and does not keep the rest from stopping. */
  async close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    await this.#closing;
    this.#closing = undefined;
  }

  async #closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      await close().catch((error: unknown) => process.stderr.write(`could not stop: ${String(error)}\n`));
    }
  }
}
