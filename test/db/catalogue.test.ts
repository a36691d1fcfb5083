import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import {
  ADDED,
  INDEXES,
  PARTITION_KEY,
  TABLE_NAMES,
  TABLES,
  type TableName,
  VALUES,
} from './catalogue.expected.js';
import {
  type ByName,
  type FoundConstraint,
  type FoundIndex,
  readColumns,
  readConstraints,
  readFunctions,
  readIndexes,
  readPartitionKey,
  readTables,
  readTriggers,
} from './catalogue-kit.js';
import { fullRow, insert, type Row, STAMPED, smallestRow, writableColumns } from './documented-rows.js';

const REFUSED = {
  check: '23514',
  unique: '23505',
  foreignKey: '23503',
  notNull: '23502',
  generated: '428C9',
};

const nameOf = (column: string) => column.slice(0, column.indexOf(' '));

/** `[table, what]` for each of what a table documents. */
function perTable<T>(list: (table: TableName) => readonly T[]): [TableName, T][] {
  return TABLE_NAMES.flatMap((table) => list(table).map((what): [TableName, T] => [table, what]));
}

const DOCUMENTED_COLUMNS = perTable((table) => TABLES[table].columns);
const NOT_NULL_COLUMNS = DOCUMENTED_COLUMNS.filter(([, column]) => column.includes(' NOT NULL')).map(
  ([table, column]): [TableName, string] => [table, nameOf(column)],
);
const FOREIGN_KEYS = perTable((table) => Object.entries(TABLES[table].foreignKeys)).map(
  ([table, [column, target]]): [TableName, string, TableName] => [table, column, target],
);
const RANGES = perTable((table) => Object.entries(TABLES[table].ranges)).map(
  ([table, [column, [least, greatest]]]): [TableName, string, number, number] => [
    table,
    column,
    least,
    greatest,
  ],
);
const UNIQUE = perTable((table) => Object.entries(TABLES[table].unique)).map(
  ([table, [columns, index]]): [TableName, string, string | undefined] => [table, columns, index],
);

let database: TestDatabase;
let columns: ByName<string[]>;
let constraints: FoundConstraint[];
let indexes: ByName<FoundIndex>;

beforeAll(async () => {
  database = await createTestDatabase();
  columns = await readColumns(database.pool);
  constraints = await readConstraints(database.pool);
  indexes = await readIndexes(database.pool);
});

afterAll(() => database?.drop());

const definitions = (table: string, kind: string) =>
  constraints
    .filter((constraint) => constraint.table === table && constraint.kind === kind)
    .map(({ definition }) => definition)
    .sort();

