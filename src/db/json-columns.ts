import { getColumns, type SQL, sql, type Table } from 'drizzle-orm';
import { JsonText } from '../json-text.js';
import { relations } from './relations.js';

/** Reads a JSON column of a row as its text, for an `extras` of a relational query; `undefined` for any other column. */
export function jsonText(table: string, name: string): ((alias: Table) => SQL) | undefined {
  const known = relations[table as keyof typeof relations]?.table;
  if (!known || getColumns(known as Table)[name]?.getSQLType() !== 'jsonb') return undefined;
  return (alias) => sql`${getColumns(alias)[name]}::text`.mapWith((text) => new JsonText(String(text)));
}
