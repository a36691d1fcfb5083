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
import { errorExtensions, toGraphQLError } from './errors.js';
import { executionPlugin } from './execution.js';

/** What a transport knows of a request before it is executed; a socket has authenticated its viewer already. */
export interface TransportContext {
  viewer?: Viewer;
}

export type GraphQLHandler = ReturnType<typeof createGraphQLHandler>;

/** GraphQL over HTTP and SSE; the WebSocket side takes its parse, validate, execute and subscribe from here too. */
export function createGraphQLHandler(
  services: Services,
  authenticator: Authenticator,
  config: Pick<Config, 'corsOrigins' | 'isProduction'>,
) {
  return createYoga<TransportContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    batching: false,
    multipart: false,
    logging: false,
    cors: config.corsOrigins.length > 0 ? { origin: config.corsOrigins, credentials: false } : false,
    context: async (initial) => createContext(services, await viewerOf(initial, authenticator)),
    maskedErrors: { maskError: (error) => toGraphQLError(error, services.log) },
    plugins: [useCSRFPrevention(), executionPlugin],
  });
}

function createContext(services: Services, viewer: Viewer): Context {
  return { ...services, viewer, ...initContextCache() };
}

async function viewerOf(
  initial: YogaInitialContext & TransportContext,
  authenticator: Authenticator,
): Promise<Viewer> {
  if (initial.viewer) return initial.viewer;
  try {
    return await authenticator.authenticate(initial.request.headers.get('authorization'));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new GraphQLError(error.message, {
      extensions: { ...errorExtensions(error), http: { status: ERROR_STATUS[error.code] } },
    });
  }
}
