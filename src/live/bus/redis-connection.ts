import { Redis } from 'ioredis';
import type { Connection } from './link.js';

/** Most channels in one command, so that none holds up the server. */
const CHANNELS_A_COMMAND = 1_000;

export interface RedisConnectionOptions {
  url: string;
  /** A channel that nobody listens to, to try out publishing. */
  probe: string;
  /** What is subscribed before the connection counts as open; one channel at least stays subscribed. */
  channels: () => readonly string[];
  onMessage: (channel: Buffer, message: Buffer) => void;
  onLost: (error?: Error) => void;
}

/**
 * One connection that publishes, is subscribed and is felt for a pulse: RESP3 lets all three share it. It uses sharded
 * pub/sub where the server has it and lets us, on all channels or on none: the two do not hear each other, and the
 * client loses count of its subscriptions when they are mixed.
 */
export class RedisConnection implements Connection {
  readonly #redis: Redis;
  readonly #options: RedisConnectionOptions;
  readonly #subscribed = new Set<string>();
  #isSharded = false;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#redis = new Redis(options.url, {
      lazyConnect: true,
      connectionName: 'epicura-bus',
      // The link connects again, with a client of its own; nothing is kept for later.
      retryStrategy: null,
      enableOfflineQueue: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      enableReadyCheck: false, // pub/sub works while the server loads its data
    });
    this.#redis.on('messageBuffer', options.onMessage);
    this.#redis.on('smessageBuffer', options.onMessage);
    this.#redis.on('error', (error) => options.onLost(withoutCommand(error)));
    this.#redis.on('close', () => options.onLost());
  }

  async open(): Promise<void> {
    await this.#redis.connect();
    this.#isSharded = (await this.#mode()) !== 'cluster';
    try {
      await this.#listen();
    } catch (error) {
      if (!this.#isSharded) throw error;
      this.#isSharded = false; // an older server, or a user who may not
      await this.#listen();
    }
  }

  ping(): Promise<unknown> {
    return this.#redis.ping();
  }

  bytesRead(): number {
    return this.#redis.stream?.bytesRead ?? 0; // none before it connects
  }

  close(): void {
    if (this.#redis.status === 'end') return;
    this.#redis.disconnect();
    // By itself it waits two seconds for the server to close its end.
    (this.#redis.stream as Redis['stream'] | undefined)?.destroy();
  }

  isSubscribed(channel: string): boolean {
    return this.#subscribed.has(channel);
  }

  /** Resolves when the server confirmed all of them. */
  async subscribe(channels: readonly string[]): Promise<void> {
    for (const group of groupsOf(channels)) {
      await (this.#isSharded ? this.#redis.ssubscribe(...group) : this.#redis.subscribe(...group));
    }
    for (const channel of channels) this.#subscribed.add(channel);
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    for (const group of groupsOf(channels)) {
      await (this.#isSharded ? this.#redis.sunsubscribe(...group) : this.#redis.unsubscribe(...group));
    }
    for (const channel of channels) this.#subscribed.delete(channel);
  }

  /** Writes all of them at once and in their order; resolves when the server took them. */
  async publish(messages: readonly (readonly [channel: string, message: string])[]): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const [channel, message] of messages) {
      if (this.#isSharded) pipeline.spublish(channel, message);
      else pipeline.publish(channel, message);
    }
    const results = (await pipeline.exec()) ?? [];
    for (const [error] of results) if (error) throw withoutCommand(error);
  }

  /** Publishes before it subscribes, so that a user who may do only one of the two is subscribed to nothing. */
  async #listen(): Promise<void> {
    await this.publish([[this.#options.probe, '']]);
    await this.subscribe(this.#options.channels());
  }

  /** What the server is: each node of a cluster has shards of its own, but a plain message reaches all nodes. */
  async #mode(): Promise<unknown> {
    const hello = (await this.#redis.call('HELLO')) as unknown[];
    if (hello[hello.indexOf('proto') + 1] !== 3) throw new Error('Redis 6 or newer is needed');
    return hello[hello.indexOf('mode') + 1];
  }
}

/** The client hangs the command on its errors, with password or events: neither is for the log. */
function withoutCommand(error: Error & { command?: unknown }): Error {
  delete error.command;
  return error;
}

function groupsOf(channels: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (let i = 0; i < channels.length; i += CHANNELS_A_COMMAND) {
    groups.push(channels.slice(i, i + CHANNELS_A_COMMAND));
  }
  return groups;
}
