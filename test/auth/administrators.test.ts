import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid } from '../_util/answers.js';
import { createPerson } from '../_util/home.js';
import { createAdmin, globalId, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const ACTIVE = `mutation ($userId: ID!, $isActive: Boolean!) {
  setUserActive(input: { userId: $userId, isActive: $isActive }) { user { id isActive role } }
}`;
const ROLE = `mutation ($userId: ID!, $role: UserRole!) {
  setUserRole(input: { userId: $userId, role: $role }) { user { id isActive role } }
}`;
const LOGIN = `mutation ($email: String!) {
  login(input: { email: $email, password: "long enough 1" }) { accessToken refreshToken user { role } }
}`;
const REFRESH = `mutation ($token: String!) {
  refreshTokens(input: { refreshToken: $token }) { accessToken user { role } }
}`;

describe('an administrator', () => {
  let server: TestServer;
  let admin: { userToken: string; userId: string };

  beforeAll(async () => {
    server = await startTestServer();
    admin = await createAdmin(server);
  });
  afterAll(() => server.stop());

  const setActive = (userId: string, isActive: boolean, token = admin.userToken) =>
    server.post(ACTIVE, { userId, isActive }, token);
  const setRole = (userId: string, role: string, token = admin.userToken) =>
    server.post(ROLE, { userId, role }, token);

  async function createUser() {
    const email = `${randomUUID()}@epicura.example`;
    const person = await createPerson(server, email);
    const { data } = await server.post(LOGIN, { email });
    return { ...person, email, refreshToken: data.login.refreshToken as string };
  }

  it('closes an account: nothing signs in any more; and opens it again: the password does', async () => {
    const { userId, email, refreshToken } = await createUser();
    expect((await setActive(userId, false)).data.setUserActive.user).toEqual({
      id: userId,
      isActive: false,
      role: 'USER',
    });
    expectCode(await server.post(LOGIN, { email }), 'INVALID_CREDENTIALS');
    expectCode(await server.post(REFRESH, { token: refreshToken }), 'UNAUTHENTICATED');
    expect((await setActive(uuidOf(userId), true)).data.setUserActive.user.isActive).toBe(true);
    expect((await server.post(LOGIN, { email })).errors).toBeUndefined();
    expectCode(await server.post(REFRESH, { token: refreshToken }), 'UNAUTHENTICATED');
  });

  it('makes somebody an administrator and takes it back; refreshing gives the new rights', async () => {
    const { userId, refreshToken, userToken } = await createUser();
    expect((await setRole(userId, 'ADMIN')).data.setUserRole.user.role).toBe('ADMIN');
    const { data } = await server.post(REFRESH, { token: refreshToken });
    expect(data.refreshTokens.user.role).toBe('ADMIN');
    const { accessToken } = data.refreshTokens;
    expect((await setActive(userId, true, accessToken)).errors).toBeUndefined();
    await expect
      .poll(async () => (await setActive(userId, true, userToken)).errors?.[0]?.extensions.code, {
        timeout: 2_000,
      })
      .toBe('UNAUTHENTICATED');

    expect((await setRole(userId, 'USER')).data.setUserRole.user.role).toBe('USER');
    expectCode(await setActive(admin.userId, false, accessToken), 'UNAUTHENTICATED');
  });

  it('who says again what is so already voids nobody’s tokens', async () => {
    const { userId, userToken } = await createUser();
    await setActive(userId, true);
    await setRole(userId, 'USER');
    const { rows } = await server.database.pool.query('SELECT auth_version FROM users WHERE id = $1', [
      uuidOf(userId),
    ]);
    expect(rows[0].auth_version).toBe(1);
    expect((await server.post('{ viewer { id } }', {}, userToken)).errors).toBeUndefined();
  });

  it('is told that there is no such user, or no such id', async () => {
    for (const change of [(id: string) => setActive(id, false), (id: string) => setRole(id, 'ADMIN')]) {
      expectCode(await change(globalId('User', randomUUID())), 'NOT_FOUND');
      expectInvalid(await change(globalId('Appliance', randomUUID())), 'input.userId');
      expectInvalid(await change('nobody'), 'input.userId');
    }
  });
});

describe('the last active administrator', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const demote = (userId: string, token: string) => server.post(ROLE, { userId, role: 'USER' }, token);
  const close = (userId: string, token: string) => server.post(ACTIVE, { userId, isActive: false }, token);
  const count = async () =>
    (await server.database.pool.query("SELECT FROM users WHERE role = 'admin' AND is_active")).rowCount;

  it('cannot be demoted or deactivated, by nobody, however many closed ones there are', async () => {
    const [only, closed] = await Promise.all([createAdmin(server), createAdmin(server)]);
    await close(closed.userId, only.userToken);
    for (const change of [demote, close]) {
      expectCode(await change(only.userId, only.userToken), 'CONFLICT');
    }
    expect(await count()).toBe(1);
    expect((await demote(closed.userId, only.userToken)).errors).toBeUndefined();
    const next = await createAdmin(server);
    expect((await demote(only.userId, only.userToken)).errors).toBeUndefined();
    expect(await count()).toBe(1);
    await server.database.pool.query("UPDATE users SET role = 'user' WHERE id = $1", [uuidOf(next.userId)]);
  });

  it.each([
    ['demote', demote, demote],
    ['close', close, close],
    ['demote and close', demote, close],
  ])('remains when two %s each other, or themselves, at the same moment', async (_what, one, other) => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = await Promise.all([createAdmin(server), createAdmin(server)]);
      const crossed = round % 2 === 0;
      const answers = await Promise.all([
        one(crossed ? b.userId : a.userId, a.userToken),
        other(crossed ? a.userId : b.userId, b.userToken),
      ]);
      expect(await count(), JSON.stringify(answers)).toBe(1);
      const refused = answers.filter(({ errors }) => errors);
      expect(refused).toHaveLength(1);
      // Whoever comes a moment later has no longer a token that is good.
      expect(['CONFLICT', 'FORBIDDEN', 'UNAUTHENTICATED']).toContain(
        refused[0]?.errors?.[0]?.extensions.code,
      );
      await server.database.pool.query("UPDATE users SET role = 'user' WHERE role = 'admin'");
    }
  });

  it('remains when two who saw two wait for each other', async () => {
    const [a, b] = await Promise.all([createAdmin(server), createAdmin(server)]);
    const blocker = await server.database.pool.connect();
    await blocker.query('BEGIN');
    await blocker.query("SELECT FROM users WHERE role = 'admin' FOR UPDATE");
    const changes = [demote(a.userId, a.userToken), close(b.userId, b.userToken)];
    await expect
      .poll(async () => {
        const { rows } = await server.database.pool.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        return rows.length;
      })
      .toBe(2);
    await blocker.query('ROLLBACK');
    blocker.release();
    const answers = await Promise.all(changes);
    expect(answers.filter(({ errors }) => errors)).toHaveLength(1);
    expect(await count()).toBe(1);
  });
});
