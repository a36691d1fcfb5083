import { asc, desc, eq, gt, isNull, lt, type SQL, sql, type Table } from 'drizzle-orm';

export type Direction = 'asc' | 'desc';

/** What rows are ordered by: columns, and `extras` of the query, of which Drizzle itself would know the columns alone. */
export interface Order {
  readonly directions: readonly (readonly [key: string, direction: Direction])[];
  readonly extras: Readonly<Record<string, unknown>> | undefined;
}

type Expression = (table: Table, operators: { sql: typeof sql }) => SQL;

/** The order for a relational query. */
export function orderBy({ directions, extras }: Order): unknown {
  if (!extras) return Object.fromEntries(directions);
  return (table: Table) =>
    directions.map(([key, direction]) =>
      (direction === 'asc' ? asc : desc)(expressionOf(table, key, extras)),
    );
}

/**
 * The filter of a relational query for the rows on one side of the row with these values, of which there are at most as many
 * as the order has keys: those where the first key that differs does so in the order's direction (`after`), or against it.
 */
export function beyond(order: Order, values: readonly unknown[], side: 'after' | 'before'): object {
  const covered = order.directions.slice(0, values.length);
  const parts = covered.map(([key, direction], place) => {
    const operator = (direction === 'asc') === (side === 'after') ? 'gt' : 'lt';
    const differs = comparison(order, key, operator, values[place]);
    if (place === 0) return differs;
    const ties = covered.slice(0, place).map(([tied], at) => comparison(order, tied, 'eq', values[at]));
    return { AND: [...ties, differs] };
  });
  return parts.length > 1 ? { OR: parts } : (parts[0] ?? {});
}

const OPERATORS = { eq, gt, lt };

function comparison(
  { extras }: Order,
  key: string,
  operator: keyof typeof OPERATORS,
  value: unknown,
): object {
  const isNothing = operator === 'eq' && (value === null || value === undefined);
  if (!extras?.[key]) return { [key]: isNothing ? { isNull: true } : { [operator]: value } };
  const RAW = (table: Table) => {
    const by = expressionOf(table, key, extras);
    return isNothing ? isNull(by) : OPERATORS[operator](by, value);
  };
  return { RAW };
}

function expressionOf(table: Table, key: string, extras: NonNullable<Order['extras']>): SQL {
  const expression = extras[key] as Expression | undefined;
  return expression?.(table, { sql }) ?? ((table as unknown as Record<string, unknown>)[key] as SQL);
}
