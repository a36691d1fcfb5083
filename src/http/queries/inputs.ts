import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLSchema,
  getVariableValues,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql';
import type { Variables } from '../collector.js';

/** Stands for what is not as it should be, or not as it usually is: graphql-js looks at it, and has the words for it. */
const UNUSUAL = Symbol('unusual');

/** The value of an input type that a client means by `value`. */
type Coerce = (value: unknown) => unknown;

/** One variable of an operation. */
interface Variable {
  name: string;
  coerce: Coerce;
  /** What stands for it where the client says nothing; `UNUSUAL` where it has to. */
  absent: unknown;
}

const variablesOf = new WeakMap<OperationDefinitionNode, readonly Variable[]>();
const coercers = new WeakMap<GraphQLInputType, Coerce>();

/**
 * The variables of an operation with these values, as graphql-js coerces them, by functions that are made once for each
 * type; `undefined` where something is wrong with them.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): Variables | undefined {
  const definitions = operation.variableDefinitions ?? [];
  let variables = variablesOf.get(operation);
  if (!variables) {
    variables = definitions.map((definition) => variableOf(schema, definition));
    variablesOf.set(operation, variables);
  }
  return (
    coerceAll(variables, values) ?? getVariableValues(schema, definitions, values, { maxErrors: 1 }).coerced
  );
}

function coerceAll(
  variables: readonly Variable[],
  values: Readonly<Record<string, unknown>>,
): Variables | undefined {
  const coerced: Record<string, unknown> = {};
  for (const { name, coerce, absent } of variables) {
    const value = Object.hasOwn(values, name) ? coerce(values[name]) : absent;
    if (value === UNUSUAL) return undefined;
    if (value !== undefined) coerced[name] = value;
  }
  return coerced;
}

function variableOf(
  schema: GraphQLSchema,
  { variable, type: node, defaultValue }: VariableDefinitionNode,
): Variable {
  const name = variable.name.value;
  const type = typeFromAST(schema, node as Parameters<typeof typeFromAST>[1]);
  if (!isInputType(type) || name === '__proto__') return { name, coerce: () => UNUSUAL, absent: UNUSUAL };
  const absent = defaultValue
    ? sharable(valueFromAST(defaultValue, type))
    : isNonNullType(type)
      ? UNUSUAL
      : undefined;
  return { name, coerce: coercerOf(type), absent };
}

/** What one resolver could change for the next is made each time. */
function sharable(value: unknown): unknown {
  return value === undefined || (typeof value === 'object' && value !== null) ? UNUSUAL : value;
}

function coercerOf(type: GraphQLInputType): Coerce {
  let coerce = coercers.get(type);
  if (!coerce) {
    coerce = createCoercer(type);
    coercers.set(type, coerce);
  }
  return coerce;
}

function createCoercer(type: GraphQLInputType): Coerce {
  const nullable = isNonNullType(type) ? type.ofType : type;
  const ofNull = isNonNullType(type) ? UNUSUAL : null;
  const coerce = isListType(nullable)
    ? listCoercer(nullable)
    : isInputObjectType(nullable)
      ? objectCoercer(nullable)
      : leafCoercer(nullable);
  return (value) => (value === null || value === undefined ? ofNull : coerce(value));
}

function leafCoercer(type: GraphQLLeafType): Coerce {
  return (value) => {
    try {
      return type.parseValue(value) ?? UNUSUAL;
    } catch {
      return UNUSUAL;
    }
  };
}

function listCoercer({ ofType }: GraphQLList<GraphQLInputType>): Coerce {
  const coerce = coercerOf(ofType);
  return (value) => {
    if (!Array.isArray(value)) return UNUSUAL;
    const items: unknown[] = [];
    for (const one of value) {
      const item = coerce(one);
      if (item === UNUSUAL) return UNUSUAL;
      items.push(item);
    }
    return items;
  };
}

function objectCoercer(type: GraphQLInputObjectType): Coerce {
  let fields: { name: string; coerce: Coerce; absent: unknown }[] | undefined; // a type may hold itself
  return (value) => {
    if (typeof value !== 'object' || Array.isArray(value)) return UNUSUAL;
    fields ??= Object.values(type.getFields()).map(({ name, type: own, defaultValue }) => ({
      name,
      coerce: coercerOf(own),
      absent: defaultValue ?? (isNonNullType(own) ? UNUSUAL : defaultValue),
    }));
    const given = value as Record<string, unknown>;
    const coerced: Record<string, unknown> = {};
    let count = 0;
    for (const { name, coerce, absent } of fields) {
      const own = given[name];
      if (own !== undefined) count += 1;
      const field = own === undefined ? absent : coerce(own);
      if (field === UNUSUAL) return UNUSUAL;
      if (field !== undefined) coerced[name] = field;
    }
    for (const _ in given) count -= 1;
    if (count !== 0) return UNUSUAL; // there is a field that the type does not have
    return type.isOneOf && !isOne(Object.values(coerced)) ? UNUSUAL : coerced;
  };
}

function isOne(values: readonly unknown[]): boolean {
  return values.length === 1 && values[0] !== null;
}
