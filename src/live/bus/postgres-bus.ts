import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { createConnection } from '../../db/client.js';
import type { Logger } from '../../logger.js';
import type { Bus, Changes, Wake } from './bus.js';

const CHANNEL = 'epicura_live';
/** PostgreSQL refuses a payload of 8,000 bytes or more. */
const MAX_PAYLOAD_BYTES = 7_900;
const COALESCE_MS = 5;
const RECONNECT_MS = 500;
/** How often the connection proves that it is not silently cut, and how long the answer may take. */
const HEARTBEAT_MS = 2_000;

type Message = { from: string } & ({ everything: true } | { s: string[]; a: string[] });

/**
 * LISTEN and NOTIFY on one connection of its own, outside the pool. A NOTIFY runs after the commit that it tells of,
 * carries ids only, and is left out while the connection is down: the others' polls find the change.
 */
export class PostgresBus implements Bus {
  readonly #url: string;
  readonly #log: Logger;
  readonly #instance = randomUUID();
  readonly #pending = { sessions: new Set<string>(), appliances: new Set<string>() };
  #client: pg.Client | null = null;
  #onWake: (wake: Wake) => void = () => {};
  #flushTimer: NodeJS.Timeout | undefined;
  #heartbeatTimer: NodeJS.Timeout | undefined;
  #reconnectTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(url: string, log: Logger) {
    this.#url = url;
    this.#log = log;
  }

  async start(onWake: (wake: Wake) => void): Promise<void> {
    this.#onWake = onWake;
    await this.#connect();
  }

  publish({ sessions, applianceIds }: Changes): void {
    for (const { sessionId } of sessions) this.#pending.sessions.add(sessionId);
    for (const id of applianceIds) this.#pending.appliances.add(id);
    this.#flushTimer ??= setTimeout(() => this.#flush(), COALESCE_MS);
  }

  /** Every instance hears of every session. */
  watch(): void {}

  unwatch(): void {}

  isConnected(): boolean {
    return this.#client !== null;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#reconnectTimer);
    clearTimeout(this.#heartbeatTimer);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {});
  }

  async #connect(): Promise<void> {
    if (this.#stopped) return;
    const client = createConnection(this.#url);
    client.on('notification', ({ payload }) => this.#receive(payload ?? ''));
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      this.#log.warn({ err: error }, 'the live bus cannot connect');
      await client.end().catch(() => {});
      this.#reconnectLater();
      return;
    }
    if (this.#stopped) {
      await client.end().catch(() => {});
      return;
    }
    this.#client = client;
    this.#beatLater(client);
    this.#onWake('everything'); // what came while nobody listened
  }

  #lose(client: pg.Client, error?: Error): void {
    if (client !== this.#client) return;
    this.#client = null;
    clearTimeout(this.#heartbeatTimer);
    if (this.#stopped) return;
    this.#log.warn({ err: error }, 'the live bus lost its connection');
    client.end().catch(() => {});
    this.#reconnectLater();
  }

  #reconnectLater(): void {
    if (this.#stopped) return;
    clearTimeout(this.#reconnectTimer);
    this.#reconnectTimer = setTimeout(() => void this.#connect(), RECONNECT_MS);
  }

  /** A connection that is silently cut neither errors nor ends: it only stops to answer. */
  #beatLater(client: pg.Client): void {
    this.#heartbeatTimer = setTimeout(() => {
      const deadline = setTimeout(
        () => this.#lose(client, new Error('no answer to the heartbeat')),
        HEARTBEAT_MS,
      );
      client.query('SELECT 1').then(
        () => {
          clearTimeout(deadline);
          if (client === this.#client) this.#beatLater(client);
        },
        (error: Error) => {
          clearTimeout(deadline);
          this.#lose(client, error);
        },
      );
    }, HEARTBEAT_MS);
  }

  #flush(): void {
    this.#flushTimer = undefined;
    const { sessions, appliances } = this.#pending;
    const message: Message = { from: this.#instance, s: [...sessions], a: [...appliances] };
    for (const ids of Object.values(this.#pending)) ids.clear();
    let payload = JSON.stringify(message);
    if (payload.length > MAX_PAYLOAD_BYTES) {
      payload = JSON.stringify({ from: this.#instance, everything: true } satisfies Message);
    }
    const client = this.#client;
    client
      ?.query('SELECT pg_notify($1, $2)', [CHANNEL, payload])
      .catch((error: Error) => this.#lose(client, error));
  }

  #receive(payload: string): void {
    let message: Message;
    try {
      message = JSON.parse(payload) as Message;
    } catch {
      return; // somebody else's NOTIFY on our channel
    }
    if (message.from === this.#instance) return;
    this.#onWake(
      'everything' in message
        ? 'everything'
        : { sessions: (message.s ?? []).map((sessionId) => ({ sessionId })), applianceIds: message.a ?? [] },
    );
  }
}
