import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type pg from 'pg';
import { pino } from 'pino';
import { createDatabase } from '../../src/db/client.js';
import type { AppendRequest, AppendResult } from '../../src/live/append.js';
import type { EventType, NewEvent, Payload } from '../../src/live/events.js';
import { Journal, type JournalHooks } from '../../src/live/journal.js';

/** An appliance of a home of its own with some cooks, by SQL. */
export interface Robot {
  applianceId: string;
  sessionIds: string[];
}

export async function createRobot(pool: pg.Pool, cooks = 1): Promise<Robot> {
  const { rows } = await pool.query<{ applianceId: string; sessionIds: string[] }>(
    `WITH person AS (INSERT INTO users (email, password_hash, name) VALUES ($1, 'hash', 'Asha') RETURNING id),
          recipe AS (INSERT INTO recipes (name, category, difficulty, time_minutes, recipe_data)
                     VALUES ('Dal', 'dal', 'easy', 30, '{"stages": [{"name": "Boil"}]}') RETURNING id),
          appliance AS (INSERT INTO appliances (user_id, device_id, serial_number)
                        SELECT id, $2, $2 FROM person RETURNING id, user_id),
          cooks AS (INSERT INTO cooking_sessions (user_id, appliance_id, recipe_id, started_at)
                    SELECT a.user_id, a.id, r.id, now() - interval '1 hour'
                    FROM appliance a, recipe r, generate_series(1, $3) RETURNING id)
     SELECT (SELECT id FROM appliance) AS "applianceId", array(SELECT id FROM cooks) AS "sessionIds"`,
    [`${randomUUID()}@epicura.example`, randomUUID(), cooks],
  );
  return rows[0] as Robot;
}

export interface TestJournal extends Journal {
  pool: pg.Pool;
  /** What was published, in order. */
  published: AppendResult[];
  close(): Promise<void>;
}

/** A journal as a process of its own would have it: with its own connections and its own memory. */
export function openJournal(url: string, hooks: JournalHooks = {}): TestJournal {
  const { pool } = createDatabase({ url, poolSize: 8, acquireTimeoutMs: 5_000, onError: () => {} });
  const published: AppendResult[] = [];
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const journal = new Journal(pool, log, (result) => published.push(result), hooks);
  return Object.assign(journal, {
    pool,
    published,
    async close() {
      await journal.drain();
      await pool.end();
    },
  });
}

/** An instant so many seconds from `base`, a whole second by default that lies a minute back. */
export function instantAt(seconds: number, base = Math.floor(Date.now() / 1000) * 1000 - 60_000): string {
  return new Date(base + seconds * 1000).toISOString().replace('Z', '000Z');
}

let counter = 0;

/** An event with a number of its own; `seconds` from `base` by the device's clock. */
export function event(
  sessionId: string | null,
  type: EventType,
  payload: Payload,
  more: Partial<NewEvent> = {},
): NewEvent {
  counter += 1;
  return {
    deviceSequence: counter,
    recordedAt: instantAt(counter / 1000),
    sessionId,
    type,
    payload,
    ...more,
  };
}

export const reading = (sessionId: string | null, temperature: number, more?: Partial<NewEvent>) =>
  event(sessionId, 'temperature', { temperature }, more);

export const status = (sessionId: string, sessionStatus: string, more?: Partial<NewEvent>) =>
  event(sessionId, 'status', { session_status: sessionStatus }, more);

export function request(robot: Robot, events: NewEvent[], more: Partial<AppendRequest> = {}): AppendRequest {
  return { applianceId: robot.applianceId, clockOffsetMs: null, events, ...more };
}

/** A transaction that holds locks until it is told to let go, once or more often. */
export async function hold(
  pool: pg.Pool,
  text: string,
  values: unknown[] = [],
): Promise<() => Promise<void>> {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query(text, values);
  let isHeld = true;
  return async () => {
    if (!isHeld) return;
    isHeld = false;
    await client.query('ROLLBACK');
    client.release();
  };
}

/** A way to PostgreSQL that can be cut at the worst moment. */
export interface LossyProxy {
  url: string;
  /** From now on, each of the next `times` appends reaches PostgreSQL, but its answer is lost with the connection. */
  loseAnswers(times: number): void;
  lost(): number;
  close(): Promise<void>;
}

export async function openProxy(databaseUrl: string): Promise<LossyProxy> {
  const target = new URL(databaseUrl);
  let toLose = 0;
  let lost = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    let deaf = false;
    client.on('data', (data) => {
      upstream.write(data);
      if (toLose === 0 || !data.includes('journal-append')) return;
      toLose -= 1;
      deaf = true;
    });
    upstream.on('data', (data) => {
      if (!deaf) {
        client.write(data);
        return;
      }
      lost += 1; // PostgreSQL has answered: whatever it did is done
      client.destroy();
      upstream.destroy();
    });
    client.on('end', () => upstream.end());
    upstream.on('end', () => client.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    loseAnswers: (times) => {
      toLose = times;
    },
    lost: () => lost,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
