import type pg from 'pg';
import type { UserViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { inTransaction } from '../db/client.js';
import { conflict, forbidden, notFound } from '../errors.js';
import { parseId } from './ids.js';

/** What administrators decide about people. A change voids the person's tokens and closes what they have open. */

type Role = 'user' | 'admin';

/** Opens or closes an account; returns its id. Throws `NOT_FOUND`, and `CONFLICT` for the last active administrator. */
export function setUserActive(
  services: Services,
  viewer: UserViewer,
  { userId, isActive }: { userId: string; isActive: boolean },
): Promise<string> {
  return change(services, viewer, userId, (before) => ({ ...before, isActive }));
}

/** Makes somebody an administrator, or not; returns the id. Throws `NOT_FOUND`, and `CONFLICT` for the last active one. */
export function setUserRole(
  services: Services,
  viewer: UserViewer,
  { userId, role }: { userId: string; role: Role },
): Promise<string> {
  return change(services, viewer, userId, (before) => ({ ...before, role }));
}

interface Standing {
  role: Role;
  isActive: boolean;
}

/**
 * All active administrators are locked first, always in the same order. So of two that would leave none, the second one
 * waits and sees what the first one did; and an administrator who has just been one decides nothing any more.
 */
async function change(
  { db, revocations }: Services,
  viewer: UserViewer,
  userId: string,
  decide: (before: Standing) => Standing,
): Promise<string> {
  const id = parseId('User', userId, 'input.userId');
  await inTransaction(db.pool, async (client) => {
    const administrators = await client.query<{ id: string }>(
      `SELECT id FROM users WHERE role = 'admin' AND is_active ORDER BY id FOR NO KEY UPDATE`,
    );
    const others = administrators.rows.filter((row) => row.id !== id);
    if (!administrators.rows.some((row) => row.id === viewer.id)) throw forbidden();
    const before = await lockUser(client, id);
    const after = decide(before);
    if (before.role === after.role && before.isActive === after.isActive) return;
    if (others.length === 0 && !(after.role === 'admin' && after.isActive)) {
      throw conflict('This is the last active administrator.');
    }
    await client.query('UPDATE users SET role = $2, is_active = $3, updated_at = now() WHERE id = $1', [
      id,
      after.role,
      after.isActive,
    ]);
  });
  await revocations.look();
  return id;
}

async function lockUser(client: pg.ClientBase, id: string): Promise<Standing> {
  const { rows } = await client.query<Standing>(
    'SELECT role, is_active AS "isActive" FROM users WHERE id = $1 FOR NO KEY UPDATE',
    [id],
  );
  if (!rows[0]) throw notFound('user');
  return rows[0];
}
