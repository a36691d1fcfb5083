import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { Authenticator } from '../../auth/authenticator.js';
import type { Revocations } from '../../auth/revocations.js';
import type { DeviceViewer } from '../../auth/viewer.js';
import { DomainError } from '../../errors.js';
import type { Client } from '../../limits/client.js';
import type { Limits, Release } from '../../limits/limits.js';
import { Feed } from '../../live/feed.js';
import { FeedUnavailable } from '../../live/feed-unavailable.js';
import type { Logger } from '../../logger.js';
import { schema } from '../../schema/index.js';
import { admit } from '../admission.js';
import { atMost, CLOSE_GRACE_MS, spreadOut } from '../drain.js';
import { forSocket, toGraphQLError } from '../errors.js';
import type { GraphQLEngine } from '../graphql.js';
import { holding, releasing } from '../holding.js';
import { Delivery } from './delivery.js';
import { Inbox } from './inbox.js';
import { Keeper } from './keeper.js';
import { CloseCode, LiveSocket } from './live-socket.js';

const MAX_FRAME_BYTES = 256 * 1024;
const TOO_MANY = 'Too many connections';
const INIT_TIMEOUT_MS = 10_000;
/** How long a client may take to answer the close of its socket. */
const CLOSE_TIMEOUT_MS = 5_000;

interface Extra extends Record<PropertyKey, unknown> {
  socket: LiveSocket;
  inbox: Inbox | null;
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
  /** Opens no more sockets, and closes every one with 1001, spread out; whoever does not answer is cut off. */
  close(): Promise<void>;
}

/**
 * GraphQL over WebSocket by the graphql-transport-ws protocol. A connection has one viewer, from its `connection_init`,
 * and ends with 4403 when that viewer's token does. One over a cap is opened and closed with 1013: a browser would not
 * tell the app why an upgrade was refused.
 */
export function createWebSocketEndpoint(
  engine: GraphQLEngine,
  authenticator: Authenticator,
  limits: Limits,
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
  const protocol = createProtocol(engine, authenticator, limits, log);

  const open = (client: WebSocket, stream: Duplex, from: Client): void => {
    client.on('error', (err) => log.debug({ err }, 'a socket failed')); // ws closes it itself
    const release = limits.takeSocket(from);
    if (!release) {
      client.close(CloseCode.TryAgainLater, TOO_MANY);
      return;
    }
    const socket = new LiveSocket(client, stream as Socket, from);
    socket.hold(release);
    keeper.add(socket);
    const extra: Extra = { socket, inbox: null };
    const closed = protocol.opened(
      {
        protocol: client.protocol,
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code ?? CloseCode.GoingAway, reason ?? ''),
        onMessage: (handle) => {
          extra.inbox = new Inbox(socket, handle, (err) => {
            log.debug({ err }, 'a message could not be answered');
            socket.close(CloseCode.BadRequest, 'Invalid message'); // one of the server's, say
          });
          client.on('message', (data) => extra.inbox?.receive(String(data)));
        },
      },
      extra,
    );
    client.once('close', (code, reason) => {
      extra.inbox?.close();
      keeper.delete(socket);
      socket.letGo();
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
      const isAtHome =
        before.applianceId === null ||
        (viewer.applianceId === before.applianceId && viewer.ownerId === before.ownerId);
      if (isAtHome && viewer.tokenHash.equals(before.tokenHash)) socket.viewer = viewer;
      else close();
    }, close);
  };

  let isClosing = false;

  return {
    upgrade(request, stream, head) {
      if (isClosing) {
        refuse(stream, '503 Service Unavailable');
        return;
      }
      if (request.url?.split('?', 1)[0] !== '/graphql') {
        refuse(stream, '404 Not Found');
        return;
      }
      const { origin, host } = request.headers;
      if (origin !== undefined && !isAllowedOrigin(origin, host)) {
        refuse(stream, '403 Forbidden');
        return;
      }
      const from = limits.clientOf(request);
      server.handleUpgrade(request, stream, head, (client) => open(client, stream, from));
    },
    keeper,
    revoke(revocations, devices) {
      for (const socket of keeper) {
        const { viewer } = socket;
        if (viewer.kind === 'device') {
          if (devices.has(viewer.registrationId)) renew(socket, viewer);
        } else if (revocations.isRevoked(viewer)) socket.close(CloseCode.Forbidden, 'Token revoked');
      }
    },
    async close() {
      isClosing = true;
      await spreadOut([...keeper], (socket) => socket.close(CloseCode.GoingAway, 'Going away'));
      const closed = new Promise((resolve) => server.close(resolve));
      await atMost(CLOSE_GRACE_MS, closed);
      for (const client of server.clients) client.terminate();
      await closed;
      keeper.stop();
    },
  };
}

