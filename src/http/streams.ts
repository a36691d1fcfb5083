import type { ExecutionResult } from 'graphql';
import type { Viewer } from '../auth/viewer.js';

interface Stream {
  viewer: Viewer;
  end(): void;
}

/**
 * The subscriptions over SSE that are open. None outlives the rights of its viewer or the server, and one that fails does
 * not go on: its connection breaks off, without the `complete` that would mean that a cook has ended.
 */
export class Streams {
  readonly #open = new Set<Stream>();
  /** Whether a viewer's time is over; asked when a stream opens, because much may happen on the way there. */
  isOver: (viewer: Viewer) => boolean = () => false;

  get size(): number {
    return this.#open.size;
  }

  /** The same responses, until the viewer's time is over; `disconnect` breaks off the connection that they go to. */
  guard(
    viewer: Viewer,
    responses: AsyncIterableIterator<ExecutionResult>,
    disconnect: () => void,
  ): AsyncIterableIterator<ExecutionResult> {
    const close = async () => {
      this.#open.delete(stream);
      await responses.return?.();
    };
    const stream: Stream = {
      viewer,
      end: () => {
        disconnect();
        void close();
      },
    };
    this.#open.add(stream);
    if (this.isOver(viewer)) stream.end();
    const guarded: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        try {
          const result = await responses.next();
          if (result.done) this.#open.delete(stream);
          return result;
        } catch (error) {
          stream.end();
          throw error;
        }
      },
      return: async () => {
        await close();
        return { done: true, value: undefined };
      },
      throw: async (error) => {
        await close();
        throw error;
      },
      [Symbol.asyncIterator]: () => guarded,
    };
    return guarded;
  }

  /** Breaks off the streams of these viewers. */
  end(isOver: (viewer: Viewer) => boolean): void {
    for (const stream of [...this.#open]) if (isOver(stream.viewer)) stream.end();
  }
}
