import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphQLAnswer } from '../_util/server.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a request over HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const graphql = (init: RequestInit & { query?: string }) =>
    fetch(`${server.url}/graphql${init.query ?? ''}`, init);
  const post = (body: string, headers: Record<string, string> = JSON_TYPE) =>
    graphql({ method: 'POST', headers, body });

  it('with a body over 1 MB is 413 in JSON, and the server goes on', async () => {
    const response = await post(JSON.stringify({ query: '{ __typename }', padding: 'x'.repeat(1_100_000) }));
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toContain('json');
    expect(await response.json()).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
    expect((await post('{"query":"{ __typename }"}')).status).toBe(200);
  });

  it('with a body just under 1 MB is answered', async () => {
    const body = JSON.stringify({ query: '{ __typename }', variables: { padding: 'x'.repeat(1_000_000) } });
    expect((await post(body)).status).toBe(200);
  });

  it('with a body over 1 MB in chunks, of no declared length, is 413', async () => {
    expect(await postInChunks(2_000_000)).toBe(413);
  });

  it('in a batch is 400', async () => {
    const response = await post(JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]));
    expect(response.status).toBe(400);
  });

  it('by GET reads with the CSRF header, is refused without it, and changes nothing', async () => {
    const query = `?query=${encodeURIComponent('{ __typename }')}`;
    const header = { 'x-graphql-yoga-csrf': '1', accept: 'application/graphql-response+json' };
    expect((await graphql({ query, headers: header })).status).toBe(200);
    expect((await graphql({ query, headers: { accept: header.accept } })).status).toBe(403);
    const mutation = `?query=${encodeURIComponent('mutation { rotatePairingCode { pairingCode } }')}`;
    for (const accept of [header.accept, 'application/json', 'text/event-stream']) {
      expect((await graphql({ query: mutation, headers: { ...header, accept } })).status).toBe(405);
      expect((await graphql({ query: mutation, headers: { accept } })).status).toBe(403);
    }
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain; application/json', // a browser sends it without asking, and some servers look for JSON in it
    'TEXT/PLAIN;charset=utf-8',
  ])('of the type %s is refused without the CSRF header, and changes nothing', async (type) => {
    const email = `${randomUUID()}@epicura.example`;
    const register = `mutation { register(input: { email: "${email}", password: "long enough 1", name: "A" }) { accessToken } }`;
    const part = `--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n${register}\r\n--x--\r\n`;
    for (const body of [JSON.stringify({ query: register }), `query=${encodeURIComponent(register)}`, part]) {
      for (const accept of ['application/json', 'text/event-stream']) {
        expect((await post(body, { 'content-type': type, accept })).status).toBe(403);
      }
    }
    const { rowCount } = await server.database.pool.query('SELECT FROM users WHERE email = $1', [email]);
    expect(rowCount).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a text', '"{ __typename }"'],
    ['no query', '{}'],
    ['a query that is no text', '{"query":{}}'],
    ['variables that are none', '{"query":"{ __typename }","variables":[1]}'],
    ['an operation name that is none', '{"query":"{ __typename }","operationName":{}}'],
    ['an unknown operation name', '{"query":"query A { __typename }","operationName":"B"}'],
    ['two operations and no name', '{"query":"query A { __typename } query B { __typename }"}'],
    ['U+0000', '\u0000'],
  ])('of %s is a 400 that tells nothing of the inside', async (_what, body) => {
    const response = await post(body, { ...JSON_TYPE, accept: 'application/graphql-response+json' });
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).not.toMatch(/INTERNAL_ERROR|node_modules|\bat .+\.js/);
    expect(JSON.parse(text).errors[0].message).not.toBe('');
  });

  it('for a page that is none is NOT_FOUND in JSON', async () => {
    const response = await fetch(`${server.url}/nonsense`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  function postInChunks(bytes: number): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const outgoing = request(
        { hostname, port, path: '/graphql', method: 'POST', headers: JSON_TYPE },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      outgoing.on('error', reject);
      const chunk = Buffer.alloc(100_000, ' ');
      const chunks = Array.from({ length: bytes / chunk.length }, () => chunk);
      Readable.from([Buffer.from('{"query":"{ __typename }"'), ...chunks, Buffer.from('}')]).pipe(outgoing);
    });
  }
});

describe('a document that is wrong', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const NODE = 'query ($id: ID!) { node(id: $id) { id } }';
  const DOCUMENTS: [what: string, code: string, query: string, variables?: Record<string, unknown>][] = [
    ['syntax', 'GRAPHQL_PARSE_FAILED', '{ viewer {'],
    ['an empty text', 'GRAPHQL_PARSE_FAILED', ' '],
    ['U+0000', 'GRAPHQL_PARSE_FAILED', '{ viewer \u0000 }'],
    ['an unknown field', 'GRAPHQL_VALIDATION_FAILED', '{ nonsense }'],
    [
      'an argument of another type',
      'GRAPHQL_VALIDATION_FAILED',
      '{ recipes(first: "a") { edges { cursor } } }',
    ],
    ['a missing argument', 'GRAPHQL_VALIDATION_FAILED', '{ node { id } }'],
    [
      'a fragment in a circle',
      'GRAPHQL_VALIDATION_FAILED',
      '{ viewer { ...A } } fragment A on User { ...A }',
    ],
    ['a missing variable', 'BAD_USER_INPUT', NODE, {}],
    ['a variable that is null', 'BAD_USER_INPUT', NODE, { id: null }],
    ['a variable of another type', 'BAD_USER_INPUT', NODE, { id: { a: 1 } }],
    ['an argument that breaks a rule', 'VALIDATION_ERROR', NODE, { id: 'nonsense' }],
    ['a page that breaks a rule', 'VALIDATION_ERROR', '{ recipes(first: 1000) { edges { cursor } } }'],
    ['no token where one is needed', 'UNAUTHENTICATED', 'mutation { rotatePairingCode { pairingCode } }'],
  ];

  it.each(DOCUMENTS)(
    'by %s is %s, alike over HTTP and over WebSocket',
    async (_what, code, query, variables = {}) => {
      const overHttp = await server.post(query, variables);
      const overSocket = await server.ask(query, variables);
      expect(overHttp.errors?.[0]?.extensions.code).toBe(code);
      expect(told(overSocket)).toEqual(told(overHttp));
    },
  );

  it('tells a socket nothing of HTTP', async () => {
    const { errors } = await server.ask('{ nonsense }', {});
    expect(errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });

  const told = ({ errors }: GraphQLAnswer<unknown>) =>
    errors?.map(({ message, path, extensions: { http: _http, ...extensions } }) => ({
      message,
      path,
      extensions,
    }));
});
