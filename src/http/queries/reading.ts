import type { GraphQLField, GraphQLFieldResolver, GraphQLObjectType } from 'graphql';
import type { Context } from '../../context.js';
import type { QueryConfig } from '../../db/query-forms.js';
import type { Variables } from '../collector.js';
import { orderOf, type PageArguments, pageOf, rowsOfPage } from './pages.js';
import { type FieldPlan, type ObjectPlan, objectPlan, type ValuePlan } from './plan.js';
import { type Hints, isOfTable, plainReaderOf } from './readers.js';
import { addRelations, isEmpty, merge, RowsRead, Unreadable } from './rows-read.js';
import { textsOf } from './texts.js';

type Select = (
  args: object,
  context: Context,
  nested: (query: unknown) => QueryConfig,
  selectedFields: () => ReadonlySet<string>,
  position: object,
) => unknown;

/** What a selection asks of the rows of a table. */
interface Selection {
  columns: Record<string, true>;
  extras?: Readonly<Record<string, unknown>> | undefined;
  with: Record<string, unknown>;
  related: Related[];
  /** What depends on arguments, but is of the rows themselves. */
  own: { args: FieldPlan['args']; hints: Hints }[];
}

/** A relation, or a connection of one; the field says which rows of it, by its arguments and the viewer. */
interface Related {
  args: FieldPlan['args'];
  select: Select;
  rows: Selection;
  isConnection: boolean;
  /** What the rows call it, and what a connection is ordered by; known when it was read for the first time. */
  name?: string;
  order?: readonly string[];
}

type RelatedOf = Map<FieldPlan, Related>;

/**
 * What a field that lists or finds rows of a table reads for its selection, worked out once. The field's resolver is
 * called as always, with a query that needs no planning: the rows that it wants, and of each what the selection needs. The
 * resolvers below find all of it in the rows.
 */
export class Reading {
  /** How what was read is answered. */
  readonly value: ValuePlan;
  /** Whether it turned out that this field cannot be read so. */
  isBroken = false;
  readonly #selection: Selection;
  readonly #isConnection: boolean;

