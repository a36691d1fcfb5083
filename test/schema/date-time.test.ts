import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, refusalOf } from '../_util/answers.js';
import { createHome, insertRecipe, type TestHome } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const START = `mutation ($recipeId: ID!, $startedAt: DateTime) {
  startCooking(input: { recipeId: $recipeId, startedAt: $startedAt }) { session { id startedAt } }
}`;

describe('a DateTime', () => {
  let server: TestServer;
  let home: TestHome;
  let recipeId: string;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    recipeId = await insertRecipe(server);
  });
  afterAll(() => server.stop());

  const finish = () => server.database.pool.query(`UPDATE cooking_sessions SET status = 'completed'`);

  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

  it.each([
    ['with microseconds', `${day}T10:00:00.123456Z`, `${day}T10:00:00.123456Z`],
    ['with milliseconds', `${day}T10:00:00.120Z`, `${day}T10:00:00.120Z`],
    ['with seconds', `${day}T10:00:00Z`, `${day}T10:00:00.000Z`],
    ['with nanoseconds, which are cut', `${day}T10:00:00.123456789Z`, `${day}T10:00:00.123456Z`],
    ['with small letters', `${day}t10:00:00z`, `${day}T10:00:00.000Z`],
    ['of another zone', `${day}T10:00:00.5+05:30`, `${day}T04:30:00.500Z`],
  ])('%s goes in by variable and by literal, and comes back the same', async (_what, given, answered) => {
    for (const [query, variables] of [
      [START, { recipeId, startedAt: given }],
      [START.replace('$startedAt }', `"${given}" }`).replace(', $startedAt: DateTime', ''), { recipeId }],
    ] as const) {
      const { data } = await server.post(query, variables, home.deviceToken);
      expect(data.startCooking.session.startedAt).toBe(answered);
      const { rows } = await server.database.pool.query(
        `SELECT started_at = $2::timestamptz AS same FROM cooking_sessions WHERE id = $1`,
        [uuidOf(data.startCooking.session.id), answered],
      );
      expect(rows).toEqual([{ same: true }]);
      await finish();
    }
  });

  it.each([
    '',
    'now',
    'infinity',
    '2026-01-31',
    '2026-01-31T18:30:00',
    '2026-02-30T00:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-01-31T24:00:00Z',
    '0000-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z',
    '2026-01-31T18:30:00+24:00',
    '2026-01-31T18:30:00Z\u0000',
    '\ud800',
    'x'.repeat(10_000),
    1_769_884_200_000,
    1.5,
    true,
    ['2026-01-31T18:30:00Z'],
    {},
  ])('that is none is refused by variable: %.30j', async (startedAt) => {
    const { code, message } = refusalOf(await server.post(START, { recipeId, startedAt }, home.deviceToken));
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain('$startedAt');
  });

  it.each([
    '"2026-01-31"',
    '"2026-02-30T00:00:00Z"',
    '1769884200000',
    'true',
    'NOW',
    '["2026-01-31T18:30:00Z"]',
  ])('that is none is refused by literal: %s', async (literal) => {
    const query = `mutation { startCooking(input: { recipeId: "${recipeId}", startedAt: ${literal} }) { session { id } } }`;
    expectCode(await server.post(query, {}, home.deviceToken), 'GRAPHQL_VALIDATION_FAILED');
  });

  it('keeps microseconds on its way out of the database, in a column and in JSON, in a list and alone', async () => {
    await server.database.pool.query(
      `INSERT INTO cooking_sessions (user_id, appliance_id, recipe_id, status, started_at)
       VALUES ($1, $2, $3, 'completed', '2026-03-29T02:30:00.000001+05:30')`,
      [uuidOf(home.userId), uuidOf(home.applianceId), recipeId],
    );
    const { data } = await server.post(
      '{ viewer { createdAt cookingSessions(last: 1) { edges { node { id startedAt } } } } }',
      {},
      home.userToken,
    );
    const [{ node }] = data.viewer.cookingSessions.edges;
    expect(node.startedAt).toBe('2026-03-28T21:00:00.000001Z');
    const one = await server.post(
      'query ($id: ID!) { cookingSession(id: $id) { startedAt } }',
      { id: node.id },
      home.userToken,
    );
    expect(one.data.cookingSession.startedAt).toBe(node.startedAt);
    expect(data.viewer.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(\d{3})?Z$/);
  });
});
