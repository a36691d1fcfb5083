import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type pg from 'pg';
import { createConnection } from '../../db/client.js';
import type { Logger } from '../../logger.js';
import type { Bus, BusStats, Changes, Wake } from './bus.js';
import { type Connection, Link } from './link.js';
import { type Batch, Outbox } from './outbox.js';

const CHANNEL = 'epicura_live';
/** PostgreSQL refuses a payload of 8,000 bytes or more. */
const MAX_PAYLOAD_BYTES = 7_900;
/**
 * Ids alone, and no more than fit: a UUID in JSON takes 39 bytes. The gap bounds how often an instance takes the lock
 * that NOTIFY holds over the whole database cluster while it commits.
 */
const LIMITS = { events: 0, ids: 200, gapMs: 5 };
const STOP_MS = 500;

/** By this name the listening connections of a database know each other. */
const APPLICATION_NAME = 'epicura live';

type Message = { from: string } & ({ hello: true } | { everything: true } | { s: string[]; a: string[] });

/**
 * LISTEN and NOTIFY on one connection of its own, outside the pool. A NOTIFY runs after the commit that it tells of,
 * carries ids only, and is left out while the connection is down: the others' polls find the change. It is left out too
 * while nobody else listens: who comes says hello, and each heartbeat counts who is there.
 */
export class PostgresBus implements Bus {
  readonly stats: BusStats = { sent: 0, received: 0, reconnects: 0, dropped: 0 };
  readonly #instance = randomUUID();
  readonly #link: Link<ListenConnection>;
  readonly #outbox = new Outbox(LIMITS, (batch) => this.#send(batch));
  #onWake: (wake: Wake) => void = () => {};

  constructor(url: string, log: Logger) {
    this.#link = new Link({
      make: (onLost) => new ListenConnection(url, (payload) => this.#receive(payload), onLost),
      onUp: (connection, isFirst) => {
        if (!isFirst) this.stats.reconnects += 1;
        this.#onWake('everything'); // what came while nobody listened
        connection
          .notify(JSON.stringify({ from: this.#instance, hello: true } satisfies Message))
          .catch(() => {}); // lost
      },
      onDown: () => this.#outbox.clear(),
      log,
    });
  }

  async start(onWake: (wake: Wake) => void): Promise<void> {
    this.#onWake = onWake;
    await this.#link.start();
  }

  publish(changes: Changes): void {
    const connection = this.#link.current;
    if (!connection) this.stats.dropped += 1;
    else if (connection.isHeard) this.#outbox.add(changes);
  }

  /** Every instance hears of every session. */
  watch(): void {}

  unwatch(): void {}

  isConnected(): boolean {
    return this.#link.current !== null;
  }

  async stop(): Promise<void> {
    await this.#outbox.drain(STOP_MS);
    this.#link.stop();
    this.#outbox.clear();
  }

  async #send(batch: Batch): Promise<void> {
    const connection = this.#link.current;
    if (!connection) return;
    try {
      await connection.notify(encode(this.#instance, batch));
      this.stats.sent += 1;
    } catch (error) {
      this.stats.dropped += 1;
      this.#link.lose(connection, error as Error);
    }
  }

  #receive(payload: string): void {
    const message = decode(payload);
    if (!message || message.from === this.#instance) return;
    if ('hello' in message) {
      const connection = this.#link.current;
      if (!connection) return;
      // What was committed since the other looked at everything, nobody told it of.
      if (!connection.isHeard) this.#outbox.addEverything();
      connection.meetOther();
      return;
    }
    this.stats.received += 1;
    this.#onWake(
      'everything' in message
        ? 'everything'
        : { sessions: message.s.map((sessionId) => ({ sessionId })), applianceIds: message.a },
    );
  }
}

/** One connection that listens, notifies and is felt for a pulse. */
class ListenConnection implements Connection {
  readonly #client: pg.Client;
  #isHeard = true;
  #hellos = 0;

  constructor(url: string, onPayload: (payload: string) => void, onLost: (error?: Error) => void) {
    this.#client = createConnection(url);
    this.#client.on('notification', ({ payload }) => onPayload(payload ?? ''));
    this.#client.on('error', onLost);
    this.#client.on('end', () => onLost());
  }

  /** Whether anybody else may be listening. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** Somebody else has come. */
  meetOther(): void {
    this.#hellos += 1;
    this.#isHeard = true;
  }

  async open(): Promise<void> {
    await this.#client.connect();
    // A NOTIFY has nothing to keep, and must not hold its lock while a disk writes. PostgreSQL keeps every NOTIFY until all
    // listeners took it: one that is gone must not count among them for long. All in one round trip.
    await this.#client.query(`SET application_name = '${APPLICATION_NAME}'; SET synchronous_commit = off;
                              SET tcp_user_timeout = '10s'; LISTEN ${CHANNEL}`);
  }

  /** Its answer tells also whether somebody else listens: so an instance that is alone tells nobody. */
  async ping(): Promise<void> {
    const hellos = this.#hellos;
    const { rows } = await this.#client.query<{ isHeard: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1
                        AND pid <> pg_backend_pid()) AS "isHeard"`,
      [APPLICATION_NAME],
    );
    // Who said hello meanwhile may have come too late to be counted.
    if (hellos === this.#hellos) this.#isHeard = rows[0]?.isHeard ?? true;
  }

  notify(payload: string): Promise<unknown> {
    return this.#client.query('SELECT pg_notify($1, $2)', [CHANNEL, payload]);
  }

  bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** Says goodbye if that goes out at once, and waits for no answer: a connection that is cut would give none. */
  close(): void {
    this.#client.end().catch(() => {});
    const isStuck = this.#socket.connecting || this.#socket.writableLength > 0;
    if (isStuck) this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  get #socket(): Socket {
    return this.#client.connection.stream as Socket; // with TLS, one in the other
  }
}

function encode(from: string, batch: Batch): string {
  if (batch !== 'everything') {
    const message: Message = { from, s: [...batch.sessions.keys()], a: [...batch.applianceIds] };
    const payload = JSON.stringify(message);
    if (Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES) return payload;
  }
  return JSON.stringify({ from, everything: true } satisfies Message);
}

/** Anybody who may connect to the database may NOTIFY: what is not of this shape is nothing to us. */
function decode(payload: string): Message | undefined {
  let message: unknown;
  try {
    message = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null) return undefined;
  const { from, hello, everything, s, a } = message as Record<string, unknown>;
  if (typeof from !== 'string') return undefined;
  if (hello === true) return { from, hello };
  if (everything === true) return { from, everything };
  return areStrings(s) && areStrings(a) ? { from, s, a } : undefined;
}

function areStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