describe('the migrated database has what the schema document has', () => {
  it.each(DOCUMENTED_COLUMNS)('%s: %s', (table, column) => {
    const found = columns.get(table)?.find((line) => nameOf(line) === nameOf(column));
    expect(found, `${table} has the column ${nameOf(column)}`).toBe(column);
  });

  it.each(TABLE_NAMES)(
    '%s: the columns stand in the document’s order, before any that were added',
    (table) => {
      const documented = TABLES[table].columns.map(nameOf);
      expect(columns.get(table)?.map(nameOf).slice(0, documented.length)).toEqual(documented);
    },
  );

  it.each(TABLE_NAMES)('%s: the primary key', (table) => {
    expect(definitions(table, 'p')).toEqual([`PRIMARY KEY (${TABLES[table].primaryKey})`]);
  });

  it.each(TABLE_NAMES)('%s: the foreign keys, none of which cascades', (table) => {
    const documented = Object.entries(TABLES[table].foreignKeys).map(
      ([column, target]) => `FOREIGN KEY (${column}) REFERENCES ${target}(id)`,
    );
    expect(definitions(table, 'f')).toEqual(documented.sort());
  });

  it.each(RANGES)('%s: %s is checked to be from %i to %i', (table, column, least, greatest) => {
    expect(definitions(table, 'c')).toContain(
      `CHECK (((${column} >= ${least}) AND (${column} <= ${greatest})))`,
    );
  });

  it.each(UNIQUE)('%s: exactly one unique index on (%s)', (table, key, index) => {
    const found = [...indexes].filter(([, i]) => i.table === table && i.unique && i.columns === key);
    expect(found).toHaveLength(1);
    const [[name, { definition, usable }] = ['', { definition: '', usable: false }]] = found;
    expect(definition, 'holds for every row').not.toContain(' WHERE ');
    expect(usable).toBe(true);
    if (index !== undefined) expect(name).toBe(index);
  });

  it.each(Object.entries(INDEXES))('the index %s', (name, definition) => {
    expect(indexes.get(name)?.definition, `there is an index ${name}`).toBe(definition);
    expect(indexes.get(name)?.usable).toBe(true);
  });

  it('telemetry_events is partitioned by the time of recording, and no other table is', async () => {
    for (const table of TABLE_NAMES) {
      const expected = table === 'telemetry_events' ? PARTITION_KEY : null;
      expect(await readPartitionKey(database.pool, table), table).toBe(expected);
    }
  });

  it('telemetry_events.id is a bigserial: its sequence belongs to the column', async () => {
    const { rows } = await database.pool.query(
      `SELECT pg_get_serial_sequence('telemetry_events', 'id') AS name, format_type(seqtypid, NULL) AS type
       FROM pg_sequence WHERE seqrelid = 'telemetry_events_id_seq'::regclass`,
    );
    expect(rows).toEqual([{ name: 'public.telemetry_events_id_seq', type: 'bigint' }]);
  });
});

describe('everything beyond the document is listed with its reason', () => {
  it('tables', async () => {
    expect(await readTables(database.pool)).toEqual([...TABLE_NAMES, ...Object.keys(ADDED.tables)].sort());
  });

  it('columns, which nobody has to give', () => {
    const added = TABLE_NAMES.flatMap((table) => {
      const documented = TABLES[table].columns.map(nameOf);
      return (columns.get(table) ?? [])
        .filter((column) => !documented.includes(nameOf(column)))
        .map((column) => ({ name: `${table}.${nameOf(column)}`, column }));
    });
    expect(added.map(({ name }) => name).sort()).toEqual(Object.keys(ADDED.columns).sort());
    for (const { name, column } of added) {
      expect(!column.includes(' NOT NULL') || column.includes(' DEFAULT '), name).toBe(true);
    }
  });

  it('indexes', () => {
    const found = [...indexes]
      .filter(([, index]) => TABLE_NAMES.some((table) => table === index.table) && !index.ofConstraint)
      .map(([name]) => name);
    expect(found.sort()).toEqual([...Object.keys(INDEXES), ...Object.keys(ADDED.indexes)].sort());
  });

  it('UNIQUE constraints: none', () => {
    const documented = UNIQUE.filter(([, , index]) => index === undefined);
    for (const table of TABLE_NAMES) {
      expect(definitions(table, 'u')).toEqual(
        documented
          .filter(([of]) => of === table)
          .map(([, key]) => `UNIQUE (${key})`)
          .sort(),
      );
      expect(definitions(table, 'x')).toEqual([]);
    }
  });

  it('checks', () => {
    const ranges = RANGES.map(([, column, from, to]) => `((${column} >= ${from}) AND (${column} <= ${to}))`);
    const found = constraints.filter(
      ({ table, kind, definition }) =>
        TABLE_NAMES.some((name) => name === table) &&
        kind === 'c' &&
        !ranges.some((range) => definition === `CHECK (${range})`),
    );
    expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(ADDED.checks).sort());
  });

  it('triggers and functions', async () => {
    expect(await readTriggers(database.pool)).toEqual(Object.keys(ADDED.triggers).sort());
    expect(await readFunctions(database.pool)).toEqual(Object.keys(ADDED.functions).sort());
  });
});

