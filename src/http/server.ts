import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Authenticator } from '../auth/authenticator.js';
import type { Viewer } from '../auth/viewer.js';
import type { Config } from '../config.js';
import type { Services } from '../context.js';
import { DomainError, notFound } from '../errors.js';
import type { Metrics } from '../metrics.js';
import { createGraphiQL } from './graphiql/index.js';
import { createEngine, createGraphQLHandler } from './graphql.js';
import { checkReadiness } from './health.js';
import { createPlainPost, type ReadRequest } from './plain-post.js';
import { MAX_BODY_BYTES, sendError, sendJson } from './rest.js';
import { uploadSessions } from './sessions.js';
import { createWebSocketEndpoint } from './socket/endpoint.js';
import type { Keeper } from './socket/keeper.js';

/** A client that sends its request too slowly is answered with 408, and holds nothing any longer. */
const PATIENCE: ServerOptions = {
  headersTimeout: 10_000,
  /** With the body: a megabyte at 35 KB a second. */
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  /** Longer than proxies keep a connection that they might send the next request on. */
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16 * 1024,
};

export interface HttpServer {
  /** Where it listens. */
  url: string;
  /** Stops taking requests, closes sockets with 1001, and waits for requests under way. */
  stop(): Promise<void>;
}

/** Serves the API over HTTP and WebSocket. Throws when the address is taken. */
export async function startHttpServer(
  services: Services,
  authenticator: Authenticator,
  metrics: Metrics,
  config: Config,
): Promise<HttpServer> {
  const { revocations } = services;
  const engine = createEngine(services);
  const graphql = createGraphQLHandler(engine, services, authenticator, config);
  const plainPost = createPlainPost(engine, services, authenticator);
  const graphiql = createGraphiQL();
  const isAllowedOrigin = (origin: string, host: string | undefined) =>
    config.corsOrigins.includes(origin) || (URL.canParse(origin) && new URL(origin).host === host);
  const { limits, log } = services;
  const sockets = createWebSocketEndpoint(engine, authenticator, limits, isAllowedOrigin, log);
  observeSockets(metrics, sockets.keeper);
  const { streams } = engine.executor;
  const isExpired = (viewer: Viewer) => viewer.kind === 'user' && viewer.expiresAt <= Date.now();
  sockets.keeper.onSecond(() => streams.end(isExpired));
  revocations.onChange((devices) => {
    sockets.revoke(revocations, devices);
    const isRevoked = (viewer: Viewer) =>
      revocations.isRevoked(viewer) || (viewer.kind === 'device' && devices.has(viewer.registrationId));
    streams.end(isRevoked);
  });
  let draining = false;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0];
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      request.resume();
      return sendError(response, new DomainError('PAYLOAD_TOO_LARGE', 'The body must be at most 1 MB.'));
    }
    const isChunked = request.headers['transfer-encoding'] !== undefined;
    if ((isChunked || (request.method === 'POST' && path === '/graphql')) && !(await readBody(request))) {
      return sendError(response, new DomainError('PAYLOAD_TOO_LARGE', 'The body must be at most 1 MB.'));
    }
    if (graphiql.handles(request, path)) return graphiql.handle(request, response);
    switch (path) {
      case '/graphql':
        if (await plainPost(request, response)) return;
        return graphql.handle(request, response) as Promise<void>;
      case '/sessions':
        if (request.method !== 'POST') return sendError(response, notFound('page'));
        return uploadSessions(services, authenticator, request, response);
      case '/health':
        return sendJson(response, 200, { status: 'ok' });
      case '/ready': {
        const readiness = await checkReadiness(services.db.pool, services.live, draining);
        return sendJson(response, readiness.ready ? 200 : 503, readiness);
      }
      case '/metrics': {
        const { body, contentType } = await metrics.text();
        response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' });
        response.end(body);
        return;
      }
      default:
        return sendError(response, notFound('page'));
    }
  };

  const server = createServer(PATIENCE, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      services.log.error({ err: error, url: request.url }, 'a request failed');
      if (!response.headersSent)
        sendError(response, new DomainError('INTERNAL_ERROR', 'Something went wrong.'));
      else response.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, () => resolve());
  });

  return {
    url: urlOf(server.address() as AddressInfo),
    async stop() {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.keepAliveTimeout = 1; // a connection whose request is answered from now on does not wait for another
      streams.end(() => true);
      await sockets.close();
      await closed;
    },
  };
}

function observeSockets(metrics: Metrics, keeper: Keeper): void {
  metrics.gauge('epicura_sockets', 'WebSockets that are open', () => keeper.size);
  metrics.gauge('epicura_sockets_full', 'WebSockets whose clients read too slowly', () => keeper.load().full);
  metrics.gauge(
    'epicura_socket_buffered_bytes',
    'What the clients of WebSockets have not read yet',
    () => keeper.load().bufferedBytes,
  );
  metrics.counter(
    'epicura_slow_sockets_closed_total',
    'WebSockets closed because their clients read too slowly for too long',
    () => keeper.slowClosed,
  );
}

/** Reads a body and leaves it on the request; false, with the rest passed over, when it is over the limit. */
async function readBody(request: ReadRequest): Promise<boolean> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  request.body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  return bytes <= MAX_BODY_BYTES;
}

function urlOf({ address, family, port }: AddressInfo): string {
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}
