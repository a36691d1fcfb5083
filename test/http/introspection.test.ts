import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPerson } from '../_util/home.js';
import { createAdmin } from '../_util/people.js';
import { type GraphQLAnswer, startTestServer, type TestServer } from '../_util/server.js';

const ASK: [what: string, query: string][] = [
  ['__schema', '{ __schema { queryType { name } } }'],
  ['__type', '{ __type(name: "User") { name } }'],
  ['__type under another name', '{ a: __type(name: "User") { name } }'],
  [
    '__schema in a fragment of a fragment',
    '{ ...A } fragment A on Query { ...B } fragment B on Query { __schema { description } }',
  ],
  [
    '__schema that is left out by a directive',
    'query { ... on Query { __schema @skip(if: true) { description } } }',
  ],
  [
    'the whole schema',
    getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true }),
  ],
];

/** Errors that GraphQL would explain by naming what there is. */
const SPELT_WRONG: [what: string, query: string, variables?: Record<string, unknown>][] = [
  ['a field', '{ viewr { id } }'],
  ['a type', 'query ($a: Strin) { recipes(search: $a) { totalCount } }'],
  ['an argument', '{ recipes(frst: 1) { totalCount } }'],
  [
    'an enum value',
    '{ viewer { preferences { diet } } recipes(filter: { difficulty: EAZY }) { totalCount } }',
  ],
  ['a field of an input', '{ recipes(filter: { difficlty: EASY }) { totalCount } }'],
  [
    'a field of an input in a variable',
    'query ($f: RecipeFilter) { recipes(filter: $f) { totalCount } }',
    { f: { difficlty: 'EASY' } },
  ],
  [
    'an enum value in a variable',
    'query ($f: RecipeFilter) { recipes(filter: $f) { totalCount } }',
    { f: { difficulty: 'EAZY' } },
  ],
  ["a fragment's type", '{ ... on Qery { __typename } }'],
];

describe('in production', () => {
  let server: TestServer;
  let userToken: string;
  let adminToken: string;

  beforeAll(async () => {
    server = await startTestServer({ NODE_ENV: 'production', RATE_LIMITS: 'on' });
    ({ userToken } = await createPerson(server));
    ({ userToken: adminToken } = await createAdmin(server));
  });
  afterAll(() => server.stop());

  const everywhere = async (query: string, variables?: Record<string, unknown>, token?: string) => [
    await server.post(query, variables, token),
    await server.ask(query, variables, token),
    await askBySse(server, query, variables, token),
  ];

  it.each(ASK)(
    'introspection by %s is refused to strangers and people, over HTTP, WebSocket and SSE',
    async (_what, query) => {
      for (const token of [undefined, userToken]) {
        for (const answer of await everywhere(query, {}, token)) {
          expect(answer.data ?? null).toBeNull();
          expect(answer.errors).toMatchObject([
            { message: 'Only administrators may ask for the schema.', extensions: { code: 'FORBIDDEN' } },
          ]);
        }
      }
    },
  );

  it.each(ASK)(
    'introspection by %s is answered to administrators, whoever was refused it before',
    async (_what, query) => {
      for (const answer of await everywhere(query, {}, adminToken)) {
        expect(answer.errors).toBeUndefined();
        expect(answer.data).toBeTruthy();
      }
    },
  );

  it('tells strangers the names of the types that they got', async () => {
    for (const answer of await everywhere('{ __typename }'))
      expect(answer.data).toEqual({ __typename: 'Query' });
  });

  it.each(SPELT_WRONG)(
    '%s that is spelt wrong is not answered with the right name',
    async (_what, query, variables) => {
      for (const answer of await everywhere(query, variables)) {
        expect(answer.errors?.length).toBeGreaterThan(0);
        expect(JSON.stringify(answer)).not.toMatch(/did you mean/i);
      }
    },
  );
});

describe('in development', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it('everybody may ask for the schema, and errors help with the spelling', async () => {
    for (const [, query] of ASK) expect((await server.post(query)).errors).toBeUndefined();
    for (const [, query, variables] of SPELT_WRONG) {
      expect(JSON.stringify(await server.post(query, variables))).toMatch(/did you mean/i);
    }
  });
});

/** The answer to a query by server-sent events. */
async function askBySse(
  { url }: TestServer,
  query: string,
  variables?: Record<string, unknown>,
  token?: string,
): Promise<GraphQLAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const data = /^data: (\{.+)$/m.exec(text)?.[1] ?? text;
  return JSON.parse(data) as GraphQLAnswer;
}