describe('who knows only the document can write', () => {
  it.each(TABLE_NAMES)(
    '%s: a row with every column of the document keeps every value but its stamp',
    async (table) => {
      const row = await fullRow(database.pool, table);
      expect(Object.keys(row).sort(), 'the row gives all columns').toEqual(writableColumns(table).sort());
      const stored = await insert(database.pool, table, row);
      for (const [column, value] of Object.entries(row)) {
        if (STAMPED[table]?.includes(column)) continue;
        const isJson = typeof stored[column] === 'object' && typeof value === 'string';
        expect(stored[column], column).toEqual(isJson ? JSON.parse(value) : value);
      }
    },
  );

  const DEFAULTS: Record<TableName, Row> = {
    users: { role: 'user', is_active: true },
    user_preferences: {
      language: 'en_IN',
      spice_level: 3,
      salt_level: 3,
      oil_level: 3,
      diet: 'no_restrictions',
      cuisines: ['indian', 'italian', 'thai', 'mexican'],
      default_servings: 2,
      allergens: [],
      theme: 'light',
      notifications_enabled: true,
    },
    appliances: { name: 'My Epicura', status: 'offline', last_seen_at: null, pairing_code: null },
    recipes: {
      cuisine: 'indian',
      tags: [],
      servings: 4,
      calories: null,
      version: 1,
      is_published: false,
      created_by: null,
    },
    cooking_sessions: { status: 'started', completed_at: null, user_rating: null, stages_log: null },
    telemetry_events: { id: expect.any(Number), session_id: null },
    push_tokens: {},
    firmware_releases: { channel: 'stable', is_mandatory: false, min_version: null },
  };

  it.each(TABLE_NAMES)('%s: the smallest row gets the document’s defaults', async (table) => {
    const stored = await insert(database.pool, table, await smallestRow(database.pool, table));
    expect(stored).toMatchObject(DEFAULTS[table]);
    const { rows } = await database.pool.query<{ now: string }>('SELECT now() AS now');
    for (const column of TABLES[table].columns.filter((line) => line.endsWith('DEFAULT now()'))) {
      const age = Date.parse(rows[0]?.now ?? '') - Date.parse(String(stored[nameOf(column)]));
      expect(age, nameOf(column)).toBeGreaterThanOrEqual(0);
      expect(age, nameOf(column)).toBeLessThan(60_000);
    }
  });

  it.each(VALUES)('%s.%s takes each value that the document lists', async (table, column, values) => {
    for (const value of values) {
      const row = { ...(await fullRow(database.pool, table)), [column]: value };
      await expect(insert(database.pool, table, row), value).resolves.toMatchObject({ [column]: value });
    }
  });

  it('a cook gets the name and the version of its recipe, and keeps them when the recipe changes', async () => {
    const session = await insert(
      database.pool,
      'cooking_sessions',
      await smallestRow(database.pool, 'cooking_sessions'),
    );
    expect(session).toMatchObject({ recipe_name: 'Dal Tadka', recipe_version: 1 });
    await database.pool.query(`UPDATE recipes SET name = 'Dal Makhani', version = 2 WHERE id = $1`, [
      session.recipe_id,
    ]);
    const { rows } = await database.pool.query('SELECT * FROM cooking_sessions WHERE id = $1', [session.id]);
    expect(rows).toEqual([session]);
  });

  it('the search vector follows name, category and cuisine, and the document’s query finds by it', async () => {
    const dal = await insert(database.pool, 'recipes', await fullRow(database.pool, 'recipes'));
    const found = async (query: string) =>
      (
        await database.pool.query(
          `SELECT FROM recipes WHERE search_vector @@ to_tsquery('english', $1) AND id = $2`,
          [query, dal.id],
        )
      ).rowCount;
    expect(await found('dal | lentil')).toBe(1);
    expect(await found('korean')).toBe(1);
    expect(await found('pasta')).toBe(0);
    await database.pool.query(`UPDATE recipes SET category = 'pastas', cuisine = NULL WHERE id = $1`, [
      dal.id,
    ]);
    expect(await found('pasta')).toBe(1);
    expect(await found('korean')).toBe(0);
    await expect(
      database.pool.query(`UPDATE recipes SET search_vector = 'dal' WHERE id = $1`, [dal.id]),
    ).rejects.toMatchObject({ code: REFUSED.generated });
  });

  it.each([
    ['idx_recipes_data', `SELECT FROM recipes WHERE recipe_data @> '{"servings": 4}'`],
    ['idx_recipes_tags', `SELECT FROM recipes WHERE tags @> '{vegan}'`],
    ['idx_recipes_fts', `SELECT FROM recipes WHERE search_vector @@ to_tsquery('english', 'dal')`],
    ['idx_prefs_allergens', `SELECT FROM user_preferences WHERE allergens && '{peanut}'`],
    ['idx_prefs_cuisines', `SELECT FROM user_preferences WHERE cuisines @> '{thai}'`],
  ])('%s answers the search it is for', async (index, query) => {
    const client = await database.pool.connect();
    try {
      await client.query('SET enable_seqscan = off');
      const { rows } = await client.query<Record<string, string>>(`EXPLAIN (COSTS OFF) ${query}`);
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(`Bitmap Index Scan on ${index}`);
    } finally {
      client.release(true);
    }
  });
});

