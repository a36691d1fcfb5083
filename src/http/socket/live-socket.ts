import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { ANONYMOUS, type Viewer } from '../../auth/viewer.js';
import type { Client } from '../../limits/client.js';
import type { ByteString } from '../byte-string.js';

/**
 * Above this many bytes that the client has not taken yet, feeds wait: what they would send stays in the journal. With
 * one frame on top it is all that feeds hold in memory for a client that does not read.
 */
const FULL_BYTES = 64 * 1024;
/** Answers to a client's own requests are not held back; with more bytes than this unread it gets no further one. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** Beside those of graphql-transport-ws. */
export const CloseCode = {
  GoingAway: 1001,
  TryAgainLater: 1013,
  BadRequest: 4400,
  Forbidden: 4403,
  SlowReader: 4413,
} as const;

/** Something that sends as fast as the client reads. */
export interface Sender {
  /** The client has taken what was waiting, after `waitedMs`. */
  resume(waitedMs: number): void;
  /** The client has taken nothing for a while. */
  shrink(): void;
}

/** A client's WebSocket: who is behind it, and how much it has not read yet. */
export class LiveSocket {
  viewer: Viewer = ANONYMOUS;
  /** When the viewer's token expires, in milliseconds since 1970. */
  expiresAt = Number.POSITIVE_INFINITY;
  /** A ping has not been answered yet. */
  awaitsPong = false;
  /** Since when the client has left it full, by the clock of `performance.now()`; null while it is not. */
  fullSince: number | null = null;
  /** Where it comes from. */
  readonly from: Client;
  readonly #client: WebSocket;
  readonly #stream: Socket;
  #stalledSince = 0;
  #takenBefore = 0;
  readonly #waiting = new Set<Sender>();
  #held: (() => void)[] | null = [];
  #isGathering = false;
  readonly #letGo = (): void => {
    this.#isGathering = false;
    this.uncork();
  };

  /** `stream` is what the WebSocket was made from. */
  constructor(client: WebSocket, stream: Socket, from: Client) {
    this.from = from;
    this.#client = client;
    this.#stream = stream;
    stream.on('drain', () => this.#drained());
    client.on('pong', () => {
      this.awaitsPong = false;
    });
  }

  /** Whether nobody has begun to close it. */
  get isOpen(): boolean {
    return this.#client.readyState === WebSocket.OPEN;
  }

  /** What the client has not taken yet. */
  get bufferedBytes(): number {
    return this.#stream.writableLength;
  }

  get isFull(): boolean {
    return this.bufferedBytes > FULL_BYTES;
  }

  /**
   * Sends a message. What is sent in one turn leaves in one piece: an answer and its `complete` are one write. Resolves
   * when the client has room for more, so that whoever waits for it sends as fast as the client reads.
   */
  async send(text: string): Promise<void> {
    if (!this.isOpen) return;
    this.requireSpace();
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.cork();
      process.nextTick(this.#letGo);
    }
    this.#client.send(text);
    if (this.isFull)
      await new Promise<void>((resume) => this.whenDrained({ resume: () => resume(), shrink() {} }));
  }

  /**
   * Sends a JSON object whose last member's value is `body`, and all before it `opening`, and tells whether the socket has
   * become full: one copy and one write, where ws would encode the whole text again for every viewer. Between frames of ws
   * that is safe: without compression, which is never negotiated, it writes each at once and whole.
   */
  sendObject(opening: ByteString, body: ByteString): boolean {
    // The stream's own mark is not higher: below it there is no need to look closer.
    const hasRoom = !this.isOpen || this.#stream.write(objectFrame(opening, body), 'latin1');
    return !hasRoom && this.isFull;
  }

  /** What is sent until `uncork` leaves in one piece. */
  cork(): void {
    this.#stream.cork();
  }

  uncork(): void {
    this.#stream.uncork();
  }

  /** Calls the sender when the client has taken what is waiting; only while `isFull`. */
  whenDrained(sender: Sender): void {
    if (this.fullSince === null) {
      this.fullSince = performance.now();
      this.#stalledSince = this.fullSince;
      this.#takenBefore = this.#takenBytes;
    }
    this.#waiting.add(sender);
  }

  /** How long the client has taken less than a full buffer of what waits for it, in milliseconds. */
  stalledMs(now: number): number {
    if (this.fullSince === null) return 0;
    const taken = this.#takenBytes;
    if (taken - this.#takenBefore >= FULL_BYTES) {
      this.#takenBefore = taken;
      this.#stalledSince = now;
    }
    return now - this.#stalledSince;
  }

  /** Closes a client that piles up unread more than it may. */
  requireSpace(): void {
    if (this.bufferedBytes > MAX_BUFFERED_BYTES) this.close(CloseCode.SlowReader, 'Reads too slowly');
  }

  get #takenBytes(): number {
    return takenBytes(this.#stream);
  }

  /** The sender does not wait any more. */
  forget(sender: Sender): void {
    this.#waiting.delete(sender);
  }

  /** Lets waiting senders give back what they hold. */
  shrink(): void {
    for (const sender of this.#waiting) sender.shrink();
  }

  /** Keeps what is held for it until `letGo`; releases it at once when that was before. */
  hold(release: () => void): void {
    if (this.#held) this.#held.push(release);
    else release();
  }

  /** It is closed: what was held for it is free. */
  letGo(): void {
    for (const release of this.#held ?? []) release();
    this.#held = null;
  }

  close(code: number, reason: string): void {
    this.#client.close(code, reason);
  }

  ping(): void {
    this.awaitsPong = true;
    this.#client.ping();
  }

  terminate(): void {
    this.#client.terminate();
  }

  #drained(): void {
    const waitedMs = this.fullSince === null ? 0 : performance.now() - this.fullSince;
    this.fullSince = null;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const sender of waiting) sender.resume(waitedMs);
  }
}

/**
 * How many bytes have left for the client. The stream itself tells of a write only when all of it is done, which for an
 * answer of megabytes can take a slow client minutes; its handle knows how much of the write under way still waits. It is
 * what Node's own timeouts of sockets look at, but it is not documented: without it, whole writes are counted.
 */
function takenBytes(stream: Socket): number {
  const handle: unknown = Reflect.get(stream, '_handle');
  if (
    typeof handle === 'object' &&
    handle !== null &&
    'bytesWritten' in handle &&
    'writeQueueSize' in handle
  ) {
    const { bytesWritten, writeQueueSize } = handle;
    if (typeof bytesWritten === 'number' && typeof writeQueueSize === 'number')
      return bytesWritten - writeQueueSize;
  }
  return stream.bytesWritten - stream.writableLength;
}

/** A final, unmasked text frame by RFC 6455, section 5.2, that holds `opening`, `body` and a closing brace. */
function objectFrame(opening: ByteString, body: ByteString): ByteString {
  return `${frameHeader(opening.length + body.length + 1)}${opening}${body}}`;
}

function frameHeader(length: number): ByteString {
  if (length < 126) return String.fromCharCode(0x81, length);
  const high = (length >> 8) & 0xff;
  const low = length & 0xff;
  if (length < 65_536) return String.fromCharCode(0x81, 126, high, low);
  return String.fromCharCode(0x81, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, high, low);
}
