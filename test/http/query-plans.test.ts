import fc from 'fast-check';
import {
  type ExecutionResult,
  execute,
  type GraphQLError,
  getOperationAST,
  getVariableValues,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.js';
import { ANONYMOUS } from '../../src/auth/viewer.js';
import { planOperation } from '../../src/http/queries/plan.js';
import { Queries } from '../../src/http/queries/queries.js';
import { PlanBroken, runPlan } from '../../src/http/queries/run.js';
import { schema } from '../../src/schema/index.js';
import { createHome, deviceClock, insertRecipe, record, startCook } from '../_util/home.js';
import { createAdmin } from '../_util/people.js';
import { argsOf, viewersOf } from '../_util/plans.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { DocumentWriter, isValid, type Request } from '../conformance/fuzz/documents.js';

/** How many documents are tried; FUZZ_DOCUMENTS=100000 tries longer, FUZZ_SEED repeats a run. */
const DOCUMENTS = Number(process.env.FUZZ_DOCUMENTS ?? 3_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe(`a query by its plan (FUZZ_SEED=${SEED})`, () => {
  let server: TestServer;
  const viewers: Viewer[] = [];
  const known: string[] = [];

  beforeAll(async () => {
    server = await startTestServer({ SEED: 'demo' });
    const home = await createHome(server);
    const admin = await createAdmin(server);
    await insertRecipe(server, 'Khichdi', false);
    const sessionId = await startCook(server, home);
    const clock = deviceClock();
    await record(server, home, [clock.status(sessionId, 'COOKING'), clock.temperature(sessionId, 120)]);
    const cook = await server.post(
      'mutation { login(input: { email: "cook@epicura.example", password: "cook-along-42" }) { accessToken } }',
    );
    const tokens = [home.userToken, home.deviceToken, admin.userToken, cook.data.login.accessToken];
    viewers.push(ANONYMOUS);
    viewers.push(...(await viewersOf(server, tokens)));
    const { data } = await server.post(
      `{ recipes(first: 3) { edges { cursor node { id } } }
         viewer { id preferences { id } appliances { edges { cursor node { id } } }
                  cookingSessions(first: 3) { edges { cursor node { id events(first: 2) { edges { cursor } } } } } } }`,
      {},
      cook.data.login.accessToken,
    );
    known.push(home.email, sessionId, home.applianceId, home.userId, ...textsIn(data));
  }, 60_000);
  afterAll(() => server.stop());

  /** As graphql-js answers, and as the plan does. `undefined` where there is none for it. */
  async function both(request: Request, viewer: Viewer) {
    const args = argsOf(server, request, viewer);
    const operation = getOperationAST(args.document, null);
    const { coerced } = getVariableValues(schema, operation?.variableDefinitions ?? [], request.variables);
    const plan = operation && coerced && planOperation(schema, args.document, operation, coerced);
    if (!plan) return undefined;
    const expected = await execute(argsOf(server, request, viewer));
    const actual = await runPlan(plan, args, operation, coerced);
    return { expected: comparable(expected), actual: comparable(actual) };
  }

  it('is answered as graphql-js answers it, whatever it is and whoever asks', async () => {
    const counts = { planned: 0, broken: 0, erroneous: 0 };
    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.nat(viewers.length - 1), async (draw, place) => {
        const request = new DocumentWriter(schema, (arbitrary) => draw(() => arbitrary), known).write(
          'query',
        );
        if (!isValid(schema, request.query)) return;
        try {
          const answers = await both(request, viewers[place] ?? ANONYMOUS);
          if (!answers) return;
          counts.planned += 1;
          if (answers.expected.errors.length > 0) counts.erroneous += 1;
          expect(answers.actual).toEqual(answers.expected);
          expect(JSON.stringify(answers.actual.data)).toBe(JSON.stringify(answers.expected.data));
        } catch (error) {
          if (!(error instanceof PlanBroken)) throw error;
          counts.broken += 1;
        }
      }),
      { numRuns: DOCUMENTS, seed: SEED, endOnFailure: true },
    );
    expect(counts.planned).toBeGreaterThan(DOCUMENTS / 2);
    expect(counts.erroneous).toBeGreaterThan(DOCUMENTS / 50);
    expect(counts.broken).toBe(0);
  }, 600_000);

  it.each([
    [
      'aliases',
      '{ a: recipes(first: 2) { edges { node { x: name y: name } } } b: recipes(last: 1) { totalCount } }',
    ],
    [
      'a relation twice, with other arguments',
      `{ viewer { cookingSessions(first: 2) { edges { node { id
           a: events(first: 1) { edges { cursor } } b: events(last: 2, types: [TEMPERATURE]) { edges { cursor } } } } } } }`,
    ],
    [
      'fragments on interfaces and types',
      `query { recipes(first: 1) { edges { node { ...N ... on Recipe { name } } } } }
       fragment N on Node { __typename id }`,
    ],
    [
      'a null where something must be, up to where one may',
      '{ recipes(first: -1) { edges { node { name } } } viewer { id } }',
    ],
    [
      'fields that only others may read',
      '{ users(first: 1) { totalCount } firmwareReleases { edges { cursor } } viewer { name } }',
    ],
    [
      'a name that JavaScript keeps for itself',
      '{ constructor: __typename recipes(first: 1) { hasOwnProperty: totalCount } }',
    ],
  ])('answers %s', async (_what, query) => {
    for (const viewer of viewers) {
      const answers = await both({ query, variables: {} }, viewer);
      expect(answers?.actual).toEqual(answers?.expected);
    }
  });

  it.each([
    ['the schema', '{ __schema { queryType { name } } }'],
    ['a property that is none', '{ __proto__: __typename }'],
  ])('leaves %s to graphql-js', async (_what, query) => {
    const args = argsOf(server, { query, variables: {} }, ANONYMOUS);
    const operation = getOperationAST(args.document, null);
    expect(operation && planOperation(schema, args.document, operation, {})).toBeUndefined();
    const actual = await new Queries(schema).execute(args);
    expect(comparable(actual)).toEqual(
      comparable(await execute(argsOf(server, { query, variables: {} }, ANONYMOUS))),
    );
  });

  it('says what is wrong with variables as graphql-js does', async () => {
    const request = {
      query: 'query ($n: Int!, $s: String) { recipes(first: $n, search: $s) { totalCount } }',
      variables: { s: 7 },
    };
    const actual = await new Queries(schema).execute(argsOf(server, request, ANONYMOUS));
    expect(actual.errors).toHaveLength(2);
    expect(comparable(actual)).toEqual(comparable(await execute(argsOf(server, request, ANONYMOUS))));
  });
});

interface Comparable {
  data: unknown;
  errors: unknown[];
}

/** Errors by where they are: which of two lists ends first is chance. */
function comparable({ data, errors = [] }: ExecutionResult): Comparable {
  const told = errors.map((error: GraphQLError) => ({
    // What PostgreSQL refuses is told to nobody, and its SQL may name the same columns in another order.
    message: error.message.startsWith('Failed query: ') ? 'Failed query' : error.message,
    path: error.path,
    locations: error.locations,
    original: error.originalError?.name,
  }));
  const sorted = told.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { data: data === undefined ? undefined : JSON.parse(JSON.stringify(data)), errors: sorted };
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
