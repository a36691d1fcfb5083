import { visibleSessions } from '../auth/policies.js';
import type { Context } from '../context.js';
import type { SessionStatus } from '../db/tables/cooking-sessions.js';
import type { Instant } from '../instant.js';
import { parseId } from './ids.js';
import { shortList } from './rules.js';

/** The order of every list of cooks. */
export const newestStartFirst = { startedAt: 'desc', id: 'desc' } as const;

export interface SessionListArgs {
  filter?: {
    status?: SessionStatus[] | null;
    applianceId?: string | null;
    recipeId?: string | null;
    startedAfter?: Instant | null;
    startedBefore?: Instant | null;
  } | null;
}

/** Which cooks a list holds: those that the viewer may see, let through by the filter. */
export function sessionConditions({ viewer }: Pick<Context, 'viewer'>, { filter }: SessionListArgs) {
  const { status, applianceId, recipeId, startedAfter, startedBefore } = filter ?? {};
  return {
    AND: [
      visibleSessions(viewer),
      ...(status ? [{ status: { in: shortList('filter.status', status) } }] : []),
      ...(applianceId ? [{ applianceId: parseId('Appliance', applianceId, 'filter.applianceId') }] : []),
      ...(recipeId ? [{ recipeId: parseId('Recipe', recipeId, 'filter.recipeId') }] : []),
      ...(startedAfter ? [{ startedAt: { gt: startedAfter } }] : []),
      ...(startedBefore ? [{ startedAt: { lt: startedBefore } }] : []),
    ],
  };
}
