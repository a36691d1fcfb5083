import type { Context } from '../../context.js';
import type { QueryConfig } from '../../db/query-forms.js';
import type { RowQuery } from '../../schema/rows.js';
import { isAtAnEnd, orderOf, type PageArguments, pageOf, pageQuery } from './pages.js';

/** Thrown where a field asks for what only the Drizzle plugin knows how to read. */
export class Unreadable extends Error {}

type Row = object;

/** One call of a resolver, and the rows that it read. */
export class RowsRead {
  /** For the resolver: its queries of the table read what the selection needs. */
  readonly context: Context;
  /** For the resolver: makes the query that it asks. Not there for a page that begins at a cursor. */
  readonly query: RowQuery | undefined;
  readonly #page: PageArguments | undefined;
  #order: readonly string[] = [];
  /** What its queries gave, and the rows of all. */
  readonly #read: unknown[] = [];
  #rows: Set<unknown> | undefined;

  /** `page` are the arguments of a connection. */
  constructor(context: Context, table: string, needed: QueryConfig, page?: PageArguments) {
    const { db } = context;
    const builders = db.orm.query as unknown as Record<string, Builder>;
    const builder = builders[table] as Builder;
    const widened: Builder = {
      findMany: async (query) => this.#remember(await builder.findMany(widen(query, needed))),
      findFirst: async (query) => this.#remember(await builder.findFirst(widen(query, needed))),
    };
    const orm = { __proto__: db.orm, query: { __proto__: builders, [table]: widened } };
    this.context = { ...context, db: { ...db, orm: orm as unknown as typeof db.orm } };
    this.#page = page && isAtAnEnd(page) ? page : undefined;
    if (!page) this.query = (select) => ({ columns: {}, ...select });
    else if (this.#page) this.query = (select) => this.#pageQuery({ columns: {}, ...select }, page);
  }

  /** What the resolver gave as the value of the field. Throws where it is not made of these rows. */
  valueOf(given: unknown, parent: unknown): unknown {
    if (!this.#holds(given)) throw new Unreadable();
    return this.#page && Array.isArray(given) ? pageOf(given, this.#order, parent, this.#page) : given;
  }

  #pageQuery(list: QueryConfig, page: PageArguments): QueryConfig {
    const order = orderOf(list);
    if (!order) throw new Unreadable();
    this.#order = order;
    return pageQuery(list, order, page);
  }

  #holds(value: unknown): boolean {
    if (value === null || value === undefined || this.#read.includes(value)) return true;
    this.#rows ??= new Set(this.#read.flat());
    if (this.#rows.has(value)) return true;
    if (Array.isArray(value)) return value.every((row) => this.#holds(row));
    const { edges } = value as { edges?: unknown };
    return (
      Array.isArray(edges) && edges.every((edge) => this.#holds((edge as { node?: unknown } | null)?.node))
    );
  }

  #remember<T>(read: T): T {
    this.#read.push(read);
    return read;
  }
}

interface Builder {
  findMany(query?: QueryConfig): Promise<Row[]>;
  findFirst(query?: QueryConfig): Promise<Row | undefined>;
}

/** What a resolver asks by the plugin's `query()`, which names columns, and what the selection needs; its own errands are as they are. */
function widen(query: QueryConfig | undefined, needed: QueryConfig): QueryConfig | undefined {
  return query?.columns ? merge(query, needed) : query;
}

/** A query that says which rows, and what a selection needs of them. */
export function merge(query: QueryConfig | undefined, needed: QueryConfig): QueryConfig {
  const columns = areWithin(query?.columns, needed.columns)
    ? needed.columns
    : { ...query?.columns, ...needed.columns };
  const extras = needed.extras ? { ...query?.extras, ...needed.extras } : query?.extras;
  if (isEmpty(query?.with)) return { ...query, columns, extras, with: needed.with } as QueryConfig;
  const relations = { ...needed.with };
  addRelations(relations, query?.with);
  return { ...query, columns, extras, with: relations } as QueryConfig;
}

function areWithin(columns: QueryConfig['columns'], known: QueryConfig['columns'] = {}): boolean {
  for (const name in columns) if (!known[name]) return false;
  return true;
}

export function isEmpty(object: object | undefined): boolean {
  for (const _ in object) return false;
  return true;
}

/** A relation is read once, one way; who asks for it twice is served by the Drizzle plugin. */
export function addRelations(known: Record<string, unknown>, more: QueryConfig['with'] = {}): void {
  for (const name of Object.keys(more)) {
    if (known[name] !== undefined) throw new Unreadable();
    known[name] = more[name];
  }
}
