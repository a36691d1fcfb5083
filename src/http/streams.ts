import type { ExecutionResult } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import { spreadOut } from './drain.js';

/** A client that has not asked for the next response for so long gives back what was read for it, and then its stream. */
const SHRINK_MS = 2_000;
const TOO_SLOW_MS = 15_000;

interface Stream {
  viewer: Viewer;
  /** Since when its client has taken nothing of what was given, by `performance.now()`; null while it waits for more. */
  fullSince: number | null;
  shrink(): void;
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

  /**
   * The same responses, until the viewer's time is over; `disconnect` breaks off the connection that they go to, and
   * `shrink` gives back what was read for a client that does not take it.
   */
  guard(
    viewer: Viewer,
    responses: AsyncIterableIterator<ExecutionResult>,
    { disconnect, shrink }: { disconnect: () => void; shrink: () => void },
  ): AsyncIterableIterator<ExecutionResult> {
    const close = async () => {
      this.#open.delete(stream);
      await responses.return?.();
    };
    const stream: Stream = {
      viewer,
      fullSince: null,
      shrink,
      end: () => {
        disconnect();
        void close();
      },
    };
    this.#open.add(stream);
    if (this.isOver(viewer)) stream.end();
    const guarded: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        stream.fullSince = null;
        try {
          const result = await responses.next();
          if (result.done) this.#open.delete(stream);
          stream.fullSince = performance.now();
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

  /** To be called once a second: looks after the streams whose clients read too slowly. */
  look(): void {
    const now = performance.now();
    for (const stream of [...this.#open]) {
      const fullMs = stream.fullSince === null ? 0 : now - stream.fullSince;
      if (fullMs > TOO_SLOW_MS) stream.end();
      else if (fullMs > SHRINK_MS) stream.shrink();
    }
  }

  /** Breaks off all of them, spread out: their clients come back to another instance. */
  async drain(): Promise<void> {
    await spreadOut([...this.#open], (stream) => stream.end());
  }

  /** Breaks off the streams of these viewers. */
  end(isOver: (viewer: Viewer) => boolean): void {
    for (const stream of [...this.#open]) if (isOver(stream.viewer)) stream.end();
  }
}
