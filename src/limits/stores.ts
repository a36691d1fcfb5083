import type pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRedis } from 'rate-limiter-flexible';
import { readIdentity } from '../db/identity.js';
import type { Logger } from '../logger.js';
import { type Counter, LocalCounter } from './counter.js';
import { connectRedis } from './redis.js';
import { SharedCounter } from './shared-counter.js';
import type { Rate } from './table.js';

/** Where counters are kept. One that cannot be reached is replaced by this process's memory until it can. */
export interface Store {
  /** Counts tries. */
  tries(name: string, rate: Rate): Counter;
  /** Counts requests, of which there are many more. */
  requests(name: string, rate: Rate): Counter;
  close(): Promise<void>;
}

const TABLE = 'rate_limits';
/** A statement that takes longer is given up: whoever signs in waits for it. */
const QUERY_TIMEOUT_MS = 1_000;
const CLEAN_MS = 300_000;

/** The store for this server; `isAlone` when it shares its database with no other. */
export async function openStore(
  { redisUrl, isAlone }: { redisUrl: string | undefined; isAlone: boolean },
  pool: pg.Pool,
  log: Logger,
): Promise<Store> {
  if (redisUrl !== undefined) return redisStore(redisUrl, await readIdentity(pool), log);
  return isAlone ? memoryStore() : postgresStore(pool, log);
}

/** For a server that shares its database with nobody. */
function memoryStore(): Store {
  return {
    tries: (_name, rate) => new SharedCounter(new RateLimiterMemory(limitsOf(rate)), rate),
    requests: (_name, rate) => new LocalCounter(rate),
    close: async () => {},
  };
}

/** Tries are counted in the database, which they ask for much more anyway; requests are not worth a statement each. */
function postgresStore(pool: pg.Pool, log: Logger): Store {
  const client = {
    query: (query: pg.QueryConfig) => {
      const limited: pg.QueryConfig & { query_timeout: number } = {
        ...query,
        query_timeout: QUERY_TIMEOUT_MS, // node-postgres knows it of a query; its types do not
      };
      return pool.query(limited).catch((err: unknown) => {
        log.warn({ err }, 'tries are counted in memory: the database does not count them');
        throw err;
      });
    },
  };
  const cleaning = setInterval(() => {
    clearExpired(pool).catch((err: unknown) => log.warn({ err }, 'could not remove old counts of tries'));
  }, CLEAN_MS);
  cleaning.unref();
  return {
    tries: (name, rate) =>
      new SharedCounter(
        new RateLimiterPostgres({
          ...limitsOf(rate),
          ...insured(rate),
          keyPrefix: name,
          storeClient: client,
          storeType: 'client',
          tableName: TABLE,
          tableCreated: true,
          clearExpiredByTimeout: false,
        }),
        rate,
      ),
    requests: (_name, rate) => new LocalCounter(rate),
    close: async () => clearInterval(cleaning),
  };
}

/** Removes the counts whose time is over. */
export async function clearExpired(pool: pg.Pool): Promise<void> {
  await pool.query(`DELETE FROM ${TABLE} WHERE expire < $1`, [Date.now()]);
}

/** `namespace` keeps instances on different databases apart that share a Redis. */
async function redisStore(url: string, namespace: string, log: Logger): Promise<Store> {
  const redis = await connectRedis(url, log);
  const counter = (name: string, rate: Rate) =>
    new SharedCounter(
      new RateLimiterRedis({
        ...limitsOf(rate),
        ...insured(rate),
        keyPrefix: `epicura:1:limits:${namespace}:${name}`,
        storeClient: redis.client,
        rejectIfRedisNotReady: true,
      }),
      rate,
    );
  return { tries: counter, requests: counter, close: async () => redis.close() };
}

function limitsOf({ most, seconds }: Rate) {
  return { points: most, duration: seconds };
}

/** Once over its limit, a key is refused without asking the store; without the store, memory counts. */
function insured(rate: Rate) {
  return {
    inMemoryBlockOnConsumed: rate.most + 1,
    insuranceLimiter: new RateLimiterMemory(limitsOf(rate)),
  };
}
