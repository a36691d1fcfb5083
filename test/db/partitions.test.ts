import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnection } from '../../src/db/client.js';
import { ACCEPTED_MONTHS_BACK, ensurePartition, ensurePartitions } from '../../src/db/partitions.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { fullRow, insert, type Row } from './documented-rows.js';

type Client = ReturnType<typeof createConnection>;

/** The month `offset` months after the one that `instant` is in, as `YYYY-MM`, by UTC. */
function month(instant: Date | string, offset = 0): string {
  const date = new Date(instant);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset)).toISOString().slice(0, 7);
}

const partitionOf = (yearMonth: string) => `telemetry_events_${yearMonth.replace('-', '_')}`;

/** The months that must be there at `now`: those in which events are accepted, and the whole next one. */
const window = (now: string) =>
  Array.from({ length: ACCEPTED_MONTHS_BACK + 2 }, (_, i) => month(now, i - ACCEPTED_MONTHS_BACK));

const DEFAULT_PARTITION = 'telemetry_events_default';

let database: TestDatabase;
/** An appliance and a cook of its own that events may name. */
let source: Pick<Row, 'appliance_id' | 'session_id'>;

beforeAll(async () => {
  database = await createTestDatabase();
  const { appliance_id, session_id } = await fullRow(database.pool, 'telemetry_events');
  source = { appliance_id, session_id };
});

afterAll(() => database?.drop());

/** Runs `work` with a connection of its own, whose settings nobody else sees. */
async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = createConnection(database.url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes the months from `since` to `until`, and returns the partitions that were missing. */
async function ensure(since: string, until: string, client: Pick<Client, 'query'> = database.pool) {
  const made: string[] = [];
  for (let i = 0; month(since, i) <= until.slice(0, 7); i++) {
    const name = month(since, i);
    if (await ensurePartition(client, `${name}-01`)) made.push(partitionOf(name));
  }
  return made;
}

/** Stores an event and returns the partition it went to, with all that is stored of it. */
async function store(recordedAt: string, client: Pick<Client, 'query'> = database.pool, more: Row = {}) {
  const row = {
    ...source,
    event_type: 'alert',
    payload: '{"level": "info"}',
    recorded_at: recordedAt,
    ...more,
  };
  const { id } = await insert(client, 'telemetry_events', row);
  const { rows } = await database.pool.query<Row>(
    'SELECT tableoid::regclass::text AS partition, e.* FROM telemetry_events e WHERE id = $1',
    [id],
  );
  return rows[0] ?? {};
}

async function find(id: unknown): Promise<Row[]> {
  const { rows } = await database.pool.query<Row>(
    'SELECT tableoid::regclass::text AS partition, e.* FROM telemetry_events e WHERE id = $1',
    [id],
  );
  return rows;
}

interface Partition {
  name: string;
  bounds: string;
}

/** The partitions with their bounds, printed in UTC. */
async function partitions(): Promise<Partition[]> {
  return withClient(async (client) => {
    await client.query(`SET TimeZone = 'UTC'`);
    const { rows } = await client.query<Partition>(
      `SELECT relname AS name, pg_get_expr(relpartbound, oid) AS bounds FROM pg_class
       WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'telemetry_events'::regclass) ORDER BY 1`,
    );
    return rows;
  });
}

const boundsOf = (yearMonth: string) =>
  `FOR VALUES FROM ('${yearMonth}-01 00:00:00+00') TO ('${month(`${yearMonth}-01`, 1)}-01 00:00:00+00')`;

/** What the parent's indexes have below them in a partition, each with whether queries use it. */
async function indexesOf(partition: string): Promise<{ parent: string; usable: boolean }[]> {
  const { rows } = await database.pool.query<{ parent: string; usable: boolean }>(
    `SELECT i.inhparent::regclass::text AS parent, x.indisvalid AND x.indisready AS usable
     FROM pg_index x JOIN pg_inherits i ON i.inhrelid = x.indexrelid
     WHERE x.indrelid = $1::regclass ORDER BY 1`,
    [partition],
  );
  return rows;
}

async function indexesOfParent(): Promise<{ parent: string; usable: boolean }[]> {
  const { rows } = await database.pool.query<{ parent: string }>(
    `SELECT indexrelid::regclass::text AS parent FROM pg_index WHERE indrelid = 'telemetry_events'::regclass ORDER BY 1`,
  );
  return rows.map(({ parent }) => ({ parent, usable: true }));
}

/** Resolves when the connection waits for a lock of somebody else. */
async function untilBlocked(pid: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const { rows } = await database.pool.query<{ blocked: boolean }>(
          'SELECT cardinality(pg_blocking_pids($1)) > 0 AS blocked',
          [pid],
        );
        return rows[0]?.blocked;
      },
      { timeout: 10_000 },
    )
    .toBe(true);
}

