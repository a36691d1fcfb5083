import type { ExecutionResult } from 'graphql';
import type { FeedEntry } from '../../live/entries.js';
import type { Feed } from '../../live/feed.js';
import { type ByteString, toByteString } from '../byte-string.js';
import type { LiveSocket, Sender } from './live-socket.js';

/** Leaves a client that has kept its socket full for longer than this the newest reading only. */
const SLOW_MS = 2_000;

/** How the entries of a feed become responses. */
export interface Renderer {
  /** The response as JSON in UTF-8, where it takes no more than the entry. */
  render(entry: FeedEntry): ByteString | undefined;
  /** The same by way of graphql-js. Never rejects. */
  execute(entry: FeedEntry): Promise<ByteString>;
}

/**
 * Sends a feed over a socket: in the turn in which events come, as fast as the client reads. The frames bypass the
 * iterator that it is for graphql-ws, which only tells the end: `done` when the cook has ended, an error when the feed
 * failed. Holds nothing for a client that does not read: the feed waits in the journal, and the socket tells when to go on.
 */
export class Delivery implements AsyncIterableIterator<ExecutionResult, void>, Sender {
  readonly #feed: Feed;
  readonly #renderer: Renderer;
  readonly #socket: LiveSocket;
  readonly #opening: ByteString;
  readonly #release: () => void;
  /** While an entry is executed, nothing may overtake it; while entries are sent, nothing may come between. */
  #isBusy = false;
  #isOver = false;
  #settle: { resolve: (result: IteratorReturnResult<void>) => void; reject: (error: Error) => void } | null =
    null;

  /** `release` is called when it ends, however it ends. */
  constructor(feed: Feed, renderer: Renderer, socket: LiveSocket, operationId: string, release: () => void) {
    this.#feed = feed;
    this.#renderer = renderer;
    this.#socket = socket;
    this.#release = release;
    this.#opening = toByteString(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`);
  }

  next(): Promise<IteratorReturnResult<void>> {
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#feed.start(this.#pump);
      this.#pump();
    });
  }

  return(): Promise<IteratorReturnResult<void>> {
    this.#feed.close();
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: Error): Promise<IteratorReturnResult<void>> {
    this.#feed.close();
    this.#end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  resume(waitedMs: number): void {
    this.#isBusy = false;
    if (waitedMs > SLOW_MS) this.#feed.coalesce();
    this.#pump();
  }

  shrink(): void {
    this.#feed.dropPage();
  }

  readonly #pump = (): void => {
    if (this.#feed.error) this.#end();
    if (this.#isBusy || this.#isOver) return;
    this.#isBusy = true;
    this.#isBusy = this.#sendReady();
    if (this.#feed.isOver && !this.#isBusy) this.#end();
  };

  /** Sends what is ready; true when something else must happen before more may be sent. */
  #sendReady(): boolean {
    const socket = this.#socket;
    let { isFull } = socket;
    let sent = 0;
    try {
      for (;;) {
        if (isFull) {
          socket.whenDrained(this);
          return true;
        }
        const entry = this.#feed.next();
        if (entry === null) return false;
        const body = this.#renderer.render(entry);
        if (body === undefined) {
          void this.#execute(entry);
          return true;
        }
        sent += 1;
        if (sent === 2) socket.cork(); // one event goes at once; what comes with it shares a write
        isFull = socket.sendObject(this.#opening, body);
      }
    } finally {
      if (sent > 1) socket.uncork();
    }
  }

  async #execute(entry: FeedEntry): Promise<void> {
    const body = await this.#renderer.execute(entry);
    if (this.#isOver) return;
    this.#socket.requireSpace(); // snapshots can be large, and many may come at once
    this.#socket.sendObject(this.#opening, body);
    this.#isBusy = false;
    this.#pump();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#release();
    this.#socket.forget(this);
    const { error } = this.#feed;
    if (error) this.#settle?.reject(error);
    else this.#settle?.resolve({ done: true, value: undefined });
  }
}
