import { randomUUID } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BCRYPT_COST, Passwords } from '../../src/auth/passwords.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { createPerson } from '../_util/home.js';
import { type ServerProcess, startProcess } from '../_util/process.js';
import { postGraphQL } from '../_util/server.js';

const LOGIN = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { accessToken }
}`;

describe('a password', () => {
  let passwords: Passwords;

  beforeAll(() => {
    passwords = new Passwords(4);
  });
  afterAll(() => passwords.close());

  it('is hashed with cost 12 where nothing else is said', async () => {
    expect(BCRYPT_COST).toBe(12);
    const real = new Passwords();
    expect(bcrypt.getRounds(await real.hash('long enough 1'))).toBe(12);
    await real.close();
  });

  it('of nobody never fits, whatever it is', async () => {
    for (const password of ['', 'long enough 1', 'x'.repeat(73)]) {
      expect(await passwords.verify(password, undefined)).toBe(false);
    }
  });

  it('of more than 72 bytes does not fit the hash of its beginning', async () => {
    const hash = await passwords.hash('x'.repeat(72));
    expect(await passwords.verify('x'.repeat(72), hash)).toBe(true);
    expect(await passwords.verify('x'.repeat(73), hash)).toBe(false);
  });

  it('is SERVICE_UNAVAILABLE when too many wait, and the others are answered', async () => {
    const answers = await Promise.allSettled(
      Array.from({ length: 150 }, () => passwords.hash('long enough 1')),
    );
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(51);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await passwords.hash('long enough 1')).toMatch(/^\$2/);
  });
});

describe('a login that fails', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let url: string;
  let email: string;
  let closed: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    server = startProcess({ DATABASE_URL: database.url, RATE_LIMITS: 'off' });
    url = await server.url;
    const api = {
      post: (query: string, variables?: object, token?: string) =>
        postGraphQL<never>(url, query, variables, token),
    };
    email = `${randomUUID()}@epicura.example`;
    closed = `${randomUUID()}@epicura.example`;
    await createPerson(api, email);
    await createPerson(api, closed);
    await database.pool.query('UPDATE users SET is_active = false WHERE email = $1', [closed]);
  });
  afterAll(async () => {
    server.child.kill('SIGTERM');
    await server.exited;
    await database.drop();
  });

  it('takes the same time for an unknown address, a wrong password, a closed account, and one too long', async () => {
    const attempts = {
      wrong: { email, password: 'something else' },
      unknown: { email: 'nobody@epicura.example', password: 'long enough 1' },
      closed: { email: closed, password: 'long enough 1' },
      long: { email, password: 'x'.repeat(73) },
    };
    const least: Record<string, number> = {};
    // In turn, and the least of each: what else the machine does only adds to it.
    for (let round = 0; round < 5; round++) {
      for (const [what, input] of Object.entries(attempts)) {
        const at = performance.now();
        const { errors } = await postGraphQL(url, LOGIN, input);
        least[what] = Math.min(least[what] ?? Number.POSITIVE_INFINITY, performance.now() - at);
        expect(errors?.[0]?.extensions).toEqual({ code: 'INVALID_CREDENTIALS' });
      }
    }
    const times = Object.values(least);
    expect(Math.min(...times), JSON.stringify(least)).toBeGreaterThan(50); // cost 12 takes that anywhere
    expect(Math.max(...times) / Math.min(...times), JSON.stringify(least)).toBeLessThan(1.6);
  }, 60_000);
});
