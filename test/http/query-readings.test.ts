import { getOperationAST, getVariableValues, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { QueryConfig } from '../../src/db/query-forms.js';
import { planOperation } from '../../src/http/queries/plan.js';
import { RowsRead, Unreadable } from '../../src/http/queries/rows-read.js';
import { schema } from '../../src/schema/index.js';
import type { RowQuery } from '../../src/schema/rows.js';

type Find = (rows: unknown) => Promise<unknown>;

/** What a field makes of what its resolver gives, where the database gives what it is told. */
async function answerOf(
  resolve: (query: RowQuery, find: Find) => Promise<unknown>,
  page?: { first?: number; after?: string; before?: string; last?: number },
) {
  const read = new RowsRead({ columns: { id: true, name: true }, with: {} }, page);
  const asked: QueryConfig[] = [];
  const query: RowQuery = (select) => {
    const config = read.query(select) as QueryConfig;
    asked.push(config);
    return config;
  };
  const given = await resolve(query, async (rows) => {
    asked.at(-1)?.onRows?.(rows);
    return rows;
  });
  return { take: () => read.valueOf(given, undefined), given, asked };
}

describe('a reading', () => {
  const rows = [{ id: 'a' }, { id: 'b' }];

  it('reads what the resolver wants, and what the selection needs', async () => {
    const { asked } = await answerOf((query, find) => {
      query({ columns: { version: true }, where: { id: 'a' }, limit: 3 });
      return find(rows);
    });
    expect(asked).toMatchObject([
      { columns: { version: true, id: true, name: true }, where: { id: 'a' }, limit: 3, with: {} },
    ]);
  });

  it.each<[string, boolean, (query: RowQuery, find: Find) => Promise<unknown>]>([
    ['the rows', true, (query, find) => find(query() && rows)],
    ['one of them', true, (query, find) => find(query() && rows[0])],
    ['some of them', true, async (query, find) => ((await find(query() && rows)) as object[]).slice(1)],
    ['nothing', true, async () => null],
    ['rows that it has from elsewhere', false, async () => [{ id: 'a' }]],
    [
      'a row and one that it made',
      false,
      async (query, find) => [...((await find(query() && rows)) as object[]), { id: 'c' }],
    ],
    [
      'copies',
      false,
      async (query, find) => ((await find(query() && rows)) as object[]).map((row) => ({ ...row })),
    ],
  ])('knows whether the resolver hands on what it read: %s', async (_what, expected, resolve) => {
    const { take, given } = await answerOf(resolve);
    if (expected) expect(take()).toBe(given);
    else expect(take).toThrow(Unreadable);
  });

  it('makes a page of the rows, with cursors that lead on from there', async () => {
    const list = { where: { a: 1 }, orderBy: { name: 'asc', id: 'desc' } };
    const found = [
      { name: 'Dal', id: '1' },
      { name: 'Rice', id: '2' },
    ];
    const first = await answerOf((query, find) => find(query(list) && found), { first: 1 });
    const page = first.take() as { edges: { node: object; cursor: string }[]; pageInfo: object };
    expect(first.asked[0]).toMatchObject({ limit: 2, where: { a: 1 }, orderBy: { name: 'asc', id: 'desc' } });
    expect(page.edges.map(({ node }) => node)).toEqual([found[0]]);
    const { cursor } = page.edges[0] as { cursor: string };
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false, endCursor: cursor });
    const beyond = (name: 'gt' | 'lt', id: 'gt' | 'lt') => ({
      AND: [
        { a: 1 },
        { OR: [{ name: { [name]: 'Dal' } }, { AND: [{ name: { eq: 'Dal' } }, { id: { [id]: '1' } }] }] },
      ],
    });
    const next = await answerOf((query, find) => find(query(list) && []), { first: 1, after: cursor });
    expect(next.asked[0]?.where).toEqual(beyond('gt', 'lt'));
    const back = await answerOf((query, find) => find(query(list) && []), { last: 1, before: cursor });
    expect(back.asked[0]).toMatchObject({
      where: beyond('lt', 'gt'),
      orderBy: { name: 'desc', id: 'asc' },
    });
  });

  it.each([
    ['no order', {}],
    ['an order without the key of the rows', { orderBy: { name: 'asc' } }],
    ['an order in SQL', { orderBy: () => [] }],
  ])('leaves a list with %s to the Drizzle plugin', async (_what, list) => {
    await expect(answerOf((query, find) => find(query(list) && rows), { first: 1 })).rejects.toThrow(
      Unreadable,
    );
  });

  /** Whether the first field of a query has a reading. */
  const hasReading = (text: string, variables: Record<string, unknown> = {}) => {
    const document = parse(text);
    const operation = getOperationAST(document, null);
    if (!operation) throw new Error('no operation');
    const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    return planOperation(schema, document, operation, coerced)?.fields[0]?.reading !== undefined;
  };

  // What phones ask all the time: where one of these loses its reading, it takes twice the time.
  it.each([
    '{ recipes(first: 20) { edges { cursor node { id name tags nutrition { calories } stats { cookCount } } } pageInfo { endCursor } totalCount } }',
    'query ($id: ID = "r") { recipe(id: $id) { name stages { name ingredients { name } } suitability { suitable } ingredients { name } } }',
    '{ viewer { name preferences { diet } appliances { edges { node { name currentSession { status } } } } cookingSessions { edges { node { recipe { name } } } } } }',
    'query ($id: ID = "s") { cookingSession(id: $id) { status events(first: 5) { edges { cursor node { sequence } } } alerts { code } } }',
  ])('is there for %s', (query) => {
    expect(hasReading(query)).toBe(true);
  });
});
