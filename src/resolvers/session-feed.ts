import { visibleSessions } from '../auth/policies.js';
import type { Viewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { notFound, ValidationError } from '../errors.js';
import type { Feed } from '../live/feed.js';
import { parseId } from './ids.js';

const MAX_INTERVAL_MS = 3_600_000;

/**
 * Opens the feed of a session for a viewer. Throws `NOT_FOUND` when there is none that the viewer may see, and
 * `VALIDATION_ERROR` for a wrong interval or cursor.
 */
export async function openSessionFeed(
  { db, live }: Services,
  viewer: Viewer,
  args: { sessionId: string; after?: string | null; minTelemetryIntervalMs?: number | null },
): Promise<Feed> {
  const sessionId = parseId('CookingSession', args.sessionId, 'sessionId');
  const minTelemetryIntervalMs = args.minTelemetryIntervalMs ?? 0;
  if (minTelemetryIntervalMs < 0 || minTelemetryIntervalMs > MAX_INTERVAL_MS) {
    throw ValidationError.of('minTelemetryIntervalMs', `must be from 0 to ${MAX_INTERVAL_MS}`);
  }
  const visible = await db.orm.query.cookingSessions.findFirst({
    columns: { id: true },
    where: { AND: [{ id: sessionId }, visibleSessions(viewer)] },
  });
  if (!visible) throw notFound('cooking session');
  return live.openFeed({ sessionId, after: args.after ?? undefined, minTelemetryIntervalMs });
}
