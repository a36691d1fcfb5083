import {
  buildSchema,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLObjectType,
  getOperationAST,
  isAbstractType,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { planOperation } from '../../src/http/queries/plan.js';
import { Queries } from '../../src/http/queries/queries.js';
import { readerOf } from '../../src/http/queries/readers.js';

/** What the product's own schema never does, and graphql-js has an answer to. */

const SDL = `
  type Query { pot: Pot pots: [Pot!] most: [Pot] any: Thing nothing: Pot! count: Int! }
  interface Thing { name: String }
  type Pot implements Thing { name: String size: Int! lids: [String!]! inner: Pot sure: Pot! late: Int! }
  type Lid implements Thing { name: String }
`;

type Values = Record<string, unknown>;
const later = (value: unknown) => new Promise((resolve) => setTimeout(() => resolve(value), 2));
const fail = (name: string) => () => {
  throw new Error(name);
};
const failLater = (name: string) => async () => {
  await later(0);
  throw new Error(name);
};

function schemaOf(root: Values) {
  const schema = buildSchema(SDL);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) type.resolveType = (value: Values) => value.is as string;
  }
  setResolvers(schema.getQueryType(), (_root, name) => root[name]);
  setResolvers(schema.getType('Pot'), (pot, name) => pot[name]);
  return schema;
}

function setResolvers(type: unknown, read: (parent: Values, name: string) => unknown): void {
  for (const field of Object.values((type as GraphQLObjectType).getFields())) {
    field.resolve = (parent) => {
      const value = read(parent, field.name);
      return typeof value === 'function' ? value() : value;
    };
  }
}

const pot = { name: 'pot', size: 3, lids: ['a', 'b'], late: () => later(7) };

describe('a query whose values', () => {
  it.each<[string, string, Values]>([
    ['are as they should be', '{ pot { name size lids late inner { name } } count }', { pot, count: 1 }],
    ['are missing where one must be', '{ pot { name size } count }', { pot: { name: 'x' }, count: 1 }],
    ['are missing at the root', '{ pot { name } count }', { pot, count: null }],
    ['come late and are missing', '{ pot { late name } }', { pot: { name: 'x', late: () => later(null) } }],
    ['are no numbers', '{ pot { size } }', { pot: { size: 'three' } }],
    ['are no list', '{ pot { lids } }', { pot: { lids: 7 } }],
    ['are a set', '{ pot { lids } }', { pot: { lids: new Set(['a']) } }],
    [
      'hold a null in a list of none',
      '{ pots { name } pot { lids } }',
      { pots: [pot, null], pot: { lids: [null] } },
    ],
    ['hold a null in a list', '{ most { name size } }', { most: [pot, null, {}] }],
    ['come late in a list', '{ most { name } }', { most: [later(pot), later(null), pot] }],
    [
      'are errors',
      '{ pot { name size inner { name } } }',
      { pot: { ...pot, name: new Error('a'), inner: new Error('b') } },
    ],
    ['fail', '{ pot { name inner { name } } }', { pot: { name: fail('a'), inner: failLater('b') } }],
    ['fail where one must be', '{ pot { size name } count }', { pot: { size: fail('a') }, count: 1 }],
    [
      'fail twice where one must be',
      '{ pot { size late } }',
      { pot: { size: failLater('a'), late: failLater('b') } },
    ],
    [
      'fail below what failed already',
      '{ pot { sure { late } size } }',
      { pot: { sure: { late: failLater('b') }, size: fail('a') } },
    ],
    [
      'fail in a list',
      '{ pots { name } most { size } }',
      { pots: [{ name: fail('a') }], most: [{ size: fail('b') }, pot] },
    ],
    [
      'fail at the root',
      '{ nothing { name } pot { name } }',
      { nothing: failLater('a'), pot: failLater('b') },
    ],
    [
      'fail below what was given up',
      '{ pot { late inner { name } } count }',
      {
        pot: { late: failLater('a'), inner: { name: () => later(0).then(failLater('b')) } },
        count: () => new Promise((resolve) => setTimeout(() => resolve(1), 30)),
      },
    ],
    ['are of a type', '{ any { __typename name ... on Pot { size } } }', { any: { is: 'Pot', ...pot } }],
    ['are of no type', '{ any { name } }', { any: { name: 'x' } }],
    ['are of a type that cannot be', '{ any { name } }', { any: { is: 'Query' } }],
    ['are methods', '{ any { ... on Lid { name } } }', { any: { is: 'Lid', name: () => 'called' } }],
  ])('%s is answered as graphql-js answers it', async (_what, query, root) => {
    const args: ExecutionArgs = { schema: schemaOf(root), document: parse(query), contextValue: {} };
    const operation = getOperationAST(args.document, null);
    expect(operation && planOperation(args.schema, args.document, operation, {})).toBeDefined();
    const actual = await new Queries(args.schema).execute(args);
    expect(told(actual)).toEqual(told(await execute(args)));
    await later(0); // what was given up may still fail: nobody may miss it
  });
});

describe('a field', () => {
  const type = schemaOf({}).getType('Pot') as GraphQLObjectType;
  const field = (extensions: object, more: object = {}) =>
    readerOf(type, {
      ...(type.getFields().name as object),
      resolve: () => 'looked up',
      extensions,
      ...more,
    } as never);
  const original = { pothosOriginalResolve: ({ name }: { name: string }) => name };

  it('is read from its parent where its resolver does no more', () => {
    expect(field({ pothosExposedField: 'name' })?.({ name: 'x' } as never)).toBe('x');
    expect(field(original)?.({ name: 'x' } as never)).toBe('x');
  });

  it('is not, where a scope guards it, it takes arguments, or its resolver asks for more', () => {
    expect(field({ ...original, pothosOptions: { authScopes: { admin: true } } })).toBeUndefined();
    expect(field(original, { args: [{ name: 'first' }] })).toBeUndefined();
    expect(field({ pothosOriginalResolve: (_parent: object, _args: object) => 1 })).toBeUndefined();
    expect(field({ ...original, pothosDrizzleSelect: () => ({}) })).toBeUndefined();
    expect(field({ ...original, pothosDrizzleSelect: { columns: {}, with: {} } })).toBeUndefined();
  });

  it('of a table is looked up where its column was not read', () => {
    const read = field({ ...original, pothosDrizzleSelect: { columns: { name: true } } });
    expect(read?.({ name: null } as never)).toBe(null);
    expect(typeof read?.({} as never)).toBe('symbol');
  });
});

function told({ data, errors = [] }: ExecutionResult): object {
  const messages = errors.map(({ message, path, locations }) => ({ message, path, locations }));
  return { data: JSON.parse(JSON.stringify(data ?? null)), errors: messages };
}
