import WebSocket from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever a message holds
export type Message = any;

/** A socket that speaks graphql-transport-ws message by message, for tests of what clients should not do. */
export interface RawSocket {
  ws: WebSocket;
  messages: Message[];
  closed: Promise<{ code: number; reason: string }>;
  send(message: object): void;
}

/** Connects, and waits for the acknowledgement. */
export async function openRawSocket(url: string, token: string): Promise<RawSocket> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: Message[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  const send = (message: object) => ws.send(JSON.stringify(message));
  ws.on('error', () => {}); // the test sees `closed`
  await new Promise<void>((resolve, reject) => {
    ws.once('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    ws.once('message', () => resolve());
    ws.once('close', () => reject(new Error('the socket was closed before it was acknowledged')));
  });
  ws.on('message', (data) => messages.push(JSON.parse(String(data))));
  return { ws, messages, closed, send };
}
