import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** What a client asks for: the part of graphql-transport-ws that the floors speak. */
export interface Operation {
  id: string;
  variables: Record<string, unknown>;
}

export interface BareServer {
  url: string;
  server: Server;
}

interface Message {
  id?: string;
  type: string;
  payload?: { variables?: Record<string, unknown> };
}

/**
 * The least that our clients talk to: bare `ws` behind `node:http`, with nobody asked who they are, and nothing parsed
 * but JSON.
 */
export async function listen(handlers: {
  onSubscribe?: (socket: WebSocket, operation: Operation) => void;
  onComplete?: (socket: WebSocket, id: string) => void;
  onRequest?: (request: IncomingMessage, response: ServerResponse) => void;
}): Promise<BareServer> {
  const server = createServer(handlers.onRequest ?? ((_request, response) => response.end()));
  server.keepAliveTimeout = 60_000;
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id = '', type, payload } = JSON.parse(String(data)) as Message;
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      else if (type === 'subscribe')
        handlers.onSubscribe?.(socket, { id, variables: payload?.variables ?? {} });
      else if (type === 'complete') handlers.onComplete?.(socket, id);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, server };
}
