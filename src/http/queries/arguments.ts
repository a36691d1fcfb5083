import {
  type FieldNode,
  type GraphQLField,
  getArgumentValues,
  isNonNullType,
  Kind,
  type ValueNode,
  valueFromAST,
} from 'graphql';
import type { Context } from '../../context.js';
import type { Variables } from '../collector.js';

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
