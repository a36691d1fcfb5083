import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AccessTokens } from './auth/access-tokens.js';
import { Authenticator } from './auth/authenticator.js';
import { Keys } from './auth/keys.js';
import { Passwords } from './auth/passwords.js';
import { Revocations } from './auth/revocations.js';
import { DEVICE_TOKEN_PREFIX, demoDeviceToken, hashSecret } from './auth/secrets.js';
import { type Config, ConfigError } from './config.js';
import type { Services } from './context.js';
import { createDatabase, type Database } from './db/client.js';
import { requireDurability } from './db/durability.js';
import { readIdentity } from './db/identity.js';
import { migrateDatabase } from './db/migrate.js';
import { observeDatabase } from './db/observe.js';
import { type DemoRobot, demoRobots, seedDemo } from './db/seed/demo.js';
import { atMost, GIVE_UP_MS, LAST_CALL_MS } from './http/drain.js';
import { startHttpServer } from './http/server.js';
import { startJobs } from './jobs.js';
import { Limits } from './limits/limits.js';
import { openStore } from './limits/stores.js';
import type { Bus } from './live/bus/bus.js';
import { PostgresBus } from './live/bus/postgres-bus.js';
import { RedisBus } from './live/bus/redis-bus.js';
import { Live, type LiveTiming } from './live/live.js';
import { Scheduler } from './live/scheduler.js';
import type { Logger } from './logger.js';
import { Metrics } from './metrics.js';

/** What part of an operation's time a statement may take: PostgreSQL gives it up before its client does. */
const STATEMENT_SHARE = 0.75;
/** How long after its operation was given up a statement without an answer keeps its connection. */
const ANSWER_GRACE_MS = 10_000;
/** How long a request waits for a free connection before it is told to come back later. */
const ACQUIRE_TIMEOUT_MS = 2_000;

export interface App {
  url: string;
  services: Services;
  /** The robots of the demo home, for the simulated kitchen. */
  demoRobots: DemoRobot[];
  /** Stops everything that `createApp` started, in the order that loses nothing. */
  stop(): Promise<void>;
}

/**
 * Composes the server over a database that exists: checks and migrates it, starts the live core, then serves. Anything
 * that fails on the way stops what was started before it. `isAlone` where no other server shares the database.
 */
export async function createApp(
  config: Config & { databaseUrl: string },
  log: Logger,
  options: { passwordCost?: number; isAlone?: boolean; timing?: LiveTiming } = {},
): Promise<App> {
  const directUrl = config.databaseDirectUrl ?? config.databaseUrl;
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    for (const url of new Set([directUrl, config.databaseUrl])) await requireDurability(url);
    const retentionMonths = config.telemetryRetentionMonths;
    await migrateDatabase(directUrl, retentionMonths);
    const db = createDatabase({
      url: config.databaseUrl,
      poolSize: config.databasePoolSize,
      acquireTimeoutMs: ACQUIRE_TIMEOUT_MS,
      answerTimeoutMs: config.operationTimeoutMs + ANSWER_GRACE_MS,
      // A transaction pooler would hand the setting of one connection to another, or refuse it.
      ...(directUrl === config.databaseUrl
        ? { statementTimeoutMs: config.operationTimeoutMs * STATEMENT_SHARE }
        : {}),
      onError: (err) => log.warn({ err }, 'a database connection was lost'),
    });
    closers.push(() => db.close());
    const passwords = new Passwords(options.passwordCost);
    closers.push(() => passwords.close());
    const metrics = new Metrics();
    observeDatabase(metrics, db.pool);
    const live = new Live(
      db.pool,
      await createBus(config, db, directUrl, log),
      metrics,
      log,
      retentionMonths,
      options.timing,
    );
    closers.push(() => live.stop());
    await live.start();
    const scheduler = new Scheduler(log);
    closers.push(() => scheduler.stop());
    const secret = config.jwtSecret ?? (await developmentSecret(config.dataDir));
    const keys = new Keys(secret, config.jwtPreviousSecrets);
    const accessTokens = new AccessTokens(keys);
    const revocations = new Revocations(db.pool, log);
    closers.push(async () => revocations.stop());
    await revocations.start();
    const createDeviceToken = (deviceId: string) => demoDeviceToken(DEVICE_TOKEN_PREFIX, secret, deviceId);
    if (config.seed === 'demo') {
      const seeded = await seedDemo(db.pool, {
        hashPassword: (password) => passwords.hash(password),
        createDeviceToken,
        hashDeviceToken: hashSecret,
      });
      if (seeded) log.info('seeded the demo data');
    }
    const { redisUrl } = config;
    const store = config.rateLimits
      ? await openStore({ redisUrl, isAlone: options.isAlone ?? false }, db.pool, log)
      : undefined;
    const limits = new Limits(config.trustedProxies, store);
    closers.push(() => limits.close());
    const services: Services = { config, db, live, passwords, accessTokens, keys, limits, revocations, log };
    const authenticator = new Authenticator(db.pool, accessTokens, revocations);
    scheduler.start(live.jobs);
    const server = await startHttpServer(services, authenticator, metrics, config);
    const jobs = config.jobs ? startJobs(directUrl, { retentionMonths }, log) : undefined;
    closers.push(async () => {
      const served = server.stop(); // at once, whatever the jobs wait for
      if (jobs) await atMost(LAST_CALL_MS, jobs.stop());
      await served;
    });
    return {
      url: server.url,
      services,
      demoRobots: demoRobots(createDeviceToken),
      async stop() {
        const givingUp = setTimeout(() => db.breakOff(), GIVE_UP_MS);
        await stop().finally(() => clearTimeout(givingUp));
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How this instance hears of the others' commits: through Redis where there is one, else through PostgreSQL. */
async function createBus(config: Config, db: Database, directUrl: string, log: Logger): Promise<Bus> {
  if (config.redisUrl === undefined) return new PostgresBus(directUrl, log);
  return new RedisBus(config.redisUrl, await readIdentity(db.pool), log);
}

/** The key that signs tokens in development: made once, kept in the data folder, so that a restart signs nobody out. */
async function developmentSecret(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'jwt-secret');
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(file, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new ConfigError(`DATA_DIR: cannot write to ${dataDir}: ${(error as Error).message}`);
    }
  }
  return readFile(file, 'utf8');
}
