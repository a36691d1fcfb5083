import WebSocket from 'ws';

/** A connection by graphql-transport-ws that hides nothing: no retries, and `complete` only where the server sent it. */
export interface GraphQLSocket {
  /** Returns what ends the operation from this side. */
  operate<T>(query: string, variables: object, sink: Sink<T>): () => void;
  /** Stops reading, as a phone does that sleeps: the network's buffers fill up. */
  pause(): void;
  resume(): void;
  /** Cut without a goodbye. */
  terminate(): void;
  close(): void;
  closed: Promise<{ code: number; reason: string }>;
}

export interface Refusal {
  message: string;
  extensions?: { code?: string };
}

export interface Sink<T> {
  next(result: { data?: T | null; errors?: Refusal[] }): void;
  error(errors: Refusal[]): void;
  complete(): void;
}

interface Message {
  type: string;
  id?: string;
  payload?: unknown;
}

/** A server that is frozen accepts connections and says nothing. */
const PATIENCE_MS = 5_000;

/** The connection could not be made. */
export class SocketRefused extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(`closed with ${code} ${reason}`);
    this.code = code;
  }
}

/** Connects and signs in. Throws a `SocketRefused` when the server closes the socket or does not answer. */
export function openSocket(url: string, token: string): Promise<GraphQLSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    handshakeTimeout: PATIENCE_MS,
  });
  const sinks = new Map<string, Sink<unknown>>();
  const send = (message: Message) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  let operations = 0;

  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const connection: GraphQLSocket = {
    operate(query, variables, sink) {
      operations += 1;
      const id = String(operations);
      sinks.set(id, sink as Sink<unknown>);
      send({ id, type: 'subscribe', payload: { query, variables } });
      return () => {
        if (sinks.delete(id)) send({ id, type: 'complete' });
      };
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    terminate: () => socket.terminate(),
    close: () => socket.close(1000),
    closed,
  };

  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => socket.terminate(), PATIENCE_MS);
    socket.on('error', () => {}); // `close` follows
    socket.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    socket.on('message', (data) => {
      const { type, id = '', payload } = JSON.parse(String(data)) as Message;
      const sink = sinks.get(id);
      if (type === 'connection_ack') {
        clearTimeout(patience);
        resolve(connection);
      } else if (type === 'ping') {
        send({ type: 'pong' });
      } else if (type === 'next') {
        sink?.next(payload as { data?: unknown });
      } else if (type === 'error' || type === 'complete') {
        sinks.delete(id);
        if (type === 'error') sink?.error(payload as Refusal[]);
        else sink?.complete();
      }
    });
    void closed.then(({ code, reason }) => {
      clearTimeout(patience);
      reject(new SocketRefused(code, reason));
    });
  });
}