/** What the work gave, or what it failed with: for work that goes on beside other work. */
const settled = <T>(work: Promise<T>): Promise<T | string> => work.catch((error: Error) => error.message);

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

/** Makes `now()` say another time on this connection, by a function that is found before PostgreSQL's own. */
async function setClock(client: Client, now: string): Promise<void> {
  const schema = `clock_${now.replaceAll(/\D/g, '')}_${await pidOf(client)}`;
  await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(
    `CREATE FUNCTION ${schema}.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '${now}'::timestamptz $$`,
  );
  await client.query(`SET search_path = public, ${schema}, pg_catalog`);
}

describe('after the migration', () => {
  it('every month from 13 months back through the whole next month has its partition, and no other is there', async () => {
    const { rows } = await database.pool.query<{ now: string }>('SELECT now() AS now');
    const now = rows[0]?.now ?? '';
    const months = window(now);
    expect(await partitions()).toEqual([
      ...months.map((m) => ({ name: partitionOf(m), bounds: boundsOf(m) })),
      { name: DEFAULT_PARTITION, bounds: 'DEFAULT' },
    ]);
    expect(months).toHaveLength(15);
  });

  it('the default partition is empty', async () => {
    const { rowCount } = await database.pool.query(`SELECT FROM ${DEFAULT_PARTITION} LIMIT 1`);
    expect(rowCount).toBe(0);
  });

  it('each partition has every index of the parent', async () => {
    const expected = await indexesOfParent();
    expect(expected.map(({ parent }) => parent)).toEqual(
      expect.arrayContaining([
        'idx_telemetry_appliance_time',
        'idx_telemetry_payload',
        'idx_telemetry_session',
        'telemetry_events_pkey',
      ]),
    );
    for (const { name } of await partitions()) expect(await indexesOf(name), name).toEqual(expected);
  });

  it('another call makes nothing', async () => {
    expect(await ensurePartitions(database.pool)).toEqual([]);
  });
});