function createProtocol(engine: GraphQLEngine, authenticator: Authenticator, limits: Limits, log: Logger) {
  const { documents, persisted, executor, createContext, countRefused } = engine;
  return makeServer<{ authorization?: unknown }, Extra>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    onConnect: async ({ connectionParams, extra: { socket } }) => {
      const authorization = connectionParams?.authorization;
      if (connectionParams) Object.assign(connectionParams, { authorization: undefined }); // nobody needs to keep it
      if (authorization !== undefined && typeof authorization !== 'string') return false;
      try {
        socket.viewer = await admit(authorization, socket.from, authenticator, limits);
      } catch (error) {
        const isRefused = error instanceof DomainError;
        if (!isRefused) log.warn({ err: error }, 'a socket could not be authenticated');
        if (!isRefused || error.code === 'RATE_LIMITED')
          socket.close(CloseCode.TryAgainLater, 'Try again later');
        return false;
      }
      const release = limits.takeSocketOf(socket.viewer);
      if (!release) {
        socket.close(CloseCode.TryAgainLater, TOO_MANY);
        return false;
      }
      socket.hold(release);
      if (socket.viewer.kind === 'user') socket.expiresAt = socket.viewer.expiresAt;
      return true;
    },
    onSubscribe: (context, operationId, payload) => {
      const { socket, inbox } = context.extra;
      inbox?.begin(operationId, context);
      try {
        limits.requireFewOperations(countOf(context.subscriptions));
        const { operationName, variables } = payload;
        const { text, document, errors } = prepare(persisted.textOf(payload), socket.from);
        Object.assign(payload, { query: text }); // graphql-ws keeps it as long as the operation lasts: one text for all
        if (errors.length > 0) return forSocket(errors.map((error) => toGraphQLError(error, log)));
        const args: SocketArgs = {
          schema,
          document,
          operationName,
          variableValues: variables,
          contextValue: createContext(socket.viewer, socket.from),
          rootValue: undefined,
          socket,
          operationId,
        };
        return args;
      } catch (error) {
        return forSocket([toGraphQLError(error, log)]);
      }
    },
    // A query or mutation that was refused, or whose fields were, is told of without what is HTTP's.
    onNext: (_context, _id, _payload, _args, result) =>
      result.errors && { ...result, errors: forSocket(result.errors) },
    // What fails is told by `error`: `complete` is for feeds that reached their end.
    onError: ({ extra: { socket } }, _id, _payload, errors) => {
      // Nothing on this socket can go on here; before it is told of an error, the client is sent to another instance.
      if (errors.some(({ originalError }) => originalError instanceof FeedUnavailable))
        socket.close(CloseCode.TryAgainLater, 'Try again later');
      return forSocket(
        errors.flatMap((error) =>
          error.originalError instanceof SubscriptionFailure
            ? [...error.originalError.errors]
            : [toGraphQLError(error, log)],
        ),
      );
    },
    execute: (args) => executor.execute(args),
    subscribe: async (args) => {
      const { socket, operationId } = args as SocketArgs;
      let release: Release;
      try {
        release = limits.takeSubscription(socket.viewer);
      } catch (error) {
        return failing([toGraphQLError(error, log)]);
      }
      const source = await releasing(release, executor.open(args));
      if (source instanceof Feed) {
        // Each entry is executed in a context of its own: what the first one has learnt is not needed any more.
        Object.assign(args, { contextValue: createContext(socket.viewer, socket.from) });
        return new Delivery(source, executor.renderer(args), socket, operationId, release);
      }
      if (Symbol.asyncIterator in source) return holding(executor.responses(args, source), release);
      release();
      return failing((source as ExecutionResult).errors ?? []);
    },
  });

  /** The document of a text; one that cannot be run is counted against where it came from. */
  function prepare(text: string, from: Client) {
    try {
      const prepared = documents.prepare(text);
      if (prepared.errors.length > 0) countRefused(from, prepared.document);
      return prepared;
    } catch (error) {
      countRefused(from);
      throw error;
    }
  }
}

/** How many operations are open, without a list of them for each message. */
function countOf(subscriptions: object): number {
  let count = 0;
  for (const _ in subscriptions) count += 1;
  return count;
}

// biome-ignore lint/correctness/useYield: it only ever fails
async function* failing(errors: readonly GraphQLError[]): AsyncGenerator<never, void> {
  throw new SubscriptionFailure(errors);
}

/** Nobody else listens to the stream of an upgrade: it is ours to end, whatever its client does. */
function refuse(stream: Duplex, status: string): void {
  stream.on('error', () => stream.destroy());
  stream.once('finish', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\nX-Content-Type-Options: nosniff\r\n\r\n`,
  );
}
