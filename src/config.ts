import { isIP } from 'node:net';
import { z } from 'zod';

/** Whose `X-Forwarded-For` is believed: that of so many proxies in a row, or of those in these networks. */
export type TrustedProxies = { hops: number } | { networks: readonly string[] };

/** How the process is set up, read from the environment once. */
export interface Config {
  port: number;
  host: string;
  /** An external PostgreSQL; without it an embedded one in `dataDir`. */
  databaseUrl: string | undefined;
  /** Straight to PostgreSQL where `databaseUrl` is a transaction pooler. */
  databaseDirectUrl: string | undefined;
  databasePoolSize: number;
  /** A query or mutation that is not done then is told that the server cannot do it. */
  operationTimeoutMs: number;
  /** How long telemetry is kept and, late, accepted; dropped by whole months. */
  telemetryRetentionMonths: number;
  /** Whether this instance takes part in what goes by the clock. */
  jobs: boolean;
  /** What carries live events between instances; without it PostgreSQL does. */
  redisUrl: string | undefined;
  dataDir: string;
  isProduction: boolean;
  jwtSecret: string | undefined;
  /** Secrets that were `jwtSecret` before: what they signed is still good. */
  jwtPreviousSecrets: string[];
  deviceRegistration: 'open' | 'enrolled';
  simulator: boolean;
  simulatorSpeed: number;
  seed: 'demo' | undefined;
  corsOrigins: string[];
  /** A file of operations that no limit of documents is for. */
  persistedOperations: string | undefined;
  /** Whether no others are run. */
  persistedOnly: boolean;
  trustedProxies: TrustedProxies;
  /** Whether there is a limit to requests, tries, connections and subscriptions. */
  rateLimits: boolean;
  logLevel: string;
}

/** A wrong environment; the message is one line naming the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const postgresUrl = z
  .string()
  .refine((url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url), 'must be a postgres:// URL')
  .optional();

const redisUrl = z
  .string()
  .refine((url) => /^rediss?:\/\//.test(url) && URL.canParse(url), 'must be a redis:// or rediss:// URL')
  .optional();

/** Digits only: JavaScript would take a space for 0 and `0x50` for 80. */
function wholeNumber(least: number, most: number, message: string) {
  return z
    .string()
    .regex(/^[0-9]{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
}

/** Networks that have a name. */
const NETWORKS = new Map([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['linklocal', ['169.254.0.0/16', 'fe80::/10']],
  ['uniquelocal', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
]);

/** An address, or the beginning that the addresses of a network share: `10.0.0.0/8`. */
function isNetwork(text: string): boolean {
  const [, address = '', , bits] = /^([^/]*)(\/([0-9]{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}

function readProxies(text: string): TrustedProxies | undefined {
  if (/^[0-9]{1,2}$/.test(text)) return { hops: Number(text) };
  const names = text.split(',').map((name) => name.trim());
  const networks = names.flatMap((name) => NETWORKS.get(name) ?? [name]);
  return networks.every(isNetwork) ? { networks } : undefined;
}

const environment = z.object({
  PORT: wholeNumber(0, 65_535, 'must be a port from 0 to 65535').default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: postgresUrl,
  DATABASE_DIRECT_URL: postgresUrl,
  DATABASE_POOL_SIZE: wholeNumber(1, 1000, 'must be from 1 to 1000').default(16),
  OPERATION_TIMEOUT_SECONDS: wholeNumber(1, 300, 'must be from 1 to 300').default(20),
  TELEMETRY_RETENTION_MONTHS: wholeNumber(1, 120, 'must be from 1 to 120').default(13),
  JOBS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  REDIS_URL: redisUrl,
  DATA_DIR: z.string().min(1).default('.data'),
  NODE_ENV: z.string().optional(),
  JWT_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, 'must be 32 bytes or more')
    .optional(),
  JWT_PREVIOUS_SECRETS: z
    .string()
    .default('')
    .transform((list) => list.split(',').filter(Boolean))
    .refine(
      (list) => list.every((secret) => Buffer.byteLength(secret) >= 32),
      'must be a comma-separated list of secrets of 32 bytes or more',
    ),
  DEVICE_REGISTRATION: z.enum(['open', 'enrolled'], 'must be open or enrolled').optional(),
  SIMULATOR: z.enum(['on', 'off'], 'must be on or off').optional(),
  SIMULATOR_SPEED: z.coerce
    .number('must be a number above 0, at most 1000')
    .gt(0, 'must be above 0')
    .max(1000, 'must be at most 1000')
    .default(10),
  SEED: z.enum(['demo', 'none'], 'must be demo or none').optional(),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .refine((list) => list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin), {
      message: 'must be a comma-separated list of origins such as https://app.example.com',
    }),
  PERSISTED_OPERATIONS: z.string().optional(),
  PERSISTED_ONLY: z.enum(['on', 'off'], 'must be on or off').default('off'),
  TRUST_PROXY: z
    .string()
    .default('0')
    .transform((text, context) => {
      const proxies = readProxies(text);
      if (proxies === undefined) {
        context.addIssue(
          'must be a number of proxies, or a comma-separated list of addresses, networks such as 10.0.0.0/8, and the words loopback, linklocal and uniquelocal',
        );
      }
      return proxies ?? z.NEVER;
    }),
  RATE_LIMITS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'must be a pino level such as info')
    .default('info'),
});

/** Reads the environment. Throws a `ConfigError` for the first variable that is wrong. Empty counts as not set. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigError(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const e = parsed.data;
  const isProduction = e.NODE_ENV === 'production';
  if (isProduction && !e.JWT_SECRET)
    throw new ConfigError('JWT_SECRET: must be set when NODE_ENV is production');
  if (isProduction && e.RATE_LIMITS === 'off')
    throw new ConfigError('RATE_LIMITS: must not be off when NODE_ENV is production');
  if (e.PERSISTED_ONLY === 'on' && e.PERSISTED_OPERATIONS === undefined)
    throw new ConfigError('PERSISTED_ONLY: needs PERSISTED_OPERATIONS');
  return {
    port: e.PORT,
    host: e.HOST,
    databaseUrl: e.DATABASE_URL,
    databaseDirectUrl: e.DATABASE_DIRECT_URL ?? e.DATABASE_URL,
    databasePoolSize: e.DATABASE_POOL_SIZE,
    operationTimeoutMs: e.OPERATION_TIMEOUT_SECONDS * 1000,
    telemetryRetentionMonths: e.TELEMETRY_RETENTION_MONTHS,
    jobs: e.JOBS === 'on',
    redisUrl: e.REDIS_URL,
    dataDir: e.DATA_DIR,
    isProduction,
    jwtSecret: e.JWT_SECRET,
    jwtPreviousSecrets: e.JWT_PREVIOUS_SECRETS,
    deviceRegistration: e.DEVICE_REGISTRATION ?? (isProduction ? 'enrolled' : 'open'),
    simulator: e.SIMULATOR ? e.SIMULATOR === 'on' : e.DATABASE_URL === undefined,
    simulatorSpeed: e.SIMULATOR_SPEED,
    seed: e.SEED === 'none' ? undefined : (e.SEED ?? (e.DATABASE_URL === undefined ? 'demo' : undefined)),
    corsOrigins: e.CORS_ORIGINS,
    persistedOperations: e.PERSISTED_OPERATIONS,
    persistedOnly: e.PERSISTED_ONLY === 'on',
    trustedProxies: e.TRUST_PROXY,
    rateLimits: e.RATE_LIMITS === 'on',
    logLevel: e.LOG_LEVEL,
  };
}
