import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createHome,
  createPerson,
  deviceClock,
  insertRecipe,
  record,
  startCook,
  type TestHome,
} from '../_util/home.js';
import { globalId, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

interface Page {
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

const PAGE = `edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
const ARGUMENTS = '($first: Int, $after: String, $last: Int, $before: String)';
const GIVEN = '(first: $first, after: $after, last: $last, before: $before)';

describe('a connection', () => {
  let server: TestServer;
  let home: TestHome;
  let journal: string;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    const recipeId = await insertRecipe(server, 'Dal Tadka');
    // Ties in the start, starts a microsecond apart, and some in between.
    await server.database.pool.query(
      `INSERT INTO cooking_sessions (user_id, appliance_id, recipe_id, status, started_at)
       SELECT $1, $2, $3, 'completed', timestamptz '2026-03-01T10:00:00.123450Z' + interval '1 microsecond' * (n / 5)
       FROM generate_series(1, 32) AS n`,
      [uuidOf(home.userId), uuidOf(home.applianceId), recipeId],
    );
    // Names that tie, differ in case only, hold quotes, line breaks, emoji, and other scripts.
    const names = [
      'Same',
      'Same',
      'Same',
      'same',
      'Æbleskiver',
      'दाल',
      'a"b\\c',
      "d'Artagnan",
      'two\nlines',
      '🍛',
      ' ',
    ];
    for (const name of [...names, ...names]) await insertRecipe(server, name);
    await insertRecipe(server, 'A draft', false);
    journal = await startCook(server, home);
    const device = deviceClock();
    const readings = Array.from({ length: 25 }, (_, i) => device.temperature(journal, i));
    await record(server, home, [device.status(journal, 'COOKING'), ...readings]);
    await record(server, home, [device.status(journal, 'ABORTED')]);
  });
  afterAll(() => server.stop());

  const LISTS = {
    'appliance.events': {
      read: async (args: object): Promise<Page> => {
        const { data, errors } = await server.post(
          `query ${ARGUMENTS} { thisAppliance { list: events${GIVEN} { ${PAGE} } } }`,
          args,
          home.deviceToken,
        );
        expect(errors).toBeUndefined();
        return data.thisAppliance.list;
      },
      expected: async () => {
        const { data } = await server.post(
          '{ thisAppliance { list: events(first: 100) { edges { node { id recordedAt } } } } }',
          {},
          home.deviceToken,
        );
        const nodes: { id: string; recordedAt: string }[] = data.thisAppliance.list.edges.map(
          (edge: { node: object }) => edge.node,
        );
        expect(nodes).toHaveLength(27);
        expect(nodes.map(({ recordedAt }) => recordedAt)).toEqual(
          nodes
            .map(({ recordedAt }) => recordedAt)
            .sort()
            .reverse(),
        );
        return nodes.map(({ id }) => id);
      },
    },
    'cookingSession.events': {
      read: async (args: object): Promise<Page> => {
        const { data, errors } = await server.post(
          `query ${ARGUMENTS.replace(')', ', $id: ID!)')} { cookingSession(id: $id) { list: events${GIVEN} { ${PAGE} } } }`,
          { ...args, id: journal },
          home.userToken,
        );
        expect(errors).toBeUndefined();
        return data.cookingSession.list;
      },
      expected: async () => {
        const { data } = await server.post(
          'query ($id: ID!) { cookingSession(id: $id) { list: events(first: 100) { edges { node { id sequence } } } } }',
          { id: journal },
          home.userToken,
        );
        const nodes: { id: string; sequence: number }[] = data.cookingSession.list.edges.map(
          (edge: { node: object }) => edge.node,
        );
        expect(nodes.map(({ sequence }) => sequence)).toEqual(nodes.map((_, i) => i + 1));
        return nodes.map(({ id }) => id);
      },
    },
    'viewer.cookingSessions': {
      read: async (args: object): Promise<Page> => {
        const { data, errors } = await server.post(
          `query ${ARGUMENTS} { viewer { list: cookingSessions${GIVEN} { ${PAGE} } } }`,
          args,
          home.userToken,
        );
        expect(errors).toBeUndefined();
        return data.viewer.list;
      },
      expected: () =>
        server.database.pool
          .query('SELECT id FROM cooking_sessions ORDER BY started_at DESC, id DESC')
          .then(({ rows }) => rows.map(({ id }) => globalId('CookingSession', id))),
    },
    'appliance.cookingSessions': {
      read: async (args: object): Promise<Page> => {
        const { data, errors } = await server.post(
          `query ${ARGUMENTS} { thisAppliance { list: cookingSessions${GIVEN} { ${PAGE} } } }`,
          args,
          home.deviceToken,
        );
        expect(errors).toBeUndefined();
        return data.thisAppliance.list;
      },
      expected: () =>
        server.database.pool
          .query('SELECT id FROM cooking_sessions ORDER BY started_at DESC, id DESC')
          .then(({ rows }) => rows.map(({ id }) => globalId('CookingSession', id))),
    },
    recipes: {
      read: async (args: object): Promise<Page> => {
        const { data, errors } = await server.post(
          `query ${ARGUMENTS} { recipes${GIVEN} { ${PAGE} } }`,
          args,
        );
        expect(errors).toBeUndefined();
        return data.recipes;
      },
      expected: () =>
        server.database.pool
          .query('SELECT id FROM recipes WHERE is_published ORDER BY name, id')
          .then(({ rows }) => rows.map(({ id }) => globalId('Recipe', id))),
    },
  };

  const idsOf = (page: Page) => page.edges.map(({ node }) => node.id);

  function checkCursors({ edges, pageInfo }: Page): void {
    expect(pageInfo.startCursor).toBe(edges[0]?.cursor ?? null);
    expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null);
    expect(new Set(edges.map(({ cursor }) => cursor)).size).toBe(edges.length);
  }

  describe.each(Object.entries(LISTS))('%s', (_name, { read, expected }) => {
    it.each([1, 3, 7, 100])('gives every row once and in order, forwards in pages of %i', async (size) => {
      const all = await expected();
      const seen: string[] = [];
      let after: string | null = null;
      for (;;) {
        const page: Page = await read({ first: size, after });
        checkCursors(page);
        seen.push(...idsOf(page));
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        expect(page.pageInfo.hasNextPage).toBe(seen.length < all.length);
        if (!page.pageInfo.hasNextPage) break;
        expect(page.edges).toHaveLength(size);
        after = page.pageInfo.endCursor;
      }
      expect(seen).toEqual(all);
    });

    it.each([1, 3, 7, 100])('gives every row once and in order, backwards in pages of %i', async (size) => {
      const all = await expected();
      const seen: string[] = [];
      let before: string | null = null;
      for (;;) {
        const page: Page = await read({ last: size, before });
        checkCursors(page);
        seen.unshift(...idsOf(page));
        expect(page.pageInfo.hasNextPage).toBe(before !== null);
        expect(page.pageInfo.hasPreviousPage).toBe(seen.length < all.length);
        if (!page.pageInfo.hasPreviousPage) break;
        before = page.pageInfo.startCursor;
      }
      expect(seen).toEqual(all);
    });

    it('gives 20 rows when no number is said, and what lies between two cursors', async () => {
      const all = await expected();
      const page = await read({});
      expect(idsOf(page)).toEqual(all.slice(0, 20));
      const [second, sixth] = [page.edges[1], page.edges[5]];
      const between = { after: second?.cursor, before: sixth?.cursor };
      for (const number of [{}, { first: 10 }, { last: 10 }]) {
        expect(idsOf(await read({ ...between, ...number }))).toEqual(all.slice(2, 5));
      }
      expect(idsOf(await read({ ...between, first: 1 }))).toEqual(all.slice(2, 3));
      expect(idsOf(await read({ ...between, last: 1 }))).toEqual(all.slice(4, 5));
    });

    it('gives an empty page for 0, telling whether there is more', async () => {
      expect(await read({ first: 0 })).toMatchObject({ edges: [], pageInfo: { hasNextPage: true } });
      expect(await read({ last: 0 })).toMatchObject({ edges: [], pageInfo: { hasPreviousPage: true } });
    });

    it('gives an empty page after the last row and before the first', async () => {
      const { edges } = await read({ first: 100 });
      const after = await read({ after: edges.at(-1)?.cursor });
      expect(after).toMatchObject({
        edges: [],
        pageInfo: { hasNextPage: false, startCursor: null, endCursor: null },
      });
      const before = await read({ last: 5, before: edges[0]?.cursor });
      expect(before).toMatchObject({ edges: [], pageInfo: { hasPreviousPage: false } });
    });
  });

  it('counts what it lists, whatever the page, and null is for nothing', async () => {
    const { data } = await server.post(
      `{ viewer { cookingSessions(first: 1) { totalCount } appliances { totalCount } }
         recipes(last: 2) { totalCount } }`,
      {},
      home.userToken,
    );
    expect(data).toEqual({
      viewer: { cookingSessions: { totalCount: 33 }, appliances: { totalCount: 1 } },
      recipes: { totalCount: 24 },
    });
  });

  it('of somebody who has nothing is empty, and counts 0', async () => {
    const { userToken } = await createPerson(server);
    const { data } = await server.post(
      `{ viewer { cookingSessions { totalCount ${PAGE} } appliances { totalCount ${PAGE} } } }`,
      {},
      userToken,
    );
    const empty = {
      totalCount: 0,
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    };
    expect(data.viewer).toEqual({ cookingSessions: empty, appliances: empty });
  });

  it('under two names at once gives each its own page', async () => {
    const { data } = await server.post(
      `{ viewer { newest: cookingSessions(first: 2) { edges { node { id } } }
                  oldest: cookingSessions(last: 2) { totalCount edges { node { id } } } } }`,
      {},
      home.userToken,
    );
    const all = await LISTS['viewer.cookingSessions'].expected();
    expect(idsOf(data.viewer.newest)).toEqual(all.slice(0, 2));
    expect(idsOf(data.viewer.oldest)).toEqual(all.slice(-2));
  });

  it('repeats and loses no row while others are inserted and removed around the cursor', async () => {
    const { read } = LISTS['viewer.cookingSessions'];
    const stable = await LISTS['viewer.cookingSessions'].expected();
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Page = await read({ first: 5, after });
      seen.push(...idsOf(page));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      // A newer cook comes to the top, and the row that the cursor names goes away.
      await server.database.pool.query(
        `INSERT INTO cooking_sessions (user_id, appliance_id, recipe_id, status)
         SELECT user_id, appliance_id, recipe_id, 'completed' FROM cooking_sessions LIMIT 1`,
      );
      await server.database.pool.query('DELETE FROM cooking_sessions WHERE id = $1', [
        uuidOf(seen.at(-1) ?? ''),
      ]);
    } while (after !== null);
    expect(seen).toEqual(stable);
  });
});
