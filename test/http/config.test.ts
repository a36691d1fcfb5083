import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.js';

const SECRET = 'x'.repeat(32);

describe('readConfig', () => {
  it('has a safe default for everything', () => {
    expect(readConfig({})).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      databaseUrl: undefined,
      databaseDirectUrl: undefined,
      redisUrl: undefined,
      dataDir: '.data',
      isProduction: false,
      jwtSecret: undefined,
      deviceRegistration: 'open',
      simulator: true,
      simulatorSpeed: 10,
      seed: 'demo',
      corsOrigins: [],
      trustedProxies: { hops: 0 },
      rateLimits: true,
      operationTimeoutMs: 20_000,
      persistedOperations: undefined,
      persistedOnly: false,
      logLevel: 'info',
    });
  });

  it('neither seeds nor simulates on a database that is not its own', () => {
    expect(readConfig({ DATABASE_URL: 'postgres://db.example/epicura' })).toMatchObject({
      databaseUrl: 'postgres://db.example/epicura',
      databaseDirectUrl: 'postgres://db.example/epicura',
      simulator: false,
      seed: undefined,
    });
    const wanted = { DATABASE_URL: 'postgres://db.example/epicura', SEED: 'demo', SIMULATOR: 'on' };
    expect(readConfig(wanted)).toMatchObject({ simulator: true, seed: 'demo' });
    expect(readConfig({ SEED: 'none', SIMULATOR: 'off' })).toMatchObject({
      simulator: false,
      seed: undefined,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    const names = [
      'PORT',
      'HOST',
      'DATABASE_URL',
      'REDIS_URL',
      'JWT_SECRET',
      'CORS_ORIGINS',
      'LOG_LEVEL',
      'SEED',
      'SIMULATOR',
    ];
    expect(readConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readConfig({}));
  });

  it('reads each variable', () => {
    expect(
      readConfig({
        PORT: '0',
        HOST: '::1',
        DATABASE_URL: 'postgresql://pooler.example:6432/epicura',
        DATABASE_DIRECT_URL: 'postgres://db.example/epicura?sslmode=require',
        REDIS_URL: 'rediss://user:secret@redis.example:6380/3',
        DATA_DIR: '/var/lib/epicura',
        JWT_SECRET: SECRET,
        DEVICE_REGISTRATION: 'enrolled',
        SIMULATOR_SPEED: '0.5',
        CORS_ORIGINS: 'https://app.example.com, http://localhost:3000 ,',
        LOG_LEVEL: 'debug',
        OPERATION_TIMEOUT_SECONDS: '5',
        PERSISTED_OPERATIONS: '/etc/epicura/operations.json',
        PERSISTED_ONLY: 'on',
      }),
    ).toMatchObject({
      port: 0,
      host: '::1',
      databaseUrl: 'postgresql://pooler.example:6432/epicura',
      databaseDirectUrl: 'postgres://db.example/epicura?sslmode=require',
      redisUrl: 'rediss://user:secret@redis.example:6380/3',
      dataDir: '/var/lib/epicura',
      jwtSecret: SECRET,
      deviceRegistration: 'enrolled',
      simulatorSpeed: 0.5,
      corsOrigins: ['https://app.example.com', 'http://localhost:3000'],
      logLevel: 'debug',
      operationTimeoutMs: 5_000,
      persistedOperations: '/etc/epicura/operations.json',
      persistedOnly: true,
    });
  });

  it.each([
    ['PORT', ['port', '-1', '65536', '80.5', '1e3x', ' ', 'NaN', 'Infinity', '0x50', '1e3']],
    ['DATABASE_URL', ['db', 'mysql://db.example/x', 'http://db.example', 'postgres://a b/c']],
    ['DATABASE_POOL_SIZE', ['0', '-1', '1001', '1.5', 'many', ' ']],
    ['TELEMETRY_RETENTION_MONTHS', ['0', '-1', '121', '1.5', 'long', ' ']],
    ['JOBS', ['yes', 'ON', '1']],
    ['DATABASE_DIRECT_URL', ['db', 'redis://db.example']],
    ['REDIS_URL', ['redis', 'http://redis.example', 'postgres://db.example', 'redis://a b/c']],
    ['JWT_SECRET', ['short', 'x'.repeat(31)]],
    ['DEVICE_REGISTRATION', ['closed', 'OPEN', 'true']],
    ['SIMULATOR', ['yes', 'true', '1']],
    ['SIMULATOR_SPEED', ['fast', '0', '-1', '1001', 'Infinity', 'NaN']],
    ['SEED', ['everything', 'true']],
    [
      'CORS_ORIGINS',
      ['*', 'app.example.com', 'https://app.example.com/', 'https://a.example https://b.example'],
    ],
    [
      'TRUST_PROXY',
      [
        ...['true', '*', 'all', 'private', '-1', '1.5', '100', 'proxy.example.com', ' ', ',', '10.0.0.1,'],
        ...[
          '10.0.0.0/33',
          '10.0.0.0/',
          '10.0.0/8',
          '10.0.0.0/8/8',
          '::1/129',
          'loopback 10.0.0.1',
          '1,loopback',
        ],
      ],
    ],
    ['RATE_LIMITS', ['no', 'false', '0', 'OFF']],
    ['LOG_LEVEL', ['loud', 'INFO']],
    ['OPERATION_TIMEOUT_SECONDS', ['0', '301', '1.5', 'long', '-1']],
    ['PERSISTED_ONLY', ['yes', 'true', 'on']], // on: there is no list
  ])('says in one line what is wrong with %s', (name, values) => {
    for (const value of values) {
      const error = errorOf({ [name]: value });
      expect(error, `${name}=${value}`).toBeInstanceOf(ConfigError);
      expect(error?.message.startsWith(`${name}: `), error?.message).toBe(true);
      expect(error?.message).not.toContain('\n');
      expect(error?.message).not.toMatch(/invalid|NaN|expected/i);
    }
  });

  it('does not repeat a secret or a password in what it says', () => {
    for (const env of [
      { JWT_SECRET: 'hunter2' },
      { DATABASE_URL: 'mysql://me:hunter2@db.example' },
      { REDIS_URL: 'http://me:hunter2@redis.example' },
    ]) {
      expect(errorOf(env)?.message).not.toContain('hunter2');
    }
  });

  it('counts the secret in bytes', () => {
    expect(readConfig({ JWT_SECRET: 'म'.repeat(11) }).jwtSecret).toHaveLength(11);
    expect(errorOf({ JWT_SECRET: 'म'.repeat(10) })).toBeInstanceOf(ConfigError);
  });

  it('needs a secret in production, and enrolment there unless told otherwise', () => {
    expect(errorOf({ NODE_ENV: 'production' })?.message).toMatch(/^JWT_SECRET: /);
    const production = { NODE_ENV: 'production', JWT_SECRET: SECRET };
    expect(readConfig(production)).toMatchObject({ isProduction: true, deviceRegistration: 'enrolled' });
    expect(readConfig({ ...production, DEVICE_REGISTRATION: 'open' }).deviceRegistration).toBe('open');
    expect(readConfig({ NODE_ENV: 'development' }).isProduction).toBe(false);
  });

  it('refuses to lift the limits in production', () => {
    const production = { NODE_ENV: 'production', JWT_SECRET: SECRET };
    expect(errorOf({ ...production, RATE_LIMITS: 'off' })?.message).toMatch(/^RATE_LIMITS: /);
    expect(readConfig({ ...production, RATE_LIMITS: 'on' }).rateLimits).toBe(true);
    expect(readConfig({ RATE_LIMITS: 'off' }).rateLimits).toBe(false);
  });

  it('reads which proxies to trust: so many, or addresses, networks and their names', () => {
    const trusted = (text: string) => readConfig({ TRUST_PROXY: text }).trustedProxies;
    expect(trusted('2')).toEqual({ hops: 2 });
    expect(trusted('10.0.0.1, 2001:db8::/32 ,loopback')).toEqual({
      networks: ['10.0.0.1', '2001:db8::/32', '127.0.0.0/8', '::1/128'],
    });
    expect(trusted('linklocal,uniquelocal')).toEqual({
      networks: [
        ...['169.254.0.0/16', 'fe80::/10'],
        ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
      ],
    });
  });

  function errorOf(env: NodeJS.ProcessEnv): Error | undefined {
    try {
      readConfig(env);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
});
