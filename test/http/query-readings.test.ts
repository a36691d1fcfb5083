import { getOperationAST, getVariableValues, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.js';
import { planQuery } from '../../src/http/queries/plan.js';
import { RowsRead, Unreadable } from '../../src/http/queries/rows-read.js';
import { schema } from '../../src/schema/index.js';

/** What a resolver gets from the database through a reading, whatever it asks. */
async function readBy(rows: object[], resolve: (context: Context) => unknown) {
  const asked: object[] = [];
  const find = (result: unknown) => async (query: object) => {
    asked.push(query);
    return result;
  };
  const query = { recipes: { findMany: find(rows), findFirst: find(rows[0]) } };
  const context = { db: { orm: { query } } } as unknown as Context;
  const read = new RowsRead(context, 'recipes', { columns: { id: true, name: true }, with: {} });
  const given = await resolve(read.context);
  return { take: () => read.valueOf(given, undefined), given, asked };
}

const recipesOf = ({ db }: Context) =>
  db.orm.query.recipes as unknown as {
    findMany(query: object): Promise<object[]>;
    findFirst(query: object): Promise<object>;
  };

describe('a reading', () => {
  const rows = [{ id: 'a' }, { id: 'b' }];

  it('widens what the resolver asks by what the selection needs', async () => {
    const { asked } = await readBy(rows, (context) =>
      recipesOf(context).findMany({ columns: { version: true }, where: { id: 'a' }, limit: 3 }),
    );
    expect(asked).toEqual([
      { columns: { version: true, id: true, name: true }, where: { id: 'a' }, limit: 3, with: {} },
    ]);
  });

  it('leaves alone what the resolver asks for itself', async () => {
    const { asked } = await readBy(rows, (context) => recipesOf(context).findFirst({ where: { id: 'a' } }));
    expect(asked).toEqual([{ where: { id: 'a' } }]);
  });

  it.each<[string, boolean, (context: Context) => unknown]>([
    ['the rows', true, (context) => recipesOf(context).findMany({})],
    ['one of them', true, (context) => recipesOf(context).findFirst({})],
    ['nothing', true, () => null],
    [
      'a page of them',
      true,
      async (c) => ({ edges: (await recipesOf(c).findMany({})).map((node) => ({ node })) }),
    ],
    ['rows that it has from elsewhere', false, () => [{ id: 'a' }]],
    ['a row and one that it made', false, async (c) => [...(await recipesOf(c).findMany({})), { id: 'c' }]],
    ['copies', false, async (c) => (await recipesOf(c).findMany({})).map((row) => ({ ...row }))],
    ['a page of others', false, () => ({ edges: [{ node: { id: 'a' } }] })],
  ])('knows whether the resolver hands on what it read: %s', async (_what, expected, resolve) => {
    const { take, given } = await readBy(rows, resolve);
    if (expected) expect(take()).toBe(given);
    else expect(take).toThrow(Unreadable);
  });

  /** Whether the first field of a query has a reading. */
  const hasReading = (text: string, variables: Record<string, unknown> = {}) => {
    const document = parse(text);
    const operation = getOperationAST(document, null);
    if (!operation) throw new Error('no operation');
    const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    return planQuery(schema, document, operation, coerced)?.fields[0]?.reading !== undefined;
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
