import { asc, desc, type SQL, sql, type Table } from 'drizzle-orm';

export type Direction = 'asc' | 'desc';

type Expression = (table: Table, operators: { sql: typeof sql }) => SQL;

/** The order of a relational query by columns and by `extras` of it, of which Drizzle itself would know the columns alone. */
export function orderBy(
  directions: [key: string, Direction][],
  extras?: Readonly<Record<string, unknown>>,
): unknown {
  if (!extras) return Object.fromEntries(directions);
  const expressions = extras as Readonly<Record<string, Expression>>;
  return (table: Table) =>
    directions.map(([key, direction]) => {
      const by = expressions[key]?.(table, { sql }) ?? (table as unknown as Record<string, SQL>)[key];
      return (direction === 'asc' ? asc : desc)(by as SQL);
    });
}
