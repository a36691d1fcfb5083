import type { Context } from 'graphql-ws';
import type { LiveSocket } from './live-socket.js';

/** Messages of one socket that may wait for an operation to let go of its id; a client has no reason to send more. */
const MAX_HELD = 100;

/**
 * Hands a client's messages to graphql-ws, each when it may be heard. An id may be used again once its operation is
 * complete, and graphql-ws knows operations by their ids alone: one that the client has taken back, but which is still
 * on its way, would answer or complete the next of that id. So what is said of such an id waits until it is over.
 */
export class Inbox {
  readonly #socket: LiveSocket;
  readonly #handle: (text: string) => Promise<void>;
  readonly #onError: (error: unknown) => void;
  /** The ids of operations that are not over, those that the client has taken back included. */
  readonly #unsettled = new Set<string>();
  #held: Map<string, string[]> | null = null;
  #heldCount = 0;
  #context: Context | null = null;
  #begun: string | null = null;

  /** `handle` settles when the message, and the operation that it began, are done with. */
  constructor(
    socket: LiveSocket,
    handle: (text: string) => Promise<void>,
    onError: (error: unknown) => void,
  ) {
    this.#socket = socket;
    this.#handle = handle;
    this.#onError = onError;
  }

  /** To be called when an operation begins, in the turn in which its message is handed over. */
  begin(id: string, context: Context): void {
    this.#begun = id;
    this.#context = context;
  }

  /**
   * Hears nothing more once the socket is closing: its viewer may have lost the right to anything, and a client need not
   * answer a close at once. That goes for messages that were held back before it, too.
   */
  receive(text: string): void {
    if (!this.#socket.isOpen || this.#holdBack(text)) return;
    this.#begun = null;
    const outcome = this.#handle(text);
    const id = this.#begun as string | null;
    if (id === null) {
      outcome.catch(this.#onError);
      return;
    }
    this.#unsettled.add(id);
    outcome.catch(this.#onError).finally(() => this.#settle(id));
  }

  /** Forgets what waits: the socket is gone. */
  close(): void {
    this.#held = null;
    this.#heldCount = 0;
  }

  #holdBack(text: string): boolean {
    const isAnyTakenBack = this.#heldCount > 0 || this.#unsettled.size > this.#openCount();
    if (!isAnyTakenBack) return false;
    const id = idOf(text);
    if (id === undefined) return false;
    const waiting = this.#held?.get(id);
    if (!waiting && (!this.#unsettled.has(id) || id in this.#subscriptions())) return false;
    if (this.#heldCount === MAX_HELD) {
      this.#onError(new Error('Too many messages of operations that are not over'));
      return true;
    }
    this.#heldCount += 1;
    if (waiting) waiting.push(text);
    else {
      this.#held ??= new Map();
      this.#held.set(id, [text]);
    }
    return true;
  }

  #settle(id: string): void {
    this.#unsettled.delete(id);
    const waiting = this.#held?.get(id);
    if (!waiting) return;
    this.#held?.delete(id);
    this.#heldCount -= waiting.length;
    for (const text of waiting) this.receive(text);
  }

  #subscriptions(): object {
    return this.#context?.subscriptions ?? {};
  }

  #openCount(): number {
    let count = 0;
    for (const _ in this.#subscriptions()) count += 1;
    return count;
  }
}

/** The operation that a message speaks of; what is wrong with a message is graphql-ws's to say. */
function idOf(text: string): string | undefined {
  try {
    const { id, type } = JSON.parse(text) as { id?: unknown; type?: unknown };
    return typeof id === 'string' && (type === 'subscribe' || type === 'complete') ? id : undefined;
  } catch {
    return undefined;
  }
}
