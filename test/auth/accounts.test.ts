import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid, refusalOf } from '../_util/answers.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const REGISTER = `mutation ($input: RegisterInput!) {
  register(input: $input) { accessToken accessTokenExpiresAt refreshToken user { id email name role isActive } }
}`;
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { accessToken user { email } } }`;

const sound = () => ({ email: `${randomUUID()}@epicura.example`, password: 'long enough 1', name: 'Asha' });

describe('register', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const register = (input: object) => server.post(REGISTER, { input });
  const login = (email: string, password: string) => server.post(LOGIN, { input: { email, password } });
  const accounts = async () => (await server.database.pool.query('SELECT id FROM users')).rowCount;

  it('opens an account with preferences, and the tokens sign in', async () => {
    const input = sound();
    const { data } = await register(input);
    expect(data.register.user).toMatchObject({
      email: input.email,
      name: 'Asha',
      role: 'USER',
      isActive: true,
    });
    const viewer = await server.post(
      '{ viewer { email preferences { diet spiceLevel } } }',
      {},
      data.register.accessToken,
    );
    expect(viewer.data.viewer).toMatchObject({
      email: input.email,
      preferences: { diet: 'NO_RESTRICTIONS', spiceLevel: 3 },
    });
  });

  it.each([
    ['empty', ''],
    ['a word', 'asha'],
    ['without a host', 'asha@'],
    ['without a name', '@epicura.example'],
    ['two', 'a@epicura.example,b@epicura.example'],
    ['with a space inside', 'as ha@epicura.example'],
    ['with a line break', 'asha@epicura.example\nbcc: x@y.example'],
    ['with U+0000', 'asha\u0000@epicura.example'],
    ['with a lone surrogate', 'asha\ud800@epicura.example'],
    ['too long for its column', `${'a'.repeat(250)}@epicura.example`],
    ['huge', `${'a'.repeat(10_000)}@epicura.example`],
  ])('refuses an e-mail address that is %s', async (_what, email) => {
    const before = await accounts();
    const { code, fields } = refusalOf(await register({ ...sound(), email }));
    expect(code).toBe('VALIDATION_ERROR');
    expect(new Set(fields)).toEqual(new Set(['input.email']));
    expect(await accounts()).toBe(before);
  });

  it('compares e-mail addresses without case and surrounding spaces', async () => {
    const input = sound();
    const { data } = await register({ ...input, email: `  ${input.email.toUpperCase()} ` });
    expect(data.register.user.email).toBe(input.email);
    for (const email of [input.email, input.email.toUpperCase(), ` ${input.email}`]) {
      expectCode(await register({ ...input, email }), 'CONFLICT');
      expect((await login(email, input.password)).data.login.user.email).toBe(input.email);
    }
  });

  it('lets one of many win who register the same address at once', async () => {
    const { email, ...rest } = sound();
    const answers = await Promise.all([0, 1, 2].map(() => register({ ...rest, email })));
    expect(answers.filter(({ data }) => data?.register)).toHaveLength(1);
    for (const answer of answers) if (answer.errors) expectCode(answer, 'CONFLICT');
  });

  it.each([
    ['of 9 characters', '123456789'],
    ['of 9 characters that are 18 code units', '🍛'.repeat(9)],
    ['of 73 bytes', 'x'.repeat(73)],
    ['of 25 characters that are 75 bytes', 'म'.repeat(25)],
    ['that is huge', 'x'.repeat(10_000)],
    ['with U+0000', 'long enough\u0000 1'],
    ['with a lone surrogate', 'long enough\udc00 1'],
  ])('refuses a password %s', async (_what, password) => {
    expectInvalid(await register({ ...sound(), password }), 'input.password');
  });

  it.each([
    ['of 10 characters', '1234567890'],
    ['of 72 bytes', 'x'.repeat(72)],
    ['of 24 characters that are 72 bytes', 'म'.repeat(24)],
    ['of emoji', '🍛'.repeat(10)],
    ['of spaces, which count', ' '.repeat(10)],
  ])('takes a password %s, and login takes it and no other', async (_what, password) => {
    const input = { ...sound(), password };
    expect((await register(input)).errors).toBeUndefined();
    expect((await login(input.email, password)).data.login.user.email).toBe(input.email);
    expectCode(await login(input.email, `${password}x`), 'INVALID_CREDENTIALS');
    expectCode(await login(input.email, [...password].slice(1).join('')), 'INVALID_CREDENTIALS');
  });

  it.each([
    ['empty', ''],
    ['only spaces', ' \t\n'],
    ['of 101 characters', 'x'.repeat(101)],
    ['of 101 emoji', '🍛'.repeat(101)],
    ['huge', 'x'.repeat(10_000)],
    ['with U+0000', 'As\u0000ha'],
    ['with a lone surrogate', 'As\ud83dha'],
  ])('refuses a name that is %s', async (_what, name) => {
    expectInvalid(await register({ ...sound(), name }), 'input.name');
  });

  it.each([
    ['of 100 characters', 'x'.repeat(100), undefined],
    ['of 100 emoji', '🍛'.repeat(100), undefined],
    ['right to left', 'عائشة', undefined],
    ['full of SQL and markup', `'); DROP TABLE users; -- <b>%s\\`, undefined],
    ['between spaces, without them', '  Asha ', 'Asha'],
  ])('takes a name that is %s', async (_what, name, stored) => {
    const { data } = await register({ ...sound(), name });
    expect(data.register.user.name).toBe(stored ?? name);
  });

  it('names every argument that breaks a rule at once', async () => {
    expectInvalid(
      await register({ email: 'nobody', password: 'short', name: '' }),
      'input.email',
      'input.password',
      'input.name',
    );
  });

  it('refuses null, what is missing, and what it does not know', async () => {
    const { email, password, name } = sound();
    for (const input of [
      { email, password },
      { email, password, name: null },
      { email, password, name: 5 },
      { email: ['a@b.example'], password, name },
      { email, password, name, role: 'ADMIN' },
    ]) {
      expectCode(await register(input), 'BAD_USER_INPUT');
    }
  });
});

