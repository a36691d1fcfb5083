import type pg from 'pg';
import type { Statement } from '../_util/statements.js';

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  'Actual Loops'?: number;
  'Actual Rows'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/**
 * The tables that PostgreSQL reads from end to end for a statement: `scanned` by its own choice though they have more
 * than a thousand rows, `forced` because no index could serve even if it wanted to.
 */
export async function scannedTables(
  pool: pg.Pool,
  statement: Statement,
): Promise<{ scanned: string[]; forced: string[] }> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const scanned = await largeOnes(client, await explain(client, statement));
    await client.query('SET LOCAL enable_seqscan = off');
    return { scanned, forced: await explain(client, statement) };
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** How many rows of a table a statement looks at, whether it keeps them or not. */
export async function rowsRead(pool: pg.Pool, statement: Statement, table: string): Promise<number> {
  const scans = await tableScans(pool, statement);
  return scans
    .filter((scan) => scan['Relation Name'] === table)
    .reduce((sum, scan) => {
      const rows = (scan['Actual Rows'] ?? 0) + (scan['Rows Removed by Filter'] ?? 0);
      return sum + rows * (scan['Actual Loops'] ?? 1);
    }, 0);
}

/** Each place of the plan where a table is read, after the statement has run; one that writes is refused. */
export async function tableScans(pool: pg.Pool, { text, values }: Statement): Promise<Plan[]> {
  if (!/^SELECT\b/i.test(text)) throw new Error(`not a query: ${text}`);
  const { rows } = await pool.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
    values,
  );
  const scansOf = (plan: Plan): Plan[] => [
    ...(plan['Relation Name'] ? [plan] : []),
    ...(plan.Plans ?? []).flatMap(scansOf),
  ];
  return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan: plan }) => scansOf(plan)));
}

async function largeOnes(client: pg.PoolClient, tables: string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT relname AS name FROM pg_class WHERE relname = ANY($1) AND reltuples > 1000',
    [tables],
  );
  return rows.map(({ name }) => name);
}

/** The plan that the server's connections use: one for all values, which no partial index may hang on. */
async function explain(client: pg.PoolClient, { text }: Statement): Promise<string[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
    `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`,
  );
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
  return plan ? sequentialScans(plan) : [];
}

function sequentialScans(plan: Plan): string[] {
  const own = plan['Node Type'] === 'Seq Scan' && plan['Relation Name'] ? [plan['Relation Name']] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(sequentialScans)];
}
