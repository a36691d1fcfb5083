import { beyond, type Direction, type Order, orderBy } from '../../db/order.js';
import type { QueryConfig } from '../../db/query-forms.js';
import { ValidationError } from '../../errors.js';
import { PageInfo } from '../../resolvers/page-info.js';
import { cursorValues, DEFAULT_PAGE, rowCursor } from '../../schema/page-rules.js';

/** The arguments of a connection, known to be right. */
export interface PageArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
}

type Row = Readonly<Record<string, unknown>>;

/** How many rows are read for a page: one more tells whether there is more. */
export function rowsOfPage({ first, last }: PageArguments): number {
  return (first ?? last ?? DEFAULT_PAGE) + 1;
}

function isBackward({ first, last }: PageArguments): boolean {
  return typeof first !== 'number' && typeof last === 'number';
}

/**
 * What the rows of a list are ordered by, of which their cursors are made. `undefined` where that does not tell every row
 * from the others, or is more than names.
 */
export function orderOf({ orderBy }: QueryConfig): string[] | undefined {
  if (typeof orderBy !== 'object' || orderBy === null) return undefined;
  return 'id' in orderBy ? Object.keys(orderBy) : undefined;
}

/** The query of a page of a list that is ordered by these keys. */
export function pageQuery(list: QueryConfig, keys: readonly string[], args: PageArguments): QueryConfig {
  const { extras, where, columns } = list;
  const given = list.orderBy as Record<string, Direction>;
  const order: Order = { extras, directions: keys.map((key) => [key, given[key] as Direction]) };
  const sides = (['after', 'before'] as const).flatMap((side) => edgeOf(order, args, side) ?? []);
  const read: Record<string, boolean | undefined> = { ...columns };
  for (const key of keys) if (!extras?.[key]) read[key] = true;
  return {
    ...list,
    ...(sides.length > 0 && { where: where === undefined ? { AND: sides } : { AND: [where, ...sides] } }),
    columns: read,
    limit: rowsOfPage(args),
    orderBy: orderBy(isBackward(args) ? turned(order) : order),
  };
}

function edgeOf(order: Order, args: PageArguments, side: 'after' | 'before'): object | undefined {
  const cursor = args[side];
  if (!cursor) return undefined;
  const values = cursorValues(cursor);
  if (values.length > order.directions.length) throw ValidationError.of(side, 'is not a cursor of this list');
  return beyond(order, values, side);
}

function turned({ directions, extras }: Order): Order {
  return { extras, directions: directions.map(([key, way]) => [key, way === 'asc' ? 'desc' : 'asc']) };
}

/** The page that the Drizzle plugin would make of these rows, with cursors for those who ask for them. */
export function pageOf(
  rows: readonly object[],
  order: readonly string[],
  parent: unknown,
  args: PageArguments,
): object {
  const hasMore = rows.length === rowsOfPage(args);
  const backward = isBackward(args);
  const edges = (hasMore ? rows.slice(0, -1) : rows).map((node) => new Edge(node as Row, order));
  if (backward) edges.reverse();
  const pageInfo = new PageInfo(
    edges,
    args.before ? true : typeof args.last === 'number' ? false : hasMore,
    args.after ? true : backward && hasMore,
  );
  return { parent, args, edges, pageInfo };
}

class Edge {
  readonly node: Row;
  readonly #order: readonly string[];

  constructor(node: Row, order: readonly string[]) {
    this.node = node;
    this.#order = order;
  }

  get cursor(): string {
    return rowCursor(this.node, this.#order);
  }
}
