import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  locatedError,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Context } from '../../context.js';
import type { RowInfo, RowQuery } from '../../schema/rows.js';
import type { Variables } from '../collector.js';
import type { Plain } from './plain.js';
import type { FieldPlan, ObjectPlan, ValuePlan } from './plan.js';
import { ABSENT } from './readers.js';
import { type RowsRead, Unreadable } from './rows-read.js';

/** Where a value stands in the answer. Resolvers know it by the same object from one field down to the next. */
interface Path {
  readonly prev: Path | undefined;
  readonly key: string | number;
  readonly typename: string | undefined;
}

type Answer = Record<string, unknown>;
type Arguments = Record<string, unknown>;
type MaybePromise<T> = T | Promise<T>;

/**
 * Thrown where a plan cannot go on, and graphql-js has to execute the query: where a value breaks the schema, which it
 * finds as well, and has the words for; and where a resolver does not do what its reading went by. In a mutation, which is
 * not done again, it is an error like others.
 */
export class PlanBroken extends Error {
  constructor(message = 'The result is not what the schema says.') {
    super(message);
  }
}

/**
 * Runs the plan of a query or mutation: calls the resolvers as graphql-js would, with what they are called with there, and
 * answers the same; what only reads its parent is read without one. Rejects or throws `PlanBroken` where graphql-js has to
 * execute a query.
 */
export function runPlan(
  plan: ObjectPlan,
  args: ExecutionArgs,
  operation: OperationDefinitionNode,
  variables: Variables,
): MaybePromise<ExecutionResult> {
  const run = new Run(args, operation, variables);
  try {
    const data = run.object(plan, args.rootValue, undefined);
    return data instanceof Promise ? data.then(run.answer, run.failure) : run.answer(data);
  } catch (error) {
    return run.failure(error);
  }
}

class Run {
  readonly #schema: GraphQLSchema;
  readonly #fragments: Record<string, FragmentDefinitionNode>;
  readonly #operation: OperationDefinitionNode;
  readonly #variables: Variables;
  readonly #rootValue: unknown;
  readonly #context: Context;
  readonly #errors: GraphQLError[] = [];
  /** Where errors made a null; what is below was given up, and its errors are nobody's. */
  readonly #nulled = new Set<Path | undefined>();

  constructor(args: ExecutionArgs, operation: OperationDefinitionNode, variables: Variables) {
    this.#schema = args.schema;
    this.#fragments = fragmentsOf(args.document);
    this.#operation = operation;
    this.#variables = variables;
    this.#rootValue = args.rootValue;
    this.#context = args.contextValue as Context;
  }

  readonly answer = (data: Answer | null): ExecutionResult =>
    this.#errors.length === 0 ? { data } : { errors: this.#errors, data };

