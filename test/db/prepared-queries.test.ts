import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { prepareRelationalQueries } from '../../src/db/prepared-queries.js';
import { formOf, type QueryConfig } from '../../src/db/query-forms.js';
import { relations } from '../../src/db/relations.js';
import { recipes, users } from '../../src/db/tables/index.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';

type Recipe = typeof recipes;

const form = (config: QueryConfig) => formOf(relations, relations.recipes, config);

/** Pairs of queries, each of the same form with other values. */
const PAIRS: [what: string, ...QueryConfig[]][] = [
  ['a value', { where: { name: 'Dish 1' } }, { where: { name: "Dish '2'" } }],
  [
    'comparisons and nothing',
    { where: { timeMinutes: { gt: 3, lte: 9 }, deletedAt: { isNull: true } } },
    { where: { timeMinutes: { gt: 1, lte: 4 }, deletedAt: { isNull: true } } },
  ],
  [
    'lists of any length',
    { where: { name: { in: ['Dish 1'] } } },
    { where: { name: { in: ['Dish 3', 'x', 'Dish 2'] } } },
  ],
  [
    'lists that exclude',
    { where: { name: { notIn: ['Dish 1'] } } },
    { where: { name: { notIn: ['Dish 3', 'x'] } } },
  ],
  [
    'arrays',
    { where: { tags: { arrayContains: ['even'] } } },
    { where: { tags: { arrayContains: ['odd'] } } },
  ],
  [
    'both of two, or not a third',
    { where: { OR: [{ AND: [{ name: 'Dish 1' }, { servings: 2 }] }, { NOT: { timeMinutes: { lt: 8 } } }] } },
    { where: { OR: [{ AND: [{ name: 'Dish 2' }, { servings: 2 }] }, { NOT: { timeMinutes: { lt: 5 } } }] } },
  ],
  [
    'hand-written SQL',
    { where: { RAW: (t: Recipe) => sql`${t.timeMinutes} * ${2} > ${10}` } },
    { where: { RAW: (t: Recipe) => sql`${t.timeMinutes} * ${3} > ${4}` } },
  ],
  [
    'expressions to order by',
    {
      extras: { far: (t: Recipe) => sql`abs(${t.timeMinutes} - ${4}::int)` },
      orderBy: (t: Recipe) => [sql`abs(${t.timeMinutes} - ${4}::int)`, sql`${t.name}`],
    },
    {
      extras: { far: (t: Recipe) => sql`abs(${t.timeMinutes} - ${7}::int)` },
      orderBy: (t: Recipe) => [sql`abs(${t.timeMinutes} - ${7}::int)`, sql`${t.name}`],
    },
  ],
  [
    'relations with conditions of their own',
    {
      where: { servings: 2 },
      with: { edits: { columns: { id: true }, where: { version: { gt: 0 } }, limit: 2 } },
    },
    {
      where: { servings: 3 },
      with: { edits: { columns: { id: true }, where: { version: { gt: 5 } }, limit: 2 } },
    },
  ],
];

