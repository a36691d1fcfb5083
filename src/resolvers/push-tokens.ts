import { z } from 'zod';
import type { UserViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { inTransaction } from '../db/client.js';
import { notFound } from '../errors.js';
import { check } from './rules.js';

/** Most phones of a person; beyond them the one that was refreshed longest ago is forgotten. */
export const MAX_PUSH_TOKENS = 20;

const token = z.string().regex(/^[\x21-\x7e]{1,1000}$/, 'must be 1 to 1000 printable characters');
const registration = z.object({ platform: z.enum(['ios', 'android']), token });
const removal = z.object({ token });

/**
 * Makes a phone of the viewer's known to the push services, or refreshes it; returns the id of its row. A phone belongs to
 * whoever signed in on it last: from another account it moves.
 */
export async function registerPushToken(
  { db }: Services,
  viewer: UserViewer,
  input: z.input<typeof registration>,
): Promise<string> {
  const { platform, token } = check(registration, input);
  return inTransaction(db.pool, async (client) => {
    // The person's row keeps registrations at the same moment from exceeding the cap together.
    const person = await client.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [viewer.id]);
    if (person.rowCount === 0) throw notFound('account');
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO push_tokens AS t (user_id, platform, token) VALUES ($1, $2, $3)
       ON CONFLICT (token) DO UPDATE
       SET user_id = excluded.user_id, platform = excluded.platform, updated_at = now(),
           created_at = CASE WHEN t.user_id = excluded.user_id THEN t.created_at ELSE now() END
       RETURNING id`,
      [viewer.id, platform, token],
    );
    const { id } = rows[0] as { id: string };
    await client.query(
      `DELETE FROM push_tokens WHERE id IN (
         SELECT id FROM push_tokens WHERE user_id = $1 AND id <> $2
         ORDER BY updated_at DESC, id DESC OFFSET $3)`,
      [viewer.id, id, MAX_PUSH_TOKENS - 1],
    );
    return id;
  });
}

/** Forgets a phone of the viewer's; false when there was none. */
export async function removePushToken(
  { db }: Services,
  viewer: UserViewer,
  input: z.input<typeof removal>,
): Promise<boolean> {
  const { token } = check(removal, input);
  const { rowCount } = await db.pool.query('DELETE FROM push_tokens WHERE token = $1 AND user_id = $2', [
    token,
    viewer.id,
  ]);
  return rowCount === 1;
}