  /** The reading of a field with this value, where there is one. */
  static of(field: FieldPlan): Reading | undefined {
    try {
      const rows = rowsOf(field.value);
      return rows && new Reading(field, rows);
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  private constructor({ value }: FieldPlan, rows: readonly ObjectPlan[]) {
    const [first] = rows;
    if (!first || rows.some(({ type }) => type !== first.type)) throw new Unreadable();
    const relatedOf: RelatedOf = new Map();
    this.#selection = mergeSelections(rows.map((one) => selectionOfRows(one, relatedOf)));
    const texts = textsOf(rows, tableOf(first.type) as string);
    for (const name in texts) delete this.#selection.columns[name];
    this.#selection.extras = texts;
    this.value = ofRows(value, relatedOf);
    this.#isConnection = !isTable(value);
  }

  /**
   * For one call of the resolver with these arguments; `undefined` where the field has to be left to the Drizzle plugin, as
   * when an argument below it is wrong.
   */
  begin(context: Context, variables: Variables, args: PageArguments): RowsRead | undefined {
    if (this.isBroken) return undefined;
    try {
      return new RowsRead(
        queryOf(this.#selection, context, variables),
        this.#isConnection ? args : undefined,
      );
    } catch (error) {
      if (error instanceof Unreadable) this.isBroken = true;
      return undefined;
    }
  }
}

/** The plans of the rows that a value is made of: itself, its items, or the nodes of a connection. */
function rowsOf(value: ValuePlan): ObjectPlan[] | undefined {
  if (value.kind === 'list') return rowsOf(value.item);
  if (value.kind !== 'object') return undefined;
  if (isOfTable(value.plan.type)) return [value.plan];
  const rows = value.plan.fields.flatMap(({ field, value: inner }) => {
    if (field?.name === 'nodes') return rowsOf(inner) ?? [];
    if (field?.name !== 'edges' || inner.kind !== 'list' || inner.item.kind !== 'object') return [];
    return inner.item.plan.fields.flatMap((edge) =>
      edge.field?.name === 'node' ? (rowsOf(edge.value) ?? []) : [],
    );
  });
  return rows.length > 0 ? rows : undefined;
}

function isTable(value: ValuePlan): boolean {
  if (value.kind === 'list') return isTable(value.item);
  return value.kind === 'object' && isOfTable(value.plan.type);
}

function tableOf(type: GraphQLObjectType): string | undefined {
  return (type.extensions as Hints).pothosDrizzleTable?.name;
}

function selectionOfRows({ type, fields }: ObjectPlan, relatedOf: RelatedOf): Selection {
  const hints = type.extensions as Hints;
  if (hints.pothosOptions?.authScopes || !hints.pothosDrizzleSelect) throw new Unreadable();
  const parts = [ownSelection(hints.pothosDrizzleSelect)];
  for (const plan of fields) {
    if (!plan.field) continue;
    const hints = plan.field.extensions as Hints;
    const { pothosOptions, pothosArgMappers, pothosDrizzleSelect: select } = hints;
    if (pothosOptions?.authScopes || pothosArgMappers?.length) throw new Unreadable();
    if (hints.rowExtras) parts.push({ ...nothing(), own: [{ args: plan.args, hints }] });
    if (typeof select !== 'function') parts.push(ownSelection(select));
    else {
      const rows = rowsOf(plan.value);
      if (!rows) throw new Unreadable();
      const related: Related = {
        args: plan.args,
        select: select as Select,
        rows: mergeSelections(rows.map((one) => selectionOfRows(one, relatedOf))),
        isConnection: !isTable(plan.value),
      };
      relatedOf.set(plan, related);
      parts.push({ ...nothing(), related: [related] });
    }
  }
  return mergeSelections(parts);
}

function nothing(): Selection {
  return { columns: {}, with: {}, related: [], own: [] };
}

/** A selection of columns and relations that depends on nothing. */
function ownSelection(select: unknown): Selection {
  if (!select) return nothing();
  if (typeof select !== 'object') throw new Unreadable();
  const { columns, with: relations, ...more } = select as QueryConfig;
  if (!columns && !relations) throw new Unreadable();
  if (Object.keys(more).length > 0) throw new Unreadable();
  return { ...nothing(), columns: (columns ?? {}) as Selection['columns'], with: relations ?? {} };
}

function mergeSelections(parts: readonly Selection[]): Selection {
  const merged = nothing();
  for (const { columns, with: relations, related, own } of parts) {
    Object.assign(merged.columns, columns);
    addRelations(merged.with, relations);
    merged.related.push(...related);
    merged.own.push(...own);
  }
  return merged;
}

/** The selection as Drizzle takes it, with the arguments and for the viewer of one request. */
function queryOf(selection: Selection, context: Context, variables: Variables): QueryConfig {
  const { related: all, own } = selection;
  if (all.length === 0 && own.length === 0) return selection;
  const relations = { ...selection.with };
  for (const related of all) {
    const args = related.args(variables);
    const nested = (query: unknown) => {
      const { limit } = query as QueryConfig;
      if (related.isConnection) {
        if (limit !== rowsOfPage(args)) throw new Unreadable();
        related.order = sameOrder(related.order, orderOf(query as QueryConfig));
      }
      return merge(query as QueryConfig, queryOf(related.rows, context, variables));
    };
    const selected = related.select(args, context, nested, noFields, NO_POSITION);
    related.name = addRelation(relations, selected);
  }
  const extras = { ...selection.extras };
  for (const { args, hints } of own) Object.assign(extras, extrasOf(hints, args(variables)));
  return { columns: selection.columns, extras, with: relations };
}

/** Nothing where the arguments are wrong, which the field's resolver says. */
function extrasOf({ pageCheck, rowExtras }: Hints, args: object): object | undefined {
  try {
    pageCheck?.(args);
  } catch {
    return undefined;
  }
  return rowExtras?.(args);
}

/** A list is ordered the same way each time. */
function sameOrder(known: readonly string[] | undefined, order: string[] | undefined): readonly string[] {
  if (!order || (known && String(known) !== String(order))) throw new Unreadable();
  return known ?? order;
}

/** The name of the one relation that a field selects. */
function addRelation(known: Record<string, unknown>, selected: unknown): string {
  if (!selected || typeof selected !== 'object' || 'then' in selected) throw new Unreadable();
  const { columns, extras, with: relations } = selected as QueryConfig;
  if (!isEmpty(columns) || !isEmpty(extras)) throw new Unreadable();
  addRelations(known, relations);
  const [name, more] = Object.keys(relations ?? {});
  if (name === undefined || more !== undefined) throw new Unreadable();
  return name;
}

/** Relations count nothing here: `totalCount` is a loader's (`schema/connections.ts`). */
const NO_FIELDS: ReadonlySet<string> = new Set();
const noFields = () => NO_FIELDS;

/** Where a field stands in the document is nothing that the rows below it may depend on. */
const NO_POSITION = Object.freeze({
  get path(): never {
    throw new Unreadable();
  },
  get segments(): never {
    throw new Unreadable();
  },
});

/** The same value, with fields of rows that find in them what was read. */
function ofRows(value: ValuePlan, relatedOf: RelatedOf): ValuePlan {
  if (value.kind === 'list') return { ...value, item: ofRows(value.item, relatedOf) };
  if (value.kind !== 'object') return value;
  const { type, fields } = value.plan;
  const own = isOfTable(type) ? ofRow : onTheWay;
  return {
    ...value,
    plan: objectPlan(
      type,
      fields.map((field) => own(type, field, relatedOf)),
    ),
  };
}

/** From a connection to its rows. */
function onTheWay(_type: GraphQLObjectType, plan: FieldPlan, relatedOf: RelatedOf): FieldPlan {
  const name = plan.field?.name;
  const leads = name === 'edges' || name === 'nodes' || name === 'node';
  return leads ? { ...plan, value: ofRows(plan.value, relatedOf) } : plan;
}

function ofRow(type: GraphQLObjectType, plan: FieldPlan, relatedOf: RelatedOf): FieldPlan {
  const { field, value } = plan;
  const hints = field?.extensions as Hints | undefined;
  if (!field || !hints?.pothosDrizzleSelect) return plan;
  const read = plainReaderOf(type, field);
  const related = relatedOf.get(plan);
  if (!related) return { ...plan, read, resolve: resolverOf(field, hints) };
  const resolve = related.isConnection ? pageResolver(related) : resolverOf(field, hints);
  return { ...plan, read, resolve, value: ofRows(value, relatedOf) };
}

/** The arguments were checked when the rows were read. */
function pageResolver(related: Related): GraphQLFieldResolver<unknown, Context> {
  return (parent, args) => {
    const rows = (parent as Record<string, readonly object[]>)[related.name as string] ?? [];
    return pageOf(rows, related.order ?? [], parent, args);
  };
}

/** The resolver as it was written: around it is nothing but what makes sure that its columns were read, and page rules. */
function resolverOf(
  { resolve }: GraphQLField<unknown, Context>,
  { pothosOriginalResolve: original, pageCheck }: Hints,
): GraphQLFieldResolver<unknown, Context> | undefined {
  if (!original) return resolve;
  if (!pageCheck) return original;
  return (source, args, context, info) => {
    pageCheck(args);
    return original(source, args, context, info);
  };
}
