/** Reads a migrated database's own account of itself, in the words of catalogue.expected.ts. */
import type { TestDatabase } from '../_util/database.js';

type Pool = Pick<TestDatabase['pool'], 'query'>;

/** What was asked of a table or an index, keyed by its name. */
export type ByName<T> = Map<string, T>;

export interface FoundConstraint {
  table: string;
  name: string;
  /** p, u, f or c, as in `pg_constraint.contype`. */
  kind: string;
  /** As `pg_get_constraintdef` prints it. */
  definition: string;
}

export interface FoundIndex {
  table: string;
  /** As `pg_get_indexdef` prints it, after `CREATE` and without the schema's name. */
  definition: string;
  /** Names in the index's order, as in `target, version`. */
  columns: string;
  unique: boolean;
  /** Whether queries use it: it is valid, ready and live. */
  usable: boolean;
  /** Whether a PRIMARY KEY or UNIQUE constraint made it. */
  ofConstraint: boolean;
}

/** All tables and views of the schema but for the partitions of months. */
export async function readTables(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
       AND relname !~ '^telemetry_events_\\d{4}_\\d{2}$'
     ORDER BY relname`,
  );
  return rows.map(({ name }) => name);
}

/** The columns of each table, in their order, as one line of DDL each. */
export async function readColumns(pool: Pool): Promise<ByName<string[]>> {
  const { rows } = await pool.query<{ table: string; columns: string[] }>(
    `SELECT c.relname AS table,
            array_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attgenerated = 's'
                THEN 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED' END,
              CASE WHEN a.attnotnull THEN 'NOT NULL' END,
              CASE WHEN a.attgenerated = '' THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
              CASE WHEN a.attidentity <> '' THEN 'IDENTITY' END) ORDER BY a.attnum) AS columns
     FROM pg_attribute a
     JOIN pg_class c ON c.oid = a.attrelid
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
     GROUP BY c.relname`,
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

export async function readConstraints(pool: Pool): Promise<FoundConstraint[]> {
  const { rows } = await pool.query<FoundConstraint>(
    `SELECT c.relname AS table, k.conname AS name, k.contype AS kind, pg_get_constraintdef(k.oid) AS definition
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f', 'c', 'x')
     ORDER BY 1, 2`,
  );
  return rows;
}

export async function readIndexes(pool: Pool): Promise<ByName<FoundIndex>> {
  const { rows } = await pool.query<FoundIndex & { name: string }>(
    `SELECT i.relname AS name, t.relname AS table,
            replace(regexp_replace(pg_get_indexdef(x.indexrelid), '^CREATE ', ''), ' public.', ' ') AS definition,
            (SELECT string_agg(pg_get_indexdef(x.indexrelid, n, true), ', ' ORDER BY n)
             FROM generate_series(1, x.indnkeyatts) AS n) AS columns,
            x.indisunique AS unique, x.indisvalid AND x.indisready AND x.indislive AS usable,
            EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u')) AS "ofConstraint"
     FROM pg_index x
     JOIN pg_class i ON i.oid = x.indexrelid
     JOIN pg_class t ON t.oid = x.indrelid
     WHERE t.relnamespace = 'public'::regnamespace`,
  );
  return new Map(rows.map(({ name, ...index }) => [name, index]));
}

/** Triggers that people wrote, as `table.trigger`; those of foreign keys are not told. */
export async function readTriggers(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT c.relname || '.' || t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

export async function readFunctions(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT proname AS name FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e') -- an extension's own
     ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** The expression by which a table is partitioned, `null` for an ordinary one. */
export async function readPartitionKey(pool: Pool, table: string): Promise<string | null> {
  const { rows } = await pool.query<{ key: string | null }>('SELECT pg_get_partkeydef($1::regclass) AS key', [
    table,
  ]);
  return rows[0]?.key ?? null;
}
