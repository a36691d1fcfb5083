import { visibleAppliances } from '../auth/policies.js';
import type { Viewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { notFound } from '../errors.js';
import { parseId } from './ids.js';

/** Most appliances that one subscription follows; a home has one or two. */
const MAX_WATCHED = 100;

/**
 * The ids of the appliances that a viewer may watch, each at once and again after each change. Throws `NOT_FOUND` when
 * one is named that the viewer may not see.
 */
export async function watchedAppliances(
  { db, live }: Services,
  viewer: Viewer,
  applianceId: string | null | undefined,
): Promise<AsyncIterableIterator<string, void>> {
  const own = visibleAppliances(viewer);
  const id = typeof applianceId === 'string' ? parseId('Appliance', applianceId, 'applianceId') : undefined;
  const rows = await db.orm.query.appliances.findMany({
    columns: { id: true },
    where: id ? { AND: [{ id }, own] } : own,
    orderBy: { pairedAt: 'desc' },
    limit: MAX_WATCHED,
  });
  if (id && rows.length === 0) throw notFound('appliance');
  return live.appliances.watch(rows.map((row) => row.id));
}
