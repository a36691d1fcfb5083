import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createHome,
  deviceClock,
  insertRecipe,
  record,
  registerDevice,
  startCook,
  type TestHome,
} from '../_util/home.js';
import { createAdmin, globalId, PAIR, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { statementsOf } from '../_util/statements.js';

describe('a query', () => {
  let server: TestServer;
  let home: TestHome;
  let session: string;
  let ids: Record<string, string>;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    const second = await registerDevice(server);
    await server.post(PAIR, { code: second.pairingCode }, home.userToken);
    const recipes = await Promise.all(
      Array.from({ length: 25 }, (_, i) => insertRecipe(server, `Dish ${String(i).padStart(2, '0')}`)),
    );
    await server.database.pool.query(
      `INSERT INTO cooking_sessions (user_id, appliance_id, recipe_id, status, started_at)
       SELECT $1, $2, r, 'completed', now() - interval '1 day' * n
       FROM unnest($3::uuid[]) WITH ORDINALITY AS t(r, n)`,
      [uuidOf(home.userId), uuidOf(home.applianceId), recipes],
    );
    session = await startCook(server, home);
    const device = deviceClock();
    await record(server, home, [device.status(session, 'COOKING'), device.temperature(session, 120)]);
    const { rows } = await server.database.pool.query(
      `WITH token AS (INSERT INTO push_tokens (user_id, platform, token) VALUES ($1, 'ios', 'abc') RETURNING id)
       SELECT (SELECT id FROM token) AS token, id AS preferences FROM user_preferences WHERE user_id = $1`,
      [uuidOf(home.userId)],
    );
    ids = {
      User: home.userId,
      UserPreferences: globalId('UserPreferences', rows[0].preferences),
      PushToken: globalId('PushToken', rows[0].token),
      Appliance: home.applianceId,
      Recipe: globalId('Recipe', recipes[0] as string),
      CookingSession: session,
    };
  });
  afterAll(() => server.stop());

  /** Runs a query of the home's owner; its data, and the statements that it took. */
  async function run(query: string, variables: object = {}, token: string | undefined = home.userToken) {
    // biome-ignore lint/suspicious/noExplicitAny: whatever shape the document asks for
    let data: any;
    const statements = await statementsOf(async () => {
      const answer = await server.post(query, variables, token);
      expect(answer.errors).toBeUndefined();
      data = answer.data;
    });
    return { data, statements };
  }

  const DOCUMENTS: [string, string][] = [
    [
      'a page of recipes with their stages',
      '{ recipes(first: 20) { edges { node { name stages { name ingredients { name } } } } } }',
    ],
    [
      'a page of recipes with all that belongs to one, from a cursor on',
      `{ recipes(first: 5) { edges { cursor node { id uuid name tags nutrition { calories } stages { name } recipeData
         createdBy { name } } } pageInfo { hasNextPage endCursor } } }`,
    ],
    [
      'the home screen: appliances, their current cooks, recipes and progress',
      `{ viewer { name appliances { edges { node { name status currentSession {
         id status recipe { name imageUrl } progress { stageName temperature progressPercent } } } } } } }`,
    ],
    [
      'the history of 20 cooks with recipe and appliance',
      `{ viewer { cookingSessions(first: 20) { edges { node {
         startedAt recipe { name stages { name } } appliance { name status } } } pageInfo { hasNextPage } } } }`,
    ],
    [
      'the viewer with everything',
      `{ viewer { email preferences { diet } pushTokens { token }
         appliances { edges { node { name owner { name } ownerPreferences { diet } currentSession { id }
           cookingSessions(first: 3) { edges { node { recipe { name } user { name } } } } } } }
         cookingSessions(first: 3) { edges { node { recipe { name } appliance { owner { name } } } } } } }`,
    ],
  ];

  it.each(DOCUMENTS)('for %s is one statement', async (_what, document) => {
    const { statements } = await run(document);
    expect(statements, statements.join('\n')).toHaveLength(1);
  });

  it('for a cook by its id, with all that hangs on it, is one statement', async () => {
    const { data, statements } = await run(
      `query ($id: ID!) { cookingSession(id: $id) { status progress { temperature } stagesLog { stage }
         customizations { servings } recipe { name stages { name } createdBy { name } } user { name preferences { diet } }
         appliance { name owner { name } currentSession { id } cookingSessions(first: 2) { edges { node { id } } } } } }`,
      { id: session },
    );
    expect(data.cookingSession).toMatchObject({ status: 'COOKING', progress: { temperature: 120 } });
    expect(statements, statements.join('\n')).toHaveLength(1);
  });

  it('for an appliance by its id is one statement', async () => {
    const { statements } = await run(
      `query ($id: ID!) { appliance(id: $id) { name currentSession { recipe { name } progress { temperature } }
         cookingSessions(first: 5) { edges { node { recipe { name } } } } } }`,
      { id: home.applianceId },
    );
    expect(statements, statements.join('\n')).toHaveLength(1);
  });

  it('for the page after a cursor is one statement', async () => {
    const page = `query ($after: String) { recipes(first: 5, after: $after) { edges { node { name } }
                  pageInfo { endCursor } } viewer { id } }`;
    const { data } = await run(page);
    const { statements } = await run(page, { after: data.recipes.pageInfo.endCursor }, undefined);
    expect(statements, statements.join('\n')).toHaveLength(2); // the viewer's is the second: fields of the root are read at once
  });

  it('for node is one statement, whatever the type', async () => {
    for (const [type, id] of Object.entries(ids)) {
      const { data, statements } = await run(
        `query ($id: ID!) { node(id: $id) { __typename id
           ... on User { name appliances { edges { node { name } } } } ... on UserPreferences { diet }
           ... on PushToken { token } ... on Appliance { name currentSession { recipe { name } } }
           ... on Recipe { name stages { name } } ... on CookingSession { status recipe { name } appliance { name } } } }`,
        { id },
      );
      expect(data.node).toMatchObject({ __typename: type, id });
      expect(statements, `${type}: ${statements.join('\n')}`).toHaveLength(1);
    }
  });

  it('for nodes of three types is three statements, however many there are of each', async () => {
    const { rows } = await server.database.pool.query<{ id: string }>('SELECT id FROM recipes');
    const { data, statements } = await run(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Recipe { name stages { name } }
         ... on CookingSession { recipe { name } } ... on Appliance { name currentSession { status } } } }`,
      { ids: [ids.CookingSession, ids.Appliance, ...rows.map(({ id }) => globalId('Recipe', id))] },
    );
    expect(data.nodes).toHaveLength(rows.length + 2);
    expect(data.nodes).not.toContain(null);
    expect(statements, statements.join('\n')).toHaveLength(3);
  });

  it('with totalCount takes one more for each list that is counted, however many parents it has', async () => {
    const one = await run('{ viewer { cookingSessions(first: 5) { totalCount edges { node { id } } } } }');
    expect(one.data.viewer.cookingSessions.totalCount).toBe(26);
    expect(one.statements, one.statements.join('\n')).toHaveLength(2);

    const three = await run(
      `{ viewer { cookingSessions(first: 5) { totalCount }
         appliances { totalCount edges { node { cookingSessions(first: 1) { totalCount edges { node { id } } } } } } } }`,
    );
    const { appliances, cookingSessions } = three.data.viewer;
    expect(cookingSessions.totalCount).toBe(26);
    expect(appliances.totalCount).toBe(2);
    expect(
      appliances.edges.map(
        (edge: { node: { cookingSessions: { totalCount: number } } }) => edge.node.cookingSessions.totalCount,
      ),
    ).toEqual([0, 26]);
    expect(three.statements, three.statements.join('\n')).toHaveLength(4);
  });

  it('of the catalogue with its number is two: the page and the count', async () => {
    const { data, statements } = await run('{ recipes(first: 2) { totalCount edges { node { name } } } }');
    expect(data.recipes).toMatchObject({ totalCount: 26 });
    expect(statements, statements.join('\n')).toHaveLength(2);
  });

  it('of a device takes no more, because its token is known from before', async () => {
    const document =
      '{ thisAppliance { name currentSession { recipe { name stages { name } } progress { temperature } } } }';
    const { data, statements } = await run(document, {}, home.deviceToken);
    expect(data.thisAppliance.currentSession.recipe.name).toBe('Dal Tadka');
    expect(statements, statements.join('\n')).toHaveLength(1);
  });

  it('that may not see what it asks for takes no more than one that may', async () => {
    const admin = await createAdmin(server);
    for (const token of [undefined, home.deviceToken, admin.userToken]) {
      const { statements } = await run(
        'query ($id: ID!) { node(id: $id) { ... on Appliance { name owner { name } currentSession { id } } } }',
        { id: home.applianceId },
        token ?? '',
      );
      expect(statements, statements.join('\n')).toHaveLength(1);
    }
    const unknown = await run('query ($id: ID!) { cookingSession(id: $id) { recipe { name } } }', {
      id: randomUUID(),
    });
    expect(unknown.statements, unknown.statements.join('\n')).toHaveLength(1);
  });

  it('reads no column that was not asked for', async () => {
    const plain = await run('{ recipes(first: 3) { edges { node { name } } } }');
    for (const column of ['recipe_data', 'image_url', 'search_vector', 'calories', 'tags']) {
      expect(plain.statements[0]).not.toContain(column);
    }
    const stages = await run('{ recipes(first: 3) { edges { node { stages { name } } } } }');
    expect(stages.statements[0]).toContain('recipe_data');

    const history = await run(
      '{ viewer { cookingSessions(first: 3) { edges { node { status recipe { name } } } } } }',
    );
    for (const column of [
      'recipe_data',
      'progress',
      'stages_log',
      'notes',
      'password_hash',
      'email',
      'count',
    ]) {
      expect(history.statements[0]).not.toContain(column);
    }
    const one = await run('query ($id: ID!) { node(id: $id) { id } }', { id: ids.Recipe });
    for (const column of ['recipe_data', 'name']) expect(one.statements[0]).not.toContain(`"${column}"`);
    const person = await run('{ viewer { name } }');
    for (const column of ['password_hash', 'email', 'role'])
      expect(person.statements[0]).not.toContain(column);
  });

  it('passes on the JSON of a recipe as text, unless its stages are read from it', async () => {
    const asked = (fields: string) => run(`{ recipes(first: 2) { edges { node { name ${fields} } } } }`);
    const [raw, both] = [await asked('recipeData a: recipeData'), await asked('recipeData stages { name }')];
    const [text, parsed] = [raw, both].map(({ data }) => data.recipes.edges[0].node);
    expect(raw.statements[0]).toContain('"recipe_data"::text');
    expect(both.statements[0]).not.toContain('::text');
    expect(parsed).toMatchObject({ name: 'Dal Tadka', recipeData: { stages: [{ name: 'Heat Oil' }] } });
    expect(text).toEqual({ name: 'Dal Tadka', recipeData: parsed.recipeData, a: parsed.recipeData });
  });

  it('that breaks a rule of its arguments, or of the schema, takes none', async () => {
    for (const query of [
      '{ recipes(first: 1000) { edges { node { name } } } }',
      '{ recipes(first: 1, last: 1) { edges { node { name } } } }',
      '{ recipes(after: "nonsense") { edges { node { name } } } }',
      '{ recipe(id: "nonsense") { name } }',
      '{ node(id: "nonsense") { id } }',
      '{ nonsense }',
      '{ viewer { id',
    ]) {
      const statements = await statementsOf(() => server.post(query, {}, home.userToken));
      expect(statements, query).toEqual([]);
    }
  });
});
