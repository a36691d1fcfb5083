import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maintain } from '../../src/db/maintain.js';
import { ensurePartition } from '../../src/db/partitions.js';
import { type Jobs, startJobs } from '../../src/jobs.js';
import { formatCursor } from '../../src/live/cursor.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { startInstance } from '../_util/server.js';
import { recordAllStatements, type Statement } from '../_util/statements.js';
import { createRobot, type Robot } from '../live/journal-kit.js';
import { scannedTables } from '../screens/plans.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const KEEP = { retentionMonths: 13 };

describe('maintenance', () => {
  let database: TestDatabase;
  let robot: Robot;

  beforeEach(async () => {
    database = await createTestDatabase();
    robot = await createRobot(database.pool);
  });
  afterEach(() => database.drop());

  /** The first day of the month that lies so many months from this one. */
  const month = (offset: number) => {
    const now = new Date();
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset)).toISOString().slice(0, 10);
  };
  const partition = (first: string) => `telemetry_events_${first.slice(0, 7).replace('-', '_')}`;

  async function partitions(): Promise<string[]> {
    const { rows } = await database.pool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relname LIKE 'telemetry\\_events\\_%' AND relkind = 'r'`,
    );
    return rows.map(({ name }) => name);
  }

  /** Stores so many events of a month, a second apart. */
  const store = (first: string, events: number, offset = 0) =>
    database.pool.query(
      `INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, device_sequence, sequence)
       SELECT $1, $2, 'temperature', jsonb_build_object('temperature', n), $3::timestamptz + n * interval '1 second', n, n
       FROM generate_series($5::int + 1, $5 + $4::int) AS n`,
      [robot.applianceId, robot.sessionIds[0], `${first}T12:00:00Z`, events, offset],
    );
  const count = async (table = 'telemetry_events') =>
    (await database.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]?.n;

  it('makes what is missing, and does nothing the second time', async () => {
    await database.pool.query(`DROP TABLE ${partition(month(1))}`);
    expect(await maintain(database.url, KEEP)).toMatchObject({ made: [partition(month(1))], dropped: [] });
    expect(await maintain(database.url, KEEP)).toEqual({
      made: [],
      dropped: [],
      removedEvents: 0,
      purged: { refresh_tokens: 0, revocations: 0, pairing_codes: 0, appliance_commands: 0 },
    });
  });

  it.each([100, 5_000])(
    'moves %i events that waited into their month, seen by everybody all the time',
    async (events) => {
      const first = month(-2);
      await database.pool.query(`DROP TABLE ${partition(first)}`);
      await store(first, events);
      const seen = new Set<number | undefined>();
      let moving = true;
      const reader = (async () => {
        while (moving) seen.add(await count());
      })();
      const done = await maintain(database.url, KEEP);
      moving = false;
      await reader;
      expect(done?.made).toEqual([partition(first)]);
      expect([...seen]).toEqual([events]);
      expect(await count('telemetry_events_default')).toBe(0);
      expect(await count(partition(first))).toBe(events);
      expect((await partitions()).filter((name) => name.includes('filling'))).toEqual([]);
    },
  );

  it('moves what is written meanwhile, and what another month has waiting', async () => {
    const [first, other] = [month(-2), month(-5)];
    for (const lost of [first, other]) await database.pool.query(`DROP TABLE ${partition(lost)}`);
    await store(first, 6_000);
    await store(other, 10, 6_000);
    let moving = true;
    let written = 0;
    const writer = (async () => {
      for (; moving && written < 500; written++) await store(first, 1, 7_000 + written);
    })();
    const moved = maintain(database.url, KEEP).finally(() => {
      moving = false;
    });
    await Promise.all([moved, writer]);
    expect(await count(partition(first))).toBe(6_000 + written);
    expect(await count(partition(other))).toBe(10);
    expect(await count('telemetry_events_default')).toBe(0);
  });

  it('gives a month that was filled beforehand the indexes, keys and checks of the others', async () => {
    const [first, other] = [month(-2), month(-3)];
    await database.pool.query(`DROP TABLE ${partition(first)}`);
    await store(first, 3_000);
    await maintain(database.url, KEEP);
    const shape = async (name: string) =>
      (
        await database.pool.query(
          `SELECT i.inhparent::regclass::text AS of, x.indisvalid AS ok FROM pg_index x
             JOIN pg_inherits i ON i.inhrelid = x.indexrelid WHERE x.indrelid = $1::regclass
           UNION ALL SELECT conname, convalidated FROM pg_constraint
             WHERE conrelid = $1::regclass AND contype = 'c'
           UNION ALL SELECT pg_get_constraintdef(oid), convalidated AND conparentid <> 0 FROM pg_constraint
             WHERE conrelid = $1::regclass AND contype = 'f'
           ORDER BY 1`,
          [name],
        )
      ).rows;
    expect(await shape(partition(first))).toEqual(await shape(partition(other)));
  });

  it('drops whole months beyond retention, keeps the others, and goes on where it was stopped', async () => {
    const [old, older, kept] = [month(-14), month(-40), month(-13)];
    for (const first of [old, older]) await ensurePartition(database.pool, first);
    for (const first of [old, older, kept]) await store(first, 3);
    await database.pool.query(`ALTER TABLE telemetry_events DETACH PARTITION ${partition(older)}`);
    expect((await maintain(database.url, KEEP))?.dropped).toEqual([partition(older), partition(old)]);
    expect(await count()).toBe(3);
    expect(await partitions()).toContain(partition(kept));
    expect((await maintain(database.url, { retentionMonths: 2 }))?.dropped).toEqual(
      Array.from({ length: 11 }, (_, i) => partition(month(-13 + i))),
    );
    expect(await count()).toBe(0);
  });

  it('leaves a feed one report in the place of what it dropped', async () => {
    const [old, cook] = [month(-14), robot.sessionIds[0] as string];
    await ensurePartition(database.pool, old);
    await store(old, 3);
    await database.pool.query(
      `UPDATE cooking_sessions s SET status = 'completed', last_sequence = 3, first_recorded_at = e.first,
         last_recorded_at = e.last
       FROM (SELECT min(recorded_at) AS first, max(recorded_at) AS last FROM telemetry_events) AS e WHERE s.id = $1`,
      [cook],
    );
    await maintain(database.url, KEEP);
    const app = await startInstance(database);
    try {
      const after = formatCursor({ sessionId: cook, sequence: 0, receivedAt: null });
      const feed = await app.services.live.openFeed({ sessionId: cook, after, minTelemetryIntervalMs: 0 });
      const entries: unknown[] = [];
      for await (const entry of feed) entries.push(entry);
      expect(entries).toMatchObject([{ fromSequence: 1, toSequence: 3, skipReason: 'RETENTION' }]);
    } finally {
      await app.stop();
    }
  });

  it('removes what waits in the default partition beyond retention', async () => {
    await store('2001-02-01', 7);
    expect(await maintain(database.url, KEEP)).toMatchObject({ removedEvents: 7, made: [] });
    expect(await count()).toBe(0);
  });

  const waitsForLock = async () =>
    (
      await database.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
    ).rowCount === 1;

  it('gives way: whoever holds the telemetry is waited for, and nobody else for long', async () => {
    const old = month(-14);
    await ensurePartition(database.pool, old);
    const holder = await database.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM telemetry_events LIMIT 1');
    const dropping = maintain(database.url, KEEP);
    for (let i = 0; i < 3; i++) {
      await expect.poll(waitsForLock, { timeout: 10_000, interval: 10 }).toBe(true);
      await store(month(0), 1, i); // goes through as soon as the drop has given up
      expect(await partitions()).toContain(partition(old));
    }
    await holder.query('COMMIT');
    holder.release();
    expect((await dropping)?.dropped).toEqual([partition(old)]);
  });

  it('is done by one at a time', async () => {
    const client = await database.pool.connect();
    await client.query(`SELECT pg_advisory_lock(hashtext('epicura_maintenance'))`);
    expect(await maintain(database.url, KEEP)).toBeUndefined();
    client.release(true);
    await expect.poll(async () => await maintain(database.url, KEEP)).toBeDefined();
  });

  it('removes what has expired, and nothing else', async () => {
    await database.pool.query(
      `WITH person AS (SELECT id FROM users LIMIT 1)
       INSERT INTO refresh_tokens (user_id, family_id, token_hash, expires_at)
       SELECT id, gen_random_uuid(), decode(md5(n::text), 'hex'), now() + (n - 3) * interval '1 day'
       FROM person, generate_series(0, 5) AS n`,
    );
    await database.pool.query(
      `INSERT INTO revocations (created_at, family_id)
       VALUES (now() - interval '2 hours', gen_random_uuid()), (now(), gen_random_uuid())`,
    );
    await database.pool.query(
      `INSERT INTO device_registrations (device_id, serial_number, pairing_code, pairing_code_expires_at)
       VALUES ('a', 'a', '111111', now() - interval '1 minute'), ('b', 'b', '222222', now() + interval '1 minute')`,
    );
    expect((await maintain(database.url, KEEP))?.purged).toEqual({
      refresh_tokens: 3,
      revocations: 1,
      pairing_codes: 1,
      appliance_commands: 0,
    });
    expect(await count('refresh_tokens')).toBe(3);
    expect(await count('revocations')).toBe(1);
    expect(await count('device_registrations WHERE pairing_code IS NOT NULL')).toBe(1);
  });

  /** Commands of the robot's cook, which ended, or were given, so many days ago. */
  const storeCommands = (
    kind: string,
    state: string,
    daysAgo: number,
    { count = 1, isSettled = true } = {},
  ) =>
    database.pool.query(
      `INSERT INTO appliance_commands (appliance_id, user_id, session_id, kind, state, payload, created_at, updated_at,
                                       expires_at, settled_at)
       SELECT a.id, a.user_id, $2, $3::text, $4, CASE WHEN $3::text = 'cook' THEN '{}'::jsonb END, at, at,
              at + interval '2 minutes', CASE WHEN $6 THEN at END
       FROM appliances a, LATERAL (SELECT now() - $5 * interval '1 day' AS at) AS t, generate_series(1, $7)
       WHERE a.id = $1`,
      [robot.applianceId, robot.sessionIds[0], kind, state, daysAgo, isSettled, count],
    );

  it('removes commands that ended 90 days ago, in batches, and none that somebody still has to see to', async () => {
    await storeCommands('pause', 'acknowledged', 91, { count: 5_500 });
    await storeCommands('stop', 'rejected', 91);
    await storeCommands('cook', 'expired', 91);
    await storeCommands('cook', 'acknowledged', 91, { isSettled: false });
    const kept = [
      ['cook', 'rejected', 91, false],
      ['cook', 'expired', 91, false],
      ['stop', 'pending', 91, true],
      ['stop', 'delivered', 91, true],
      ['cook', 'expired', 89, true],
      ['pause', 'acknowledged', 89, true],
    ] as const;
    for (const [kind, state, daysAgo, isSettled] of kept)
      await storeCommands(kind, state, daysAgo, { isSettled });
    expect((await maintain(database.url, KEEP))?.purged.appliance_commands).toBe(5_503);
    expect(await count('appliance_commands')).toBe(kept.length);
    expect(await count('cooking_sessions')).toBe(1);
  });

  it('finds those commands by an index, among many that stay', async () => {
    await storeCommands('pause', 'acknowledged', 1, { count: 20_000 });
    await database.pool.query('ANALYZE appliance_commands');
    const statements = await recordAllStatements(() => maintain(database.url, KEEP));
    const [purge] = statements.filter(({ text }) => text.startsWith('DELETE FROM appliance_commands'));
    expect(await scannedTables(database.pool, purge as Statement)).toEqual({ scanned: [], forced: [] });
  });

  it('runs by hand, and says what it did', async () => {
    await database.pool.query(`DROP TABLE ${partition(month(1))}`);
    await ensurePartition(database.pool, month(-20));
    const run = async (env: NodeJS.ProcessEnv) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', 'src/db/maintain-cli.ts'],
        {
          cwd: ROOT,
          env: { PATH: process.env.PATH, ...env },
        },
      );
      return stdout;
    };
    expect(await run({ DATABASE_URL: database.url })).toBe(
      `made partition ${partition(month(1))}\ndropped partition ${partition(month(-20))}\n`,
    );
    expect(await run({ DATABASE_URL: database.url })).toBe('Nothing to do.\n');
    await expect(run({})).rejects.toMatchObject({
      stderr: expect.stringContaining('DATABASE_URL: is not set'),
    });
  });

  it('is in the timetable of many instances once, and stops with them', async () => {
    const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
    const jobs = [0, 1, 2].map(() => startJobs(database.url, KEEP, log));
    const query = async <T>(text: string) => (await database.pool.query(text)).rows as T[];
    await expect
      .poll(
        () => query(`SELECT to_regclass('graphile_worker._private_known_crontabs') IS NOT NULL AS there`),
        { timeout: 30_000 },
      )
      .toEqual([{ there: true }]);
    await expect
      .poll(() => query('SELECT identifier FROM graphile_worker._private_known_crontabs'), {
        timeout: 30_000,
      })
      .toEqual([{ identifier: 'maintain' }]);
    await database.pool.query(`DROP TABLE ${partition(month(1))}`);
    await query(`SELECT FROM graphile_worker.add_job('maintain')`);
    await expect.poll(partitions, { timeout: 30_000 }).toContain(partition(month(1)));
    await expect.poll(() => query('SELECT FROM graphile_worker.jobs'), { timeout: 30_000 }).toEqual([]);
    await Promise.all(jobs.map((job) => job.stop()));
    await expect
      .poll(() =>
        query(
          `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'epicura jobs'`,
        ),
      )
      .toEqual([]);
  });

  it('goes with a server, which refuses events from before the retention that is set', async () => {
    const app = await startInstance(database, { JOBS: 'on', TELEMETRY_RETENTION_MONTHS: '2' });
    try {
      const at = (first: string) => ({
        deviceSequence: 1,
        recordedAt: `${first}T12:00:00.000000Z`,
        sessionId: null,
        type: 'alert' as const,
        payload: { code: 'A', severity: 'info', message: 'm' },
      });
      const outcomes = await app.services.live.append({
        applianceId: robot.applianceId,
        clockOffsetMs: null,
        events: [at(month(-3)), at(month(-1))],
      });
      expect(outcomes).toMatchObject([{ kind: 'rejected', code: 'VALIDATION_ERROR' }, { kind: 'accepted' }]);
      await expect
        .poll(
          () =>
            database.pool.query('SELECT FROM graphile_worker._private_known_crontabs').then(
              () => true,
              () => false,
            ),
          {
            timeout: 30_000,
          },
        )
        .toBe(true);
    } finally {
      await app.stop();
    }
  });

  it('stops at once also before it could begin', async () => {
    await startJobs(database.url, KEEP, pino({ level: 'silent' })).stop();
    const url = new URL(database.url);
    url.port = '1'; // nobody listens there
    let jobs: Jobs | undefined;
    const warning = await new Promise<string>((write) => {
      jobs = startJobs(url.href, KEEP, pino({ level: 'warn' }, { write }));
    });
    expect(warning).toContain('the jobs could not run');
    await jobs?.stop();
  });
});
