import {
  type DocumentNode,
  type FieldNode,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLString,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Context } from '../../context.js';
import { Collector, type Variables } from '../collector.js';
import { argumentsOf } from './arguments.js';
import { isPlain, type Plain, plainOf } from './plain.js';
import { isOfTable, type Reader, readerOf, scopedResolverOf } from './readers.js';
import { Reading } from './reading.js';

/** What a selection asks of objects of one type, in the order of the answer. */
export interface ObjectPlan {
  type: GraphQLObjectType;
  fields: readonly FieldPlan[];
  /** Answers it where that takes no more than reading. */
  plain: Plain | undefined;
}

export function objectPlan(type: GraphQLObjectType, fields: readonly FieldPlan[]): ObjectPlan {
  return { type, fields, plain: plainOf(fields) };
}

/** One field of the answer. */
export interface FieldPlan {
  /** Its name in the answer. */
  key: string;
  /** Absent for `__typename`. */
  field: GraphQLField<unknown, Context> | undefined;
  nodes: readonly FieldNode[];
  /** Reads it from the parent where it takes no more than that. */
  read: Reader | undefined;
  /** How a field that asks the database for rows reads them for all that is selected below it. */
  reading?: Reading | undefined;
  /** In place of the field's own resolver, where less than that does the same. */
  resolve?: GraphQLFieldResolver<unknown, Context> | undefined;
  /** Its arguments with these variables. Throws for what breaks the schema. */
  args: (variables: Variables) => Record<string, unknown>;
  value: ValuePlan;
}

/** How what a resolver gives becomes what is answered. */
export type ValuePlan = { isRequired: boolean } & (
  | { kind: 'leaf'; type: GraphQLLeafType }
  | { kind: 'list'; item: ValuePlan }
  | { kind: 'object'; plan: ObjectPlan }
  | { kind: 'abstract'; type: GraphQLAbstractType; plans: ReadonlyMap<string, ObjectPlan> }
);

/** Thrown while a plan is made, for what is left to graphql-js. */
class Unplanned extends Error {}

/**
 * The plan of a valid query or mutation whose directives come out as these variables say; `undefined` where the document
 * asks for what only graphql-js answers: the schema itself, or types that look at their values. Of mutations those of one
 * field have one, where its answer is only read from what the resolver gives.
 */
export function planOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): ObjectPlan | undefined {
  const root = schema.getRootType(operation.operation);
  const plan = root
    ? planObject(schema, new Collector(schema, document, variables), root, [operation])
    : undefined;
  if (!plan || operation.operation === OperationTypeNode.QUERY) return plan;
  const [field, ...more] = plan.fields;
  if (!field || more.length > 0 || field.read || field.reading) return undefined; // it is called once
  return isPlain(field.value) ? plan : undefined;
}

/** The plan of what these nodes, of one field or operation, select of an object; `undefined` as above. */
export function planObject(
  schema: GraphQLSchema,
  collector: Collector,
  type: GraphQLObjectType,
  nodes: readonly (FieldNode | OperationDefinitionNode)[],
): ObjectPlan | undefined {
  try {
    return new Planner(schema, collector).object(type, nodes);
  } catch (error) {
    // The latter where a directive is wrong, as graphql-js will say, and where.
    if (error instanceof Unplanned || error instanceof GraphQLError) return undefined;
    throw error;
  }
}

class Planner {
  readonly #schema: GraphQLSchema;
  readonly #collector: Collector;

  constructor(schema: GraphQLSchema, collector: Collector) {
    this.#schema = schema;
    this.#collector = collector;
  }

  object(type: GraphQLObjectType, nodes: readonly (FieldNode | OperationDefinitionNode)[]): ObjectPlan {
    if (type.isTypeOf) throw new Unplanned();
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const fields = [...this.#collector.collect(type, selectionSets)].map(([key, own]) =>
      this.#field(type, key, own),
    );
    return objectPlan(type, fields);
  }

  #field(type: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): FieldPlan {
    const [node] = nodes;
    const name = node?.name.value ?? '';
    if (key === '__proto__') throw new Unplanned(); // is no name of a property like the others
    if (name === '__typename') return typenamePlan(type, key, nodes);
    const field = type.getFields()[name];
    if (!node || !field) throw new Unplanned();
    const read = readerOf(type, field);
    const plan = {
      key,
      field,
      nodes,
      read,
      args: argumentsOf(field, node),
      value: this.#value(field.type, nodes),
    };
    if (read || isOfTable(type)) return plan;
    return { ...plan, reading: Reading.of(plan), resolve: scopedResolverOf(type, field) };
  }

  #value(type: GraphQLOutputType, nodes: readonly FieldNode[]): ValuePlan {
    const isRequired = isNonNullType(type);
    const nullable = isNonNullType(type) ? type.ofType : type;
    if (isLeafType(nullable)) return { kind: 'leaf', isRequired, type: nullable };
    if (isListType(nullable)) {
      return { kind: 'list', isRequired, item: this.#value(nullable.ofType as GraphQLOutputType, nodes) };
    }
    if (!isAbstractType(nullable)) return { kind: 'object', isRequired, plan: this.object(nullable, nodes) };
    if (!nullable.resolveType) throw new Unplanned();
    const plans = new Map<string, ObjectPlan>();
    for (const one of this.#schema.getPossibleTypes(nullable)) plans.set(one.name, this.object(one, nodes));
    return { kind: 'abstract', isRequired, type: nullable, plans };
  }
}

function typenamePlan(type: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): FieldPlan {
  const value: ValuePlan = { kind: 'leaf', isRequired: true, type: GraphQLString };
  return { key, field: undefined, nodes, read: () => type.name, args: () => ({}), value };
}
