import type { IncomingMessage, ServerResponse } from 'node:http';
import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { contextCacheSymbol } from '@pothos/core';
import { type DocumentNode, GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Authenticator } from '../auth/authenticator.js';
import type { Viewer } from '../auth/viewer.js';
import type { Config } from '../config.js';
import type { Context, Services } from '../context.js';
import { DomainError, ERROR_STATUS } from '../errors.js';
import type { Client } from '../limits/client.js';
import type { Limits } from '../limits/limits.js';
import { schema } from '../schema/index.js';
import { admit } from './admission.js';
import { Documents } from './documents.js';
import { errorExtensions, toGraphQLError } from './errors.js';
import { Executor } from './execution.js';
import { type OperationList, PersistedOperations } from './persisted.js';

/** What all transports share: the documents, parsed and validated once, and how they are executed. */
export interface GraphQLEngine {
  documents: Documents;
  persisted: PersistedOperations;
  executor: Executor;
  createContext(viewer: Viewer, client: Client): Context;
  /** Counts what was refused unread against where it came from. Throws `RATE_LIMITED` when that was too much. */
  countRefused(client: Client, document?: DocumentNode): void;
}

/** Throws a `ConfigError` for a persisted operation that is not right. */
export function createEngine(
  services: Services,
  operations: OperationList,
  { persistedOnly }: Pick<Config, 'persistedOnly'>,
): GraphQLEngine {
  const { limits, config } = services;
  const documents = new Documents(schema, {
    hideSuggestions: config.isProduction,
    trusted: operations.values(),
    onlyTrusted: persistedOnly,
  });
  return {
    documents,
    persisted: new PersistedOperations(operations, (text) => documents.find(text) !== undefined),
    executor: new Executor(schema, documents, services),
    createContext: contextMaker(services),
    countRefused(client, document) {
      if (document) {
        const logins = documents.countField(document, 'login');
        const registrations = documents.countField(document, 'register');
        limits.countRefusedTries(client, { logins, registrations });
      }
      limits.countNonsense(client);
    },
  };
}

/** Contexts of one shape, made without a copy of whatever else the services hold: there is one for each operation. */
function contextMaker(services: Services): GraphQLEngine['createContext'] {
  const { config, db, live, passwords, accessTokens, keys, limits, revocations, log } = services;
  return (viewer, client) => {
    const context: Context & { [contextCacheSymbol]?: object } = {
      config,
      db,
      live,
      passwords,
      accessTokens,
      keys,
      limits,
      revocations,
      log,
      viewer,
      client,
    };
    context[contextCacheSymbol] = {}; // as `initContextCache()` of Pothos does
    return context;
  };
}

/** What Node.js gives with each request. */
interface NodeContext {
  req: IncomingMessage;
  res: ServerResponse;
}

export type GraphQLHandler = ReturnType<typeof createGraphQLHandler>;

/** GraphQL over HTTP and SSE. */
export function createGraphQLHandler(
  { documents, persisted, executor, createContext, countRefused }: GraphQLEngine,
  services: Services,
  authenticator: Authenticator,
  config: Pick<Config, 'corsOrigins' | 'isProduction'>,
) {
  const { limits } = services;
  const onRefused = (context: object, document?: DocumentNode) => {
    const { req } = context as NodeContext;
    countRefused(limits.clientOf(req), document);
  };
  return createYoga<NodeContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    batching: false,
    multipart: false,
    logging: false,
    parserAndValidationCache: false, // ours knows what must not be kept
    cors: ({ headers }) => {
      const origin = headers.get('origin'); // Yoga itself would tell a foreign one the only origin that may
      return origin !== null && config.corsOrigins.includes(origin)
        ? { origin: config.corsOrigins, credentials: false }
        : false;
    },
    context: async (initial) => {
      const client = limits.clientOf(initial.req);
      const authorization = initial.request.headers.get('authorization');
      return createContext(await viewerBehind(authorization, client, authenticator, limits), client);
    },
    maskedErrors: { maskError: (error) => toGraphQLError(error, services.log) },
    plugins: [useCSRFPrevention(), documents.plugin(persisted, onRefused), executor.plugin],
  });
}

/** The viewer behind an `Authorization` header. Throws a `GraphQLError` that carries the status over HTTP. */
export async function viewerBehind(
  authorization: string | null | undefined,
  client: Client,
  authenticator: Authenticator,
  limits: Limits,
): Promise<Viewer> {
  try {
    return await admit(authorization, client, authenticator, limits);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new GraphQLError(error.message, {
      extensions: { http: { status: ERROR_STATUS[error.code] }, ...errorExtensions(error) },
    });
  }
}
