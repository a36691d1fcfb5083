import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashSecret } from '../../src/auth/secrets.js';
import { expectCode, expectInvalid } from '../_util/answers.js';
import { createPerson } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const TOKENS = 'accessToken accessTokenExpiresAt refreshToken user { id email }';
const LOGIN = `mutation ($email: String!, $password: String = "long enough 1") {
  login(input: { email: $email, password: $password }) { ${TOKENS} }
}`;
const REFRESH = `mutation ($token: String!) { refreshTokens(input: { refreshToken: $token }) { ${TOKENS} } }`;
const LOGOUT = 'mutation ($token: String!) { logout(input: { refreshToken: $token }) { loggedOut } }';
const PASSWORD = `mutation ($from: String!, $to: String!) {
  changePassword(input: { currentPassword: $from, newPassword: $to }) { ${TOKENS} }
}`;

describe('a sign-in', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  let people = 0;
  async function signIn() {
    people += 1;
    const email = `sign-in-${people}@epicura.example`;
    await createPerson(server, email);
    return { email, ...(await server.post(LOGIN, { email })).data.login };
  }
  const refresh = (token: string) => server.post(REFRESH, { token });
  const isSignedIn = async (token: string) =>
    (await server.post('{ viewer { id } }', {}, token)).errors === undefined;
  /** As if that time had passed since the token was used. */
  const age = (token: string, seconds: number) =>
    server.database.pool.query(
      'UPDATE refresh_tokens SET used_at = used_at - make_interval(secs => $2) WHERE token_hash = $1',
      [hashSecret(token), seconds],
    );

  it('is renewed by its refresh token, which works once', async () => {
    const first = await signIn();
    const second = (await refresh(first.refreshToken)).data.refreshTokens;
    expect(second.user).toEqual(first.user);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await isSignedIn(second.accessToken)).toBe(true);
    const third = (await refresh(second.refreshToken)).data.refreshTokens;
    expect(await isSignedIn(third.accessToken)).toBe(true);
  });

  it('ends, with all its tokens, when a used refresh token is presented later', async () => {
    const first = await signIn();
    const second = (await refresh(first.refreshToken)).data.refreshTokens;
    await age(first.refreshToken, 11);
    expectCode(await refresh(first.refreshToken), 'UNAUTHENTICATED');
    expectCode(await refresh(second.refreshToken), 'UNAUTHENTICATED');
    await expect.poll(() => isSignedIn(second.accessToken), { timeout: 2_000 }).toBe(false);
  });

  it('has one successor for two at the same moment, and the same for a retry within ten seconds', async () => {
    const first = await signIn();
    const answers = await Promise.all([1, 2, 3].map(() => refresh(first.refreshToken)));
    await age(first.refreshToken, 8);
    answers.push(await refresh(first.refreshToken));
    const successors = new Set(answers.map(({ data }) => data.refreshTokens.refreshToken));
    expect(successors.size).toBe(1);
    const { rows } = await server.database.pool.query(
      'SELECT count(*)::int AS tokens FROM refresh_tokens WHERE user_id = (SELECT id FROM users WHERE email = $1)',
      [first.email],
    );
    expect(rows[0].tokens).toBe(3); // of registration, of the login, and the successor
  });

  it('leaves hashes in the database, and nothing that signs in', async () => {
    const { refreshToken, accessToken } = await signIn();
    const { rows } = await server.database.pool.query('SELECT t::text AS row FROM refresh_tokens t');
    for (const secret of [refreshToken, refreshToken.slice(4), accessToken]) {
      expect(rows.some(({ row }) => row.includes(secret))).toBe(false);
    }
    const stored = await server.database.pool.query(
      "SELECT encode(token_hash, 'base64') AS hash FROM refresh_tokens",
    );
    for (const { hash } of stored.rows) expectCode(await refresh(hash), 'UNAUTHENTICATED');
  });

  it.each(['', 'x', 'epr_', 'x'.repeat(200)])('is not renewed by %j', async (token) => {
    expectCode(await refresh(token), 'UNAUTHENTICATED');
    expect((await server.post(LOGOUT, { token })).data.logout.loggedOut).toBe(false);
  });

  it.each(['\u0000', '\ud800', 'x'.repeat(201)])('is not renewed by %j, which no token is', async (token) => {
    expectInvalid(await refresh(token), 'input.refreshToken');
    expectInvalid(await server.post(LOGOUT, { token }), 'input.refreshToken');
  });

  it('is not renewed after 30 days, nor for somebody who is not active any more', async () => {
    const [late, inactive] = [await signIn(), await signIn()];
    const { pool } = server.database;
    await pool.query(
      "UPDATE refresh_tokens SET expires_at = now() - interval '1 second' WHERE token_hash = $1",
      [hashSecret(late.refreshToken)],
    );
    expectCode(await refresh(late.refreshToken), 'UNAUTHENTICATED');
    await pool.query('UPDATE users SET is_active = false WHERE email = $1', [inactive.email]);
    expectCode(await refresh(inactive.refreshToken), 'UNAUTHENTICATED');
  });

  it('ends with logout, by any of its refresh tokens; other sign-ins go on', async () => {
    const first = await signIn();
    const other = (await server.post(LOGIN, { email: first.email })).data.login;
    const second = (await refresh(first.refreshToken)).data.refreshTokens;
    expect((await server.post(LOGOUT, { token: first.refreshToken })).data.logout.loggedOut).toBe(true);
    expect((await server.post(LOGOUT, { token: first.refreshToken })).data.logout.loggedOut).toBe(false);
    expectCode(await refresh(second.refreshToken), 'UNAUTHENTICATED');
    await expect.poll(() => isSignedIn(second.accessToken), { timeout: 2_000 }).toBe(false);
    expect(await isSignedIn(other.accessToken)).toBe(true);
    expect((await refresh(other.refreshToken)).errors).toBeUndefined();
  });

  it('ends everywhere with logoutEverywhere', async () => {
    const first = await signIn();
    const other = (await server.post(LOGIN, { email: first.email })).data.login;
    const { data } = await server.post('mutation { logoutEverywhere { loggedOut } }', {}, first.accessToken);
    expect(data.logoutEverywhere.loggedOut).toBe(true);
    for (const { accessToken, refreshToken } of [first, other]) {
      await expect.poll(() => isSignedIn(accessToken), { timeout: 2_000 }).toBe(false);
      expectCode(await refresh(refreshToken), 'UNAUTHENTICATED');
    }
    const again = (await server.post(LOGIN, { email: first.email })).data.login;
    expect(await isSignedIn(again.accessToken)).toBe(true);
  });

  it('ends everywhere with another password, and begins anew with it', async () => {
    const first = await signIn();
    const change = (from: string, to: string, token: string) => server.post(PASSWORD, { from, to }, token);
    expectCode(await change('long enough 2', 'long enough 3', first.accessToken), 'INVALID_CREDENTIALS');
    expectInvalid(await change('long enough 1', 'short', first.accessToken), 'input.newPassword');
    expectCode(
      await server.post(PASSWORD, { from: 'long enough 1', to: 'long enough 3' }),
      'UNAUTHENTICATED',
    );
    expect(await isSignedIn(first.accessToken)).toBe(true);
    const { data } = await change('long enough 1', 'long enough 3', first.accessToken);
    await expect.poll(() => isSignedIn(first.accessToken), { timeout: 2_000 }).toBe(false);
    expect(await isSignedIn(data.changePassword.accessToken)).toBe(true);
    expectCode(await refresh(first.refreshToken), 'UNAUTHENTICATED');
    expect((await refresh(data.changePassword.refreshToken)).errors).toBeUndefined();
    expectCode(await server.post(LOGIN, { email: first.email }), 'INVALID_CREDENTIALS');
    const login = await server.post(LOGIN, { email: first.email, password: 'long enough 3' });
    expect(login.errors).toBeUndefined();
  });

  it('ends when a token is presented again whose successor was used already, however soon', async () => {
    const first = await signIn();
    const second = (await refresh(first.refreshToken)).data.refreshTokens;
    const third = (await refresh(second.refreshToken)).data.refreshTokens;
    expectCode(await refresh(first.refreshToken), 'UNAUTHENTICATED');
    expectCode(await refresh(third.refreshToken), 'UNAUTHENTICATED');
  });

  describe('that is renewed at the same moment', () => {
    /** Renews it, but holds that up until `meanwhile` has been sent and waits too; both answers. */
    async function renewWhile(token: string, meanwhile: () => Promise<unknown>) {
      const blocker = await server.database.pool.connect();
      await blocker.query('BEGIN');
      await blocker.query('SELECT FROM refresh_tokens WHERE token_hash = $1 FOR UPDATE', [hashSecret(token)]);
      const waiting = async (count: number) =>
        expect
          .poll(async () => {
            const { rows } = await server.database.pool.query(
              "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            );
            return rows.length;
          })
          .toBe(count);
      const renewing = refresh(token);
      await waiting(1);
      const other = meanwhile();
      await waiting(2);
      await blocker.query('ROLLBACK');
      blocker.release();
      await other;
      return renewing;
    }

    it.each([
      [
        'logoutEverywhere',
        (first: { accessToken: string }) =>
          server.post('mutation { logoutEverywhere { loggedOut } }', {}, first.accessToken),
      ],
      [
        'another password',
        (first: { accessToken: string }) =>
          server.post(PASSWORD, { from: 'long enough 1', to: 'long enough 3' }, first.accessToken),
      ],
      [
        'deactivation',
        (first: { email: string }) =>
          server.database.pool.query('UPDATE users SET is_active = false WHERE email = $1', [first.email]),
      ],
    ])('ends with %s all the same: no successor is left', async (_what, end) => {
      const first = await signIn();
      const renewed = await renewWhile(first.refreshToken, () => end(first));
      const { rows } = await server.database.pool.query(
        `SELECT FROM refresh_tokens WHERE revoked_at IS NULL AND family_id =
           (SELECT family_id FROM refresh_tokens WHERE token_hash = $1)`,
        [hashSecret(first.refreshToken)],
      );
      expect(rows).toHaveLength(0);
      const successor = renewed.data?.refreshTokens?.refreshToken;
      if (successor) expectCode(await refresh(successor), 'UNAUTHENTICATED');
    });

    it('ends with logout by an older token all the same: no successor is left', async () => {
      const first = await signIn();
      const second = (await refresh(first.refreshToken)).data.refreshTokens;
      const renewed = await renewWhile(second.refreshToken, () =>
        server.post(LOGOUT, { token: first.refreshToken }),
      );
      expectCode(await refresh(renewed.data.refreshTokens.refreshToken), 'UNAUTHENTICATED');
    });
  });

  it('does not begin with a password that was changed while it was checked', async () => {
    const first = await signIn();
    const { pool } = server.database;
    const blocker = await pool.connect();
    await blocker.query('BEGIN');
    await blocker.query("UPDATE users SET password_hash = 'another' WHERE email = $1", [first.email]);
    const login = server.post(LOGIN, { email: first.email }); // reads the hash that was there before, then waits
    await expect
      .poll(async () => {
        const { rows } = await pool.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        return rows.length;
      })
      .toBe(1);
    await blocker.query('COMMIT');
    blocker.release();
    expectCode(await login, 'INVALID_CREDENTIALS');
  });
});
