/** Rows as somebody writes them who knows the schema document and nothing else. */
import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '../_util/database.js';
import { TABLES, type TableName } from './catalogue.expected.js';

type Queryable = Pick<TestDatabase['pool'], 'query'>;
export type Row = Record<string, unknown>;

const hex = (length: number) => randomUUID().replaceAll('-', '').slice(0, length);

/** The columns of each table that have neither a default nor NULL, but for the references, which `insertRow` makes. */
const REQUIRED: Record<TableName, () => Row> = {
  users: () => ({ email: `${hex(12)}@example.com`, password_hash: '$2b$12$hash', name: 'Asha' }),
  user_preferences: () => ({}),
  appliances: () => ({ device_id: `EPIC-${hex(8)}`, serial_number: `SN-${hex(8)}` }),
  recipes: () => ({
    name: 'Dal Tadka',
    category: 'dal',
    recipe_data: JSON.stringify({
      name: 'Dal Tadka',
      servings: 2,
      total_time_minutes: 35,
      stages: [{ name: 'Heat Oil', temp_target: 180 }],
    }),
    difficulty: 'easy',
    time_minutes: 35,
  }),
  cooking_sessions: () => ({}),
  telemetry_events: () => ({ event_type: 'temperature', payload: JSON.stringify({ temperature: 148.5 }) }),
  push_tokens: () => ({ platform: 'ios', token: `token-${hex(16)}` }),
  firmware_releases: () => ({
    target: 'cm5',
    version: `1.${Number.parseInt(hex(8), 16)}.0`,
    binary_url: 'https://firmware.example.com/cm5.bin',
    checksum_sha256: 'a'.repeat(64),
    file_size_bytes: 48_000_000,
  }),
};

const INSTANT = '2026-02-15T10:30:00.123456Z';

/** The document's other columns, each with a value that is not its default. */
const OPTIONAL: Record<TableName, () => Row> = {
  users: () => ({
    id: randomUUID(),
    role: 'admin',
    is_active: false,
    created_at: INSTANT,
    updated_at: INSTANT,
  }),
  user_preferences: () => ({
    id: randomUUID(),
    language: 'hi_IN',
    spice_level: 5,
    salt_level: 1,
    oil_level: 2,
    diet: 'vegan',
    cuisines: ['korean'],
    default_servings: 4,
    allergens: ['peanut', 'milk'],
    theme: 'dark',
    notifications_enabled: false,
    updated_at: INSTANT,
  }),
  appliances: () => ({
    id: randomUUID(),
    name: 'Kitchen',
    firmware_version_cm5: '1.2.0',
    firmware_version_stm32: '1.1.0',
    wifi_mac: 'AA:BB:CC:DD:EE:FF',
    pairing_code: '012345',
    status: 'cooking',
    last_seen_at: INSTANT,
    paired_at: INSTANT,
    created_at: INSTANT,
  }),
  recipes: () => ({
    id: randomUUID(),
    cuisine: 'korean',
    tags: ['vegan', 'quick'],
    servings: 2,
    calories: 320.5,
    protein_g: 18.25,
    carbs_g: 40,
    fats_g: 9.5,
    image_url: 'https://images.example.com/dal.jpg',
    version: 3,
    is_published: true,
    created_at: INSTANT,
    updated_at: INSTANT,
  }),
  cooking_sessions: () => ({
    id: randomUUID(),
    status: 'completed',
    started_at: INSTANT,
    completed_at: INSTANT,
    stages_log: JSON.stringify([{ stage: 'Heat Oil', duration_s: 120, result: 'ok', cv_confidence: 0.97 }]),
    customizations: JSON.stringify({ spice_level: 4 }),
    peak_temperature: 182.5,
    total_duration_s: 2100,
    user_rating: 5,
    notes: 'More salt.',
  }),
  telemetry_events: () => ({ id: Number.parseInt(hex(12), 16), recorded_at: INSTANT }),
  push_tokens: () => ({ id: randomUUID(), created_at: INSTANT, updated_at: INSTANT }),
  firmware_releases: () => ({
    id: randomUUID(),
    channel: 'beta',
    release_notes: '# Faster',
    is_mandatory: true,
    min_version: '1.0.0',
    created_at: INSTANT,
  }),
};

/** Columns of the document that nobody may write. */
const GENERATED = ['search_vector'];

/** Columns that take a value and make another one of it: changes of the catalogue are stamped by the database. */
export const STAMPED: Partial<Record<TableName, readonly string[]>> = { recipes: ['updated_at'] };

/** The names of a table's columns in the document that a writer gives. */
export function writableColumns(table: TableName): string[] {
  return TABLES[table].columns
    .map((column) => column.slice(0, column.indexOf(' ')))
    .filter((column) => !GENERATED.includes(column));
}

/** A row with every writable column of the document; its references are new rows, each used here alone. */
export async function fullRow(db: Queryable, table: TableName): Promise<Row> {
  return { ...REQUIRED[table](), ...OPTIONAL[table](), ...(await insertReferences(db, table)) };
}

/** A row with the columns that a writer must give and no other. */
export async function smallestRow(db: Queryable, table: TableName): Promise<Row> {
  const references = Object.entries(await insertReferences(db, table));
  const required = references.filter(([column]) =>
    TABLES[table].columns.some((line) => line.startsWith(`${column} `) && line.includes(' NOT NULL')),
  );
  return { ...REQUIRED[table](), ...Object.fromEntries(required) };
}

async function insertReferences(db: Queryable, table: TableName): Promise<Row> {
  const row: Row = {};
  for (const [column, target] of Object.entries(TABLES[table].foreignKeys)) {
    row[column] = (await insert(db, target, await smallestRow(db, target))).id;
  }
  return row;
}

/** Inserts a row with its columns named, and returns what the table then holds. */
export async function insert(db: Queryable, table: TableName, row: Row): Promise<Row> {
  const columns = Object.keys(row);
  const { rows } = await db.query<Row>(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING *`,
    Object.values(row),
  );
  return rows[0] ?? {};
}
