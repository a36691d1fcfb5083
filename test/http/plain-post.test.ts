import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, insertRecipe, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { statementsOf } from '../_util/statements.js';

const REQUESTS: [string, object][] = [
  ['a query', { query: '{ recipes(first: 2) { totalCount edges { node { name tags } } } }' }],
  [
    'a query with variables',
    { query: 'query ($n: Int) { recipes(first: $n) { edges { cursor } } }', variables: { n: 1 } },
  ],
  [
    'a query with nulls for what it leaves out',
    { query: '{ __typename }', variables: null, operationName: null },
  ],
  [
    'one of two operations',
    { query: 'query A { __typename } query B { viewer { name } }', operationName: 'B' },
  ],
  ['an operation that is not there', { query: 'query A { __typename }', operationName: 'B' }],
  ['two operations without a name', { query: 'query A { __typename } query B { __typename }' }],
  ['a mutation', { query: 'mutation { updateProfile(input: { name: "Ash" }) { user { name } } }' }],
  ['a refused mutation', { query: 'mutation { updateProfile(input: { name: "" }) { user { name } } }' }],
  ['what only devices may', { query: 'mutation { recordTelemetry(input: { events: [] }) { accepted } }' }],
  [
    'an unknown id beside something known',
    { query: '{ a: recipe(id: "x") { name } recipes(first: 1) { totalCount } }' },
  ],
  ['a wrong page', { query: '{ recipes(first: 101) { totalCount } }' }],
  [
    'a variable of the wrong type',
    { query: 'query ($n: Int) { recipes(first: $n) { totalCount } }', variables: { n: 'x' } },
  ],
  ['a missing variable', { query: 'query ($id: ID!) { recipe(id: $id) { name } }' }],
  ['a syntax error', { query: '{' }],
  ['an unknown field', { query: '{ nothing }' }],
  ['no query', {}],
  ['a query that is no text', { query: 7 }],
  ['variables that are a list', { query: '{ __typename }', variables: [1] }],
  ['a subscription', { query: 'subscription { applianceUpdated { id } }' }],
  ['more than is known', { query: '{ __typename }', more: true }],
  ['a list', [{ query: '{ __typename }' }]],
  ['too much', { query: `{ ${'a: __typename '.repeat(40)} }` }],
  [
    'a text beyond ASCII',
    {
      query: 'query ($s: String) { recipes(search: $s) { totalCount } }',
      variables: { s: 'Rührei 炒蛋 🍳' },
    },
  ],
];

describe('a plain POST', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    await insertRecipe(server);
  });
  afterAll(() => server.stop());

  async function ask(body: object, headers: Record<string, string>) {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  }

  for (const accept of ['application/json', 'application/graphql-response+json']) {
    it.each(REQUESTS)(`of %s is answered as Yoga answers it, in ${accept}`, async (_, body) => {
      for (const token of [undefined, home.userToken, home.deviceToken, 'nonsense']) {
        const headers = { accept, ...(token ? { authorization: `Bearer ${token}` } : {}) };
        const plain = await ask(body, headers);
        // What a page of the server's own sends is Yoga's.
        const yogas = await ask(body, { ...headers, origin: server.url });
        expect(plain).toEqual(yogas);
      }
    });
  }

  it('reads its body whether its length is declared or not, and from a body in pieces', async () => {
    const body = new TextEncoder().encode(JSON.stringify({ query: '{ __typename } # 炒蛋' }));
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of body) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: pieces,
      duplex: 'half',
    } as RequestInit);
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('costs no statement beside those of its operation', async () => {
    const statements = await statementsOf(() =>
      ask({ query: '{ recipes(first: 1) { edges { node { name } } } }' }, { accept: 'application/json' }),
    );
    expect(statements).toHaveLength(1);
  });
});
