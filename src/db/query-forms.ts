import {
  Column,
  getColumns,
  getColumnTable,
  getTableName,
  is,
  Name,
  Param,
  SQL,
  StringChunk,
  sql,
  type Table,
  type TableRelationalConfig,
  type TablesRelationalConfig,
} from 'drizzle-orm';

/** What Drizzle's relational queries are told. */
export interface QueryConfig {
  columns?: Readonly<Record<string, boolean | undefined>>;
  with?: Readonly<Record<string, unknown>>;
  extras?: Readonly<Record<string, unknown>>;
  where?: unknown;
  orderBy?: unknown;
  limit?: unknown;
  offset?: unknown;
  /** Ours: told the rows that were read, before whoever asked gets them. */
  onRows?: ((rows: unknown) => void) | undefined;
}

/**
 * A query taken apart: queries with the same `key` have the same SQL and differ in `values` alone. What partial indexes and
 * the choice of a plan may depend on is form: truth values, members of enumerations, and how many rows are wanted.
 */
export interface QueryForm {
  key: string;
  values: unknown[];
  /** The query with `p0`, `p1`… in place of its values. Costs as much as the query itself. */
  parameterized(): QueryConfig;
}

/** What Drizzle keeps in SQL for itself. */
interface SqlInternals {
  decoder: Parameters<SQL['mapWith']>[0];
  shouldInlineParams: boolean;
}