describe('an event far outside the months', () => {
  it('lands in the default partition, and moves unchanged into its month once that is made', async () => {
    const sent = {
      sequence: 1,
      device_sequence: 7,
      received_at: '2024-07-02T00:00:00.000001Z',
      clock_offset_ms: -5,
    };
    const stored = await store('1999-07-04T12:00:00.123456Z', database.pool, sent);
    const other = await store('1999-08-01T00:00:00Z');
    expect(stored).toMatchObject({ ...source, ...sent, partition: DEFAULT_PARTITION });
    expect(other.partition).toBe(DEFAULT_PARTITION);

    expect(await ensure('1999-07-01T00:00:00Z', '1999-07-31T00:00:00Z')).toEqual([partitionOf('1999-07')]);
    expect(await find(stored.id)).toEqual([{ ...stored, partition: partitionOf('1999-07') }]);
    expect(await find(other.id), 'what is of another month stays').toEqual([other]);
    expect(await partitions()).toContainEqual({ name: partitionOf('1999-07'), bounds: boundsOf('1999-07') });
  });

  it('finds in the new partition all indexes and constraints of the others', async () => {
    const event = { device_sequence: 8, recorded_at: '1998-02-14T08:00:00Z' };
    const stored = await store(event.recorded_at, database.pool, event);
    expect(await ensure('1998-02-28T23:59:59Z', '1998-02-28T23:59:59Z')).toEqual([partitionOf('1998-02')]);
    expect(await indexesOf(partitionOf('1998-02'))).toEqual(await indexesOfParent());

    const again = (more: Row) => store(event.recorded_at, database.pool, { ...event, ...more });
    await expect(again({}), 'the same event').rejects.toMatchObject({ code: '23505' });
    await expect(again({ device_sequence: null, id: stored.id }), 'the same id').rejects.toMatchObject({
      code: '23505',
    });
    const unknown = '00000000-0000-4000-8000-000000000000';
    for (const column of ['appliance_id', 'session_id']) {
      await expect(again({ device_sequence: 9, [column]: unknown }), column).rejects.toMatchObject({
        code: '23503',
      });
    }
    await expect(again({ device_sequence: 9, event_type: 'rumour' })).rejects.toMatchObject({
      code: '23514',
    });
    await expect(again({ device_sequence: 9, payload: null })).rejects.toMatchObject({ code: '23502' });
    expect((await again({ device_sequence: 9 })).partition).toBe(partitionOf('1998-02'));
  });

  it('moves also when it is being committed while its month is made', async () => {
    await withClient(async (server) => {
      await setClock(server, '2071-04-15T00:00:00Z');
      await ensurePartitions(server);
      const pid = await pidOf(server);
      await withClient(async (writer) => {
        await writer.query('BEGIN');
        const { id } = await insert(writer, 'telemetry_events', {
          ...source,
          event_type: 'alert',
          payload: '{}',
          recorded_at: '2071-06-10T00:00:00Z',
        });
        await setClock(server, '2071-05-15T00:00:00Z');
        const made = settled(ensurePartitions(server));
        await untilBlocked(pid);
        await writer.query('COMMIT');
        expect(await made).toEqual([partitionOf('2071-06')]);
        expect(await find(id)).toMatchObject([{ partition: partitionOf('2071-06') }]);
      });
    });
  });
});

describe('making partitions while others are at work', () => {
  it('many servers at once: each month is made once, and all succeed', async () => {
    const calls = ['1980-01', '1980-01', '1980-03', '1979-11'].map((since) =>
      withClient((client) => ensure(`${since}-15T00:00:00Z`, '1980-06-15T00:00:00Z', client)),
    );
    const made = (await Promise.all(calls)).flat().sort();
    const months = Array.from({ length: 8 }, (_, i) => month('1979-11-01', i));
    expect(made).toEqual(months.map(partitionOf));
    const names = (await partitions()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(made));
  });

  it('ensurePartitions called by many servers in a new month: all succeed, and one makes it', async () => {
    const calls = Array.from({ length: 4 }, () =>
      withClient(async (client) => {
        await setClock(client, '2077-12-31T23:00:00Z');
        return ensurePartitions(client);
      }),
    );
    const made = (await Promise.all(calls)).flat();
    expect(made).toContain(partitionOf('2078-01'));
    expect(new Set(made).size).toBe(made.length);
  });

  it('a telemetry writer between its session and its appliance fails neither itself nor the call', async () => {
    await withClient(async (writer) => {
      // The statements of an append that lock tables, in its order; the call comes between the two updates.
      await writer.query('BEGIN');
      await writer.query('SELECT FROM appliances WHERE id = $1 FOR NO KEY UPDATE', [source.appliance_id]);
      await writer.query('SELECT FROM cooking_sessions WHERE id = $1 FOR NO KEY UPDATE', [source.session_id]);
      await writer.query('UPDATE cooking_sessions SET last_sequence = 1 WHERE id = $1', [source.session_id]);
      await withClient(async (server) => {
        await setClock(server, '2085-01-15T00:00:00Z');
        const pid = await pidOf(server);
        const call = settled(ensurePartitions(server));
        await untilBlocked(pid);
        const written = settled(
          writer.query('UPDATE appliances SET reported_sequence = 1 WHERE id = $1', [source.appliance_id]),
        );
        expect(await written).toMatchObject({ rowCount: 1 });
        await writer.query('COMMIT');
        expect(await call).toContain(partitionOf('2085-01'));
      });
    });
  });
});

