import { GraphQLError, Kind, type ValueNode } from 'graphql';
import { formatInstant, parseInstant } from '../instant.js';
import { builder } from './builder.js';

function readInstant(value: unknown) {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  if (instant === undefined)
    throw new GraphQLError('A DateTime must be RFC 3339 with a zone: 2026-01-31T18:30:00Z.');
  return instant;
}

builder.scalarType('DateTime', {
  description: 'An instant by RFC 3339, in UTC, to the microsecond: 2026-01-31T18:30:00.123456Z.',
  serialize: formatInstant,
  parseValue: readInstant,
  parseLiteral: (node) => readInstant(node.kind === Kind.STRING ? node.value : undefined),
});

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function readDay(value: unknown) {
  const isDay =
    typeof value === 'string' && DAY.test(value) && parseInstant(`${value}T00:00:00Z`) !== undefined;
  if (!isDay) throw new GraphQLError('A Date must be a day: 2026-01-31.');
  return value;
}

builder.scalarType('Date', {
  description: 'A day in UTC: 2026-01-31.',
  serialize: (day) => day,
  parseValue: readDay,
  parseLiteral: (node) => readDay(node.kind === Kind.STRING ? node.value : undefined),
});

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => readLiteral(node, variables ?? {}),
});

function readLiteral(node: ValueNode, variables: Record<string, unknown>): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables[node.name.value];
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((item) => readLiteral(item, variables));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, readLiteral(value, variables)]),
      );
  }
}
