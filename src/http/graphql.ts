import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { initContextCache } from '@pothos/core';
import { GraphQLError } from 'graphql';
import { createYoga, type YogaInitialContext } from 'graphql-yoga';
import type { Authenticator } from '../auth/authenticator.js';
import type { Viewer } from '../auth/viewer.js';
import type { Config } from '../config.js';
import type { Context, Services } from '../context.js';
import { DomainError, ERROR_STATUS } from '../errors.js';
import { schema } from '../schema/index.js';
import { Documents } from './documents.js';
import { errorExtensions, toGraphQLError } from './errors.js';
import { Executor } from './execution.js';

/** What all transports share: the documents, parsed and validated once, and how they are executed. */
export interface GraphQLEngine {
  documents: Documents;
  executor: Executor;
  createContext(viewer: Viewer): Context;
}

export function createEngine(services: Services): GraphQLEngine {
  const documents = new Documents(schema);
  return {
    documents,
    executor: new Executor(schema, documents, services),
    createContext: (viewer) => ({ ...services, viewer, ...initContextCache() }),
  };
}

export type GraphQLHandler = ReturnType<typeof createGraphQLHandler>;

/** GraphQL over HTTP and SSE. */
export function createGraphQLHandler(
  { documents, executor, createContext }: GraphQLEngine,
  services: Services,
  authenticator: Authenticator,
  config: Pick<Config, 'corsOrigins' | 'isProduction'>,
) {
  return createYoga<object, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    batching: false,
    multipart: false,
    logging: false,
    parserAndValidationCache: false, // ours knows what must not be kept
    cors: config.corsOrigins.length > 0 ? { origin: config.corsOrigins, credentials: false } : false,
    context: async (initial) => createContext(await viewerOf(initial, authenticator)),
    maskedErrors: { maskError: (error) => toGraphQLError(error, services.log) },
    plugins: [useCSRFPrevention(), documents.plugin, executor.plugin],
  });
}

async function viewerOf(initial: YogaInitialContext, authenticator: Authenticator): Promise<Viewer> {
  try {
    return await authenticator.authenticate(initial.request.headers.get('authorization'));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new GraphQLError(error.message, {
      extensions: { ...errorExtensions(error), http: { status: ERROR_STATUS[error.code] } },
    });
  }
}
