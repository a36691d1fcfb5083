import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEED } from '../_util/feed.js';
import { createHome, startCook, type TestHome } from '../_util/home.js';
import { type GraphQLAnswer, startTestServer, type TestServer } from '../_util/server.js';
import { statementsOf } from '../_util/statements.js';

const repeat = (count: number, part: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ');
const nested = (depth: number, leaf: string) =>
  `${repeat(depth, () => 'appliances(first: 1) { edges { node { owner {')} ${leaf} ${repeat(depth, () => '} } } }')}`;
const LIST = 'recipes(first: 100) { edges { node { id } } }';

/** What asks for too much, and in how many words. */
const TOO_MUCH: [what: string, query: string, variables?: Record<string, unknown>][] = [
  ['101 aliases', `{ ${repeat(101, (i) => `a${i}: __typename`)} }`],
  ['31 aliases of mixed fields', `{ ${repeat(30, (i) => `a${i}: __typename`)} b: viewer { id } }`],
  [
    '40 aliases by spreading a fragment',
    `{ viewer { ${repeat(4, () => '...F')} } } fragment F on User { ${repeat(10, (i) => `a${i}: name`)} }`,
  ],
  ['500 duplicate fields', `{ viewer { ${repeat(500, () => 'name')} } }`],
  [
    '500 fields by fragments of fragments',
    `{ viewer { ...A ...A ...A ...A ...A } } fragment A on User { ${repeat(10, () => '...B')} } fragment B on User { ${repeat(10, () => 'name')} }`,
  ],
  [
    'fields beyond counting by fragments that double',
    `{ viewer { ...F0 } } ${repeat(60, (i) => `fragment F${i} on User { ...F${i + 1} ...F${i + 1} }`)} fragment F60 on User { name }`,
  ],
  ['11 directives', `{ viewer { ${repeat(11, () => 'name @include(if: true)')} } }`],
  ['11 directives on one field', `{ viewer { name ${repeat(11, () => '@skip(if: false)')} } }`],
  ['nesting 20 deep', `{ viewer { ${nested(5, 'id')} } }`],
  ['1,001 tokens', `{ viewer { ${repeat(1_000, () => 'name')} } }`],
  [
    'more rows than 10,000',
    '{ recipes(first: 100) { edges { node { createdBy { cookingSessions(first: 100) { edges { node { id } } } } } } } }',
  ],
  [
    'more rows by a variable',
    'query ($n: Int) { recipes(first: $n) { edges { node { createdBy { cookingSessions(last: $n) { edges { node { id } } } } } } } }',
    { n: 100 },
  ],
  [
    'more rows by the default of a variable',
    'query ($n: Int = 100) { recipes(first: $n) { edges { node { createdBy { cookingSessions(first: $n) { edges { node { id } } } } } } } }',
  ],
  [
    'more rows through fragments',
    `{ recipes(first: 100) { ...Page } } fragment Page on RecipeConnection { edges { node { createdBy { ...Person } } } }
     fragment Person on User { cookingSessions(first: 100) { edges { node { id } } } }`,
  ],
];

/** What apps ask for, and what must go through. */
const ENOUGH: [what: string, query: string][] = [
  ['30 aliases', `{ ${repeat(30, (i) => `a${i}: __typename`)} }`],
  ['two full lists of recipes', `{ a: ${LIST} b: ${LIST} }`],
  [
    'a home screen',
    `{ viewer { name preferences { diet allergens } appliances { edges { node { id name status lastSeenAt
        currentSession { id status recipeName progress { stageName progressPercent temperature secondsRemaining } } } } }
        cookingSessions(first: 5) { edges { node { id recipeName startedAt status recipe { imageUrl } } } } }
      recipes(first: 20, filter: { suitableForViewer: true }) { edges { node { id name timeMinutes nutrition { calories }
        suitability { suitable conflicts } } } pageInfo { endCursor hasNextPage } totalCount } }`,
  ],
  [
    'a nested history of 20 cooks',
    `{ viewer { cookingSessions(first: 20) { totalCount pageInfo { endCursor } edges { cursor node { id status startedAt
        recipe { id name stages { position name ingredients { name } } stats { averageRating } } appliance { name }
        events(first: 100, types: [STAGE_CHANGE]) { edges { node { sequence ... on StageChangeEvent { stageName } } } }
        alerts { code severity } } } } } }`,
  ],
];

describe('a document', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterAll(() => server.stop());

  it.each(TOO_MUCH)(
    'that asks for %s is refused before any SQL, over HTTP and WebSocket alike',
    async (_what, query, variables) => {
      const answers: GraphQLAnswer[] = [];
      const statements = await statementsOf(async () => {
        answers.push(await server.post(query, variables, home.userToken));
        answers.push(await server.ask(query, variables, home.userToken));
      });
      for (const answer of answers) {
        expect(answer.errors?.map(({ extensions }) => extensions.code)).toContain('QUERY_TOO_COMPLEX');
        expect(answer.data ?? null).toBeNull();
      }
      expect(statements).toEqual([]);
    },
  );

  it.each(ENOUGH)('that asks for %s goes through', async (_what, query) => {
    expect((await server.post(query, {}, home.userToken)).errors).toBeUndefined();
    expect((await server.ask(query, {}, home.userToken)).errors).toBeUndefined();
  });

  it('that asks for the feed with all its types goes through', async () => {
    const sessionId = await startCook(server, home);
    const answer = await server.ask(FEED, { sessionId }, home.userToken);
    expect(answer.data.cookingSessionEvents.__typename).toBe('SessionSnapshot');
  });

  it('that is a fragment in a circle is refused as invalid', async () => {
    const { errors } = await server.post(
      '{ viewer { ...A } } fragment A on User { ...B } fragment B on User { ...A }',
    );
    expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});
