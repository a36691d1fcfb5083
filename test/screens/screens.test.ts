import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../_util/server.js';
import { recordStatements, type Statement } from '../_util/statements.js';
import { loadDataset, VIEWER_HOME } from './dataset.js';
import { rowsRead, scannedTables } from './plans.js';

// biome-ignore lint/suspicious/noExplicitAny: answers whose shapes only the queries know
type Any = any;

/** Every screen of the apps: one request, the right answer, and the number of statements that it may cost. */
describe('on 500 recipes, 20,000 cooks and 500,000 readings', () => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await startTestServer();
    await loadDataset(server.database.pool, bcrypt.hashSync('long enough 1', 4));
    const { data } = await server.post(
      `mutation { login(input: { email: "home${VIEWER_HOME}@epicura.example", password: "long enough 1" }) { accessToken } }`,
    );
    token = data.login.accessToken;
  }, 120_000);
  afterAll(() => server.stop());

  /**
   * The answer to a query of the home's person, which must not fail, and the statements that it took, each of which must
   * find its rows by an index.
   */
  async function ask(query: string, variables: object = {}) {
    // biome-ignore lint/suspicious/noExplicitAny: each screen reads what it asks for
    let data: any;
    const statements = await recordStatements(async () => {
      const answer = await server.post(query, variables, token);
      expect(answer.errors).toBeUndefined();
      data = answer.data;
    });
    for (const statement of statements) {
      const { scanned, forced } = await scannedTables(server.database.pool, statement);
      expect(scanned, statement.text).toEqual([]);
      // The ingredients of the whole catalogue are wanted, so the whole catalogue is read.
      if (!statement.text.includes('AS "ingredientNames"')) expect(forced, statement.text).toEqual([]);
    }
    return { data, statements: statements.map(({ text }) => text) };
  }

  const LIST = `query ($search: String, $filter: RecipeFilter, $orderBy: RecipeOrder, $after: String) {
    recipes(first: 20, search: $search, filter: $filter, orderBy: $orderBy, after: $after) {
      edges { cursor node { id name cuisine tags timeMinutes nutrition { calories } stats { averageRating cookCount } } }
      pageInfo { hasNextPage endCursor }
    }
  }`;

  it('the recipe list with filters takes one statement', async () => {
    const { data, statements } = await ask(LIST, {
      filter: {
        cuisine: 'indian',
        tags: ['vegan'],
        maxTimeMinutes: 40,
        maxCalories: 500,
        difficulty: 'EASY',
      },
      orderBy: { by: 'TIME_MINUTES' },
    });
    expect(statements).toHaveLength(1);
    expect(statements[0]).not.toContain('"recipe_data"');
    const times = data.recipes.edges.map((edge: { node: { timeMinutes: number } }) => edge.node.timeMinutes);
    expect(times.length).toBeGreaterThan(5);
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b));
    for (const { node } of data.recipes.edges) {
      expect(node).toMatchObject({ cuisine: 'indian' });
      expect(node.tags).toContain('vegan');
      expect(node.nutrition.calories).toBeLessThanOrEqual(500);
    }
  });

  it('the list that suits the viewer takes two statements, and holds nothing that does not', async () => {
    const { data, statements } = await ask(
      `{ recipes(first: 100, filter: { suitableForViewer: true }) {
           totalCount edges { node { tags suitability { suitable conflicts } } } } }`,
    );
    expect(statements.length).toBeLessThanOrEqual(3); // the count is one of them
    expect(data.recipes.edges.length).toBeGreaterThan(50);
    for (const { node } of data.recipes.edges) {
      expect(node).toMatchObject({
        tags: ['vegan', 'vegetarian'],
        suitability: { suitable: true, conflicts: [] },
      });
    }
  });

  it('search as typed, letter by letter, takes one statement each and keeps the dish in sight', async () => {
    for (const search of [
      'mus',
      'mush',
      'mushr',
      'mushroom',
      'mushroom ris',
      'mushroom risotto',
      'mushrom rissoto',
    ]) {
      const { data, statements } = await ask(LIST, { search });
      expect(statements, search).toHaveLength(1);
      expect(data.recipes.edges[0]?.node.name, search).toMatch(/^Mushroom Risotto/);
    }
    const { data } = await ask(LIST, { search: 'red lentils' });
    expect(data.recipes.edges).toHaveLength(20);
  });

  it('an edit leaves no list of pending entries that searches would read until the next vacuum', async () => {
    const { pool } = server.database;
    await pool.query('UPDATE recipes SET servings = servings WHERE id IN (SELECT id FROM recipes LIMIT 5)');
    const { rows } = await pool.query<{ index: string; pages: number }>(
      `SELECT indexrelid::regclass::text AS index, gin_clean_pending_list(indexrelid)::int AS pages FROM pg_index
       WHERE indexrelid::regclass::text ~ '^idx_recipes_(search|search_name|ingredients)$'`,
    );
    expect(rows.map(({ pages }) => pages)).toEqual([0, 0, 0]);
  });

  it('the recipe page takes two statements', async () => {
    const { rows } = await server.database.pool.query(`SELECT id FROM recipes WHERE name = 'Tom Yum No. 3'`);
    const { data, statements } = await ask(
      `query ($id: ID!) { recipe(id: $id) {
         name stages { position name targetTemperature ingredients { name amountGrams } }
         ingredients(servings: 8) { name amountGrams } stats { cookCount completionRate averageRating }
         suitability { suitable conflicts }
       } }`,
      { id: rows[0].id },
    );
    expect(statements.length).toBeLessThanOrEqual(2);
    expect(data.recipe).toMatchObject({
      stages: [
        { position: 0, name: 'Heat Oil' },
        { position: 1, name: 'Simmer', targetTemperature: 98 },
      ],
      ingredients: [
        { name: 'sunflower_oil', amountGrams: 40 },
        { name: 'red_lentils', amountGrams: 500 },
      ],
      stats: { cookCount: 40 },
      suitability: { suitable: true },
    });
  });

  it('the home screen takes one statement', async () => {
    const { data, statements } = await ask(
      `{ viewer { name appliances { edges { node { name status lastSeenAt currentSession {
           recipeName status progress { stageName progressPercent temperature secondsRemaining } } } } }
         cookingSessions(first: 3) { edges { node { recipeName startedAt recipe { imageUrl } } } } } }`,
    );
    expect(statements).toHaveLength(1);
    expect(data.viewer.appliances.edges).toHaveLength(2);
    expect(data.viewer.cookingSessions.edges).toHaveLength(3);
  });

  const HISTORY = `query ($after: String, $filter: CookingSessionFilter) { viewer {
    cookingSessions(first: 20, after: $after, filter: $filter) {
      edges { node { uuid startedAt status recipeName userRating recipe { name imageUrl } appliance { name } } }
      pageInfo { hasNextPage endCursor }
    } } }`;

  it('the history takes one statement a page, page 1 as page 20, and tells each cook once, the newest first', async () => {
    const seen: { uuid: string; startedAt: string }[] = [];
    let after: string | null = null;
    for (let page = 1; page <= 20; page++) {
      const { data, statements } = await ask(HISTORY, { after });
      expect(statements, `page ${page}`).toHaveLength(1);
      const { edges, pageInfo } = data.viewer.cookingSessions;
      expect(edges).toHaveLength(20);
      seen.push(...edges.map(({ node }: { node: { uuid: string; startedAt: string } }) => node));
      after = pageInfo.endCursor;
    }
    expect(new Set(seen.map(({ uuid }) => uuid)).size).toBe(400);
    const starts = seen.map(({ startedAt }) => startedAt);
    expect(starts).toEqual(starts.toSorted().reverse());
  });

  it.each([
    [
      'history',
      'cooking_sessions',
      'cookingSessions(first: 20, after: $after)',
      (d: Any) => d.viewer.cookingSessions,
      true,
    ],
    ['catalogue', 'recipes', 'recipes(first: 20, after: $after)', (d: Any) => d.recipes, false],
    [
      'catalogue backwards by time',
      'recipes',
      'recipes(first: 20, after: $after, orderBy: { by: TIME_MINUTES, direction: DESC })',
      (d: Any) => d.recipes,
      false,
    ],
  ])(
    'the last page of the %s looks at no more rows than the first',
    async (_what, table, field, read, isOfViewer) => {
      const list = `${field} { edges { cursor node { id } } pageInfo { hasNextPage endCursor } }`;
      const query = `query ($after: String) { ${isOfViewer ? `viewer { ${list} }` : list} }`;
      const looked: number[] = [];
      let after: string | null = null;
      let more = true;
      while (more) {
        const statements = await recordStatements(async () => {
          const page: Any = read((await server.post(query, { after }, token)).data);
          after = page.pageInfo.endCursor;
          more = page.pageInfo.hasNextPage;
        });
        looked.push(await rowsRead(server.database.pool, statements[0] as Statement, table));
      }
      expect(looked.length).toBeGreaterThan(20);
      expect(Math.max(...looked)).toBeLessThan(45); // two pages: some share the value that the page begins with
    },
  );

  it('the history goes by status, appliance, recipe and time', async () => {
    const { data } = await ask(`{ viewer { appliances { edges { node { id } } } } }`);
    const applianceId = data.viewer.appliances.edges[0].node.id;
    const startedAfter = new Date(Date.now() - 100 * 86_400_000).toISOString();
    const filtered = await ask(HISTORY, { filter: { status: ['ABORTED'], applianceId, startedAfter } });
    expect(filtered.statements).toHaveLength(1);
    const { edges } = filtered.data.viewer.cookingSessions;
    expect(edges.length).toBeGreaterThan(3);
    for (const { node } of edges) {
      expect(node.status).toBe('ABORTED');
      expect(node.startedAt > startedAfter).toBe(true);
    }
  });

  it('one past cook with its alerts and events takes one statement, its curve one, and a number of events one', async () => {
    const first = await ask(HISTORY);
    const { uuid } = first.data.viewer.cookingSessions.edges[0].node;
    const { data, statements } = await ask(
      `query ($id: ID!) { cookingSession(id: $id) {
         recipeName stagesLog { stage durationSeconds result cvConfidence } alerts { code severity sequence }
         temperatureSeries(points: 10) { sequence temperature targetTemperature }
         events(last: 5, types: [TEMPERATURE, ALERT]) { totalCount edges { cursor node { __typename sequence } }
           pageInfo { hasPreviousPage } }
       } }`,
      { id: uuid },
    );
    expect(statements).toHaveLength(3);
    const { temperatureSeries, events, alerts, stagesLog } = data.cookingSession;
    expect(stagesLog).toEqual([
      { stage: 'Heat Oil', durationSeconds: 120, result: 'camera', cvConfidence: 0.9 },
    ]);
    expect(alerts).toEqual([{ code: 'POT_REMOVED', severity: 'WARNING', sequence: 27 }]);
    expect(temperatureSeries).toHaveLength(10);
    expect(temperatureSeries[0].sequence).toBe(2);
    expect(temperatureSeries.at(-1).sequence).toBe(26);
    expect(Math.max(...temperatureSeries.map((p: { temperature: number }) => p.temperature))).toBeGreaterThan(
      179,
    );
    expect(events).toMatchObject({ totalCount: 26, pageInfo: { hasPreviousPage: true } });
    expect(events.edges.map(({ node }: { node: { sequence: number } }) => node.sequence)).toEqual([
      23, 24, 25, 26, 27,
    ]);
  });

  it('ten cooks with five readings each take one statement', async () => {
    const { data, statements } = await ask(
      `{ viewer { cookingSessions(first: 10) { edges { node { recipe { name } appliance { name }
           events(first: 5, types: [TEMPERATURE]) { edges { node { sequence } } } } } } } }`,
    );
    expect(statements).toHaveLength(1);
    for (const { node } of data.viewer.cookingSessions.edges) {
      expect(node.events.edges.map((edge: { node: { sequence: number } }) => edge.node.sequence)).toEqual([
        2, 3, 4, 5, 6,
      ]);
    }
  });

  it('ten cooks with two stretches of their journals each take two statements', async () => {
    const { data, statements } = await ask(
      `{ viewer { cookingSessions(first: 10) { edges { node {
           oldest: events(first: 2) { edges { node { sequence } } }
           newest: events(last: 2, types: [TEMPERATURE]) { edges { node { sequence } } } } } } } }`,
    );
    expect(statements).toHaveLength(2);
    const sequences = (page: { edges: { node: { sequence: number } }[] }) =>
      page.edges.map(({ node }) => node.sequence);
    for (const { node } of data.viewer.cookingSessions.edges) {
      expect([sequences(node.oldest), sequences(node.newest)]).toEqual([
        [1, 2],
        [25, 26],
      ]);
    }
  });

  it('the profile takes one statement', async () => {
    const { data, statements } = await ask(
      `{ viewer { email name preferences { diet allergens spiceLevel theme } pushTokens { platform }
           appliances { edges { node { deviceId name firmwareVersionCm5 } } } } }`,
    );
    expect(statements).toHaveLength(1);
    expect(data.viewer.preferences).toMatchObject({ diet: 'VEGETARIAN', allergens: ['peanuts'] });
  });

  it("the appliance's own log takes one statement", async () => {
    const { data, statements } = await ask(
      `{ viewer { appliances(first: 1) { edges { node {
           events(first: 10, types: [ALERT]) { edges { cursor node { id type recordedAt payload session { recipeName } } } }
         } } } } }`,
    );
    expect(statements).toHaveLength(1);
    const { edges } = data.viewer.appliances.edges[0].node.events;
    expect(edges).toHaveLength(10);
    expect(edges[0].node).toMatchObject({ type: 'ALERT', payload: { code: 'POT_REMOVED' } });
    expect(edges[0].node.session.recipeName).toMatch(/^Dish/);
  });

  it.each(['RELEVANCE', 'NAME', 'TIME_MINUTES', 'CREATED_AT', 'RATING', 'POPULARITY'])(
    'pages by %s, both ways, hold every recipe once while others are inserted',
    async (by) => {
      for (const direction of ['ASC', 'DESC']) {
        const { data: all } = await ask(`{ recipes(first: 100, search: "dal") { edges { node { id } } } }`);
        const before: string[] = all.recipes.edges.map(({ node }: { node: { id: string } }) => node.id);
        const seen: string[] = [];
        let after: string | null = null;
        let more = true;
        while (more) {
          const { data } = await ask(LIST, { orderBy: { by, direction }, search: 'dal', after });
          seen.push(...data.recipes.edges.map(({ node }: { node: { id: string } }) => node.id));
          after = data.recipes.pageInfo.endCursor;
          more = data.recipes.pageInfo.hasNextPage;
          await server.database.pool.query(
            `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
             VALUES ('Dal of the day', 'dal', 'easy', 20, true, '{"stages":[{"name":"Boil"}]}')`,
          );
        }
        expect(new Set(seen).size).toBe(seen.length);
        const missing = before.filter((id) => !seen.includes(id));
        expect(missing).toEqual([]);
      }
    },
  );
});
