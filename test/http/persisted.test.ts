import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, insertRecipe, startCook, type TestHome } from '../_util/home.js';
import { createAdmin } from '../_util/people.js';
import { type GraphQLAnswer, startTestServer, type TestServer } from '../_util/server.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const repeat = (count: number, part: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ');

/** What no stranger could ask for: too many tokens, aliases, fields and rows. */
const LARGE = `query Large { ${repeat(500, (i) => `a${i}: __typename`)} recipes(first: 100) { edges { node { createdBy {
  cookingSessions(first: 100) { edges { node { id } } } } } } } }`;
const RECIPE = 'query Recipe($id: ID!) { recipe(id: $id) { name } }';
const WATCH = 'subscription ($sessionId: ID!) { cookingSessionEvents(sessionId: $sessionId) { __typename } }';
const LISTED = [LARGE, RECIPE, WATCH, '{ __typename }'];

interface Payload {
  query?: string;
  variables?: Record<string, unknown>;
  extensions?: Record<string, unknown>;
}

const named = (text: string, more: object = {}): Payload => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: sha256(text), ...more } },
});

/** The answer to a payload by each transport. */
const TRANSPORTS: [name: string, ask: (server: TestServer, payload: Payload) => Promise<GraphQLAnswer>][] = [
  ['POST', (server, payload) => post(server, payload).then((response) => response.json())],
  ['GET', (server, payload) => get(server, payload).then((response) => response.json())],
  ['SSE', askBySse],
  ['WebSocket', askOverSocket],
];

describe('persisted operations', () => {
  let folder: string;
  let server: TestServer;
  let strict: TestServer;
  let home: TestHome;
  let recipeId: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'epicura-persisted-'));
    const file = path.join(folder, 'operations.json');
    await writeFile(file, JSON.stringify(Object.fromEntries(LISTED.map((text) => [sha256(text), text]))));
    server = await startTestServer({ PERSISTED_OPERATIONS: file });
    strict = await startTestServer({ PERSISTED_OPERATIONS: file, PERSISTED_ONLY: 'on' });
    home = await createHome(server);
    recipeId = Buffer.from(`Recipe:${await insertRecipe(server)}`).toString('base64');
  });
  afterAll(async () => {
    await server.stop();
    await strict.stop();
    await rm(folder, { recursive: true, force: true });
  });

  describe.each(TRANSPORTS)('by %s', (name, ask) => {
    it('are run by their hash alone, with variables', async () => {
      const answer = await ask(server, { ...named(RECIPE), variables: { id: recipeId } });
      expect(answer).toEqual({ data: { recipe: { name: 'Dal Tadka' } } });
    });

    it('are exempt from the limits of documents', async () => {
      const answer = await ask(server, named(LARGE));
      expect(answer.errors).toBeUndefined();
      expect(answer.data).toMatchObject({ a499: 'Query' });
    });

    it('leave the limits of all others as they are', async () => {
      const query = `{ ${repeat(31, (i) => `a${i}: __typename`)} }`;
      for (const payload of [{ query }, { query, ...named(query) }]) {
        expect((await ask(server, payload)).errors).toMatchObject([
          { extensions: { code: 'QUERY_TOO_COMPLEX' } },
        ]);
      }
    });

    it('that nobody knows are PersistedQueryNotFound, until they come with their text; then for all transports', async () => {
      const query = `{ ${name}: __typename }`;
      const unknown = await ask(server, named(query));
      expect(unknown.errors).toMatchObject([
        { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ]);
      const expected = { data: { [name]: 'Query' } };
      expect(await ask(server, { query, ...named(query) })).toEqual(expected);
      for (const [, askElsewhere] of TRANSPORTS)
        expect(await askElsewhere(server, named(query))).toEqual(expected);
    });

    it('with a text of another hash, in another version or with a hash that is none are refused', async () => {
      const query = `{ other${name}: __typename }`;
      const refused: [Payload, string][] = [
        [{ query: '{ __typename }', ...named(query) }, 'provided sha does not match query'],
        [named(query, { version: 2 }), 'Unsupported persisted query version'],
        [named(query, { sha256Hash: 7 }), 'sha256Hash must be a string'],
      ];
      for (const [payload, message] of refused) {
        expect((await ask(server, payload)).errors).toMatchObject([
          { message, extensions: { code: 'BAD_USER_INPUT' } },
        ]);
      }
      expect((await ask(server, named(query))).errors?.[0]?.message).toBe('PersistedQueryNotFound');
    });

    it('are the only ones with PERSISTED_ONLY, by hash or text', async () => {
      expect((await ask(strict, named('{ __typename }'))).data).toEqual({ __typename: 'Query' });
      expect((await ask(strict, { query: '{ __typename }' })).data).toEqual({ __typename: 'Query' });
      const query = '{ a: __typename }';
      for (const payload of [{ query }, { query, ...named(query) }]) {
        expect((await ask(strict, payload)).errors).toMatchObject([
          {
            message: expect.stringContaining('persisted operations only'),
            extensions: { code: 'FORBIDDEN' },
          },
        ]);
      }
      expect((await ask(strict, named(query))).errors?.[0]?.message).toBe('PersistedQueryNotFound');
    });
  });

  it('may be subscriptions', async () => {
    const sessionId = await startCook(server, home);
    const answer = await askOverSocket(server, { ...named(WATCH), variables: { sessionId } }, home.userToken);
    expect(answer).toEqual({ data: { cookingSessionEvents: { __typename: 'SessionSnapshot' } } });
  });

  it('that are not known are 200 and not to be cached, as clients expect', async () => {
    const response = await post(server, named('{ never: __typename }'));
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toContain('no-cache');
  });

  it('are no way around the rule for introspection in production', async () => {
    const file = path.join(folder, 'introspection.json');
    const query = '{ __schema { queryType { name } } }';
    await writeFile(file, listOf(query));
    const production = await startTestServer({
      NODE_ENV: 'production',
      RATE_LIMITS: 'on',
      PERSISTED_OPERATIONS: file,
    });
    try {
      for (const [, ask] of TRANSPORTS)
        expect((await ask(production, named(query))).errors).toMatchObject([
          { extensions: { code: 'FORBIDDEN' } },
        ]);
      const { userToken } = await createAdmin(production);
      const answer = await askOverSocket(production, named(query), userToken);
      expect(answer.data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    } finally {
      await production.stop();
    }
  });

  it('by GET change nothing', async () => {
    const mutation = 'mutation { rotatePairingCode { pairingCode } }';
    expect((await post(server, { query: mutation, ...named(mutation) })).ok).toBe(true);
    expect((await get(server, named(mutation))).status).toBe(405);
  });

  it('that cannot be run are not remembered', async () => {
    const query = '{ nonsense }';
    expect((await askOverSocket(server, { query, ...named(query) })).errors).toHaveLength(1);
    expect((await askOverSocket(server, named(query))).errors?.[0]?.message).toBe('PersistedQueryNotFound');
  });

  it.each([
    ['is not there', undefined, /cannot read/],
    ['is not JSON', '{', /is not JSON/],
    ['is a list', '["{ __typename }"]', /must map/],
    ['has another hash', JSON.stringify({ [sha256('a')]: '{ __typename }' }), /is not the SHA-256/],
    ['has a syntax error', listOf('{ viewer {'), /Syntax Error/],
    ['has an unknown field', listOf('{ nonsense }'), /Cannot query field/],
  ])('whose file %s stop the start with a line that says so', async (_what, content, message) => {
    const file = path.join(folder, 'wrong.json');
    await rm(file, { force: true });
    if (content !== undefined) await writeFile(file, content);
    const start = startTestServer({ PERSISTED_OPERATIONS: file });
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.toThrow(/^PERSISTED_OPERATIONS: [^\n]+$/);
  });
});

