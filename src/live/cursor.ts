import { ValidationError } from '../errors.js';
import { fromMicroseconds, type Instant, toMicroseconds } from '../instant.js';
import { Recent } from '../recent.js';

/**
 * A place in a session's journal: the session, the sequence, and when the server received that event. The time is the
 * event's fingerprint: after a restore from a backup the same number may belong to another event, and then the times
 * differ. Opaque to clients.
 */
export interface FeedCursor {
  sessionId: string;
  sequence: number;
  /** Null at sequence 0, where there is no event yet, and where retention removed the event. */
  receivedAt: Instant | null;
}

const CURSOR = /^([A-Za-z0-9_-]{22})\.([0-9a-z]{1,7})\.([0-9a-z]{0,11})$/;
const MAX_SEQUENCE = 2_147_483_647;
const HALF = 36 ** 5;

/** Prefixes of the sessions that cursors were asked for lately: making one takes longer than all the rest of a cursor. */
const prefixes = new Recent<string, string>(2_000);

/** The part of a cursor that all cursors of a session share. */
function prefixOf(sessionId: string): string {
  let prefix = prefixes.get(sessionId);
  if (prefix === undefined) {
    prefix = Buffer.from(sessionId.replaceAll('-', ''), 'hex').toString('base64url');
    prefixes.set(sessionId, prefix);
  }
  return prefix;
}

/** Writes a cursor. */
export function formatCursor({ sessionId, sequence, receivedAt }: FeedCursor): string {
  const fingerprint = receivedAt === null ? '' : inBase36(toMicroseconds(receivedAt));
  return `${prefixOf(sessionId)}.${sequence.toString(36)}.${fingerprint}`;
}

/** `value.toString(36)` of a whole number, in halves: seven times as fast for those that do not fit 32 bits. */
function inBase36(value: number): string {
  if (value < HALF) return value.toString(36);
  const high = Math.floor(value / HALF);
  return high.toString(36) + (value - high * HALF).toString(36).padStart(5, '0');
}

/** The sequence in a cursor, of whatever session; `undefined` where it is none that a journal can hold. */
export function sequenceOf(cursor: string): number | undefined {
  const sequence = Number.parseInt(CURSOR.exec(cursor)?.[2] ?? '', 36);
  return sequence <= MAX_SEQUENCE ? sequence : undefined;
}

/** Reads the cursor of a session. Throws a `ValidationError` naming `field` when it is forged or of another session. */
export function parseCursor(cursor: string, sessionId: string, field = 'after'): FeedCursor {
  const match = CURSOR.exec(cursor);
  const [, prefix, sequenceText = '', fingerprint = ''] = match ?? [];
  const sequence = Number.parseInt(sequenceText, 36);
  if (!match || sequence > MAX_SEQUENCE || (sequence === 0 && fingerprint !== '')) {
    throw ValidationError.of(field, 'is not a cursor of this feed');
  }
  if (prefix !== prefixOf(sessionId)) throw ValidationError.of(field, 'is a cursor of another session');
  const microseconds = Number.parseInt(fingerprint, 36);
  if (microseconds > toMicroseconds('9999-12-31T23:59:59.999999Z')) {
    throw ValidationError.of(field, 'is not a cursor of this feed');
  }
  return { sessionId, sequence, receivedAt: fingerprint === '' ? null : fromMicroseconds(microseconds) };
}
