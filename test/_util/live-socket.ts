import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';
import { LiveSocket } from '../../src/http/socket/live-socket.js';
import type { Client } from '../../src/limits/client.js';

export interface LivePair {
  /** The server's side. */
  socket: LiveSocket;
  /** The client's side. */
  client: WebSocket;
  /** What the client's side reads from. */
  stream: Socket;
  closed: Promise<number>;
  stop(): void;
}

/** Both sides of one real WebSocket, without the protocol above it. */
export async function openLivePair(from: Client): Promise<LivePair> {
  const http = createServer();
  const server = new WebSocketServer({ noServer: true });
  const accepted = new Promise<LiveSocket>((resolve) =>
    http.once('upgrade', (request, stream: Socket, head) =>
      server.handleUpgrade(request, stream, head, (ws) => {
        ws.on('error', () => {}); // the client's side sees the close
        resolve(new LiveSocket(ws, stream, from));
      }),
    ),
  );
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  client.on('error', () => {});
  const upgraded = new Promise<Socket>((resolve) =>
    client.once('upgrade', (response) => resolve(response.socket)),
  );
  const closed = new Promise<number>((resolve) => client.once('close', resolve));
  const [socket, stream] = await Promise.all([accepted, upgraded, once(client, 'open')]);
  return {
    socket,
    client,
    stream,
    closed,
    stop() {
      client.terminate();
      socket.terminate();
      http.close();
    },
  };
}
