import type { QueryConfig } from '../../db/query-forms.js';
import type { RowQuery } from '../../schema/rows.js';
import { orderOf, type PageArguments, pageOf, pageQuery } from './pages.js';

/** Thrown where a field asks for what only the Drizzle plugin knows how to read. */
export class Unreadable extends Error {}

/** One call of a resolver, and the rows that it read. */
export class RowsRead {
  /** For the resolver: makes the query that it asks. */
  readonly query: RowQuery;
  readonly #page: PageArguments | undefined;
  #order: readonly string[] = [];
  /** What its queries gave, and the rows of all. */
  readonly #read: unknown[] = [];
  #rows: Set<unknown> | undefined;

  /** `needed` is what the selection reads of each row; `page` are the arguments of a connection. */
  constructor(needed: QueryConfig, page?: PageArguments) {
    this.#page = page;
    const onRows = (rows: unknown) => void this.#read.push(rows);
    this.query = (select) => {
      const asked = { columns: {}, ...select, onRows };
      return merge(page ? this.#pageQuery(asked, page) : asked, needed);
    };
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
    return this.#rows.has(value) || (Array.isArray(value) && value.every((row) => this.#holds(row)));
  }
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
