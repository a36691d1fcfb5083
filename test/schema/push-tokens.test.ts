import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid } from '../_util/answers.js';
import { createHome, createPerson } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const REGISTER = `mutation ($input: RegisterPushTokenInput!) {
  registerPushToken(input: $input) { pushToken { id platform token createdAt updatedAt } }
}`;
const REMOVE = 'mutation ($token: String!) { removePushToken(input: { token: $token }) { removed } }';

describe('push tokens', () => {
  let server: TestServer;
  let person: { userToken: string; userId: string };

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    person = await createPerson(server);
  });

  async function register(token: string, platform = 'IOS', as = person.userToken) {
    const { data, errors } = await server.post(REGISTER, { input: { token, platform } }, as);
    if (!data?.registerPushToken) throw new Error(JSON.stringify(errors));
    return data.registerPushToken.pushToken;
  }
  const remove = async (token: string, as = person.userToken) =>
    (await server.post(REMOVE, { token }, as)).data.removePushToken.removed;
  const tokens = async (as = person.userToken): Promise<string[]> =>
    (await server.post('{ viewer { pushTokens { token } } }', {}, as)).data.viewer.pushTokens.map(
      ({ token }: { token: string }) => token,
    );

  it('are registered once, and refreshed from then on', async () => {
    const token = randomUUID();
    const first = await register(token);
    expect(first).toMatchObject({ platform: 'IOS', token });
    const again = await register(token, 'ANDROID');
    expect(again).toMatchObject({ id: first.id, platform: 'ANDROID', createdAt: first.createdAt });
    expect(again.updatedAt > first.updatedAt).toBe(true);
    await Promise.all([register(token), register(token), register(token)]);
    expect(await tokens()).toEqual([token]);
  });

  it('move to whoever signed in on the phone last', async () => {
    const [token, other] = [randomUUID(), await createPerson(server)];
    const before = await register(token);
    const after = await register(token, 'IOS', other.userToken);
    expect(await tokens()).toEqual([]);
    expect(await tokens(other.userToken)).toEqual([token]);
    expect(after.createdAt > before.createdAt).toBe(true);
    expect(await remove(token)).toBe(false);
    expect(await tokens(other.userToken)).toEqual([token]);
  });

  it('are removed, once', async () => {
    const token = randomUUID();
    await register(token);
    expect(await remove(token)).toBe(true);
    expect(await remove(token)).toBe(false);
    expect(await tokens()).toEqual([]);
  });

  it('are at most 20 a person: the one that was refreshed longest ago makes room', async () => {
    const [first, second, ...rest] = Array.from({ length: 20 }, () => randomUUID()) as [string, string];
    for (const token of [first, second, ...rest]) await register(token);
    await register(first);
    await register('the-21st');
    expect((await tokens()).sort()).toEqual([first, ...rest, 'the-21st'].sort());
  });

  it('are at most 20 also when many phones register at once', async () => {
    await Promise.all(Array.from({ length: 30 }, () => register(randomUUID())));
    expect(await tokens()).toHaveLength(20);
  });

  it('are for people alone, and printable', async () => {
    const { deviceToken } = await createHome(server);
    const input = { token: 'a', platform: 'IOS' };
    expectCode(await server.post(REGISTER, { input }, deviceToken), 'FORBIDDEN');
    expectCode(await server.post(REMOVE, { token: 'a' }, deviceToken), 'FORBIDDEN');
    expectCode(await server.post(REGISTER, { input }), 'UNAUTHENTICATED');
    for (const token of ['', 'two words', 'a\u0000', 'é', 'x'.repeat(1001)]) {
      expectInvalid(
        await server.post(REGISTER, { input: { ...input, token } }, person.userToken),
        'input.token',
      );
      expectInvalid(await server.post(REMOVE, { token }, person.userToken), 'input.token');
    }
    expect(await register('x'.repeat(1000))).toBeTruthy();
  });
});
