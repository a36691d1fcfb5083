import { z } from 'zod';
import { MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARACTERS } from '../auth/passwords.js';
import type { UserViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { isUniqueViolation } from '../db/errors.js';
import { conflict, DomainError } from '../errors.js';
import type { Client } from '../limits/client.js';
import { isStorableText } from '../text.js';
import { check, personText } from './rules.js';
import { type Account, signIn, type Tokens, wrongCredentials } from './sign-ins.js';

/** The columns of an `Account`. */
const ACCOUNT = 'id, role, auth_version AS "authVersion"';

const email = z
  .string()
  .max(255, 'must be at most 255 characters')
  .transform((address) => address.trim().toLowerCase());

const newPassword = z
  .string()
  .refine((password) => [...password].length >= MIN_PASSWORD_CHARACTERS, {
    message: `must be at least ${MIN_PASSWORD_CHARACTERS} characters`,
  })
  .refine((password) => Buffer.byteLength(password) <= MAX_PASSWORD_BYTES, {
    message: `must be at most ${MAX_PASSWORD_BYTES} bytes`,
  })
  .refine(isStorableText, 'must not hold U+0000 or lone surrogates');

const presentedPassword = z
  .string()
  .max(1000, 'must be at most 1000 characters')
  .refine(isStorableText, 'must not hold U+0000 or lone surrogates');

const passwordChange = z.object({ currentPassword: presentedPassword, newPassword });

const registration = z.object({
  email: email.pipe(z.email('must be an e-mail address')),
  password: newPassword,
  name: personText(1, 100),
});

const credentials = z.object({
  email: email.refine(isStorableText, 'must not hold U+0000 or lone surrogates'),
  password: presentedPassword,
});

/**
 * Opens an account with default preferences, and signs in. Throws `VALIDATION_ERROR`, or `CONFLICT` when the address has
 * an account, and `RATE_LIMITED`.
 */
export async function register(
  services: Services,
  from: Client,
  input: { email: string; password: string; name: string },
): Promise<Tokens> {
  const { email, password, name } = check(registration, input);
  await services.limits.tryRegistration(from, email);
  const passwordHash = await services.passwords.hash(password);
  try {
    const { rows } = await services.db.pool.query<Account>(
      `WITH account AS (
         INSERT INTO users (email, password_hash, name) VALUES ($1, $2, $3) RETURNING ${ACCOUNT}
       ), preferences AS (
         INSERT INTO user_preferences (user_id) SELECT id FROM account
       )
       SELECT account.* FROM account`,
      [email, passwordHash, name],
    );
    return await signIn(services, rows[0] as Account);
  } catch (error) {
    if (isUniqueViolation(error, 'idx_users_email'))
      throw conflict('There is an account with this e-mail address.');
    throw error;
  }
}

/**
 * Signs in. Throws `INVALID_CREDENTIALS`, after the same work, whether address, password or account is wrong, and
 * `RATE_LIMITED` when there were too many tries from there or for this account.
 */
export async function login(
  services: Services,
  from: Client,
  input: { email: string; password: string },
): Promise<Tokens> {
  const { email, password } = check(credentials, input);
  await services.limits.tryLogin(from, email);
  const { rows } = await services.db.pool.query<Account & { passwordHash: string }>(
    `SELECT ${ACCOUNT}, password_hash AS "passwordHash" FROM users WHERE email = $1 AND is_active`,
    [email],
  );
  const account = rows[0];
  const fits = await services.passwords.verify(password, account?.passwordHash);
  if (!account || !fits) throw wrongCredentials();
  return signIn(services, account);
}

/**
 * Gives the viewer's account another password and ends all its sign-ins; what it returns is a new one. Throws
 * `INVALID_CREDENTIALS` when the current password is wrong, `VALIDATION_ERROR`, and `RATE_LIMITED`.
 */
export async function changePassword(
  services: Services,
  viewer: UserViewer,
  input: { currentPassword: string; newPassword: string },
): Promise<Tokens> {
  const { currentPassword, newPassword } = check(passwordChange, input);
  await services.limits.tryPassword(viewer);
  const { rows } = await services.db.pool.query<{ passwordHash: string }>(
    'SELECT password_hash AS "passwordHash" FROM users WHERE id = $1 AND is_active',
    [viewer.id],
  );
  const before = rows[0]?.passwordHash;
  if (!(await services.passwords.verify(currentPassword, before))) {
    throw new DomainError('INVALID_CREDENTIALS', 'The current password is wrong.');
  }
  const changed = await services.db.pool.query<Account>(
    `UPDATE users SET password_hash = $3, updated_at = now() WHERE id = $1 AND password_hash = $2
     RETURNING ${ACCOUNT}`,
    [viewer.id, before, await services.passwords.hash(newPassword)],
  );
  if (!changed.rows[0]) throw conflict('The password was changed by somebody else at the same time.');
  await services.revocations.look();
  return signIn(services, changed.rows[0]);
}
