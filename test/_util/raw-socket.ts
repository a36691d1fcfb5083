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

/** Connects and says nothing. Rejects when the server refuses. */
export async function connectRawSocket(
  url: string,
  protocols: string | string[] = 'graphql-transport-ws',
  options: WebSocket.ClientOptions = {},
): Promise<RawSocket> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocols, options);
  const messages: Message[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  ws.on('message', (data) => messages.push(JSON.parse(String(data))));
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
  });
  ws.on('error', () => {}); // the test sees `closed`
  return { ws, messages, closed, send: (message) => ws.send(JSON.stringify(message)) };
}

/** Connects, and waits for the acknowledgement, which is not among its messages. */
export async function openRawSocket(url: string, token?: string): Promise<RawSocket> {
  const socket = await connectRawSocket(url);
  socket.send({
    type: 'connection_init',
    payload: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  await new Promise<void>((resolve, reject) => {
    socket.ws.once('message', () => resolve());
    socket.ws.once('close', () => reject(new Error('the socket was closed before it was acknowledged')));
  });
  socket.messages.length = 0;
  return socket;
}
