/** What was started and has to be stopped, whatever happens; stopped in the reverse order, each once. */
export class Closers {
  #closers: (() => Promise<unknown>)[] = [];
  #isClosed = false;
  #closing: Promise<void> | undefined;

  /** What is added after `close()`, because its start was under way then, is stopped at once. */
  add(close: () => Promise<unknown>): void {
    this.#closers.push(close);
    if (this.#isClosed) void this.close();
  }

  /** Stops everything. What fails is told on stderr and does not keep the rest from stopping. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing = (this.#closing ?? Promise.resolve()).then(() => this.#closeAll());
    await this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      await close().catch((error: unknown) => process.stderr.write(`could not stop: ${String(error)}\n`));
    }
  }
}
