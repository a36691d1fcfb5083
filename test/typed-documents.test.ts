import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { createHome, insertRecipe, startCook, type TestHome } from './_util/home.js';
import { startTestServer, type TestServer } from './_util/server.js';
import { graphql } from './generated/gql.js';
import type { SessionStatus, TypedDocumentString, WatchSubscription } from './generated/graphql.js';

const BROWSE = graphql(`
  query Browse($first: Int) {
    recipes(first: $first) { totalCount edges { node { name timeMinutes stages { name durationSeconds } } } }
  }
`);

const START = graphql(`
  mutation Start($input: StartCookingInput!) { startCooking(input: $input) { session { uuid status startedAt } } }
`);

const WATCH = graphql(`
  subscription Watch($sessionId: ID!) {
    cookingSessionEvents(sessionId: $sessionId) {
      __typename
      sequence
      ... on SessionSnapshot { reset session { recipeName } }
      ... on TemperatureEvent { temperature }
    }
  }
`);

describe('documents that are typed by the schema', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterAll(() => server.stop());

  async function send<Result, Variables extends object>(
    document: TypedDocumentString<Result, Variables>,
    variables: NoInfer<Variables>,
    token?: string,
  ): Promise<Result> {
    const { data, errors } = await server.post<Result>(document.toString(), variables, token);
    if (!data) throw new Error(JSON.stringify(errors));
    return data;
  }

  it('are answered in the shape that a client compiles against', async () => {
    await insertRecipe(server);
    const { recipes } = await send(BROWSE, { first: 1 });
    const dish = recipes?.edges?.[0]?.node;
    expect(recipes?.totalCount).toBe(1);
    expect(dish).toEqual({
      name: 'Dal Tadka',
      timeMinutes: 35,
      stages: [{ name: 'Heat Oil', durationSeconds: 120 }],
    });
    expectTypeOf(dish?.name).toEqualTypeOf<string | undefined>();
    // @ts-expect-error: not among the variables of the document
    await send(BROWSE, { first: 1, least: 2 });
  });

  it('give enums by their names and instants as text', async () => {
    const input = { recipeId: await insertRecipe(server) };
    const { startCooking } = await send(START, { input }, home.deviceToken);
    expect(startCooking?.session.status).toBe('STARTED');
    expectTypeOf(startCooking?.session.status).toEqualTypeOf<SessionStatus | undefined>();
    expectTypeOf(startCooking?.session.startedAt).toEqualTypeOf<string | undefined>();
    expect(Date.parse(startCooking?.session.startedAt ?? '')).not.toBeNaN();
  });

  it('tell the entries of a feed apart by their type', async () => {
    const other = await createHome(server);
    const sessionId = await startCook(server, other);
    const socket = server.socket(other.userToken);
    const events = socket.iterate<WatchSubscription>({ query: WATCH.toString(), variables: { sessionId } });
    const { value } = await events.next();
    const entry = value?.data?.cookingSessionEvents;
    if (entry?.__typename !== 'SessionSnapshot') throw new Error(`not a snapshot: ${JSON.stringify(value)}`);
    expect(entry).toMatchObject({ sequence: 0, reset: false, session: { recipeName: 'Dal Tadka' } });
    await events.return?.();
  });
});
