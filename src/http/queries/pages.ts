import { DEFAULT_PAGE } from '../../schema/page-rules.js';
import type { ValuePlan } from './plan.js';

/** The arguments of a connection, known to be right. */
export interface PageArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

/** How many rows are read for a page: one more tells whether there is more. */
export function rowsOfPage({ first, last }: PageArguments): number {
  return (first ?? last ?? DEFAULT_PAGE) + 1;
}

/**
 * The page that the Drizzle plugin would make of these rows for fields that `asksForNoCursor`: it spares a cursor for each
 * of them, and reading the order of the list once more.
 */
export function pageOf(rows: readonly object[], parent: unknown, args: PageArguments): object {
  const isFull = rows.length === rowsOfPage(args);
  const isBackward = typeof args.first !== 'number' && typeof args.last === 'number';
  const edges = (isFull ? rows.slice(0, -1) : rows).map((node) => ({ node }));
  return {
    parent,
    args,
    edges: isBackward ? edges.reverse() : edges,
    pageInfo: {
      hasNextPage: args.before ? true : typeof args.last === 'number' ? false : isFull,
      hasPreviousPage: args.after ? true : isBackward && isFull,
    },
  };
}

const OF_PAGES = new Set(['edges', 'nodes', 'pageInfo', 'totalCount']);
const OF_EDGES = new Set(['node']);
const OF_PAGE_INFO = new Set(['hasNextPage', 'hasPreviousPage']);

/** Whether a selection of a connection needs nothing that `pageOf` does not make. */
export function asksForNoCursor(value: ValuePlan): boolean {
  return (
    asksOnlyFor(value, OF_PAGES) &&
    value.kind === 'object' &&
    value.plan.fields.every(({ field, value: inner }) => {
      if (field?.name === 'edges') return inner.kind === 'list' && asksOnlyFor(inner.item, OF_EDGES);
      return field?.name !== 'pageInfo' || asksOnlyFor(inner, OF_PAGE_INFO);
    })
  );
}

function asksOnlyFor(value: ValuePlan, names: ReadonlySet<string>): boolean {
  return value.kind === 'object' && value.plan.fields.every(({ field }) => !field || names.has(field.name));
}