  readonly failure = (error: unknown): ExecutionResult => {
    if (this.#isBroken(error)) throw error;
    this.#collect(error as GraphQLError, undefined);
    return this.answer(null);
  };

  /** The answer to a selection of one object; all fields at once. */
  object(plan: ObjectPlan, source: unknown, path: Path | undefined): MaybePromise<Answer> {
    return (plan.plain && this.#plainly(plan.plain, source)) ?? this.#object(plan, source, path);
  }

  /** `undefined` for what takes a closer look. */
  #plainly(plain: Plain, source: unknown): Answer | undefined {
    try {
      return plain(source, this.#context) as Answer;
    } catch {
      return undefined;
    }
  }

  #object({ type, fields }: ObjectPlan, source: unknown, path: Path | undefined): MaybePromise<Answer> {
    const answer: Answer = {};
    let waiting: Promise<void>[] | undefined;
    try {
      for (const field of fields) {
        const value = this.#field(type, field, source, path);
        answer[field.key] = value; // also of a promise, so that the order is that of the selection
        if (value instanceof Promise) {
          waiting ??= [];
          waiting.push(
            value.then((settled) => {
              answer[field.key] = settled;
            }),
          );
        }
      }
    } catch (error) {
      if (!waiting) throw error;
      return Promise.allSettled(waiting).then(() => {
        throw error;
      });
    }
    return waiting ? Promise.all(waiting).then(() => answer) : answer;
  }

  #field(type: ObjectPlan['type'], plan: FieldPlan, source: unknown, parentPath: Path | undefined): unknown {
    const { field } = plan;
    const read = plan.read ? readFrom(plan.read, source) : ABSENT;
    if (plan.value.kind === 'leaf' && read !== ABSENT) {
      const leaf = leafOf(plan.value, read);
      if (leaf !== undefined) return leaf;
    }
    const path: Path = { prev: parentPath, key: plan.key, typename: type.name };
    let valuePlan = plan.value;
    try {
      let result = read;
      if (read === ABSENT || !field) {
        const args = plan.args(this.#variables);
        const rows = plan.reading?.begin(this.#context, this.#variables, args);
        if (rows && plan.reading) {
          valuePlan = plan.reading.value;
          result = this.#read(rows, type, plan, source, args, path);
        } else result = this.#resolve(type, plan, source, args, path);
      }
      const completed = isPromise(result)
        ? result.then((resolved) => this.#complete(plan, valuePlan, resolved, path))
        : this.#complete(plan, valuePlan, result, path);
      if (!(completed instanceof Promise)) return completed;
      return completed.then(undefined, (error: unknown) => this.#fail(error, plan, valuePlan, path));
    } catch (error) {
      return this.#fail(error, plan, valuePlan, path);
    }
  }

  /** What the resolver makes of the rows that it reads. */
  #read(
    rows: RowsRead,
    type: ObjectPlan['type'],
    plan: FieldPlan,
    source: unknown,
    args: Arguments,
    path: Path,
  ): unknown {
    const result = this.#resolve(type, plan, source, args, path, rows.query);
    return isPromise(result)
      ? result.then((given) => rows.valueOf(given, source))
      : rows.valueOf(result, source);
  }

  #resolve(
    parentType: ObjectPlan['type'],
    { field, nodes, resolve: planned }: FieldPlan,
    source: unknown,
    args: Arguments,
    path: Path,
    rowQuery?: RowQuery,
  ): unknown {
    if (!field) throw new PlanBroken();
    const { name: fieldName, type: returnType } = field;
    const resolve = planned ?? field.resolve;
    const info: RowInfo = {
      fieldName,
      fieldNodes: nodes,
      returnType,
      parentType,
      path,
      schema: this.#schema,
      fragments: this.#fragments,
      rootValue: this.#rootValue,
      operation: this.#operation,
      variableValues: this.#variables as Record<string, unknown>,
      rowQuery,
    };
    if (resolve) return resolve(source, args, this.#context, info);
    const property = (source as Record<string, unknown>)[fieldName];
    return typeof property === 'function'
      ? (source as Record<string, (...all: unknown[]) => unknown>)[fieldName]?.(args, this.#context, info)
      : property;
  }

  #complete(field: FieldPlan, plan: ValuePlan, value: unknown, path: Path): unknown {
    if (value instanceof Error) throw value;
    if (value === null || value === undefined) {
      if (plan.isRequired) throw new PlanBroken();
      return null;
    }
    switch (plan.kind) {
      case 'leaf': {
        const leaf = leafOf(plan, value);
        if (leaf === undefined) throw new PlanBroken();
        return leaf;
      }
      case 'list':
        return this.#list(field, plan.item, value, path);
      case 'object':
        return this.object(plan.plan, value, path);
      case 'abstract': {
        const typename = plan.type.resolveType?.(value, this.#context, undefined as never, plan.type);
        const own = typeof typename === 'string' ? plan.plans.get(typename) : undefined;
        if (!own) throw new PlanBroken();
        return this.object(own, value, path);
      }
    }
  }

  #list(field: FieldPlan, plan: ValuePlan, values: unknown, path: Path): MaybePromise<unknown[]> {
    if (!Array.isArray(values)) throw new PlanBroken();
    let isWaiting = false;
    const plain = plan.kind === 'object' ? plan.plan.plain : undefined;
    const answers = values.map((value, index) => {
      if (plan.kind === 'leaf') {
        const leaf = leafOf(plan, value);
        if (leaf !== undefined) return leaf;
      }
      if (plain && isObject(value)) {
        const answer = this.#plainly(plain, value);
        if (answer !== undefined) return answer;
      }
      const itemPath: Path = { prev: path, key: index, typename: undefined };
      try {
        const completed = isPromise(value)
          ? value.then((resolved) => this.#complete(field, plan, resolved, itemPath))
          : this.#complete(field, plan, value, itemPath);
        if (!(completed instanceof Promise)) return completed;
        isWaiting = true;
        return completed.then(undefined, (error: unknown) => this.#fail(error, field, plan, itemPath));
      } catch (error) {
        return this.#fail(error, field, plan, itemPath);
      }
    });
    return isWaiting ? Promise.all(answers) : answers;
  }

  /** The null in place of what failed, where one may stand; else the error is the parent's. */
  #fail(error: unknown, { nodes, reading }: FieldPlan, { isRequired }: ValuePlan, path: Path): null {
    if (this.#isBroken(error)) throw error;
    if (error instanceof Unreadable && reading) {
      reading.isBroken = true;
      throw new PlanBroken();
    }
    const located = locatedError(error, nodes, keysOf(path));
    if (isRequired) throw located;
    this.#collect(located, path);
    return null;
  }

  /** Whether graphql-js has to start over. */
  #isBroken(error: unknown): boolean {
    return error instanceof PlanBroken && this.#operation.operation === OperationTypeNode.QUERY;
  }

  #collect(error: GraphQLError, path: Path | undefined): void {
    for (let at = path; at; at = at.prev) if (this.#nulled.has(at)) return;
    if (this.#nulled.has(undefined)) return;
    this.#nulled.add(path);
    this.#errors.push(error);
  }
}

/** `ABSENT` also for what its resolver has to call, or to fail with as the reader did. */
function readFrom(read: NonNullable<FieldPlan['read']>, source: unknown): unknown {
  try {
    const value = read(source as never);
    return typeof value === 'function' ? ABSENT : value;
  } catch {
    return ABSENT;
  }
}

/** The value as it is answered; `undefined` where it takes a closer look. */
function leafOf({ type, isRequired }: ValuePlan & { kind: 'leaf' }, value: unknown): unknown {
  if (value === null || value === undefined) return isRequired ? undefined : null;
  if (value instanceof Error || isPromise(value)) return undefined;
  try {
    return type.serialize(value) ?? undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && !('then' in value);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function'
  );
}

function keysOf(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: Path | undefined = path; at; at = at.prev) keys.push(at.key);
  return keys.reverse();
}

const known = new WeakMap<DocumentNode, Record<string, FragmentDefinitionNode>>();

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  let fragments = known.get(document);
  if (!fragments) {
    fragments = Object.create(null) as Record<string, FragmentDefinitionNode>;
    for (const one of document.definitions) {
      if (one.kind === Kind.FRAGMENT_DEFINITION) fragments[one.name.value] = one;
    }
    known.set(document, fragments);
  }
  return fragments;
}