describe('the form of a query', () => {
  it.each(PAIRS)('is the same for other values: %s', (_what, one, other) => {
    const [first, second] = [form(one), form(other)];
    expect(first?.key).toBe(second?.key);
    expect(first?.values).not.toEqual(second?.values);
  });

  it.each<[string, QueryConfig, QueryConfig]>([
    ['columns', { columns: { id: true } }, { columns: { id: true, name: true } }],
    ['truth values', { where: { isPublished: true } }, { where: { isPublished: false } }],
    ['members of an enumeration', { where: { difficulty: 'easy' } }, { where: { difficulty: 'hard' } }],
    ['how many rows', { limit: 1 }, { limit: 2 }],
    ['the order', { orderBy: { name: 'asc' } }, { orderBy: { name: 'desc' } }],
    ['the SQL', { where: { RAW: () => sql`1 = ${1}` } }, { where: { RAW: () => sql`2 = ${1}` } }],
    [
      'the table of a column in SQL',
      { where: { RAW: () => sql`${recipes.id} is null` } },
      { where: { RAW: () => sql`${users.id} is null` } },
    ],
    ['the column', { where: { name: 'a' } }, { where: { category: 'a' } }],
    [
      'relations',
      { with: { edits: { columns: { id: true } } } },
      { with: { stats: { columns: { cookCount: true } } } },
    ],
  ])('is another for other %s', (_what, one, other) => {
    expect(form(one)?.key).not.toBe(form(other)?.key);
  });

  it.each<[string, QueryConfig]>([
    ['an operator that is not known', { where: { name: { between: ['a', 'b'] } } }],
    ['a condition on a relation', { where: { edits: { version: 1 } } }],
    ['an object for a value', { where: { name: new Date() } }],
    ['a number of rows that is none', { limit: '1; DROP TABLE recipes' }],
    ['SQL that is put in as it is', { where: { RAW: () => sql`${sql`a`.inlineParams()} = ${1}` } }],
    ['an option that is not known', { comment: 'x' } as QueryConfig],
  ])('is not made up for %s', (_what, config) => {
    expect(form(config)).toBeUndefined();
  });
});

describe('a relational query', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.pool.query(
      `INSERT INTO recipes (name, category, difficulty, time_minutes, servings, tags, recipe_data, is_published)
       SELECT 'Dish ' || n, 'dal', 'easy', n, 1 + n % 4, ARRAY[CASE n % 2 WHEN 0 THEN 'even' ELSE 'odd' END], '{"stages": [{"name": "Heat"}]}', true
       FROM generate_series(1, 12) AS n`,
    );
  });
  afterAll(() => database.drop());

  // Names are a connection's own.
  beforeEach(async () => {
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterEach(() => client.end());

  const names = async () =>
    (
      await client.query<{ name: string }>(
        `SELECT name FROM pg_prepared_statements WHERE name LIKE 'query-%'`,
      )
    ).rows;
  const open = () => {
    const orm = drizzle({ client, relations });
    prepareRelationalQueries(orm, relations);
    return orm.query.recipes as {
      findMany(config: QueryConfig): Promise<unknown>;
      findFirst(config: QueryConfig): Promise<unknown>;
    };
  };

  it.each(PAIRS)('finds the same as Drizzle by itself, first and again: %s', async (_what, ...configs) => {
    const plain = drizzle({ client, relations }).query.recipes as unknown as ReturnType<typeof open>;
    const prepared = open();
    for (let round = 0; round < 3; round++) {
      for (const config of configs) {
        const ordered = { orderBy: { name: 'asc' }, ...config };
        expect(await prepared.findMany(ordered)).toEqual(await plain.findMany(ordered));
        expect(await prepared.findFirst(ordered)).toEqual(await plain.findFirst(ordered));
      }
    }
  });

  it('that comes back becomes a statement that PostgreSQL keeps; others do not', async () => {
    const query = open();
    for (let n = 1; n <= 3; n++) await query.findMany({ where: { name: `Dish ${n}` } });
    expect(await names()).toEqual([]);
    for (let n = 1; n <= 10; n++) await query.findMany({ where: { name: `Dish ${n}` } });
    expect(await names()).toHaveLength(1);
    await query.findMany({ where: { name: 'Dish 1' }, limit: 1 });
    expect(await names()).toHaveLength(1);
  });

  it('takes no memory for ever new ones: so many names are given and no more', async () => {
    const query = open();
    for (let limit = 1; limit <= 300; limit++) {
      for (let use = 0; use < 5; use++) await query.findMany({ columns: { id: true }, limit });
    }
    expect(await names()).toHaveLength(250);
  });

  it('tells what PostgreSQL refuses as Drizzle does', async () => {
    const wrong = open().findMany({ where: { id: 'not a UUID' } });
    await expect(wrong).rejects.toThrow(/Failed query/);
  });
});
