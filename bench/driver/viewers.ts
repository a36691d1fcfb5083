import { randomUUID } from 'node:crypto';
import { FEED } from '../_util/documents.js';
import { FrameSocket } from './socket.js';

/** Who watches what. */
export interface ViewerOptions {
  token: string;
  /** The cook's global id. */
  sessionId: string;
  /** Resume after this entry; without it the feed begins with a snapshot. */
  after?: string;
}

/** An entry of a feed, as far as the checks read it. */
interface Entry {
  __typename: string;
  sequence: number;
  cursor: string;
}

const SOURCE_ADDRESSES = 50;
let opened = 0;

/** One person on one socket who watches one cook, under an operation id of their own. */
export class Viewer {
  /** Messages of the feed that have come since `subscribe()`; the snapshot is the first. */
  frames = 0;
  onFrame: () => void = () => {};
  readonly options: ViewerOptions;
  #operationId = '';
  #socket: FrameSocket | undefined;
  #kept: string[] | null = null;
  #acknowledged: () => void = () => {};
  #failure: Error | undefined;
  #fail: (error: Error) => void = () => {};

  constructor(options: ViewerOptions) {
    this.options = options;
  }

  async connect(url: string): Promise<void> {
    const socket = await FrameSocket.open({
      url,
      localAddress: `127.0.0.${1 + (opened++ % SOURCE_ADDRESSES)}`,
      onText: (text) => this.#take(text),
      onSkipped: () => this.#count(),
      onClose: (reason) => this.#break(reason),
    });
    this.#socket = socket;
    const acknowledged = new Promise<void>((resolve, reject) => {
      this.#acknowledged = resolve;
      this.#fail = reject;
    });
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${this.options.token}` } }),
    );
    await acknowledged;
  }

  /** Asks for the feed and reads what comes, until `skimp()`. */
  subscribe(): void {
    const { sessionId, after } = this.options;
    this.frames = 0;
    this.#operationId = randomUUID();
    if (this.#socket) this.#socket.skipsPayloads = false;
    this.#send({
      id: this.#operationId,
      type: 'subscribe',
      payload: { operationName: 'CookFeed', query: FEED, variables: { sessionId, after } },
    });
  }

  /** From here on only counts. */
  skimp(): void {
    if (this.#socket) this.#socket.skipsPayloads = true;
  }

  /** From here on keeps what comes, for `check()`. */
  keep(): void {
    this.#kept = [];
    if (this.#socket) this.#socket.skipsPayloads = false;
  }

  /**
   * Throws unless what came since `keep()` are `count` entries of this operation without a gap, a repeat or a change of
   * order. Returns the last one as it came.
   */
  check(count: number): { frame: string; operationId: string; lastSequence: number; cursor: string } {
    const kept = this.#kept ?? [];
    this.#kept = null;
    const entries = kept.map((text) => this.#entryOf(text));
    if (entries.length !== count)
      throw new Error(`a viewer got ${entries.length} entries instead of ${count}`);
    entries.forEach((entry, i) => {
      const before = entries[i - 1];
      if (before && entry.sequence !== before.sequence + 1) {
        throw new Error(`a viewer got ${entry.sequence} after ${before.sequence}`);
      }
    });
    const last = entries.at(-1);
    if (!last) throw new Error('a viewer got nothing');
    return {
      frame: kept.at(-1) as string,
      operationId: this.#operationId,
      lastSequence: last.sequence,
      cursor: last.cursor,
    };
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  /** Throws when the connection ended or the feed told of an error. */
  assertAlive(): void {
    if (this.#failure) throw this.#failure;
  }

  #entryOf(text: string): Entry {
    const message = JSON.parse(text) as {
      id: string;
      type: string;
      payload: { data?: { cookingSessionEvents: Entry }; errors?: unknown };
    };
    const entry = message.payload?.data?.cookingSessionEvents;
    if (message.type !== 'next' || message.id !== this.#operationId || message.payload.errors || !entry) {
      throw new Error(`not an entry of this operation: ${text}`);
    }
    return entry;
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #count(): void {
    this.frames += 1;
    this.onFrame();
  }

  #take(text: string): void {
    if (text.startsWith('{"type":"connection_ack"')) {
      this.#acknowledged();
      return;
    }
    if (!text.includes('"type":"next"')) {
      this.#break(`unexpected message: ${text}`);
      return;
    }
    if (this.#kept) this.#kept.push(text);
    else if (text.includes('"errors":')) this.#break(`the feed answered: ${text}`);
    this.#count();
  }

  #break(reason: string): void {
    this.#failure ??= new Error(reason);
    this.#fail(this.#failure);
  }
}
