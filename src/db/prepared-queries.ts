import { QueryPromise, type TablesRelationalConfig } from 'drizzle-orm';
import { Recent } from '../recent.js';
import { boundKeysets } from './keyset.js';
import { formOf, placeholderName, type QueryConfig, type QueryForm } from './query-forms.js';

/** Forms whose SQL is kept; the least recently used gives way. */
const MAX_FORMS = 1_000;
/** A form that comes back so often is worth a statement that PostgreSQL keeps. */
const USES_BEFORE_NAME = 3;
/**
 * PostgreSQL keeps the plans of named statements as long as the connection, and some take 100 KB: no more than so many get a
 * name in the time that a connection lives. So what nobody sends any more gives way, and whoever sends ever new queries does
 * not fill the memory.
 */
const MAX_NAMES = 250;
export const CONNECTION_LIFE_SECONDS = 900;

/** A query of Drizzle, as far as it matters here. It runs by `execute` when it is awaited. */
interface Query extends PromiseLike<unknown> {
  execute(): Promise<unknown>;
  prepare(name: string): Prepared;
  toSQL(): unknown;
}

interface Prepared {
  execute(values: Record<string, unknown>): Promise<unknown>;
}

interface QueryBuilder {
  findMany(config?: QueryConfig): Query;
  findFirst(config?: QueryConfig): Query;
}

interface Known {
  prepared: Prepared;
  uses: number;
  /** In which period it got its name. */
  namedIn: number | undefined;
}

/** What of Drizzle's object is needed here. */
export interface RelationalOrm {
  query: object;
}

/**
 * Lets the relational queries of this object build their SQL once for each form that they come in, instead of each time;
 * those that come again and again become prepared statements of PostgreSQL. Pages deep in a list are found by its index
 * (`boundKeysets`). Who asks does not notice.
 */
export function prepareRelationalQueries(orm: RelationalOrm, schema: TablesRelationalConfig): void {
  const forms = new Recent<string, Known>(MAX_FORMS);
  let period = 0;
  let names = 0;

  /** Gives the statement a name, or takes one away that is from an earlier period. */
  const rename = (known: Known, build: () => Query) => {
    const now = Math.floor(performance.now() / 1000 / CONNECTION_LIFE_SECONDS);
    if (now !== period) names = 0;
    period = now;
    if (known.namedIn === period) return;
    const isWorthIt = known.uses > USES_BEFORE_NAME && names < MAX_NAMES;
    if (!isWorthIt && known.namedIn === undefined) return;
    known.prepared = build().prepare(isWorthIt ? `query-${period}-${names++}` : '');
    known.namedIn = isWorthIt ? period : undefined;
  };

  const execute = (build: (config: QueryConfig) => Query, mode: string, form: QueryForm) => {
    const key = mode + form.key;
    let known = forms.get(key);
    if (!known) {
      known = { prepared: build(form.parameterized()).prepare(''), uses: 0, namedIn: undefined };
      forms.set(key, known);
    }
    known.uses += 1;
    rename(known, () => build(form.parameterized()));
    const values: Record<string, unknown> = {};
    form.values.forEach((value, index) => {
      values[placeholderName(index)] = value;
    });
    return known.prepared.execute(values);
  };

  for (const [name, builder] of Object.entries(orm.query as Record<string, QueryBuilder>)) {
    const table = schema[name];
    if (!table) continue;
    for (const mode of ['findMany', 'findFirst'] as const) {
      const build = builder[mode].bind(builder);
      builder[mode] = (asked) => {
        const config = asked && boundKeysets(asked);
        const form = config && formOf(schema, table, config);
        const run = form ? () => execute(build, mode, form) : () => build(config).execute();
        return new FormedQuery(run, config?.onRows, () => build(config));
      };
    }
  }
}

/**
 * A query that Drizzle builds only when it must: built for each request, with another way to run, it would also be kept from
 * the garbage collector, with all that it leads to.
 */
class FormedQuery extends QueryPromise<unknown> implements Query {
  readonly #run: () => Promise<unknown>;
  readonly #onRows: QueryConfig['onRows'];
  readonly #build: () => Query;

  constructor(run: () => Promise<unknown>, onRows: QueryConfig['onRows'], build: () => Query) {
    super();
    this.#run = run;
    this.#onRows = onRows;
    this.#build = build;
  }

  override async execute(): Promise<unknown> {
    const rows = await this.#run();
    this.#onRows?.(rows);
    return rows;
  }

  prepare(name: string): Prepared {
    return this.#build().prepare(name);
  }

  toSQL(): unknown {
    return this.#build().toSQL();
  }
}