/** Comparisons of a column with one value. */
const COMPARISONS = new Set(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike']);
/** Comparisons of a column with a list, which Drizzle binds as one value. */
const ARRAY_COMPARISONS = new Set(['arrayContains', 'arrayContained', 'arrayOverlaps']);
/** Comparisons with a list that is bound value by value. */
const LIST_COMPARISONS = new Set(['in', 'notIn']);

/** The JavaScript types of what is a value wherever it stands. */
const PLAIN = new Set(['string', 'number', 'bigint', 'boolean']);

/** Thrown where the form of a query cannot be told from its values. */
class Formless extends Error {}

/**
 * The form of a relational query of a table, or `undefined` where it holds what is not known here to be form or value; it
 * then has to be built each time. The SQL that functions in it (`RAW`, `extras`, an `orderBy`) return may hold values; what
 * it holds besides must be the same whenever its text is.
 */
export function formOf(
  schema: TablesRelationalConfig,
  table: TableRelationalConfig,
  config: QueryConfig,
): QueryForm | undefined {
  try {
    const reader = new FormReader(schema, false);
    reader.query(table, config);
    const { values } = reader;
    return {
      key: `${table.name}${reader.key}`,
      values,
      parameterized: () => new FormReader(schema, true).query(table, config),
    };
  } catch (error) {
    if (error instanceof Formless) return undefined;
    throw error;
  }
}

/** Walks through a query, always in the same order; with `replaces`, what it returns has placeholders for values. */
class FormReader {
  key = '';
  readonly values: unknown[] = [];
  readonly #schema: TablesRelationalConfig;
  readonly #replaces: boolean;

  constructor(schema: TablesRelationalConfig, replaces: boolean) {
    this.#schema = schema;
    this.#replaces = replaces;
  }

  query(table: TableRelationalConfig, config: QueryConfig): QueryConfig {
    const { columns, with: relations, extras, where, orderBy, limit, offset, onRows: _, ...more } = config;
    if (Object.keys(more).length > 0) throw new Formless();
    const form: Record<string, unknown> = {};
    this.key += '(';
    if (columns) {
      for (const name in columns) this.key += columns[name] ? `${name},` : `-${name},`;
      form.columns = columns;
    } else this.key += '*';
    if (extras) form.extras = this.#extras(table, extras);
    if (where !== undefined) {
      this.key += '|where';
      form.where = this.#filter(table, where);
    }
    if (orderBy !== undefined) form.orderBy = this.#order(table, orderBy);
    if (limit !== undefined) {
      this.key += '|limit ';
      form.limit = this.#literal(limit, Number.isSafeInteger(limit));
    }
    if (offset !== undefined) {
      this.key += '|offset';
      form.offset = this.#value(offset);
    }
    if (relations) form.with = this.#relations(table, relations);
    this.key += ')';
    return form;
  }

  #relations(
    table: TableRelationalConfig,
    relations: Readonly<Record<string, unknown>>,
  ): Record<string, unknown> {
    const form: Record<string, unknown> = {};
    for (const [name, query] of Object.entries(relations)) {
      const target = this.#schema[table.relations[name]?.targetTableName ?? ''];
      if (!target || typeof query !== 'object' || query === null) throw new Formless();
      this.key += `|${name}`;
      form[name] = this.query(target, query);
    }
    return form;
  }

  #extras(table: TableRelationalConfig, extras: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const form: Record<string, unknown> = {};
    for (const [name, expression] of Object.entries(extras)) {
      this.key += `|${name}=`;
      form[name] = this.#expression(table, expression);
    }
    return form;
  }

  #order(table: TableRelationalConfig, order: unknown): unknown {
    this.key += '|order';
    if (typeof order === 'function') return this.#expression(table, order);
    if (typeof order !== 'object' || order === null) throw new Formless();
    for (const [name, direction] of Object.entries(order)) {
      if (typeof direction !== 'string') throw new Formless();
      this.key += ` ${name} ${direction}`;
    }
    return order;
  }

  #filter(table: TableRelationalConfig, filter: unknown): object {
    if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) throw new Formless();
    const form: Record<string, unknown> = {};
    this.key += '{';
    for (const [name, value] of Object.entries(filter)) {
      this.key += `${name}:`;
      if (name === 'RAW') form[name] = this.#expression(table, value);
      else if (name === 'AND' || name === 'OR')
        form[name] = this.#each(value, (one) => this.#filter(table, one));
      else if (name === 'NOT') form[name] = this.#filter(table, value);
      else {
        const column = getColumns(table.table)[name];
        if (!column) throw new Formless();
        form[name] = this.#comparison(column as Column, value);
      }
    }
    this.key += '}';
    return form;
  }

  #comparison(column: Column, filter: unknown): unknown {
    if (typeof filter !== 'object') {
      const bound = this.#bound(column, filter);
      return this.#replaces ? { eq: bound } : bound;
    }
    if (filter === null || Object.getPrototypeOf(filter) !== Object.prototype) throw new Formless();
    const form: Record<string, unknown> = {};
    this.key += '{';
    for (const [operator, value] of Object.entries(filter)) {
      this.key += `${operator} `;
      if (COMPARISONS.has(operator)) form[operator] = this.#bound(column, value);
      else if (LIST_COMPARISONS.has(operator)) Object.assign(form, this.#list(column, operator, value));
      else if (ARRAY_COMPARISONS.has(operator) && Array.isArray(value) && value.length > 0) {
        form[operator] = this.#parameter(value, column);
      } else if (typeof value === 'boolean' && (operator === 'isNull' || operator === 'isNotNull')) {
        this.key += value;
        form[operator] = value;
      } else throw new Formless();
    }
    this.key += '}';
    return form;
  }

  /** A list of literals as it is; of other values as one array, so that its length is no part of the form. */
  #list(column: Column, operator: string, list: unknown): object {
    if (!Array.isArray(list) || list.length === 0) throw new Formless();
    if (list.every((one) => isLiteral(column, one))) {
      return { [operator]: this.#each(list, (one) => this.#bound(column, one)) };
    }
    if (!list.every((one) => PLAIN.has(typeof one)) || !hasPlainValues(column)) throw new Formless();
    this.key += '?';
    this.values.push(list);
    const array = sql.placeholder(placeholderName(this.values.length - 1));
    return operator === 'in' ? { eq: sql`any(${array})` } : { ne: sql`all(${array})` };
  }

  #each(list: unknown, read: (one: unknown) => unknown): unknown[] {
    if (!Array.isArray(list)) throw new Formless();
    this.key += '[';
    const form: unknown[] = [];
    for (const one of list) {
      form.push(read(one));
      this.key += ',';
    }
    this.key += ']';
    return form;
  }

  #bound(column: Column, value: unknown): unknown {
    if (typeof value === 'boolean') return this.#literal(value, true);
    if (column.enumValues?.includes(value as string))
      return this.#literal(`'${value}'`, /^\w+$/.test(String(value)));
    if (!PLAIN.has(typeof value)) throw new Formless();
    return this.#parameter(value, column);
  }

  /** SQL, or a function of the table that gives some. */
  #expression(table: TableRelationalConfig, expression: unknown): unknown {
    if (typeof expression !== 'function') return this.#chunk(expression);
    const start = this.values.length;
    // Read here for the plain table; Drizzle calls it again for the alias that the table has in the statement.
    this.#chunk(expression(table.table, { sql }));
    return (alias: Table, operators: unknown) => {
      const reader = new FormReader(this.#schema, true);
      reader.values.length = start;
      return reader.#chunk(expression(alias, operators));
    };
  }

  #chunk(chunk: unknown): unknown {
    if (is(chunk, StringChunk)) {
      this.key += chunk.value;
      return chunk;
    }
    if (is(chunk, SQL)) {
      const { decoder, shouldInlineParams } = chunk as unknown as SqlInternals;
      if (shouldInlineParams) throw new Formless();
      const chunks = chunk.queryChunks.map((one) => this.#chunk(one));
      return new SQL(chunks as SQL['queryChunks']).mapWith(decoder);
    }
    if (is(chunk, Param)) {
      if (!PLAIN.has(typeof chunk.value) && !Array.isArray(chunk.value)) throw new Formless();
      return this.#parameter(chunk.value, chunk.encoder);
    }
    if (is(chunk, Column)) {
      this.key += `"${getTableName(getColumnTable(chunk))}"."${chunk.name}"`;
      return chunk;
    }
    if (is(chunk, Name)) {
      this.key += `"${chunk.value}"`;
      return chunk;
    }
    if (Array.isArray(chunk)) return this.#each(chunk, (one) => this.#chunk(one));
    return this.#value(chunk);
  }

  /** What stands in the SQL itself, where it is known to be harmless there. */
  #literal(value: unknown, isHarmless: boolean): unknown {
    if (!isHarmless) throw new Formless();
    this.key += String(value);
    return this.#replaces ? sql.raw(String(value)) : value;
  }

  /** A value that is bound as it is. */
  #value(value: unknown): unknown {
    if (!PLAIN.has(typeof value)) throw new Formless();
    this.key += '?';
    this.values.push(value);
    return this.#replaces ? sql.placeholder(placeholderName(this.values.length - 1)) : value;
  }

  /** A value that is encoded as a column has it. */
  #parameter(value: unknown, encoder: Param['encoder']): unknown {
    this.key += '?';
    this.values.push(value);
    return this.#replaces
      ? new Param(sql.placeholder(placeholderName(this.values.length - 1)), encoder)
      : value;
  }
}

/** A member of the column's enumeration. */
function isLiteral(column: Column, value: unknown): boolean {
  return column.enumValues?.includes(value as string) ?? false;
}

/** Whether values of a column are sent as they are. */
function hasPlainValues(column: Column): boolean {
  return (column.mapToDriverValue as { isNoop?: boolean }).isNoop === true;
}

export function placeholderName(index: number): string {
  return `p${index}`;
}