function listOf(text: string): string {
  return JSON.stringify({ [sha256(text)]: text });
}

function post({ url }: TestServer, payload: Payload, accept = 'application/json'): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify(payload),
  });
}

function get({ url }: TestServer, { query, variables, extensions }: Payload): Promise<Response> {
  const search = new URLSearchParams();
  if (query !== undefined) search.set('query', query);
  if (variables) search.set('variables', JSON.stringify(variables));
  if (extensions) search.set('extensions', JSON.stringify(extensions));
  return fetch(`${url}/graphql?${search}`, {
    headers: { accept: 'application/json', 'x-graphql-yoga-csrf': '1' },
  });
}

async function askBySse(server: TestServer, payload: Payload): Promise<GraphQLAnswer> {
  const response = await post(server, payload, 'text/event-stream');
  const text = await response.text();
  return JSON.parse(/^data: (\{.+)$/m.exec(text)?.[1] ?? text) as GraphQLAnswer;
}

/** The first answer; clients over a socket have to send a query, and send it empty. */
function askOverSocket(server: TestServer, payload: Payload, token?: string): Promise<GraphQLAnswer> {
  return new Promise((resolve, reject) => {
    const stop = server.socket(token).subscribe(
      { query: '', ...payload },
      {
        next: (answer) => {
          resolve(answer as GraphQLAnswer);
          setImmediate(() => stop());
        },
        error: (errors) => (Array.isArray(errors) ? resolve({ errors } as GraphQLAnswer) : reject(errors)),
        complete: () => {},
      },
    );
  });
}
