/** A node of `EXPLAIN (ANALYZE, FORMAT JSON)`, as far as it is looked at here. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** How a statement reads a table. */
export interface Reads {
  table: string;
  node: string;
  /** `Index Only Scan of idx_sessions_analytics`. */
  how: string;
  /** All that were looked at, those that were passed over included. */
  rows: number;
}

/** Each place of a plan where a table is read. */
export function readsOf(node: PlanNode): Reads[] {
  const table = node['Relation Name'];
  const below = (node.Plans ?? []).flatMap(readsOf);
  if (table === undefined) return below;
  const passedOver = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  const own = {
    table,
    node: node['Node Type'],
    how: `${node['Node Type']} of ${node['Index Name'] ?? table}`,
    rows: Math.round((node['Actual Rows'] + passedOver) * node['Actual Loops']),
  };
  return [own, ...below];
}