describe('the database refuses a bad row', () => {
  const stored = new Map<TableName, Row>();

  beforeAll(async () => {
    for (const table of TABLE_NAMES) {
      stored.set(table, await insert(database.pool, table, await fullRow(database.pool, table)));
    }
  });

  const set = (table: TableName, column: string, value: unknown) =>
    database.pool.query(`UPDATE ${table} SET ${column} = $1 WHERE id = $2`, [value, stored.get(table)?.id]);

  it.each(RANGES)('%s.%s outside %i to %i', async (table, column, least, greatest) => {
    for (const value of [least - 1, greatest + 1]) {
      await expect(set(table, column, value), String(value)).rejects.toMatchObject({ code: REFUSED.check });
    }
    for (const value of [least, greatest, null]) {
      await expect(set(table, column, value), String(value)).resolves.toMatchObject({ rowCount: 1 });
    }
  });

  it.each(NOT_NULL_COLUMNS)('%s without %s', async (table, column) => {
    await expect(set(table, column, null)).rejects.toMatchObject({ code: REFUSED.notNull });
  });

  it.each(UNIQUE)('%s with the (%s) of another row', async (table, key) => {
    const original = stored.get(table) ?? {};
    const copy = await fullRow(database.pool, table);
    for (const column of key.split(', ')) copy[column] = original[column];
    await expect(insert(database.pool, table, copy)).rejects.toMatchObject({ code: REFUSED.unique });
  });

  it.each(TABLE_NAMES)('%s with the primary key of another row', async (table) => {
    const original = stored.get(table) ?? {};
    const copy = await fullRow(database.pool, table);
    for (const column of TABLES[table].primaryKey.split(', ')) copy[column] = original[column];
    await expect(insert(database.pool, table, copy)).rejects.toMatchObject({ code: REFUSED.unique });
  });

  it.each(FOREIGN_KEYS)('%s.%s that names none of %s', async (table, column) => {
    const row = { ...(await fullRow(database.pool, table)), [column]: randomUUID() };
    await expect(insert(database.pool, table, row)).rejects.toMatchObject({ code: REFUSED.foreignKey });
  });

  it.each(FOREIGN_KEYS)('deleting what %s.%s names, in %s', async (table, column, target) => {
    const row = await insert(database.pool, table, await fullRow(database.pool, table));
    await expect(
      database.pool.query(`DELETE FROM ${target} WHERE id = $1`, [row[column]]),
    ).rejects.toMatchObject({ code: REFUSED.foreignKey });
    const { rowCount } = await database.pool.query(`SELECT FROM ${table} WHERE id = $1`, [row.id]);
    expect(rowCount, 'the row is still there').toBe(1);
  });
});