describe('login', () => {
  let server: TestServer;
  const input = sound();

  beforeAll(async () => {
    server = await startTestServer();
    await server.post(REGISTER, { input });
  });
  afterAll(() => server.stop());

  const login = (given: object) => server.post(LOGIN, { input: given });

  it('answers alike for an unknown address, a wrong password, and an account that is closed', async () => {
    const closed = sound();
    await server.post(REGISTER, { input: closed });
    await server.database.pool.query('UPDATE users SET is_active = false WHERE email = $1', [closed.email]);
    const refusals = await Promise.all(
      [
        { email: input.email, password: 'something else' },
        { email: 'nobody@epicura.example', password: input.password },
        { email: closed.email, password: closed.password },
        { email: 'no address at all', password: input.password },
        { email: '', password: '' },
        { email: input.email, password: 'x'.repeat(73) },
      ].map(async (given) => refusalOf(await login(given))),
    );
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
    expect(refusals[0]?.code).toBe('INVALID_CREDENTIALS');
  });

  it.each([
    ['U+0000', 'as\u0000ha'],
    ['a lone surrogate', 'as\ud800ha'],
    ['ten thousand characters', 'x'.repeat(10_000)],
  ])('refuses %s, naming the arguments', async (_what, text) => {
    expectInvalid(await login({ email: text, password: text }), 'input.email', 'input.password');
  });

  it('is open to nobody, people and devices alike, and its token is for whom it was issued', async () => {
    const { data } = await login({ email: input.email, password: input.password });
    const other = sound();
    const { data: second } = await server.post(REGISTER, { input: other }, data.login.accessToken);
    const viewer = await server.post('{ viewer { email } }', {}, second.register.accessToken);
    expect(viewer.data.viewer.email).toBe(other.email);
  });

  it('stores hashes only', async () => {
    const { data } = await server.post(REGISTER, { input: sound() });
    const { rows } = await server.database.pool.query<{ text: string }>(
      'SELECT t::text AS text FROM refresh_tokens t UNION ALL SELECT u::text FROM users u',
    );
    const stored = rows.map(({ text }) => text).join('\n');
    expect(stored).not.toContain(data.register.refreshToken);
    expect(stored).not.toContain(Buffer.from(data.register.refreshToken).toString('hex'));
    expect(stored).not.toContain('long enough 1');
  });
});
