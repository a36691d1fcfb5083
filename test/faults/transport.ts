import { postGraphQL } from './post.js';
import { type GraphQLSocket, openSocket, type Refusal } from './socket.js';

/** What a request came to: data, or nothing that can be relied on, with the codes that the server gave for it. */
export interface Outcome<T> {
  data?: T | null | undefined;
  codes: string[];
}

/** How a device talks to the servers. Never throws: a network that breaks is an outcome without data. */
export interface Transport {
  ask<T>(url: string, query: string, variables: object): Promise<Outcome<T>>;
  close(): void;
}

const PATIENCE_MS = 5_000;

export function codesOf(errors: readonly Refusal[] | undefined): string[] {
  return (errors ?? []).map(({ message, extensions }) => extensions?.code ?? message);
}

/** Each request by itself, to whichever server it is addressed. */
export class HttpTransport implements Transport {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  async ask<T>(url: string, query: string, variables: object): Promise<Outcome<T>> {
    try {
      const { data, errors } = await postGraphQL<T>(url, query, variables, this.#token, PATIENCE_MS);
      return { data, codes: codesOf(errors) };
    } catch {
      return { codes: [] };
    }
  }

  close(): void {}
}

/** One socket, kept until it breaks; the next request then goes to its own server by a new one. */
export class SocketTransport implements Transport {
  readonly #token: string;
  #socket: Promise<GraphQLSocket | undefined> | undefined;
  #stopped = false;

  constructor(token: string) {
    this.#token = token;
  }

  async ask<T>(url: string, query: string, variables: object): Promise<Outcome<T>> {
    this.#socket ??= this.#connect(url);
    const socket = await this.#socket;
    if (!socket) return { codes: [] };
    let patience: NodeJS.Timeout | undefined;
    const outcome = await new Promise<Outcome<T>>((resolve) => {
      patience = setTimeout(() => socket.terminate(), PATIENCE_MS);
      void socket.closed.then(() => resolve({ codes: [] }));
      socket.operate<T>(query, variables, {
        next: ({ data, errors }) => resolve({ data, codes: codesOf(errors) }),
        error: (errors) => resolve({ codes: codesOf(errors) }),
        complete: () => {},
      });
    });
    clearTimeout(patience);
    return outcome;
  }

  close(): void {
    this.#stopped = true;
    void this.#socket?.then((socket) => socket?.terminate());
  }

  /** Nothing when it fails; then the next request tries again. */
  async #connect(url: string): Promise<GraphQLSocket | undefined> {
    try {
      const socket = await openSocket(url, this.#token);
      if (this.#stopped) socket.terminate();
      void socket.closed.then(() => {
        this.#socket = undefined;
      });
      return socket;
    } catch {
      this.#socket = undefined;
      return undefined;
    }
  }
}
