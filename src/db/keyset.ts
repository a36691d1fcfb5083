import type { QueryConfig } from './query-forms.js';

/**
 * The same query with a bound of its first ordering column beside each keyset, here and in its relations.
 *
 * The Drizzle plugin says where a page begins as `a < x OR (a = x AND id < y)`. PostgreSQL looks nothing up in an index for
 * an `OR`: it would walk from the beginning of the list to the page, and the thousandth page would cost a thousand times the
 * first. `a <= x` follows from it, and is looked up.
 */
export function boundKeysets(config: QueryConfig): QueryConfig {
  const { where, with: relations } = config;
  const bounded = where === undefined ? config : { ...config, where: bound(where) };
  if (!relations || Object.keys(relations).length === 0) return bounded;
  const inner = Object.entries(relations).map(([name, query]) => [
    name,
    typeof query === 'object' && query !== null ? boundKeysets(query) : query,
  ]);
  return { ...bounded, with: Object.fromEntries(inner) };
}

interface Filter {
  AND?: unknown[];
  OR?: unknown[];
}

function bound(where: unknown): unknown {
  if (typeof where !== 'object' || where === null) return where;
  const { AND: all, OR: any } = where as Filter;
  if (Array.isArray(all)) return { ...where, AND: all.map(bound) };
  const edge = Array.isArray(any) && any.length > 1 ? edgeOf(any) : undefined;
  return edge ? { AND: [edge, where] } : where;
}

/** `{ a: { lte: x } }` of `[{ a: { lt: x } }, { AND: [{ a: { eq: x } }, …] }, …]`. */
function edgeOf([first, second]: unknown[]): object | undefined {
  const [column, comparison, more] = Object.entries(first as object).flat();
  const [tie] = (second as Filter).AND ?? [];
  if (typeof column !== 'string' || more !== undefined || comparison === null) return undefined;
  const { lt, gt } = comparison as { lt?: unknown; gt?: unknown };
  const value = lt ?? gt;
  const { eq } = ((tie as Record<string, { eq?: unknown }> | undefined)?.[column] ?? {}) as { eq?: unknown };
  if (value === undefined || eq !== value) return undefined;
  return { [column]: lt === undefined ? { gte: value } : { lte: value } };
}
