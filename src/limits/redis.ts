import { Redis } from 'ioredis';
import type { Logger } from '../logger.js';

/** Longer than that nobody waits for a count. */
const COMMAND_TIMEOUT_MS = 500;
/** A connection that is silent for so long, while an answer is due, is cut off. */
const SOCKET_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MS = 200;
const LONGEST_RECONNECT_MS = 2_000;

export interface RedisLink {
  client: Redis;
  close(): void;
}

/**
 * A connection that connects again by itself, and keeps no command for later: what cannot be sent now fails at once.
 * Each outage is one line of the log. Resolves after the first attempt, whatever came of it.
 */
export async function connectRedis(url: string, log: Logger): Promise<RedisLink> {
  const client = new Redis(url, {
    connectionName: 'epicura-limits',
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    retryStrategy: (tries) => Math.min(tries * RECONNECT_MS, LONGEST_RECONNECT_MS),
  });
  let isDown = false;
  client.on('error', ({ message }: Error) => {
    if (!isDown) log.warn({ reason: message }, 'limits are counted in memory: Redis cannot be reached');
    isDown = true;
  });
  client.on('ready', () => {
    if (isDown) log.info('limits are counted in Redis again');
    isDown = false;
  });
  await new Promise<void>((resolve) => {
    client.once('ready', resolve);
    client.once('error', () => resolve());
  });
  return {
    client,
    close() {
      client.disconnect();
      // By itself it waits two seconds for the server to close its end.
      (client.stream as Redis['stream'] | undefined)?.destroy();
    },
  };
}
