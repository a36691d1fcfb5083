import { type Client, createClient } from 'graphql-ws';
import { pino } from 'pino';
import WebSocket from 'ws';
import { type App, createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import type { LiveTiming } from '../../src/live/live.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { TEST_SECRET } from './tokens.js';

export interface GraphQLAnswer<T = Record<string, never>> {
  data?: T | null;
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

export interface TestServer {
  app: App;
  database: TestDatabase;
  url: string;
  /** Posts an operation; the answer as it came. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever shape their document asks for
  post<T = any>(query: string, variables?: object, token?: string): Promise<GraphQLAnswer<T>>;
  /** The same over a WebSocket of its own. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  ask<T = any>(query: string, variables?: Record<string, unknown>, token?: string): Promise<GraphQLAnswer<T>>;
  /** A client on a socket of its own; disposed of with the server. */
  socket(token?: string): Client;
  stop(): Promise<void>;
}

/** One instance on a database, on a free port. */
export function startInstance(
  { url }: { url: string },
  env: NodeJS.ProcessEnv = {},
  timing: LiveTiming = {},
): Promise<App> {
  const config = readConfig({
    PORT: '0',
    JWT_SECRET: TEST_SECRET,
    DATABASE_URL: url,
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    JOBS: 'off',
    RATE_LIMITS: 'off', // tests sign up many people, all from one address
    ...env,
  });
  // Cheap passwords: tests sign up many people.
  return createApp({ ...config, databaseUrl: url }, pino({ level: config.logLevel }), {
    passwordCost: 4,
    timing,
  });
}

/** A server on a database of its own and a free port, in this process. */
export async function startTestServer(
  env: NodeJS.ProcessEnv = {},
  timing: LiveTiming = {},
): Promise<TestServer> {
  const database = await createTestDatabase();
  const app = await startInstance(database, env, timing);
  const clients: Client[] = [];
  return {
    app,
    database,
    url: app.url,
    post: (query, variables, token) => postGraphQL(app.url, query, variables, token),
    ask: (query, variables, token) => askOverSocket(app.url, query, variables, token),
    socket(token) {
      const client = createSocketClient(app.url, token);
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) await client.dispose();
      await app.stop();
      await database.drop();
    },
  };
}

/** Posts an operation to a server and returns the answer as it came. */
export async function postGraphQL<T>(
  url: string,
  query: string,
  variables?: object,
  token?: string,
): Promise<GraphQLAnswer<T>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as GraphQLAnswer<T>;
}

/** Sends a query or mutation over a socket of its own; the answer in the form that HTTP gives it. */
export async function askOverSocket<T>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  token?: string,
  webSocketImpl: unknown = WebSocket,
): Promise<GraphQLAnswer<T>> {
  const client = createSocketClient(url, token, webSocketImpl);
  try {
    return await askOn(client, query, variables);
  } finally {
    await client.dispose();
  }
}

/** The first answer to an operation over a socket that is open, in the form that HTTP gives it; a subscription ends there. */
export function askOn<T>(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<GraphQLAnswer<T>> {
  return new Promise((resolve, reject) => {
    const stop = client.subscribe(
      { query, variables },
      {
        next: (answer) => {
          resolve(answer as GraphQLAnswer<T>);
          setImmediate(() => stop());
        },
        error: (errors) =>
          Array.isArray(errors) ? resolve({ errors } as GraphQLAnswer<T>) : reject(errors as Error),
        complete: () => {},
      },
    );
  });
}

/** A client of graphql-transport-ws that does not retry: what happens to its socket is the test's to see. */
export function createSocketClient(url: string, token?: string, webSocketImpl: unknown = WebSocket): Client {
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl,
    retryAttempts: 0,
    lazy: true,
    ...(token ? { connectionParams: { authorization: `Bearer ${token}` } } : {}),
  });
}
