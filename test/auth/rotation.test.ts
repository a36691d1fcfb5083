import { randomUUID } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { Keys } from '../../src/auth/keys.js';
import { expectCode } from '../_util/answers.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { openRawSocket } from '../_util/raw-socket.js';
import { postGraphQL, startInstance } from '../_util/server.js';

const OLD = 'the secret of last year - long enough for all';
const NEW = 'the secret of this year - long enough for all';

const TOKENS = 'accessToken refreshToken';
const REGISTER = `mutation ($email: String!) {
  register(input: { email: $email, password: "long enough 1", name: "Asha" }) { ${TOKENS} }
}`;
const REFRESH = `mutation ($token: String!) { refreshTokens(input: { refreshToken: $token }) { ${TOKENS} } }`;

describe('while the server changes its secret', () => {
  let database: TestDatabase;
  /** Before, on the way, and after. */
  let before: App;
  let between: App;
  let after: App;

  beforeAll(async () => {
    database = await createTestDatabase();
    before = await startInstance(database, { JWT_SECRET: OLD });
    between = await startInstance(database, { JWT_SECRET: NEW, JWT_PREVIOUS_SECRETS: OLD });
    after = await startInstance(database, { JWT_SECRET: NEW });
  });
  afterAll(async () => {
    for (const app of [before, between, after]) await app?.stop();
    await database.drop();
  });

  const post = (app: App, query: string, variables: object = {}, token?: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: whatever shape the document asks for
    postGraphQL<any>(app.url, query, variables, token);
  const register = async (app: App) =>
    (await post(app, REGISTER, { email: `${randomUUID()}@epicura.example` })).data.register;
  const isSignedIn = async (app: App, token: string) =>
    (await post(app, '{ viewer { id } }', {}, token)).data?.viewer !== undefined;

  it('what the old one signed is good until the old one is dropped, over HTTP and over WebSocket', async () => {
    const { accessToken } = await register(before);
    expect(await isSignedIn(between, accessToken)).toBe(true);
    (await openRawSocket(between.url, accessToken)).ws.close();
    expectCode(await post(after, '{ viewer { id } }', {}, accessToken), 'UNAUTHENTICATED');
    await expect(openRawSocket(after.url, accessToken)).rejects.toThrow('closed');
  });

  it('only the new one signs, and nobody who has the old one alone takes that', async () => {
    const { accessToken } = await register(between);
    expect(decodeProtectedHeader(accessToken).kid).toBe(new Keys(NEW).signing.id);
    expect(await isSignedIn(between, accessToken)).toBe(true);
    expect(await isSignedIn(after, accessToken)).toBe(true);
    expectCode(await post(before, '{ viewer { id } }', {}, accessToken), 'UNAUTHENTICATED');
  });

  it('an instance that still signs with the old one, but knows the new one, takes what the others sign', async () => {
    const prepared = await startInstance(database, { JWT_SECRET: OLD, JWT_PREVIOUS_SECRETS: NEW });
    try {
      const { accessToken } = await register(after);
      expect(await isSignedIn(prepared, accessToken)).toBe(true);
      const own = await register(prepared);
      expect(decodeProtectedHeader(own.accessToken).kid).toBe(new Keys(OLD).signing.id);
    } finally {
      await prepared.stop();
    }
  });

  it('a sign-in goes on: its refresh token gives tokens that the new one signed', async () => {
    for (const app of [between, after]) {
      const { refreshToken } = await register(before);
      const { data } = await post(app, REFRESH, { token: refreshToken });
      expect(decodeProtectedHeader(data.refreshTokens.accessToken).kid).toBe(new Keys(NEW).signing.id);
      expect(await isSignedIn(after, data.refreshTokens.accessToken)).toBe(true);
    }
  });

  it('a refresh whose answer was lost gives the same successor, whichever secret made it', async () => {
    const { refreshToken } = await register(before);
    const successor = (await post(before, REFRESH, { token: refreshToken })).data.refreshTokens.refreshToken;
    const again = await post(between, REFRESH, { token: refreshToken });
    expect(again.data.refreshTokens.refreshToken).toBe(successor);

    const other = await register(before);
    const made = (await post(between, REFRESH, { token: other.refreshToken })).data.refreshTokens
      .refreshToken;
    const { data } = await post(after, REFRESH, { token: other.refreshToken });
    expect(data.refreshTokens.refreshToken).toBe(made);
  });

  it('a successor cannot be made from the refresh token without the secret', async () => {
    const { refreshToken } = await register(before);
    const { data } = await post(before, REFRESH, { token: refreshToken });
    const guesses = new Keys(NEW).derive('refresh token', refreshToken);
    expect(guesses.map((guess) => `epr_${guess}`)).not.toContain(data.refreshTokens.refreshToken);
    expect(new Keys(OLD).derive('another purpose', refreshToken)).not.toEqual(
      new Keys(OLD).derive('refresh token', refreshToken),
    );
  });
});
