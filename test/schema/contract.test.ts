import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isSpecifiedScalarType,
  Kind,
  lexicographicSortSchema,
  parseType,
  printSchema,
  type TypeNode,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../src/schema/index.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

const served = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

describe('the schema', () => {
  it('is what schema.graphql says', () => {
    expect(read('../../schema.graphql').trim()).toBe(printSchema(lexicographicSortSchema(schema)).trim());
  });

  it('describes every type, field, argument, input field and enum value', () => {
    expect(undescribed().filter((name) => !name.endsWith('.pageInfo'))).toEqual([]);
  });

  it('describes pageInfo too', () => expect(undescribed()).toEqual([]));

  function undescribed(): string[] {
    const silent: string[] = [];
    const note = (name: string, { description }: { description?: string | null | undefined }) => {
      if (!description?.trim()) silent.push(name);
    };
    for (const type of served) {
      note(type.name, type);
      for (const [name, part] of partsOf(type)) note(`${type.name}.${name}`, part);
    }
    return silent;
  }

  it('serves every name of the contract, with types that keep its operations valid', () => {
    const contract = buildSchema(read('./contract.graphql'));
    const broken = Object.values(contract.getTypeMap())
      .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
      .flatMap((type) => breaksOf(type, schema));
    expect(broken).toEqual([]);
  });
});

type Part =
  | GraphQLField<unknown, unknown>
  | GraphQLInputField
  | GraphQLArgument
  | { description?: string | null };

/** Everything inside a type that has a name. */
function partsOf(type: GraphQLNamedType): [string, Part][] {
  if (isEnumType(type)) return type.getValues().map((value) => [value.name, value]);
  if (isInputObjectType(type)) return Object.entries(type.getFields());
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    [field.name, field] as [string, Part],
    ...field.args.map((arg): [string, Part] => [`${field.name}(${arg.name})`, arg]),
  ]);
}

/** Where the served schema breaks a promise of the contract about a type. */
function breaksOf(promised: GraphQLNamedType, schema: GraphQLSchema): string[] {
  const type = schema.getType(promised.name);
  if (!type) return [`${promised.name} is missing`];
  if (type.constructor.name !== promised.constructor.name) return [`${promised.name} is of another kind`];
  if (isEnumType(promised) && isEnumType(type)) {
    return promised
      .getValues()
      .filter(({ name }) => !type.getValue(name))
      .map(({ name }) => `${type.name}.${name} is missing`);
  }
  if (isInputObjectType(promised) && isInputObjectType(type))
    return breaksOfInput(promised.name, promised, type);
  if (
    (isObjectType(promised) || isInterfaceType(promised)) &&
    (isObjectType(type) || isInterfaceType(type))
  ) {
    const interfaces = promised
      .getInterfaces()
      .filter(({ name }) => !type.getInterfaces().some((own) => own.name === name))
      .map(({ name }) => `${type.name} does not implement ${name}`);
    const fields = Object.values(promised.getFields()).flatMap((field) =>
      breaksOfField(type.name, field, type.getFields()[field.name]),
    );
    return [...interfaces, ...fields];
  }
  return [];
}

function breaksOfField(
  typeName: string,
  promised: GraphQLField<unknown, unknown>,
  field: GraphQLField<unknown, unknown> | undefined,
): string[] {
  const name = `${typeName}.${promised.name}`;
  if (!field) return [`${name} is missing`];
  const broken: string[] = [];
  if (!isAtLeast(typeOf(field), typeOf(promised))) broken.push(`${name} is ${field.type}`);
  for (const wanted of promised.args) {
    const arg = field.args.find((own) => own.name === wanted.name);
    if (!arg) broken.push(`${name}(${wanted.name}) is missing`);
    else if (!isAtLeast(typeOf(wanted), typeOf(arg))) broken.push(`${name}(${arg.name}) is ${arg.type}`);
    else if (wanted.defaultValue !== undefined && String(arg.defaultValue) !== String(wanted.defaultValue)) {
      broken.push(`${name}(${arg.name}) defaults to ${String(arg.defaultValue)}`);
    }
  }
  const unknown = field.args.filter(({ name: own }) => !promised.args.some((arg) => arg.name === own));
  return [...broken, ...unknown.filter(isRequiredArgument).map((arg) => `${name}(${arg.name}) is required`)];
}

function breaksOfInput(
  name: string,
  promised: { getFields(): Record<string, GraphQLInputField>; isOneOf: boolean },
  type: { getFields(): Record<string, GraphQLInputField>; isOneOf: boolean },
): string[] {
  const fields = type.getFields();
  const wanted = promised.getFields();
  return [
    ...(promised.isOneOf === type.isOneOf ? [] : [`${name} is oneOf: ${type.isOneOf}`]),
    ...Object.values(wanted).flatMap((field) => {
      const own = fields[field.name];
      if (!own) return [`${name}.${field.name} is missing`];
      return isAtLeast(typeOf(field), typeOf(own)) ? [] : [`${name}.${field.name} is ${own.type}`];
    }),
    ...Object.values(fields)
      .filter((field) => !wanted[field.name] && isRequiredInputField(field))
      .map((field) => `${name}.${field.name} is required`),
  ];
}

/** Whether a value of the first type does where the second is expected: the same, but perhaps less nullable. */
function isAtLeast(given: TypeNode, expected: TypeNode): boolean {
  if (given.kind === Kind.NON_NULL_TYPE) {
    return isAtLeast(given.type, expected.kind === Kind.NON_NULL_TYPE ? expected.type : expected);
  }
  if (given.kind === Kind.LIST_TYPE) {
    return expected.kind === Kind.LIST_TYPE && isAtLeast(given.type, expected.type);
  }
  return expected.kind === Kind.NAMED_TYPE && given.name.value === expected.name.value;
}

const typeOf = ({ type }: { type: GraphQLType }): TypeNode => parseType(String(type));
