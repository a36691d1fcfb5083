import type { ExecutionResult } from 'graphql';
import type { Viewer } from '../auth/viewer.js';

interface Stream {
  viewer: Viewer;
  end(error: Error): void;
}

/**
 * The subscriptions over SSE that are open. None outlives the rights of its viewer or the server: it then breaks off,
 * without the `complete` that would mean that a cook has ended.
 */
export class Streams {
  readonly #open = new Set<Stream>();

  get size(): number {
    return this.#open.size;
  }

  /** The same responses, until the viewer's time is over. */
  guard(
    viewer: Viewer,
    responses: AsyncIterableIterator<ExecutionResult>,
  ): AsyncIterableIterator<ExecutionResult> {
    let failure: Error | null = null;
    const stream: Stream = {
      viewer,
      end: (error) => {
        failure = error;
        this.#open.delete(stream);
        void responses.return?.(); // wakes a `next()` that waits
      },
    };
    this.#open.add(stream);
    const guarded: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        const result = failure ? undefined : await responses.next();
        if (failure) throw failure;
        if (result?.done) this.#open.delete(stream);
        return result ?? { done: true, value: undefined };
      },
      return: async () => {
        this.#open.delete(stream);
        await responses.return?.();
        return { done: true, value: undefined };
      },
      throw: async (error) => {
        this.#open.delete(stream);
        await responses.return?.();
        throw error;
      },
      [Symbol.asyncIterator]: () => guarded,
    };
    return guarded;
  }

  /** Breaks off the streams of these viewers. */
  end(isOver: (viewer: Viewer) => boolean, error: Error): void {
    for (const stream of [...this.#open]) if (isOver(stream.viewer)) stream.end(error);
  }
}