describe('time zones', () => {
  const ZONES = ['UTC', 'Asia/Kolkata', 'America/New_York', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'];

  it.each(ZONES)('a row at the boundary of a month goes by UTC where the session is in %s', async (zone) => {
    const { rows } = await database.pool.query<{ now: string }>('SELECT now() AS now');
    for (const offset of [-6, 0, 1]) {
      const first = month(rows[0]?.now ?? '', offset);
      const lastInstant = new Date(Date.parse(`${first}-01T00:00:00Z`) - 1).toISOString().slice(0, 23);
      await withClient(async (client) => {
        await client.query(`SET TimeZone = '${zone}'`);
        const before = await store(`${lastInstant}999Z`, client);
        const after = await store(`${first}-01T00:00:00Z`, client);
        expect(before.partition).toBe(partitionOf(month(`${first}-01`, -1)));
        expect(after.partition).toBe(partitionOf(first));
      });
    }
  });

  it.each(ZONES.map((zone, i) => [zone, 1950 + i]))(
    'months made in %s have bounds in UTC',
    async (zone, year) => {
      const months = Array.from({ length: 12 }, (_, i) => month(`${year}-01-01`, i));
      const made = await withClient(async (client) => {
        await client.query(`SET TimeZone = '${zone}'`);
        return ensure(`${year}-01-01T00:00:00Z`, `${year}-12-31T23:59:59.999999Z`, client);
      });
      expect(made).toEqual(months.map(partitionOf));
      expect((await partitions()).filter(({ name }) => name.includes(`_${year}_`))).toEqual(
        months.map((m) => ({ name: partitionOf(m), bounds: boundsOf(m) })),
      );
    },
  );

  it.each([
    ['2060-03-01T00:30:00Z', 'UTC'],
    ['2063-01-31T23:30:00Z', 'UTC'],
    ['2066-03-01T00:30:00Z', 'America/New_York'],
    ['2069-02-28T23:30:00Z', 'Asia/Kolkata'],
  ])('at %s, in %s, ensurePartitions makes 13 months back through the whole next one', async (now, zone) => {
    await withClient(async (client) => {
      await setClock(client, now);
      await client.query(`SET TimeZone = '${zone}'`);
      await ensurePartitions(client);
    });
    const names = (await partitions()).map(({ name }) => name);
    expect(window(now).filter((m) => !names.includes(partitionOf(m)))).toEqual([]);
  });
});

describe('queries read the months that they ask for', () => {
  const QUERY = `SELECT * FROM telemetry_events
                 WHERE appliance_id = $1 AND recorded_at >= $2 AND recorded_at < $3 ORDER BY recorded_at DESC`;

  /** The partitions that a plan scans. */
  async function scanned(client: Client, statement: string): Promise<string[]> {
    const { rows } = await client.query<Record<string, string>>(`EXPLAIN (COSTS OFF) ${statement}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    return [...plan.matchAll(/ on (telemetry_events_(?:\d{4}_\d{2}|default))\b/g)]
      .map(([, name]) => name ?? '')
      .sort();
  }

  const quoted = (values: readonly unknown[]) => values.map((value) => `'${value}'`).join(', ');

  it.each([
    ['bounds in the text', 'auto'],
    ['bounds as parameters of a prepared statement', 'force_generic_plan'],
  ])('%s', async (_, mode) => {
    const { rows } = await database.pool.query<{ now: string }>('SELECT now() AS now');
    const [first, second, third] = [-4, -3, -2].map((offset) => month(rows[0]?.now ?? '', offset));
    await withClient(async (client) => {
      await client.query(`SET plan_cache_mode = ${mode}`);
      await client.query(`PREPARE events (uuid, timestamptz, timestamptz) AS ${QUERY}`);
      const scannedFrom = (from: string, to: string) =>
        scanned(client, `EXECUTE events (${quoted([source.appliance_id, from, to])})`);
      expect(await scannedFrom(`${first}-10T00:00:00Z`, `${first}-11T00:00:00Z`)).toEqual([
        partitionOf(first ?? ''),
      ]);
      expect(await scannedFrom(`${first}-01T00:00:00Z`, `${third}-01T00:00:00Z`)).toEqual(
        [first, second].map((m) => partitionOf(m ?? '')),
      );
    });
  });
});
