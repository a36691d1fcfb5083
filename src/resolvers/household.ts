import { z } from 'zod';
import type { UserViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { notFound } from '../errors.js';
import { isStorableText } from '../text.js';
import { parseId } from './ids.js';
import { check, personText } from './rules.js';

/** What people change about themselves, their appliances and their cooks. */

const profile = z.object({ name: personText(1, 100).nullish() });
const appliance = z.object({ name: personText(1, 100) });
const rating = z.object({
  rating: z.number().min(1, 'must be from 1 to 5').max(5, 'must be from 1 to 5').nullish(),
  notes: z
    .string()
    .max(2000, 'must be at most 2000 characters')
    .refine(isStorableText, 'must not hold U+0000 or lone surrogates')
    .nullish(),
});

/** Changes the viewer's name; what is not given stays. Returns the viewer's id. */
export async function updateProfile(
  { db }: Services,
  viewer: UserViewer,
  input: { name?: string | null },
): Promise<string> {
  const { name } = check(profile, input);
  const { rowCount } = await db.pool.query(
    'UPDATE users SET name = coalesce($2, name), updated_at = now() WHERE id = $1',
    [viewer.id, name],
  );
  if (rowCount === 0) throw notFound('account');
  return viewer.id;
}

/** Renames an appliance of the viewer's home; throws `NOT_FOUND` for any other. Returns its id. */
export async function renameAppliance(
  { db, live }: Services,
  viewer: UserViewer,
  input: { applianceId: string; name: string },
): Promise<string> {
  const id = parseId('Appliance', input.applianceId, 'input.applianceId');
  const { name } = check(appliance, input);
  const { rowCount } = await db.pool.query(
    'UPDATE appliances SET name = $3 WHERE id = $1 AND user_id = $2 AND unpaired_at IS NULL',
    [id, viewer.id, name],
  );
  if (rowCount === 0) throw notFound('appliance');
  live.appliancesChanged([id]);
  return id;
}

/**
 * Rates a cook of the viewer's and notes something about it: what is absent stays, `null` clears. Throws `NOT_FOUND` for
 * a cook of another home. Returns its id.
 */
export async function rateCookingSession(
  { db }: Services,
  viewer: UserViewer,
  input: { sessionId: string; rating?: number | null; notes?: string | null },
): Promise<string> {
  const id = parseId('CookingSession', input.sessionId, 'input.sessionId');
  const given = check(rating, input);
  const { rowCount } = await db.pool.query(
    `UPDATE cooking_sessions
     SET user_rating = CASE WHEN $3 THEN $4::int ELSE user_rating END,
         notes = CASE WHEN $5 THEN $6 ELSE notes END
     WHERE id = $1 AND user_id = $2`,
    [id, viewer.id, given.rating !== undefined, given.rating, given.notes !== undefined, given.notes],
  );
  if (rowCount === 0) throw notFound('cooking session');
  return id;
}
