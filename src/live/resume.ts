import type pg from 'pg';
import { notFound, ValidationError } from '../errors.js';
import { toMicroseconds } from '../instant.js';
import { parseCursor } from './cursor.js';
import { hasReceivedAt, readFingerprint } from './reader.js';

/**
 * The sequence after which a feed with this cursor goes on; `undefined` when the cursor belongs to a journal from before
 * a restore, and the viewer has to start over. Throws `VALIDATION_ERROR` for a cursor that is forged, of another session,
 * or ahead of the journal.
 */
export async function resumePosition(
  pool: pg.Pool,
  sessionId: string,
  after: string,
): Promise<number | undefined> {
  const cursor = parseCursor(after, sessionId);
  const stored = await readFingerprint(pool, sessionId, cursor.sequence);
  if (!stored) throw notFound('cooking session');
  if (cursor.sequence <= stored.lastSequence) {
    const isSameEvent = stored.receivedAt === null || stored.receivedAt === cursor.receivedAt;
    return isSameEvent ? cursor.sequence : undefined;
  }
  // Ahead of the journal. An honest cursor from before a restore names an event of which nothing is left, its instant
  // included; one that was made from another cursor of the journal does not.
  const couldBeLost =
    cursor.receivedAt !== null &&
    toMicroseconds(cursor.receivedAt) <= Date.now() * 1000 &&
    !(await hasReceivedAt(pool, sessionId, cursor.receivedAt));
  if (couldBeLost) return undefined;
  throw ValidationError.of('after', 'is ahead of the journal');
}
