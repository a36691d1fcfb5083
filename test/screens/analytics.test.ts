import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid } from '../_util/answers.js';
import { createHome, type TestHome } from '../_util/home.js';
import { createAdmin, globalId } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { recordStatements, type Statement } from '../_util/statements.js';
import { COOKS, loadDataset } from './dataset.js';
import { scannedTables, tableScans } from './plans.js';

const ANALYTICS = `query ($from: DateTime!, $to: DateTime!, $first: Int) {
  analytics(from: $from, to: $to) {
    sessionsPerDay { day count }
    newUsersPerDay { day count }
    sessionOutcomes { status count }
    popularRecipes(first: $first) { recipe { id name } cookCount averageRating averageDurationSeconds }
    cm5: firmwareVersions(target: CM5) { version count }
    stm32: firmwareVersions(target: STM32) { version count }
  }
}`;

describe('what administrators ask, on a year of cooks', () => {
  let server: TestServer;
  let home: TestHome;
  let admin: string;

  beforeAll(async () => {
    server = await startTestServer();
    await loadDataset(server.database.pool, bcrypt.hashSync('long enough 1', 4));
    home = await createHome(server);
    admin = (await createAdmin(server)).userToken;
    const { pool } = server.database;
    await pool.query(`UPDATE users SET created_at = now() - interval '10 days' WHERE email LIKE 'home1%'`);
    await pool.query(
      `UPDATE appliances SET firmware_version_cm5 = '1.10.0' WHERE device_id ~ '^EPIC-1[0-9]?$'`,
    );
    await pool.query(
      `UPDATE appliances SET firmware_version_cm5 = '1.9.0' WHERE device_id ~ '^EPIC-2[0-9]?$'`,
    );
    await pool.query(`UPDATE appliances SET unpaired_at = now() WHERE device_id = 'EPIC-2'`);
    await pool.query(`UPDATE recipes SET deleted_at = now() WHERE name = 'Tom Yum No. 3'`);
    await pool.query('VACUUM ANALYZE');
  }, 120_000);
  afterAll(() => server.stop());

  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

  async function ask(from: string, to: string, first?: number) {
    const { data, errors } = await server.post(ANALYTICS, { from, to, first }, admin);
    if (!data?.analytics) throw new Error(JSON.stringify(errors));
    return data.analytics;
  }
  const sum = (counts: { count: number }[]) => counts.reduce((total, { count }) => total + count, 0);
  const rows = async (sql: string, ...values: unknown[]) =>
    (await server.database.pool.query(sql, values)).rows;

  it('counts cooks and accounts by the day of UTC, days without any included, and nothing outside', async () => {
    const [from, to] = [daysAgo(30), daysAgo(5)];
    const { sessionsPerDay, newUsersPerDay } = await ask(from, to);
    expect(sessionsPerDay).toEqual(
      await rows(
        `SELECT to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS count
         FROM cooking_sessions WHERE started_at >= $1 AND started_at < $2 GROUP BY 1 ORDER BY 1`,
        from,
        to,
      ),
    );
    expect(newUsersPerDay.map(({ day }: { day: string }) => day)).toEqual(
      sessionsPerDay.map(({ day }: { day: string }) => day),
    );
    const opened = newUsersPerDay.filter(({ count }: { count: number }) => count > 0);
    expect(opened).toEqual([{ day: daysAgo(10).slice(0, 10), count: 11 }]);
    const future = await ask('2999-01-01T12:00:00Z', '2999-01-03T00:00:00Z');
    expect(future.sessionsPerDay).toEqual([
      { day: '2999-01-01', count: 0 },
      { day: '2999-01-02', count: 0 },
    ]);
    expect(future).toMatchObject({ sessionOutcomes: [], popularRecipes: [] });
  });

  it('counts how the cooks stand, adding up to all of them', async () => {
    const { sessionsPerDay, sessionOutcomes } = await ask(daysAgo(365.5), daysAgo(0));
    expect(sessionOutcomes.map(({ status }: { status: string }) => status)).toEqual(['COMPLETED', 'ABORTED']);
    expect(sum(sessionOutcomes)).toBe(sum(sessionsPerDay));
    expect(sum(sessionOutcomes)).toBeGreaterThan(COOKS * 0.99);
  });

  it('tells the recipes that were begun most, with ratings and durations, but for those that were deleted', async () => {
    const [from, to] = [daysAgo(100), daysAgo(0)];
    const { popularRecipes } = await ask(from, to, 100);
    const expected = await rows(
      `SELECT r.id, r.name, count(*)::int AS cooks, avg(user_rating)::float8 AS rating
       FROM cooking_sessions s JOIN recipes r ON r.id = s.recipe_id AND r.deleted_at IS NULL
       WHERE started_at >= $1 AND started_at < $2 GROUP BY r.id ORDER BY 3 DESC, 1 LIMIT 100`,
      from,
      to,
    );
    expect(popularRecipes).toEqual(
      expected.map(({ id, name, cooks, rating }) => ({
        recipe: { id: globalId('Recipe', id), name },
        cookCount: cooks,
        averageRating: rating,
        averageDurationSeconds: popularRecipes.find(
          (one: { recipe: { name: string } }) => one.recipe.name === name,
        ).averageDurationSeconds,
      })),
    );
    expect(popularRecipes[0].averageDurationSeconds).toBe(1800);
    expect((await ask(from, to)).popularRecipes).toEqual(popularRecipes.slice(0, 10));
    const names = (await ask(daysAgo(365), daysAgo(0), 100)).popularRecipes.map(
      ({ recipe }: { recipe: { name: string } }) => recipe.name,
    );
    expect(names).not.toContain('Tom Yum No. 3');
  });

  it('tells what the fleet runs now, unpaired appliances apart', async () => {
    const { cm5, stm32 } = await ask(daysAgo(1), daysAgo(0));
    expect(cm5).toEqual([
      { version: null, count: 81 - 11 - 11 },
      { version: '1.10.0', count: 11 },
      { version: '1.9.0', count: 10 },
    ]);
    expect(stm32).toEqual([{ version: null, count: 80 }]);
  });

  it.each([
    ['a week', 7],
    ['a month', 30],
    ['a quarter', 91],
    ['a year', 365.9],
  ])('answers from indexes, one statement a question, for %s', async (_, days) => {
    const statements = await recordStatements(() => ask(daysAgo(days), daysAgo(0)));
    expect(statements).toHaveLength(7); // the recipes' names are one
    for (const statement of statements) {
      const { scanned, forced } = await scannedTables(server.database.pool, statement);
      // A year is all that there is here: then the table itself may be as cheap as its index.
      if (days < 365) expect(scanned, statement.text).toEqual([]);
      expect(forced, statement.text).toEqual([]);
    }
  });

  it('counts each day by a range of its index, instead of working out the day of every row', async () => {
    const statements = await recordStatements(() => ask(daysAgo(30), daysAgo(0)));
    const [perDay, ...others] = statements.filter(({ text }) =>
      /FROM cooking_sessions.*generate_series/s.test(text),
    );
    expect(others).toEqual([]);
    const [scan] = await tableScans(server.database.pool, perDay as Statement);
    expect(scan).toMatchObject({ 'Node Type': 'Index Only Scan', 'Actual Loops': 31 });
    expect(scan?.['Index Cond']).toMatch(/>= GREATEST.* < LEAST/);
  });

  it('refuses a time that is empty, turned round or longer than a year', async () => {
    const refused = (from: string, to: string, first?: number) =>
      server.post(ANALYTICS, { from, to, first }, admin);
    const now = daysAgo(0);
    expectInvalid(await refused(now, now), 'to');
    expectInvalid(await refused(now, daysAgo(1)), 'to');
    expectInvalid(await refused(daysAgo(366.001), now), 'to');
    for (const first of [0, -1, 101]) expectInvalid(await refused(daysAgo(1), now, first), 'first');
  });

  it('lists the cooks of all homes in pages, the newest start first, by filters and indexes', async () => {
    const query = `query ($after: String, $filter: CookingSessionFilter) {
      cookingSessions(first: 100, after: $after, filter: $filter) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { id status startedAt user { email } } }
      }
    }`;
    let after: string | undefined;
    const seen: string[] = [];
    const filter = { startedAfter: daysAgo(5), status: ['COMPLETED'] };
    const statements = await recordStatements(async () => {
      for (let more = true; more; ) {
        const { data, errors } = await server.post(query, { after, filter }, admin);
        expect(errors).toBeUndefined();
        const { edges, pageInfo } = data.cookingSessions;
        seen.push(...edges.map(({ node }: { node: { startedAt: string } }) => node.startedAt));
        after = pageInfo.endCursor;
        more = pageInfo.hasNextPage;
        expect(edges[0].node.user.email).toContain('@');
      }
    });
    const [{ expected }] = (await rows(
      `SELECT count(*)::int AS expected FROM cooking_sessions WHERE started_at > $1 AND status = 'completed'`,
      filter.startedAfter,
    )) as [{ expected: number }];
    expect(seen).toHaveLength(expected);
    expect(seen).toEqual(seen.toSorted().toReversed());
    for (const statement of statements) {
      expect((await scannedTables(server.database.pool, statement)).scanned, statement.text).toEqual([]);
    }
  });

  it('is for administrators alone', async () => {
    for (const token of [home.userToken, home.deviceToken]) {
      expectCode(await server.post(ANALYTICS, { from: daysAgo(1), to: daysAgo(0) }, token), 'FORBIDDEN');
      expectCode(await server.post('{ cookingSessions { totalCount } }', {}, token), 'FORBIDDEN');
    }
    expectCode(await server.post(ANALYTICS, { from: daysAgo(1), to: daysAgo(0) }), 'UNAUTHENTICATED');
    expectCode(await server.post('{ cookingSessions { totalCount } }'), 'UNAUTHENTICATED');
  });
});
