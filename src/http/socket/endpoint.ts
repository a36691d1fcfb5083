import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { Authenticator } from '../../auth/authenticator.js';
import type { Revocations } from '../../auth/revocations.js';
import type { DeviceViewer } from '../../auth/viewer.js';
import { DomainError } from '../../errors.js';
import { Feed } from '../../live/feed.js';
import type { Logger } from '../../logger.js';
import { schema } from '../../schema/index.js';
import { forSocket, toGraphQLError } from '../errors.js';
import type { GraphQLEngine } from '../graphql.js';
import { Delivery } from './delivery.js';
import { Keeper } from './keeper.js';
import { CloseCode, LiveSocket } from './live-socket.js';

const MAX_FRAME_BYTES = 256 * 1024;
const INIT_TIMEOUT_MS = 10_000;
/** How long a client may take to answer the close of its socket. */
const CLOSE_TIMEOUT_MS = 5_000;

interface Extra extends Record<PropertyKey, unknown> {
  socket: LiveSocket;
}

/** What an operation over a socket is executed with; graphql-ws hands it on as it is. */
interface SocketArgs extends ExecutionArgs {
  socket: LiveSocket;
  operationId: string;
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
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  readonly keeper: Keeper;
  /** Closes the sockets whose viewers lost their rights, those of these devices among them. */
  revoke(revocations: Revocations, devices: ReadonlySet<string>): void;
  /** Closes every socket with 1001. */
  close(): Promise<void>;
}

/**
 * GraphQL over WebSocket by the graphql-transport-ws protocol. A connection has one viewer, from its `connection_init`,
 * and ends with 4403 when that viewer's token does.
 */
export function createWebSocketEndpoint(
  engine: GraphQLEngine,
  authenticator: Authenticator,
  isAllowedOrigin: (origin: string, host: string | undefined) => boolean,
  log: Logger,
): WebSocketEndpoint {
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS, // the types do not know it yet
    handleProtocols: (offered) => offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
  };
  const server = new WebSocketServer(options);
  const keeper = new Keeper();
  const protocol = createProtocol(engine, authenticator, log);

  const open = (client: WebSocket, stream: Duplex): void => {
    const socket = new LiveSocket(client, stream);
    keeper.add(socket);
    const closed = protocol.opened(
      {
        protocol: client.protocol,
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code ?? CloseCode.GoingAway, reason ?? ''),
        onMessage: (handle) =>
          client.on('message', (data) => {
            handle(String(data)).catch((err: unknown) => {
              log.debug({ err }, 'a message could not be answered'); // its socket is gone
              socket.terminate();
            });
          }),
      },
      { socket },
    );
    client.on('error', (err) => log.debug({ err }, 'a socket failed')); // ws closes it itself
    client.once('close', (code, reason) => {
      keeper.delete(socket);
      closed(code, String(reason)).catch((err: unknown) =>
        log.warn({ err }, 'a socket was not left in order'),
      );
    });
  };

  /**
   * A device that only came to a home goes on with what it may do now, and so does one that connected after the change
   * that is told of; any other change ends its socket.
   */
  const renew = (socket: LiveSocket, before: DeviceViewer): void => {
    const close = () => socket.close(CloseCode.Forbidden, 'Token revoked');
    authenticator.device(before.registrationId).then((viewer) => {
      const isAtHome = viewer.applianceId === before.applianceId && viewer.ownerId === before.ownerId;
      if (viewer.tokenHash.equals(before.tokenHash) && (isAtHome || before.applianceId === null))
        socket.viewer = viewer;
      else close();
    }, close);
  };

  return {
    upgrade(request, stream, head) {
      if (request.url?.split('?', 1)[0] !== '/graphql') {
        refuse(stream, '404 Not Found');
        return;
      }
      const { origin, host } = request.headers;
      if (origin !== undefined && !isAllowedOrigin(origin, host)) {
        refuse(stream, '403 Forbidden');
        return;
      }
      server.handleUpgrade(request, stream, head, (client) => open(client, stream));
    },
    keeper,
    revoke(revocations, devices) {
      for (const socket of keeper) {
        const { viewer } = socket;
        if (revocations.isRevoked(viewer)) socket.close(CloseCode.Forbidden, 'Token revoked');
        else if (viewer.kind === 'device' && devices.has(viewer.registrationId)) renew(socket, viewer);
      }
    },
    async close() {
      for (const socket of keeper) socket.close(CloseCode.GoingAway, 'Going away');
      await new Promise((resolve) => server.close(resolve));
      keeper.stop();
    },
  };
}

function createProtocol(engine: GraphQLEngine, authenticator: Authenticator, log: Logger) {
  const { documents, executor, createContext } = engine;
  return makeServer<{ authorization?: unknown }, Extra>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    onConnect: async ({ connectionParams, extra: { socket } }) => {
      const authorization = connectionParams?.authorization;
      if (connectionParams) Object.assign(connectionParams, { authorization: undefined }); // nobody needs to keep it
      if (authorization !== undefined && typeof authorization !== 'string') return false;
      try {
        socket.viewer = await authenticator.authenticate(authorization);
      } catch (error) {
        if (error instanceof DomainError) return false;
        log.warn({ err: error }, 'a socket could not be authenticated');
        socket.close(CloseCode.TryAgainLater, 'Try again later');
        return false;
      }
      if (socket.viewer.kind === 'user') socket.expiresAt = socket.viewer.expiresAt;
      return true;
    },
    onSubscribe: ({ extra: { socket } }, operationId, payload) => {
      try {
        const { query, operationName, variables } = payload;
        const { text, document, errors } = documents.prepare(query);
        Object.assign(payload, { query: text }); // graphql-ws keeps it as long as the operation lasts: one text for all
        if (errors.length > 0) return forSocket(errors.map((error) => toGraphQLError(error, log)));
        const args: SocketArgs = {
          schema,
          document,
          operationName,
          variableValues: variables,
          contextValue: createContext(socket.viewer),
          rootValue: undefined,
          socket,
          operationId,
        };
        return args;
      } catch (error) {
        return forSocket([toGraphQLError(error, log)]);
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
    execute: (args) => executor.execute(args),
    subscribe: async (args) => {
      const source = await executor.open(args);
      if (source instanceof Feed) {
        const { socket, operationId } = args as SocketArgs;
        // Each entry is executed in a context of its own: what the first one has learnt is not needed any more.
        Object.assign(args, { contextValue: createContext(socket.viewer) });
        return new Delivery(source, executor.renderer(args), socket, operationId);
      }
      return Symbol.asyncIterator in source
        ? executor.responses(args, source)
        : failing((source as ExecutionResult).errors ?? []);
    },
  });
}

// biome-ignore lint/correctness/useYield: it only ever fails
async function* failing(errors: readonly GraphQLError[]): AsyncGenerator<never, void> {
  throw new SubscriptionFailure(errors);
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
