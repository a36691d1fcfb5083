import { randomInt } from 'node:crypto';
import WebSocket from 'ws';
import { askOverSocket, type GraphQLAnswer, startTestServer, type TestServer } from '../_util/server.js';

/** A server with limits, behind a proxy that it trusts: each caller may come from an address of its own. */
export function startLimitedServer(env: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  return startTestServer({ RATE_LIMITS: 'on', TRUST_PROXY: '1', ...env });
}

/** An address that no other test comes from. */
export function newAddress(): string {
  return `198.${randomInt(18, 20)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever shape their document asks for
export interface Reply extends GraphQLAnswer<any> {
  status: number;
  retryAfter: number | undefined;
  codes: unknown[];
}

/** Posts an operation from this address. */
export async function postFrom(
  address: string,
  url: string,
  query: string,
  variables: object = {},
  token?: string,
): Promise<Reply> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      'x-forwarded-for': address,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as GraphQLAnswer;
  const retryAfter = response.headers.get('retry-after');
  return {
    ...answer,
    status: response.status,
    retryAfter: retryAfter === null ? undefined : Number(retryAfter),
    codes: codesOf(answer),
  };
}

/** Asks over a socket of its own from this address. */
export function askFrom(
  address: string,
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  token?: string,
) {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return askOverSocket<any>(url, query, variables, token, socketFrom(address));
}

export function codesOf({ errors = [] }: GraphQLAnswer<unknown>): unknown[] {
  return errors.map(({ extensions }) => extensions.code);
}

/** WebSockets that a proxy passes on from this address. */
export function socketFrom(address: string): new (url: string, protocols: string) => WebSocket {
  return class extends WebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols, { headers: { 'x-forwarded-for': address } });
    }
  };
}

export interface OpenSocket {
  ws: WebSocket;
  /** The code of its close. */
  closed: Promise<number>;
  /** What came, in order. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever a message holds
  messages: any[];
  /** Resolves with the messages when they are as they should; rejects when the socket is closed before. */
  until(isSo: (messages: OpenSocket['messages']) => boolean): Promise<OpenSocket['messages']>;
  send(message: object): void;
}

/** Connects from this address and says who it is; resolves at the acknowledgement, or at the close that comes instead. */
export async function connectFrom(address: string, url: string, token?: string): Promise<OpenSocket> {
  const Socket = socketFrom(address);
  const ws = new Socket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: OpenSocket['messages'] = [];
  const send = (message: object) => ws.send(JSON.stringify(message));
  const payload = token ? { authorization: `Bearer ${token}` } : undefined;
  ws.on('error', () => {}); // the test sees `closed`
  ws.on('open', () => send({ type: 'connection_init', payload }));
  const closed = new Promise<number>((resolve) => ws.on('close', (code) => resolve(code)));
  const acknowledged = new Promise<void>((resolve) => ws.once('message', () => resolve()));
  ws.on('message', (data) => messages.push(JSON.parse(String(data))));
  const until: OpenSocket['until'] = (isSo) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (!isSo(messages)) return;
        ws.off('message', look);
        resolve(messages);
      };
      ws.on('message', look);
      void closed.then((code) =>
        reject(new Error(`closed with ${code} after ${JSON.stringify(messages.slice(-3))}`)),
      );
      look();
    });
  await Promise.race([acknowledged, closed]);
  return { ws, closed, messages, until, send };
}

export const LOGIN = `mutation ($email: String!) {
  login(input: { email: $email, password: "not the password" }) { accessToken }
}`;

/** A document that tries to sign in so many times. */
export function aliasedLogins(count: number, email: string): string {
  const tries = Array.from(
    { length: count },
    (_, i) => `a${i}: login(input: { email: "${email}", password: "wrong" }) { accessToken }`,
  );
  return `mutation { ${tries.join(' ')} }`;
}

/** Opens an account from an address of its own. */
export async function signUp(server: TestServer, email = `${randomInt(1e12)}@epicura.example`) {
  const { data } = await postFrom(
    newAddress(),
    server.url,
    `mutation ($email: String!) {
       register(input: { email: $email, password: "long enough 1", name: "Asha" }) { accessToken refreshToken user { id } }
     }`,
    { email },
  );
  const { accessToken, refreshToken, user } = data.register;
  return {
    email,
    userToken: accessToken as string,
    refreshToken: refreshToken as string,
    userId: user.id as string,
  };
}
