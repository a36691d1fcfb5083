import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Authenticator } from '../auth/authenticator.js';
import type { Viewer } from '../auth/viewer.js';
import type { Config } from '../config.js';
import type { Services } from '../context.js';
import { notFound } from '../errors.js';
import type { Metrics } from '../metrics.js';
import { atMost, LAST_CALL_MS, NOTICE_MS, wait } from './drain.js';
import { createGraphiQL } from './graphiql/index.js';
import { createEngine, createGraphQLHandler } from './graphql.js';
import { checkReadiness } from './health.js';
import { readOperationList } from './persisted.js';
import { createPlainPost } from './plain-post.js';
import { syncRecipes } from './recipe-sync.js';
import { MAX_BODY_BYTES, readBody, sendError, sendFailure, sendJson, tooLarge } from './rest.js';
import { createSecurityHeaders } from './security-headers.js';
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
  /**
   * Is not ready any more, closes sockets with 1001, one after the other, and waits for requests under way. Requests are
   * still taken meanwhile: the load balancer has to notice first.
   */
  stop(): Promise<void>;
}

/** Serves the API over HTTP and WebSocket. Throws when the address is taken, or a persisted operation not right. */
export async function startHttpServer(
  services: Services,
  authenticator: Authenticator,
  metrics: Metrics,
  config: Config,
): Promise<HttpServer> {
  const { revocations } = services;
  const engine = createEngine(services, await readOperationList(config.persistedOperations), config);
  const graphql = createGraphQLHandler(engine, services, authenticator, config);
  const securityHeaders = createSecurityHeaders(config);
  const plainPost = createPlainPost(engine, services, authenticator, securityHeaders);
  const graphiql = createGraphiQL();
  const isAllowedOrigin = (origin: string, host: string | undefined) =>
    config.corsOrigins.includes(origin) || (URL.canParse(origin) && new URL(origin).host === host);
  const { limits, log } = services;
  const sockets = createWebSocketEndpoint(engine, authenticator, limits, isAllowedOrigin, log);
  observeSockets(metrics, sockets.keeper);
  const { streams } = engine.executor;
  const isExpired = (viewer: Viewer) => viewer.kind === 'user' && viewer.expiresAt <= Date.now();
  sockets.keeper.onSecond(() => {
    streams.end(isExpired);
    streams.look();
  });
  revocations.onChange((devices) => {
    sockets.revoke(revocations, devices);
    streams.end((viewer) => revocations.isRevoked(viewer));
  });
  streams.isOver = (viewer) => isExpired(viewer) || revocations.isRevoked(viewer);
  let draining = false;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request);
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
      request.resume();
      throw tooLarge();
    }
    if (request.headers['transfer-encoding'] !== undefined) await readBody(request); // Yoga knows no limit
    if (path === '/graphql' && (await plainPost(request, response))) return;
    securityHeaders.set(response);
    if (graphiql.handles(request, path)) return graphiql.handle(request, response);
    switch (path) {
      case '/graphql':
        return graphql.handle(request, response) as Promise<void>;
      case '/recipes/sync':
        return syncRecipes(services, authenticator, request, response);
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
    if (draining) response.setHeader('connection', 'close'); // the next request goes to another instance
    handle(request, response).catch((err: unknown) => {
      if (!response.headersSent && !response.destroyed) {
        securityHeaders.set(response);
        return sendFailure(response, err, log);
      }
      log.debug({ err, path: pathOf(request) }, 'a request broke off');
      response.destroy();
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
      const until = performance.now() + LAST_CALL_MS;
      const notice = wait(config.isProduction ? NOTICE_MS : 0);
      await Promise.all([sockets.close(), streams.drain(), notice]);
      streams.end(() => true); // those that came meanwhile
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.keepAliveTimeout = 1; // a connection whose request is answered from now on does not wait for another
      await atMost(until - performance.now(), closed);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Without the rest of the address, in which clients may have put a secret. */
function pathOf({ url = '/' }: IncomingMessage): string | undefined {
  return url.split('?', 1)[0];
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

function urlOf({ address, family, port }: AddressInfo): string {
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}
