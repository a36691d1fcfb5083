import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARACTERS } from '../auth/passwords.js';
import { createSecret, hashSecret } from '../auth/secrets.js';
import type { Services } from '../context.js';
import { isUniqueViolation } from '../db/errors.js';
import { conflict, DomainError } from '../errors.js';
import { type Instant, parseInstant } from '../instant.js';
import { isStorableText } from '../text.js';
import { check, personText } from './rules.js';

const REFRESH_TOKEN_DAYS = 30;

const email = z
  .string()
  .max(255, 'must be at most 255 characters')
  .transform((address) => address.trim().toLowerCase());

const registration = z.object({
  email: email.pipe(z.email('must be an e-mail address')),
  password: z
    .string()
    .refine((password) => [...password].length >= MIN_PASSWORD_CHARACTERS, {
      message: `must be at least ${MIN_PASSWORD_CHARACTERS} characters`,
    })
    .refine((password) => Buffer.byteLength(password) <= MAX_PASSWORD_BYTES, {
      message: `must be at most ${MAX_PASSWORD_BYTES} bytes`,
    })
    .refine(isStorableText, 'must not hold U+0000 or lone surrogates'),
  name: personText(1, 100),
});

const credentials = z.object({
  email: email.refine(isStorableText, 'must not hold U+0000 or lone surrogates'),
  password: z
    .string()
    .max(1000, 'must be at most 1000 characters')
    .refine(isStorableText, 'must not hold U+0000 or lone surrogates'),
});

/** What signing in gives. */
export interface Tokens {
  accessToken: string;
  accessTokenExpiresAt: Instant;
  refreshToken: string;
  userId: string;
}

/**
 * Opens an account with default preferences, and signs in. Throws `VALIDATION_ERROR`, or `CONFLICT` when the address has
 * an account.
 */
export async function register(
  services: Services,
  input: { email: string; password: string; name: string },
): Promise<Tokens> {
  const { email, password, name } = check(registration, input);
  const passwordHash = await services.passwords.hash(password);
  try {
    const { rows } = await services.db.pool.query<{ id: string; role: 'user' | 'admin' }>(
      `WITH account AS (
         INSERT INTO users (email, password_hash, name) VALUES ($1, $2, $3) RETURNING id, role
       ), preferences AS (
         INSERT INTO user_preferences (user_id) SELECT id FROM account
       )
       SELECT id, role FROM account`,
      [email, passwordHash, name],
    );
    return await issueTokens(services, rows[0] as { id: string; role: 'user' | 'admin' });
  } catch (error) {
    if (isUniqueViolation(error, 'idx_users_email'))
      throw conflict('There is an account with this e-mail address.');
    throw error;
  }
}

/** Signs in. Throws `INVALID_CREDENTIALS`, after the same work, whether address, password or account is wrong. */
export async function login(services: Services, input: { email: string; password: string }): Promise<Tokens> {
  const { email, password } = check(credentials, input);
  const { rows } = await services.db.pool.query<{ id: string; role: 'user' | 'admin'; passwordHash: string }>(
    `SELECT id, role, password_hash AS "passwordHash" FROM users WHERE email = $1 AND is_active`,
    [email],
  );
  const account = rows[0];
  const fits = await services.passwords.verify(password, account?.passwordHash);
  if (!account || !fits) throw new DomainError('INVALID_CREDENTIALS', 'E-mail address or password is wrong.');
  return issueTokens(services, account);
}

async function issueTokens(
  services: Services,
  account: { id: string; role: 'user' | 'admin' },
): Promise<Tokens> {
  const { token, expiresAt } = await services.accessTokens.sign(account);
  const refreshToken = createSecret('epr');
  await services.db.pool.query(
    `INSERT INTO refresh_tokens (user_id, family_id, token_hash, expires_at)
     VALUES ($1, $2, $3, now() + make_interval(days => $4))`,
    [account.id, randomUUID(), hashSecret(refreshToken), REFRESH_TOKEN_DAYS],
  );
  return {
    accessToken: token,
    accessTokenExpiresAt: parseInstant(expiresAt.toISOString()) as Instant,
    refreshToken,
    userId: account.id,
  };
}
