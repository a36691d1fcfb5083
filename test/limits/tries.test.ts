import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../_util/server.js';
import {
  aliasedLogins,
  askFrom,
  codesOf,
  LOGIN,
  newAddress,
  postFrom,
  type Reply,
  signUp,
  startLimitedServer,
} from './kit.js';

const newEmail = () => `${randomUUID()}@epicura.example`;

const REGISTER = `mutation ($email: String!) {
  register(input: { email: $email, password: "long enough 1", name: "Asha" }) { accessToken }
}`;
const REFRESH = `mutation ($token: String!) { refreshTokens(input: { refreshToken: $token }) { accessToken } }`;
const PAIR =
  'mutation ($code: String!) { pairAppliance(input: { pairingCode: $code }) { appliance { id } } }';
const CHANGE = `mutation { changePassword(input: { currentPassword: "not it", newPassword: "long enough 2" }) { accessToken } }`;

let server: TestServer;

beforeAll(async () => {
  server = await startLimitedServer();
});
afterAll(() => server.stop());

const login = (address: string, email: string) => postFrom(address, server.url, LOGIN, { email });

/** Expects the refusal of all that was asked, with the time to wait, the same in the header as in the answer. */
function expectRefused(reply: Reply, mostSeconds = 60): void {
  expect(reply.codes).toEqual(['RATE_LIMITED']);
  expect(reply.status).toBe(429);
  const seconds = reply.errors?.[0]?.extensions.retryAfterSeconds as number;
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(mostSeconds);
  expect(reply.retryAfter).toBe(seconds);
  expect(reply.errors?.[0]?.extensions).not.toHaveProperty('http');
}

describe('signing in', () => {
  it('refuses the 11th login within a minute with RATE_LIMITED and says how long to wait', async () => {
    const address = newAddress();
    for (let i = 0; i < 10; i += 1)
      expect((await login(address, newEmail())).codes).toEqual(['INVALID_CREDENTIALS']);
    expectRefused(await login(address, newEmail()));
    expect((await login(newAddress(), newEmail())).codes).toEqual(['INVALID_CREDENTIALS']);
  });

  it('refuses the 11th login to one account, wherever it comes from and however its address is written', async () => {
    const email = newEmail();
    for (let i = 0; i < 10; i += 1) await login(newAddress(), i % 2 ? email : ` ${email.toUpperCase()}`);
    expectRefused(await login(newAddress(), email));
    expect((await login(newAddress(), newEmail())).codes).toEqual(['INVALID_CREDENTIALS']);
  });

  it('counts HTTP and WebSocket together', async () => {
    const address = newAddress();
    const over = [postFrom, askFrom];
    for (let i = 0; i < 10; i += 1) {
      const answer = await over[i % 2]?.(address, server.url, LOGIN, { email: newEmail() });
      expect(codesOf(answer ?? {})).toEqual(['INVALID_CREDENTIALS']);
    }
    expectRefused(await login(address, newEmail()));
    const { errors } = await askFrom(address, server.url, LOGIN, { email: newEmail() });
    expect(errors?.[0]?.extensions).toEqual({
      code: 'RATE_LIMITED',
      retryAfterSeconds: expect.any(Number),
    });
  });

  it('does not let a blocked address block the account of somebody else', async () => {
    const address = newAddress();
    const email = newEmail();
    for (let i = 0; i < 30; i += 1) await login(address, i < 10 ? newEmail() : email);
    expect((await login(newAddress(), email)).codes).toEqual(['INVALID_CREDENTIALS']);
  });

  it('counts the aliased logins of one document each', async () => {
    const address = newAddress();
    const { codes, data, status, retryAfter } = await postFrom(
      address,
      server.url,
      aliasedLogins(15, newEmail()),
    );
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(10);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(5);
    expect(Object.values(data)).toEqual(new Array(15).fill(null));
    expect(status).toBe(429);
    expect(retryAfter).toBeGreaterThan(0);
    expectRefused(await login(address, newEmail()));
  });

  it.each([
    ['HTTP', postFrom],
    ['WebSocket', askFrom],
  ])('counts 50 aliased logins in one document as 50 tries, over %s', async (_transport, over) => {
    const address = newAddress();
    const email = newEmail();
    expect(codesOf(await over(address, server.url, aliasedLogins(50, email)))).toEqual(['QUERY_TOO_COMPLEX']);
    await expect.poll(() => triesFrom(address)).toBe(50);
    expectRefused(await login(address, newEmail()));
    expect((await login(newAddress(), email)).codes).toEqual(['INVALID_CREDENTIALS']);
  });

  async function triesFrom(address: string): Promise<number | undefined> {
    const { rows } = await server.database.pool.query<{ points: number }>(
      'SELECT points FROM rate_limits WHERE key = $1',
      [`loginOfAddress:${address}`],
    );
    return rows[0]?.points;
  }

  it('counts logins in fragments too', async () => {
    const address = newAddress();
    const one = (i: number) =>
      `a${i}: login(input: { email: "a@epicura.example", password: "wrong" }) { accessToken }`;
    const document = `mutation { ...Tries } fragment Tries on Mutation { ${Array.from({ length: 12 }, (_, i) => one(i)).join(' ')} }`;
    const { codes } = await postFrom(address, server.url, document);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2);
  });

  it('answers with 200 and Retry-After when only some of an operation was refused', async () => {
    const address = newAddress();
    const { email } = await signUp(server);
    for (let i = 0; i < 9; i += 1) await login(address, newEmail());
    const { status, data, codes, retryAfter } = await postFrom(
      address,
      server.url,
      `mutation ($email: String!) {
         a: login(input: { email: $email, password: "long enough 1" }) { accessToken }
         b: login(input: { email: $email, password: "long enough 1" }) { accessToken }
       }`,
      { email },
    );
    expect(data).toEqual({ a: { accessToken: expect.any(String) }, b: null });
    expect({ status, codes }).toEqual({ status: 200, codes: ['RATE_LIMITED'] });
    expect(retryAfter).toBeGreaterThan(0);
  });

  it('counts no e-mail address in words that anybody could read', async () => {
    const email = newEmail();
    await login(newAddress(), email);
    const { rows } = await server.database.pool.query('SELECT key FROM rate_limits');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('@');
  });
});

