import { CloseCode, type LiveSocket } from './live-socket.js';

/** Short, so that each time only a few sockets are pinged and no event waits for a thousand pings. */
const TICK_MS = 200;
/** Each socket is pinged once in so many ticks, every 12 seconds, and must have answered by the next time. */
const PING_TICKS = 60;
/** What else is looked at, once a second. */
const SECOND_TICKS = 5;
/** A feed that waits longer than this for its client gives back the events that it has read. */
const SHRINK_MS = 2_000;
/** A client that takes next to nothing of what waits for it, for so long, is cut off with 4413. */
const TOO_SLOW_MS = 15_000;

/**
 * Looks after all sockets with one timer: pings them, a few each time, and closes those that are silent, whose
 * token has expired, or that read too slowly for too long.
 */
export class Keeper {
  readonly #sockets = new Map<LiveSocket, number>();
  readonly #timer: NodeJS.Timeout;
  #tick = 0;
  /** Sockets closed because their clients read too slowly. */
  slowClosed = 0;
  #added = 0;

  #onSecond: () => void = () => {};

  constructor() {
    this.#timer = setInterval(() => this.#look(), TICK_MS);
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** How many sockets wait for their clients, and what all clients have not read. */
  load(): { full: number; bufferedBytes: number } {
    const load = { full: 0, bufferedBytes: 0 };
    for (const socket of this.#sockets.keys()) {
      load.bufferedBytes += socket.bufferedBytes;
      if (socket.fullSince !== null) load.full += 1;
    }
    return load;
  }

  add(socket: LiveSocket): void {
    this.#added += 1;
    this.#sockets.set(socket, this.#added % PING_TICKS);
  }

  delete(socket: LiveSocket): void {
    this.#sockets.delete(socket);
  }

  [Symbol.iterator](): Iterator<LiveSocket> {
    return this.#sockets.keys();
  }

  /** What else has to be looked at once a second. */
  onSecond(listener: () => void): void {
    this.#onSecond = listener;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#tick = (this.#tick + 1) % PING_TICKS;
    if (this.#tick % SECOND_TICKS === 0) this.#onSecond();
    const now = Date.now();
    const monotonic = performance.now();
    for (const [socket, tick] of this.#sockets) {
      const stalledMs = socket.stalledMs(monotonic);
      if (now >= socket.expiresAt) socket.close(CloseCode.Forbidden, 'Token expired');
      else if (stalledMs > TOO_SLOW_MS) this.#closeSlow(socket);
      else if (stalledMs > SHRINK_MS) socket.shrink();
      if (tick !== this.#tick || socket.fullSince !== null) continue;
      // Nothing reached it, or it does not read: then it may still see why.
      if (socket.awaitsPong) socket.close(CloseCode.SlowReader, 'Does not answer');
      else socket.ping();
    }
  }

  #closeSlow(socket: LiveSocket): void {
    socket.close(CloseCode.SlowReader, 'Reads too slowly');
    this.slowClosed += 1;
    this.delete(socket); // its feeds end with it; ws waits for the client no longer than its own time limit
  }
}
