import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Authenticator } from '../auth/authenticator.js';
import { ANONYMOUS, type Viewer } from '../auth/viewer.js';
import { DomainError } from '../errors.js';
import type { Logger } from '../logger.js';
import { forSocket, toGraphQLError } from './errors.js';
import type { GraphQLHandler } from './graphql.js';

const MAX_FRAME_BYTES = 256 * 1024;
const INIT_TIMEOUT_MS = 10_000;
const PING_MS = 12_000;
/** Timers hold at most so many milliseconds. */
const MAX_TIMER_MS = 2_147_483_647;

const CLOSE_GOING_AWAY = 1001;
const CLOSE_TRY_AGAIN_LATER = 1013;

interface Extra extends Record<PropertyKey, unknown> {
  viewer?: Viewer;
  expiry?: NodeJS.Timeout;
}

interface Executors {
  execute(args: unknown): Promise<ExecutionResult>;
  subscribe(args: unknown): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
}

/** Carries the errors of a subscription that could not begin through graphql-ws to its `error` message. */
class SubscriptionFailure extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super('The subscription could not begin.');
    this.errors = errors;
  }
}

export interface WebSocketEndpoint {
  /** Takes over an upgrade request; only `/graphql`, from here or an allowed origin, becomes a socket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly connections: number;
  /** Closes every socket with 1001. */
  close(): Promise<void>;
}

/**
 * GraphQL over WebSocket by the graphql-transport-ws protocol. A connection has one viewer, from its `connection_init`,
 * and ends with 4403 when that viewer's token does.
 */
export function createWebSocketEndpoint(
  graphql: GraphQLHandler,
  authenticator: Authenticator,
  isAllowedOrigin: (origin: string, host: string | undefined) => boolean,
  log: Logger,
): WebSocketEndpoint {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    handleProtocols: (offered) => offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
  });
  const protocol = useServer<{ authorization?: unknown }, Extra>(
    {
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: async ({ connectionParams, extra }) => {
        const authorization = connectionParams?.authorization;
        if (authorization !== undefined && typeof authorization !== 'string') return false;
        try {
          extra.viewer = await authenticator.authenticate(authorization);
        } catch (error) {
          if (error instanceof DomainError) return false;
          log.warn({ err: error }, 'a socket could not be authenticated');
          extra.socket.close(CLOSE_TRY_AGAIN_LATER, 'Try again later');
          return false;
        }
        if (extra.viewer.kind === 'user') extra.expiry = closeAt(extra.socket, extra.viewer.expiresAt);
        return true;
      },
      onDisconnect: ({ extra }) => clearTimeout(extra.expiry),
      onSubscribe: async ({ extra }, _id, { query, operationName, variables }) => {
        const viewer = extra.viewer ?? ANONYMOUS;
        const { schema, parse, validate, contextFactory, execute, subscribe } = graphql.getEnveloped({
          viewer,
        });
        try {
          const document = parse(query);
          const errors = validate(schema, document);
          if (errors.length > 0) return forSocket(errors);
          return {
            schema,
            operationName,
            document,
            variableValues: variables,
            contextValue: await contextFactory(),
            rootValue: { execute, subscribe },
          };
        } catch (error) {
          return forSocket([error instanceof GraphQLError ? error : toGraphQLError(error, log)]);
        }
      },
      // What fails is told by `error`: `complete` is for feeds that reached their end.
      onError: (_context, _id, _payload, errors) =>
        forSocket(
          errors.flatMap((error) =>
            error.originalError instanceof SubscriptionFailure
              ? [...error.originalError.errors]
              : [toGraphQLError(error, log)],
          ),
        ),
      execute: (args) => (args.rootValue as Executors).execute(args),
      subscribe: async (args) => {
        const result = await (args.rootValue as Executors).subscribe(args);
        return Symbol.asyncIterator in result ? result : failing(result.errors ?? []);
      },
    },
    server,
    PING_MS,
  );

  return {
    upgrade(request, socket, head) {
      if (request.url?.split('?', 1)[0] !== '/graphql') {
        refuse(socket, '404 Not Found');
        return;
      }
      const { origin, host } = request.headers;
      if (origin !== undefined && !isAllowedOrigin(origin, host)) {
        refuse(socket, '403 Forbidden');
        return;
      }
      server.handleUpgrade(request, socket, head, (client) => {
        client.on('error', (error) => log.debug({ err: error }, 'a socket failed')); // ws closes it itself
        server.emit('connection', client, request);
      });
    },
    get connections() {
      return server.clients.size;
    },
    async close() {
      for (const client of server.clients) client.close(CLOSE_GOING_AWAY, 'Going away');
      await protocol.dispose();
    },
  };
}

// biome-ignore lint/correctness/useYield: it only ever fails
async function* failing(errors: readonly GraphQLError[]): AsyncGenerator<never, void> {
  throw new SubscriptionFailure(errors);
}

function closeAt(socket: WebSocket, expiresAt: number): NodeJS.Timeout {
  const delay = Math.min(Math.max(0, expiresAt - Date.now()), MAX_TIMER_MS);
  return setTimeout(() => socket.close(CloseCode.Forbidden, 'Token expired'), delay).unref();
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
