import { randomUUID } from 'node:crypto';
import type { Logger } from '../../logger.js';
import type { Bus, BusStats, Changes, SessionNews, Wake } from './bus.js';
import { Link } from './link.js';
import { type Batch, Outbox } from './outbox.js';
import { RedisConnection } from './redis-connection.js';
import { decodeChanges, decodeIds, encodeChanges, encodeIds } from './wire.js';

/** What waits while a batch is under way: a few megabytes at most. So many ids fit a message. */
const LIMITS = { events: 5_000, ids: 5_000, gapMs: 0 };
/** A session's events that take more than this are left in the table, for those who watch to read. */
const MAX_MESSAGE_BYTES = 256 * 1024;
const STOP_MS = 500;
/** A message begins with the UUID of the instance that sent it. */
const INSTANCE_BYTES = 36;

/**
 * Pub/sub of Redis, with the events themselves: one channel for each session, subscribed while somebody here watches
 * it, and one channel for everything else. Whoever keeps up reads nothing from the table.
 */
export class RedisBus implements Bus {
  readonly stats: BusStats = { sent: 0, received: 0, reconnects: 0, dropped: 0 };
  readonly #instance = randomUUID();
  readonly #instanceBytes = Buffer.from(this.#instance);
  readonly #generalChannel: string;
  readonly #sessionPrefix: string;
  readonly #link: Link<RedisConnection>;
  readonly #outbox = new Outbox(LIMITS, (batch) => this.#send(batch));
  readonly #watched = new Set<string>();
  /** Sessions whose subscription may not be what `#watched` wants. */
  readonly #unsettled = new Set<string>();
  #settlesFor: RedisConnection | null = null;
  #onWake: (wake: Wake) => void = () => {};

  /**
   * `namespace` keeps instances on different databases apart that share a Redis. Its pub/sub does not heed the number
   * in the URL's path, so that goes into the names too.
   */
  constructor(url: string, namespace: string, log: Logger) {
    const prefix = `epicura:1:${new URL(url).pathname.slice(1) || 0}:${namespace}`;
    this.#generalChannel = `${prefix}:all`;
    this.#sessionPrefix = `${prefix}:session:`;
    this.#link = new Link({
      make: (onLost) => {
        this.#unsettled.clear(); // it subscribes all that is watched by then
        return new RedisConnection({
          url,
          probe: `${prefix}:instance:${this.#instance}`,
          channels: () => [this.#generalChannel, ...this.#channelsOf(this.#watched)],
          onMessage: (channel, message) => this.#receive(channel, message),
          onLost,
        });
      },
      onUp: (connection, isFirst) => {
        if (!isFirst) this.stats.reconnects += 1;
        this.#onWake('everything'); // what went by while nobody listened
        void this.#settle(connection);
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
    if (this.#link.current) this.#outbox.add(changes);
    else this.stats.dropped += 1;
  }

  watch(sessionId: string): void {
    this.#watched.add(sessionId);
    this.#unsettle(sessionId);
  }

  unwatch(sessionId: string): void {
    this.#watched.delete(sessionId);
    this.#unsettle(sessionId);
  }

  isConnected(): boolean {
    return this.#link.current !== null;
  }

  async stop(): Promise<void> {
    await this.#outbox.drain(STOP_MS);
    this.#link.stop();
    this.#outbox.clear();
  }

  #unsettle(sessionId: string): void {
    this.#unsettled.add(sessionId);
    if (this.#link.current) void this.#settle(this.#link.current);
  }

  /** Subscribes and unsubscribes until the connection listens to what is watched; one command at a time. */
  async #settle(connection: RedisConnection): Promise<void> {
    if (this.#settlesFor === connection) return;
    this.#settlesFor = connection;
    try {
      while (this.#unsettled.size > 0 && connection === this.#link.current) {
        const ids = [...this.#unsettled];
        this.#unsettled.clear();
        const isSubscribed = (id: string) => connection.isSubscribed(this.#sessionPrefix + id);
        const gone = ids.filter((id) => !this.#watched.has(id) && isSubscribed(id));
        const fresh = ids.filter((id) => this.#watched.has(id) && !isSubscribed(id));
        await connection.unsubscribe(this.#channelsOf(gone));
        await connection.subscribe(this.#channelsOf(fresh));
        if (fresh.length > 0) {
          this.#onWake({ sessions: fresh.map((sessionId) => ({ sessionId })), applianceIds: [] });
        }
      }
    } catch (error) {
      this.#link.lose(connection, error as Error);
    } finally {
      if (this.#settlesFor === connection) this.#settlesFor = null;
    }
  }

  async #send(batch: Batch): Promise<void> {
    const connection = this.#link.current;
    if (!connection) return;
    let count = 0;
    try {
      const messages = this.#messagesOf(batch);
      count = messages.length;
      await connection.publish(messages);
      this.stats.sent += count;
    } catch (error) {
      this.stats.dropped += count;
      this.#link.lose(connection, error as Error);
    }
  }

  #messagesOf(batch: Batch): [channel: string, message: string][] {
    if (batch === 'everything') return [[this.#generalChannel, this.#instance + encodeIds(batch)]];
    const messages: [string, string][] = [];
    for (const [sessionId, changes] of batch.sessions) {
      let text = encodeChanges(changes);
      if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) text = encodeChanges(null);
      messages.push([this.#sessionPrefix + sessionId, this.#instance + text]);
    }
    if (batch.applianceIds.size > 0) {
      messages.push([this.#generalChannel, this.#instance + encodeIds(batch.applianceIds)]);
    }
    return messages;
  }

  #receive(channelBytes: Buffer, message: Buffer): void {
    if (message.length < INSTANCE_BYTES || message.length > INSTANCE_BYTES + MAX_MESSAGE_BYTES) return;
    // What this instance sent comes back to it where it watches the session itself.
    if (this.#instanceBytes.compare(message, 0, INSTANCE_BYTES) === 0) return;
    const wake = this.#read(channelBytes.toString(), message.toString('utf8', INSTANCE_BYTES));
    if (!wake) return;
    this.stats.received += 1;
    this.#onWake(wake);
  }

  /** What a message says; `undefined` for what anybody else may have published on our channels. */
  #read(channel: string, text: string): Wake | undefined {
    if (channel === this.#generalChannel) {
      const ids = decodeIds(text);
      return Array.isArray(ids) ? { sessions: [], applianceIds: ids } : ids;
    }
    if (!channel.startsWith(this.#sessionPrefix)) return undefined;
    const sessionId = channel.slice(this.#sessionPrefix.length);
    const changes = decodeChanges(sessionId, text);
    if (changes === undefined) return undefined;
    const sessions: SessionNews[] = changes?.map((change) => ({ sessionId, change })) ?? [{ sessionId }];
    return { sessions, applianceIds: [] };
  }

  #channelsOf(sessionIds: Iterable<string>): string[] {
    return Array.from(sessionIds, (id) => this.#sessionPrefix + id);
  }
}
