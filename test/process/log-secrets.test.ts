import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import WebSocket from 'ws';
import { hashSecret } from '../../src/auth/secrets.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { deviceClock } from '../_util/home.js';
import { createDataDir, type ServerProcess, startProcess } from '../_util/process.js';
import { startProxy, type TcpProxy } from '../_util/proxy.js';
import { askOverSocket, postGraphQL } from '../_util/server.js';

const secret = (what: string) => `${what}-${randomBytes(20).toString('hex')}`;

describe('the log at its most talkative', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let server: ServerProcess;
  let data: Awaited<ReturnType<typeof createDataDir>>;
  let url: string;
  const role = `talker_${randomBytes(4).toString('hex')}`;
  /** Everything that must not be in the log, by what it is. */
  const secrets: Record<string, string> = {
    'the secret of tokens': secret('jwt'),
    'the former secret of tokens': secret('jwt-before'),
    'the password of the database': secret('database'),
    'a password': secret('password'),
    'a wrong password': secret('wrong'),
    'a next password': secret('next'),
    'a factory secret': secret('factory'),
    'a wrong factory secret': secret('guessed'),
    'a token that is none': `epd_${secret('nonsense')}`,
    'a refresh token that is none': secret('refresh'),
    'a password in a bad body': secret('broken'),
    'a password in an address': secret('query'),
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    data = await createDataDir();
    const name = new URL(database.url).pathname.slice(1);
    await database.pool.query(
      `CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD '${secrets['the password of the database']}'`,
    );
    proxy = await startProxy(inject('databaseUrl'));
    const through = new URL(proxy.through(database.url));
    through.username = role;
    through.password = secrets['the password of the database'] as string;
    through.pathname = `/${name}`;
    server = startProcess({
      NODE_ENV: 'production',
      LOG_LEVEL: 'trace',
      DATA_DIR: data.dataDir,
      DATABASE_URL: through.href,
      JWT_SECRET: secrets['the secret of tokens'],
      JWT_PREVIOUS_SECRETS: secrets['the former secret of tokens'],
    });
    url = await server.url;
  });
  afterAll(async () => {
    server.child.kill('SIGKILL');
    await server.exited;
    await proxy.stop();
    await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await database.drop();
    await data.remove();
  });

  const post = (query: string, variables: object = {}, token?: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: whatever shape the document asks for
    postGraphQL<any>(url, query, variables, token);
  const LOGIN =
    'mutation ($email: String!, $password: String!) { login(input: { email: $email, password: $password }) { accessToken refreshToken } }';
  const REFRESH =
    'mutation ($token: String!) { refreshTokens(input: { refreshToken: $token }) { accessToken refreshToken } }';
  const PAIR =
    'mutation ($code: String!) { pairAppliance(input: { pairingCode: $code }) { appliance { id } } }';
  const REGISTER_DEVICE = `mutation ($deviceId: String!, $registrationSecret: String) {
    registerAppliance(input: { deviceId: $deviceId, serialNumber: "SN-1", registrationSecret: $registrationSecret }) { deviceToken pairingCode }
  }`;
  const RECORD =
    'mutation ($events: [TelemetryEventInput!]!) { recordTelemetry(input: { events: $events }) { accepted } }';

  it('holds no secret that was used in it, nor the address of a person', async () => {
    const email = `${randomUUID()}@epicura.example`;
    const password = secrets['a password'] as string;
    secrets['the address of a person'] = email;

    // Signing in, with all that can go wrong.
    const { data: registered } = await post(
      'mutation ($email: String!, $password: String!) { register(input: { email: $email, password: $password, name: "Asha" }) { accessToken refreshToken } }',
      { email, password },
    );
    await post(LOGIN, { email, password: secrets['a wrong password'] });
    const { data: loggedIn } = await post(LOGIN, { email, password });
    const { data: refreshed } = await post(REFRESH, { token: loggedIn.login.refreshToken });
    await post(REFRESH, { token: secrets['a refresh token that is none'] });
    Object.assign(secrets, {
      'an access token': registered.register.accessToken,
      'a refresh token': registered.register.refreshToken,
      'a second access token': loggedIn.login.accessToken,
      'a second refresh token': loggedIn.login.refreshToken,
      'an access token by refreshing': refreshed.refreshTokens.accessToken,
      'a refresh token by refreshing': refreshed.refreshTokens.refreshToken,
    });
    const token = refreshed.refreshTokens.accessToken as string;

    // A device, and its pairing.
    const deviceId = `EPIC-${randomUUID().slice(0, 12)}`;
    await database.pool.query(
      'INSERT INTO device_registrations (device_id, serial_number, secret_hash) VALUES ($1, $2, $3)',
      [deviceId, 'SN-1', hashSecret(secrets['a factory secret'] as string)],
    );
    await post(REGISTER_DEVICE, { deviceId, registrationSecret: secrets['a wrong factory secret'] });
    const { data: device } = await post(REGISTER_DEVICE, {
      deviceId,
      registrationSecret: secrets['a factory secret'],
    });
    const { deviceToken, pairingCode } = device.registerAppliance;
    secrets['a device token'] = deviceToken;
    const wrongCode = pairingCode === '987654' ? '987653' : '987654';
    await post(PAIR, { code: wrongCode }, token);
    expect((await post(PAIR, { code: pairingCode }, token)).data.pairAppliance.appliance.id).toBeTruthy();
    const clock = deviceClock();
    expect(
      (await post(RECORD, { events: [clock.heartbeat()] }, deviceToken)).data.recordTelemetry.accepted,
    ).toBe(1);

    // What is wrong, over all transports.
    await post('{ viewer { id } }', {}, secrets['a token that is none']);
    await askOverSocket(url, '{ viewer { id } }', {}, secrets['a token that is none']).catch(() => {});
    await askOverSocket(url, LOGIN, { email, password: secrets['a wrong password'] });
    await askOverSocket(url, LOGIN, { email, password: { wrong: secrets['a wrong password'] } });
    await sendNonsense(url, `{"password":"${secrets['a password in a bad body']}"`);
    await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${secrets['a token that is none']}`,
      },
      body: `{"password":"${secrets['a password in a bad body']}"`,
    });
    await fetch(`${url}/graphql?query=x&password=${secrets['a password in an address']}`);
    await post(
      `mutation { login(input: { email: "${email}", password: "${secrets['a wrong password']}", no: 1 }) { accessToken } }`,
    );

    // A fault: the query builder and PostgreSQL put what they were given into their errors.
    await database.pool.query('ALTER TABLE users RENAME TO users_gone');
    const faults = [
      await post(LOGIN, { email, password }),
      await post('{ viewer { name } }', {}, token),
      await post(
        'mutation ($current: String!, $next: String!) { changePassword(input: { currentPassword: $current, newPassword: $next }) { accessToken } }',
        { current: password, next: secrets['a next password'] },
        token,
      ),
    ];
    await database.pool.query('ALTER TABLE users_gone RENAME TO users');
    const requestId = faults[0]?.errors?.[0]?.extensions.requestId as string;
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);

    // The database is away.
    proxy.swallow();
    proxy.cut();
    await Promise.all([
      post(LOGIN, { email, password }),
      post(REFRESH, { token: refreshed.refreshTokens.refreshToken }),
      post(RECORD, { events: [clock.heartbeat()] }, deviceToken),
      post('{ viewer { name } }', {}, token),
    ]);
    await expect.poll(() => server.log(), { timeout: 15_000 }).toContain('the database cannot serve');
    proxy.repair();
    proxy.cut();
    await expect.poll(async () => (await fetch(`${url}/ready`)).status, { timeout: 20_000 }).toBe(200);
    server.child.kill('SIGTERM');
    await server.exited;

    const log = `${server.log()}${server.stderr()}`;
    const found = log.split('\n').find((line) => line.includes(requestId));
    expect(JSON.parse(found ?? '{}')).toMatchObject({
      level: 50,
      err: { stack: expect.stringContaining('users') },
    });
    for (const [what, value] of Object.entries(secrets)) {
      expect(
        log.includes(value),
        `${what} is in the log:\n${log.split('\n').find((line) => line.includes(value))}`,
      ).toBe(false);
    }
    // Six digits may be part of anything: a code is looked for where it stands alone.
    for (const code of [pairingCode, wrongCode])
      expect(log).not.toMatch(new RegExp(`(?<![\\w.-])${code}(?![\\w-])`));
  }, 90_000);
});

/** Sends a text that is no JSON over a socket, and waits until it is closed. */
function sendNonsense(url: string, text: string): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  return new Promise((resolve, reject) => {
    socket.on('open', () => socket.send(text));
    socket.on('close', resolve);
    socket.on('error', reject);
  });
}
