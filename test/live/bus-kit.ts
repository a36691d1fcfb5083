import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { SessionChange } from '../../src/live/append.js';
import type { Bus, Wake } from '../../src/live/bus/bus.js';
import { LocalBus, LocalHub } from '../../src/live/bus/local-bus.js';
import { PostgresBus } from '../../src/live/bus/postgres-bus.js';
import { RedisBus } from '../../src/live/bus/redis-bus.js';
import { createTestDatabase } from '../_util/database.js';
import { startProxy, type TcpProxy } from '../_util/proxy.js';
import { isRedisMissing, type RedisServer, startRedis } from '../_util/redis.js';

/** What the conformance tests need of a driver, its server and the way there. */
export interface Bench {
  /** An instance's bus, not started yet, by way of the proxy if there is one. */
  create(): Bus;
  stop(): Promise<void>;
}

export interface ServerBench extends Bench {
  driver: 'postgres' | 'redis';
  proxy: TcpProxy;
  url: string;
  /** The server itself, where it is the bench's own. */
  server?: RedisServer;
  /** Ends the connections of all buses from the server's side. */
  killConnections(): Promise<void>;
  /** Says something on every channel that a bus with this session watched listens to. */
  shout(sessionId: string, message: string): Promise<void>;
}

interface Driver<B> {
  name: string;
  isMissing: boolean;
  /** Whether it carries events, and those of watched sessions alone; else it carries everybody's ids. */
  carriesEvents: boolean;
  /** Like the one before it but for the commands, so that what takes long is not proven twice. */
  isVariant?: boolean;
  start(): Promise<B>;
}

const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
export const NAMESPACE = 'a test';

/** The drivers with a server behind them. */
export const SERVER_DRIVERS: Driver<ServerBench>[] = [
  { name: 'PostgreSQL', isMissing: false, carriesEvents: false, start: startPostgresBench },
  { name: 'Redis', isMissing: isRedisMissing, carriesEvents: true, start: () => startRedisBench() },
  {
    name: 'Redis without shards',
    isMissing: isRedisMissing,
    carriesEvents: true,
    isVariant: true,
    start: () => startRedisBench('plain'),
  },
];

export const DRIVERS: Driver<Bench>[] = [
  { name: 'in process', isMissing: false, carriesEvents: true, start: startLocalBench },
  ...SERVER_DRIVERS,
];

async function startLocalBench(): Promise<Bench> {
  const hub = new LocalHub();
  return { create: () => new LocalBus(hub), stop: async () => {} };
}

async function startPostgresBench(): Promise<ServerBench> {
  const database = await createTestDatabase();
  const proxy = await startProxy(database.url);
  return {
    driver: 'postgres',
    url: database.url,
    proxy,
    create: () => new PostgresBus(proxy.through(database.url), log),
    async killConnections() {
      await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query ~ '^(LISTEN|SELECT 1|SELECT pg_notify)'
           AND pid <> pg_backend_pid()`,
      );
    },
    async shout(_, message) {
      await database.pool.query('SELECT pg_notify($1, $2)', ['epicura_live', message]);
    },
    async stop() {
      await proxy.stop();
      await database.drop();
    },
  };
}

/** `user` plain may not use shards, as on a server that is older than they are. */
async function startRedisBench(user = 'default'): Promise<ServerBench> {
  const server = await startRedis('user plain on >secret ~* &* +@all -spublish -ssubscribe -sunsubscribe');
  const proxy = await startProxy(server.url);
  const url = new URL(server.url);
  if (user !== 'default') {
    url.username = user;
    url.password = 'secret';
  }
  return {
    driver: 'redis',
    url: url.href,
    proxy,
    server,
    create: () => new RedisBus(proxy.through(url.href), NAMESPACE, log),
    async killConnections() {
      await server.admin('CLIENT', 'KILL', 'TYPE', 'pubsub');
    },
    async shout(sessionId, message) {
      const prefix = `epicura:1:0:${NAMESPACE}`;
      for (const channel of [`${prefix}:all`, `${prefix}:session:${sessionId}`]) {
        await server.admin(user === 'default' ? 'SPUBLISH' : 'PUBLISH', channel, message);
      }
    },
    async stop() {
      await proxy.stop();
      await server.stop();
    },
  };
}

/** A bus that was started, and all that it heard. */
export interface Ear {
  bus: Bus;
  wakes: Wake[];
  /** How often it heard 'everything'. */
  everything(): number;
  /** The sessions it heard of, in order. */
  sessionIds(): string[];
  applianceIds(): string[];
  /** The changes that came with their events, in order. */
  changes(): SessionChange[];
  /** Resolves when so much was heard, at once if it was already; rejects after `withinMs`. */
  until(isHeard: () => boolean, withinMs?: number): Promise<void>;
  /** Forgets what it heard. */
  forget(): void;
}

/** Starts a bus and listens. */
export async function listen(bus: Bus): Promise<Ear> {
  const wakes: Wake[] = [];
  const checks = new Set<() => void>();
  await bus.start((wake) => {
    wakes.push(wake);
    for (const check of checks) check();
  });
  const told = () => wakes.flatMap((wake) => (wake === 'everything' ? [] : [wake]));
  const sessions = () => told().flatMap((wake) => [...wake.sessions]);
  return {
    bus,
    wakes,
    everything: () => wakes.filter((wake) => wake === 'everything').length,
    sessionIds: () => sessions().map(({ sessionId }) => sessionId),
    applianceIds: () => told().flatMap((wake) => [...wake.applianceIds]),
    changes: () => sessions().flatMap(({ change }) => change ?? []),
    until: (isHeard, withinMs = 5_000) =>
      new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          checks.delete(check);
        };
        const timer = setTimeout(() => {
          end();
          reject(new Error(`not heard within ${withinMs} ms: ${JSON.stringify(wakes.slice(-5))}`));
        }, withinMs);
        const check = () => {
          if (!isHeard()) return;
          end();
          resolve();
        };
        checks.add(check);
        check();
      }),
    forget: () => {
      wakes.length = 0;
    },
  };
}

/** A commit of events `first` to `last` of a session. */
export function makeChange(sessionId: string, first: number, last = first, ended = false): SessionChange {
  const events = Array.from({ length: last - first + 1 }, (_, i) => ({
    kind: 'event' as const,
    sessionId,
    sequence: first + i,
    type: 'temperature' as const,
    recordedAt: '2026-11-22T20:06:52.120000Z',
    receivedAt: '2026-11-22T20:06:52.340001Z',
    payload: { temperature: 148.5, stir_active: true, stir_pattern: 'round “and” round' },
  }));
  return { sessionId, ended, events };
}

export function publishChange(bus: Bus, change: SessionChange): void {
  bus.publish({ sessions: [change], applianceIds: [] });
}

/**
 * Resolves when everything that was published before is where it belongs: a message from this bus to that ear came
 * through behind it.
 */
export async function flush(from: Bus, to: Ear): Promise<void> {
  const marker = randomUUID();
  from.publish({ sessions: [], applianceIds: [marker] });
  await to.until(() => to.applianceIds().includes(marker));
}
