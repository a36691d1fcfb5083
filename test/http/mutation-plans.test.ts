import fc from 'fast-check';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  type GraphQLError,
  getOperationAST,
  parse,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS, type Viewer } from '../../src/auth/viewer.js';
import { coerceVariables } from '../../src/http/queries/inputs.js';
import { planOperation } from '../../src/http/queries/plan.js';
import { Queries } from '../../src/http/queries/queries.js';
import { schema } from '../../src/schema/index.js';
import { createHome, deviceClock, startCook, type TestHome } from '../_util/home.js';
import { createAdmin } from '../_util/people.js';
import { argsOf, viewersOf } from '../_util/plans.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { DocumentWriter, isValid, type Request } from '../conformance/fuzz/documents.js';

/** How many documents are tried; FUZZ_SEED repeats a run. */
const DOCUMENTS = Number(process.env.FUZZ_DOCUMENTS ?? 2_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

const RECORD = `mutation ($input: RecordTelemetryInput!) {
  again: recordTelemetry(input: $input) { __typename accepted duplicates rejected { deviceSequence code message recordedAt } }
}`;

describe(`a mutation by its plan (FUZZ_SEED=${SEED})`, () => {
  let server: TestServer;
  let home: TestHome;
  let sessionId: string;
  const viewers: Viewer[] = [ANONYMOUS];

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    sessionId = await startCook(server, home);
    const admin = await createAdmin(server);
    viewers.push(...(await viewersOf(server, [home.userToken, home.deviceToken, admin.userToken])));
  }, 60_000);
  afterAll(() => server.stop());

  const isPlanned = ({ query, variables }: Request) => {
    const document = parse(query);
    const operation = getOperationAST(document, null);
    const coerced = operation && coerceVariables(schema, operation, variables);
    return Boolean(operation && coerced && planOperation(schema, document, operation, coerced));
  };

  it('fails as with graphql-js, whatever it is and whoever asks', async () => {
    const queries = new Queries(schema);
    const counts = { planned: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.nat(viewers.length - 1), async (draw, place) => {
        const known = [sessionId, home.applianceId, home.userId];
        const request = new DocumentWriter(schema, (arbitrary) => draw(() => arbitrary), known).write(
          'mutation',
        );
        if (!isValid(schema, request.query) || !isPlanned(request)) return;
        const viewer = viewers[place] ?? ANONYMOUS;
        const expected = await execute(argsOf(server, request, viewer));
        counts.planned += 1;
        if (!expected.errors) return; // it has changed something: the same again may come to something else
        counts.refused += 1;
        expect(told(await queries.execute(argsOf(server, request, viewer)))).toEqual(told(expected));
      }),
      { numRuns: DOCUMENTS, seed: SEED, endOnFailure: true },
    );
    expect(counts.planned).toBeGreaterThan(DOCUMENTS / 10);
    expect(counts.refused).toBeGreaterThan(DOCUMENTS / 20);
  }, 300_000);

  it('records what a device reports, each event once', async () => {
    const queries = new Queries(schema);
    const clock = deviceClock();
    const events = [clock.temperature(sessionId, 50), clock.temperature('not an id', 51)];
    const request: Request = { query: RECORD, variables: { input: { events } } };
    expect(isPlanned(request)).toBe(true);
    const [, , device = ANONYMOUS] = viewers;
    const answer = await queries.execute(argsOf(server, request, device));
    expect(answer).toEqual({
      data: {
        again: {
          __typename: 'RecordTelemetryPayload',
          accepted: 1,
          duplicates: 0,
          rejected: [expect.objectContaining({ deviceSequence: 2, code: 'VALIDATION_ERROR' })],
        },
      },
    });
    const again = { again: { ...(answer.data?.again as object), accepted: 0, duplicates: 1 } };
    expect((await queries.execute(argsOf(server, request, device))).data).toEqual(again);
    expect(plain((await execute(argsOf(server, request, device))).data)).toEqual(again);
  });

  it('of several fields, or with more to look up than its result, is left to graphql-js', () => {
    const isPlannedText = (query: string) => isPlanned({ query, variables: {} });
    expect(isPlannedText('mutation { logout(input: { refreshToken: "x" }) { __typename } }')).toBe(true);
    expect(
      isPlannedText('mutation { a: rotatePairingCode { __typename } b: rotatePairingCode { __typename } }'),
    ).toBe(false);
    expect(
      isPlannedText(
        'mutation { updateProfile(input: { name: "x" }) { user { appliances { edges { node { id } } } } } }',
      ),
    ).toBe(false);
  });
});

describe('a mutation whose result is not what the schema says', () => {
  it.each<[string, string, unknown]>([
    ['a wrong leaf', 'stir { size }', { size: 'three' }],
    ['nothing where something must be', 'stir { size }', { size: null }],
    ['nothing in a list', 'stir { lids size }', { lids: ['a', null], size: 1 }],
    ['no list', 'stir { lids }', { lids: 7 }],
    ['nothing at all', 'must { size }', null],
    ['an error', 'must { size }', new Error('a')],
  ])('(%s) is done once, and fails as with graphql-js', async (_what, selection, result) => {
    const own = buildSchema(`
      type Query { a: Int }
      type Mutation { stir: Pot must: Pot! }
      type Pot { size: Int! lids: [String!]! }`);
    let times = 0;
    for (const field of Object.values(own.getMutationType()?.getFields() ?? {})) {
      field.resolve = async () => {
        times += 1;
        return result;
      };
    }
    const args = { schema: own, document: parse(`mutation { s: ${selection} }`), contextValue: {} };
    const actual = await new Queries(own).execute(args);
    expect(times).toBe(1);
    const places = ({ data, errors }: ExecutionResult) => ({
      data: plain(data),
      paths: errors?.map(({ path }) => path),
    });
    expect(places(actual)).toEqual(places(await execute(args)));
  });
});

describe('a directive with null where the default is a value', () => {
  const own = buildSchema('type Query { a: Pot } type Mutation { stir: Pot } type Pot { size: Int! }');
  it.each(['{ a { size @include(if: $x) } }', '{ a @skip(if: $x) { size } }'])(
    '%s is answered as graphql-js answers it, in queries and mutations',
    async (selection) => {
      for (const kind of ['query', 'mutation']) {
        const text = `${kind} ($x: Boolean = true) ${selection.replace('a ', kind === 'query' ? 'a ' : 'stir ')}`;
        const args = {
          schema: own,
          document: parse(text),
          variableValues: { x: null },
          rootValue: { a: { size: 1 }, stir: { size: 1 } },
          contextValue: {},
        };
        expect(told(await new Queries(own).execute(args))).toEqual(told(await execute(args)));
      }
    },
  );
});

function told({ data, errors = [] }: ExecutionResult) {
  return {
    data: plain(data),
    errors: errors.map(({ message, path, locations, originalError }: GraphQLError) => ({
      message,
      path,
      locations,
      name: originalError?.name,
    })),
  };
}

/** Without the prototypes of which graphql-js's objects have none. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
