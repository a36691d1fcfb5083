import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import type { TokenSubject } from '../auth/access-tokens.js';
import { createSecret, hashSecret, REFRESH_TOKEN_PREFIX } from '../auth/secrets.js';
import type { UserViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { inTransaction } from '../db/client.js';
import { DomainError, unauthenticated } from '../errors.js';
import { type Instant, parseInstant } from '../instant.js';
import type { Client } from '../limits/client.js';
import { isStorableText } from '../text.js';
import { check } from './rules.js';

const REFRESH_TOKEN_DAYS = 30;
/** An answer may be lost on its way: for so long a used refresh token gives the same successor again. */
const GRACE_SECONDS = 10;
const MAX_TOKEN_CHARACTERS = 200;

const presentedToken = z.object({
  refreshToken: z
    .string()
    .max(MAX_TOKEN_CHARACTERS, `must be at most ${MAX_TOKEN_CHARACTERS} characters`)
    .refine(isStorableText, 'must not hold U+0000 or lone surrogates'),
});

/** What signing in gives. */
export interface Tokens {
  accessToken: string;
  accessTokenExpiresAt: Instant;
  refreshToken: string;
  userId: string;
}

/** The account that signs in. */
export type Account = Omit<TokenSubject, 'familyId'>;

/** One answer for an unknown address, a wrong password, and an account that is closed. */
export function wrongCredentials(): DomainError {
  return new DomainError('INVALID_CREDENTIALS', 'E-mail address or password is wrong.');
}

/**
 * Begins a sign-in: the first tokens of a family of their own. Throws `INVALID_CREDENTIALS` when the account was closed,
 * or got another password, since it was read: checking a password takes its time.
 */
export async function signIn(services: Services, account: Account): Promise<Tokens> {
  const familyId = randomUUID();
  const refreshToken = createSecret(REFRESH_TOKEN_PREFIX);
  const { rowCount } = await services.db.pool.query(
    `WITH account AS (
       SELECT id FROM users WHERE id = $1 AND is_active AND auth_version = $5 FOR NO KEY UPDATE
     )
     INSERT INTO refresh_tokens (user_id, family_id, token_hash, expires_at)
     SELECT id, $2, $3, now() + make_interval(days => $4) FROM account`,
    [account.id, familyId, hashSecret(refreshToken), REFRESH_TOKEN_DAYS, account.authVersion],
  );
  if (rowCount === 0) throw wrongCredentials();
  return withAccess(services, { ...account, familyId }, refreshToken);
}

interface Presented extends TokenSubject {
  tokenId: string;
  isGood: boolean;
  isUsed: boolean;
  /** Used within the grace. */
  isRecent: boolean;
}

/**
 * Exchanges a refresh token for the next pair. It works once; the same again within ten seconds gives the same successor,
 * for an answer that was lost. Later, or when the successor was used and so the answer had come, it was stolen by one of
 * two: the whole family ends. Throws `UNAUTHENTICATED`, `VALIDATION_ERROR` and `RATE_LIMITED`.
 */
export async function refreshTokens(
  services: Services,
  from: Client,
  input: { refreshToken: string },
): Promise<Tokens> {
  const { refreshToken } = check(presentedToken, input);
  await services.limits.tryRefresh(from);
  const next = await inTransaction(services.db.pool, async (client) => {
    await lockAccount(client, refreshToken);
    const presented = await findPresented(client, refreshToken);
    if (!presented?.isGood) return undefined;
    if (!presented.isUsed)
      return { presented, token: await succeed(services, client, presented, refreshToken) };
    const successor = presented.isRecent ? await findSuccessor(client, presented) : undefined;
    if (!successor || successor.isUsed) {
      await revokeFamily(client, presented.familyId);
      return undefined;
    }
    // It is not stored, but can be derived again, whatever key signed then.
    const token = candidates(services, refreshToken).find((one) => hashSecret(one).equals(successor.hash));
    return token === undefined ? undefined : { presented, token };
  });
  if (!next) throw unauthenticated('The refresh token is not valid, was used before, or was revoked.');
  return withAccess(services, next.presented, next.token);
}

/** Ends the sign-in that a refresh token belongs to, on every device that shares it; false when it had ended before. */
export async function logout(services: Services, input: { refreshToken: string }): Promise<boolean> {
  const { refreshToken } = check(presentedToken, input);
  const hasEnded = await inTransaction(services.db.pool, async (client) => {
    await lockAccount(client, refreshToken);
    const presented = await findPresented(client, refreshToken);
    if (!presented) return false;
    return revokeFamily(client, presented.familyId);
  });
  if (hasEnded) await services.revocations.look();
  return hasEnded;
}

/** Ends every sign-in of the viewer: no token that was given so far works any more. */
export async function logoutEverywhere(services: Services, viewer: UserViewer): Promise<boolean> {
  await inTransaction(services.db.pool, async (client) => {
    await client.query('UPDATE users SET auth_version = auth_version + 1 WHERE id = $1', [viewer.id]);
    await client.query(
      'UPDATE refresh_tokens SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL',
      [viewer.id],
    );
  });
  await services.revocations.look();
  return true;
}

/**
 * Locks the account that a refresh token belongs to, as everybody does who gives or takes sign-ins, and before the tokens:
 * a statement that ends all of them would not see a successor that another transaction is just giving.
 */
async function lockAccount(client: pg.ClientBase, token: string): Promise<void> {
  await client.query(
    'SELECT FROM users WHERE id = (SELECT user_id FROM refresh_tokens WHERE token_hash = $1) FOR NO KEY UPDATE',
    [hashSecret(token)],
  );
}

async function findPresented(client: pg.ClientBase, token: string): Promise<Presented | undefined> {
  const { rows } = await client.query<Presented>(
    `SELECT t.id AS "tokenId", t.family_id AS "familyId", u.id, u.role, u.auth_version AS "authVersion",
            t.revoked_at IS NULL AND t.expires_at > now() AND u.is_active AS "isGood",
            t.used_at IS NOT NULL AS "isUsed",
            coalesce(t.used_at > now() - make_interval(secs => $2), false) AS "isRecent"
     FROM refresh_tokens t JOIN users u ON u.id = t.user_id
     WHERE t.token_hash = $1 FOR UPDATE OF t`,
    [hashSecret(token), GRACE_SECONDS],
  );
  return rows[0];
}

async function succeed(
  services: Services,
  client: pg.ClientBase,
  { tokenId, id, familyId }: Presented,
  presented: string,
): Promise<string> {
  const successor = successorOf(services, presented);
  await client.query(
    `WITH used AS (UPDATE refresh_tokens SET used_at = now() WHERE id = $1)
     INSERT INTO refresh_tokens (user_id, family_id, token_hash, expires_at, successor_of)
     VALUES ($2, $3, $4, now() + make_interval(days => $5), $1)`,
    [tokenId, id, familyId, hashSecret(successor), REFRESH_TOKEN_DAYS],
  );
  return successor;
}

/** The successor that was given already. */
async function findSuccessor(
  client: pg.ClientBase,
  { tokenId }: Presented,
): Promise<{ hash: Buffer; isUsed: boolean } | undefined> {
  const { rows } = await client.query<{ hash: Buffer; isUsed: boolean }>(
    `SELECT token_hash AS hash, used_at IS NOT NULL AS "isUsed"
     FROM refresh_tokens WHERE successor_of = $1 AND revoked_at IS NULL`,
    [tokenId],
  );
  return rows[0];
}

async function revokeFamily(client: pg.ClientBase, familyId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `WITH revoked AS (
       UPDATE refresh_tokens SET revoked_at = now() WHERE family_id = $1 AND revoked_at IS NULL RETURNING id
     )
     INSERT INTO revocations (family_id) SELECT $1 WHERE EXISTS (SELECT FROM revoked)`,
    [familyId],
  );
  return rowCount === 1;
}

/** The first refresh token of a family is random; each further one is what the server's key makes of the one before. */
function candidates({ keys }: Services, origin: string): string[] {
  return keys.derive('refresh token', origin).map((secret) => `${REFRESH_TOKEN_PREFIX}_${secret}`);
}

function successorOf(services: Services, origin: string): string {
  return candidates(services, origin)[0] as string;
}

async function withAccess(services: Services, subject: TokenSubject, refreshToken: string): Promise<Tokens> {
  const { token, expiresAt } = await services.accessTokens.sign(subject);
  return {
    accessToken: token,
    accessTokenExpiresAt: parseInstant(expiresAt.toISOString()) as Instant,
    refreshToken,
    userId: subject.id,
  };
}