describe('registration', () => {
  it('of the 11th account from one address within a minute is refused', async () => {
    const address = newAddress();
    const register = (email: string) => postFrom(address, server.url, REGISTER, { email });
    for (let i = 0; i < 10; i += 1) expect((await register(newEmail())).codes).toEqual([]);
    expectRefused(await register(newEmail()));
  });

  it('with one e-mail address is refused the 11th time, from anywhere', async () => {
    const email = newEmail();
    const register = () => postFrom(newAddress(), server.url, REGISTER, { email });
    expect((await register()).codes).toEqual([]);
    for (let i = 1; i < 10; i += 1) expect((await register()).codes).toEqual(['CONFLICT']);
    expectRefused(await register());
  });
});

describe('an exchange of tokens', () => {
  it('is refused the 61st time within a minute from one address', async () => {
    const address = newAddress();
    const refresh = () => postFrom(address, server.url, REFRESH, { token: 'epr_nobody’s' });
    for (let i = 0; i < 60; i += 1) expect((await refresh()).codes).toEqual(['UNAUTHENTICATED']);
    expectRefused(await refresh());
  });
});

describe('a change of the password', () => {
  it('is refused the 11th time within a minute for one person', async () => {
    const { userToken } = await signUp(server);
    const change = () => postFrom(newAddress(), server.url, CHANGE, {}, userToken);
    for (let i = 0; i < 10; i += 1) expect((await change()).codes).toEqual(['INVALID_CREDENTIALS']);
    expectRefused(await change());
  });
});

describe('pairing', () => {
  const pair = (userToken: string, address = newAddress(), code = '000000') =>
    postFrom(address, server.url, PAIR, { code }, userToken);

  it('is refused the sixth time within a minute for one person, over HTTP and WebSocket alike', async () => {
    const { userToken } = await signUp(server);
    for (let i = 0; i < 5; i += 1) {
      const answer =
        i % 2
          ? await pair(userToken)
          : await askFrom(newAddress(), server.url, PAIR, { code: '000000' }, userToken);
      expect(codesOf(answer)).toEqual(['NOT_FOUND']);
    }
    expectRefused(await pair(userToken));
  });

  it('is refused the 31st time within a minute from one address', async () => {
    const address = newAddress();
    const people = await Promise.all(Array.from({ length: 7 }, () => signUp(server)));
    for (let i = 0; i < 30; i += 1) {
      expect((await pair(people[i % 7]?.userToken ?? '', address)).codes).toEqual(['NOT_FOUND']);
    }
    expectRefused(await pair(people[6]?.userToken ?? '', address));
    expect((await pair((await signUp(server)).userToken)).codes).toEqual(['NOT_FOUND']);
  });

  it('after ten wrong codes is refused to a person for the rest of ten minutes', async () => {
    const { userToken } = await signUp(server);
    for (let i = 0; i < 2; i += 1) {
      for (let j = 0; j < 5; j += 1) expect((await pair(userToken)).codes).toEqual(['NOT_FOUND']);
      await forget('pairingOf');
    }
    const reply = await pair(userToken);
    expectRefused(reply, 600);
    expect(reply.retryAfter).toBeGreaterThan(60);
  });

  it('with the right code does not count as a wrong one', async () => {
    const { userToken } = await signUp(server);
    const before = await wrongCodes();
    const { data } = await postFrom(
      newAddress(),
      server.url,
      `mutation ($id: String!) { registerAppliance(input: { deviceId: $id, serialNumber: $id }) { pairingCode } }`,
      { id: `EPIC-${randomUUID().slice(0, 8)}` },
    );
    const reply = await pair(userToken, newAddress(), data.registerAppliance.pairingCode);
    expect(reply.codes).toEqual([]);
    expect(await wrongCodes()).toBe(before);
  });

  it('is refused to everybody when too many codes were wrong in total', async () => {
    const { rowCount } = await server.database.pool.query(
      `UPDATE rate_limits SET points = 300 WHERE key = 'wrongCode:all'`,
    );
    expect(rowCount).toBe(1);
    expectRefused(await pair((await signUp(server)).userToken), 600);
  });

  /** Ends the windows of a rate before their time, as if a minute had gone by. */
  async function forget(rate: string): Promise<void> {
    await server.database.pool.query('DELETE FROM rate_limits WHERE key LIKE $1', [`${rate}%`]);
  }

  async function wrongCodes(): Promise<number> {
    const { rows } = await server.database.pool.query<{ points: number }>(
      `SELECT points FROM rate_limits WHERE key = 'wrongCode:all'`,
    );
    return rows[0]?.points ?? 0;
  }
});
