import fc from 'fast-check';
import {
  buildSchema,
  type DocumentNode,
  type FieldNode,
  getArgumentValues,
  getVariableValues,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { argumentsOf } from '../../src/http/queries/arguments.js';
import { coerceVariables } from '../../src/http/queries/inputs.js';
import { schema as productSchema } from '../../src/schema/index.js';
import { DocumentWriter, isValid } from '../conformance/fuzz/documents.js';

const schema = buildSchema(`
  enum Level { LOW HIGH }
  input Spice { name: String! level: Level = LOW grams: [Float!] within: Spice ids: [[ID]] }
  input Reading @oneOf { temperature: Float status: String }
  type Query {
    pot(spice: Spice, spices: [Spice!]! = [], reading: Reading, size: Int = 3, isHot: Boolean!, name: String): Int
  }
`);

const operationOf = (document: DocumentNode) => document.definitions[0] as OperationDefinitionNode;

/** As graphql-js coerces them; twice, because the first time functions are made. */
function expectSame(own: typeof schema, query: string, values: Record<string, unknown>) {
  const operation = operationOf(parse(query));
  const { coerced } = getVariableValues(own, operation.variableDefinitions ?? [], values);
  const same = (actual: unknown) => {
    expect(actual).toEqual(coerced);
    expect(JSON.stringify(actual)).toBe(JSON.stringify(coerced)); // in the same order
  };
  same(coerceVariables(own, operation, values));
  same(coerceVariables(own, operation, values));
  return coerced;
}

describe('variables', () => {
  const spice = {
    name: 'cumin',
    grams: [1, 2.5],
    within: { name: 'salt', level: 'HIGH' },
    ids: [['a', 1, null], null],
  };
  it.each<[string, string, unknown]>([
    ['an object with all that it may have', 'Spice', spice],
    ['nothing but what must be', 'Spice', { name: 'salt' }],
    ['null where it may be', 'Spice', { name: 'salt', level: null, grams: null, within: null }],
    ['null where it may not', 'Spice', { name: null }],
    ['null in a list of none', 'Spice', { name: 'salt', grams: [1, null] }],
    ['too little', 'Spice', { level: 'LOW' }],
    ['too much', 'Spice', { name: 'salt', more: 1 }],
    [
      'a name that JavaScript keeps for itself',
      'Spice',
      JSON.parse('{"name":"salt","__proto__":{"level":"HIGH"}}'),
    ],
    ['what is only inherited', 'Spice', Object.create({ name: 'salt' })],
    ['a list for an object', 'Spice', []],
    ['a text for an object', 'Spice', 'salt'],
    ['no member of an enum', 'Spice', { name: 'salt', level: 'MEDIUM' }],
    ['one of a list, alone', '[Spice!]!', { name: 'salt' }],
    ['a set for a list', '[Int]', new Set([1, 2])],
    ['one of one', 'Reading', { temperature: 20 }],
    ['null of one', 'Reading', { temperature: null }],
    ['two of one', 'Reading', { temperature: 20, status: 'x' }],
    ['none of one', 'Reading', {}],
    ['a number as text', 'Int', '3'],
    ['a number that is too large', 'Int', 2 ** 31],
    ['nothing where something must be', 'Int!', undefined],
    ['nothing', 'Int', undefined],
    ['null', 'Int', null],
  ])('that are %s are coerced as graphql-js does it', (_what, type, value) => {
    expectSame(schema, `query ($v: ${type}) { __typename }`, { v: value, unknown: 1 });
  });

  it('that are not given are what the document says, each time anew', () => {
    const query = `query ($a: Int = 7, $b: Spice = { name: "salt" }, $c: [Int] = [1], $d: String = null, $constructor: Int) { __typename }`;
    expectSame(schema, query, {});
    expectSame(schema, query, { a: null, b: null, d: 'x' });
    const operation = operationOf(parse(query));
    expect(coerceVariables(schema, operation, {})?.b).not.toBe(coerceVariables(schema, operation, {})?.b);
  });

  it('of any document over the schema are coerced as graphql-js does it, or refused as there', () => {
    const counts = { coerced: 0, refused: 0 };
    fc.assert(
      fc.property(fc.gen(), fc.constantFrom('query' as const, 'mutation' as const), (draw, kind) => {
        const writer = new DocumentWriter(productSchema, (arbitrary) => draw(() => arbitrary), []);
        const { query, variables } = writer.write(kind);
        if (!isValid(productSchema, query)) return;
        if (expectSame(productSchema, query, variables)) counts.coerced += 1;
        else counts.refused += 1;
      }),
      { numRuns: 1_000, endOnFailure: true },
    );
    expect(counts.coerced).toBeGreaterThan(200);
    expect(counts.refused).toBeGreaterThan(20);
  });
});

describe('arguments', () => {
  it.each<[string, Record<string, unknown>]>([
    ['isHot: true', {}],
    ['isHot: $v', { v: true }],
    ['isHot: $v', { v: null }],
    ['isHot: $v', {}],
    ['isHot: true, size: $v', {}],
    ['isHot: true, size: $v', { v: null }],
    ['isHot: true, size: $v', { v: 5 }],
    ['isHot: true, spices: $v', {}],
    ['isHot: true, spices: $v', { v: null }],
    ['isHot: true, name: $v, size: null, spice: { name: "salt" }', { v: 'x' }],
    ['isHot: true, name: $constructor, size: $v', { v: 1 }],
    ['isHot: true, spice: { name: $v }', { v: 'x' }],
    ['isHot: true, spice: { name: $v }', {}],
    ['isHot: true, reading: { temperature: 1, status: "x" }', {}],
    ['spice: { name: "salt" }', {}],
  ])('(%s) with %j are those of graphql-js', (written, variables) => {
    const document = parse(`query ($v: Int, $constructor: Int) { pot(${written}) }`);
    const node = operationOf(document).selectionSet.selections[0] as FieldNode;
    const field = schema.getQueryType()?.getFields().pot;
    if (!field) throw new Error('no such field');
    const read = (give: () => unknown) => {
      try {
        return give();
      } catch (error) {
        return String(error);
      }
    };
    const expected = read(() => getArgumentValues(field, node, variables));
    const args = argumentsOf(field as Parameters<typeof argumentsOf>[0], node);
    for (const _ of [1, 2]) {
      const actual = read(() => args(variables));
      expect(actual).toEqual(expected);
      expect(JSON.stringify(actual)).toBe(JSON.stringify(expected));
    }
  });
});
