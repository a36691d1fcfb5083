import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql';
import type { Context } from '../../context.js';
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

/**
 * The arguments of a field, as graphql-js coerces them; where no variable is in them, the same frozen ones each time. The
 * function throws for what breaks the schema.
 */
export function argumentsOf(
  field: GraphQLField<unknown, Context>,
  node: FieldNode,
): (variables: Variables) => Record<string, unknown> {
  if (field.args.length === 0) return () => NO_ARGUMENTS;
  const read = (variables: Variables) =>
    getArgumentValues(field as GraphQLField<unknown, unknown>, node, variables);
  if (node.arguments?.some(({ value }) => holdsVariable(value)))
    return variableArguments(field, node, read) ?? read;
  try {
    const args = freeze(read({}));
    return () => args;
  } catch {
    return read; // and throw where the field is
  }
}

const NO_ARGUMENTS = Object.freeze({});

/** One argument: a variable, or else what stands there or is the default. */
interface Argument {
  name: string;
  isRequired: boolean;
  variable: string | undefined;
  otherwise: unknown;
}

/** Reads arguments that are variables or hold none; `undefined` where one holds a variable inside. */
function variableArguments(
  field: GraphQLField<unknown, Context>,
  node: FieldNode,
  read: (variables: Variables) => Record<string, unknown>,
): ((variables: Variables) => Record<string, unknown>) | undefined {
  const nodes = new Map(node.arguments?.map(({ name, value }) => [name.value, value]));
  const all: Argument[] = [];
  for (const { name, type, defaultValue } of field.args) {
    const value = nodes.get(name);
    const variable = value?.kind === Kind.VARIABLE ? value.name.value : undefined;
    if (variable === undefined && value && holdsVariable(value)) return undefined;
    const constant = value && variable === undefined ? freeze(valueFromAST(value, type)) : undefined;
    if (value && variable === undefined && constant === undefined) return undefined;
    all.push({
      name,
      isRequired: isNonNullType(type),
      variable,
      otherwise: constant === undefined ? defaultValue : constant,
    });
  }
  return (variables) => {
    const args: Record<string, unknown> = {};
    for (const { name, isRequired, variable, otherwise } of all) {
      const isGiven = variable !== undefined && Object.hasOwn(variables, variable);
      const value = isGiven ? variables[variable] : otherwise;
      if (isRequired && (value === undefined || value === null)) return read(variables); // which throws
      if (value !== undefined) args[name] = value;
    }
    return args;
  };
}

function holdsVariable(value: ValueNode): boolean {
  switch (value.kind) {
    case Kind.VARIABLE:
      return true;
    case Kind.LIST:
      return value.values.some(holdsVariable);
    case Kind.OBJECT:
      return value.fields.some((field) => holdsVariable(field.value));
    default:
      return false;
  }
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) freeze(one);
  return Object.freeze(value);
}
