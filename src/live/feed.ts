import type pg from 'pg';
import { notFound, ValidationError } from '../errors.js';
import { type Instant, toMicroseconds } from '../instant.js';
import { abortable, Wakeup } from './abortable.js';
import { parseCursor } from './cursor.js';
import type { JournalEvent } from './events.js';
import { readFingerprint, readJournal } from './reader.js';
import type { Tails } from './tails.js';

const PAGE_EVENTS = 500;

/** Where a snapshot was taken. */
export interface SnapshotPosition {
  sequence: number;
  ended: boolean;
}

/**
 * The first entry of a feed without `after`. The feed does not read the session itself: the viewer's selection decides
 * what is read, in one statement with the position, and whoever runs it reports that position with `take`. The feed
 * goes on from there.
 */
export class SnapshotRequest {
  readonly kind = 'snapshot';
  readonly sessionId: string;
  readonly reset: boolean;
  readonly taken: Promise<SnapshotPosition>;
  take: (position: SnapshotPosition) => void = () => {};
  fail: (error: unknown) => void = () => {};

  constructor(sessionId: string, reset: boolean) {
    this.sessionId = sessionId;
    this.reset = reset;
    this.taken = new Promise((resolve, reject) => {
      this.take = resolve;
      this.fail = reject;
    });
    this.taken.catch(() => {}); // a feed that was closed meanwhile does not wait for it
  }
}

/** The events `fromSequence` to `toSequence` are gone: retention removed them. */
export interface SkippedEvents {
  kind: 'skipped';
  sessionId: string;
  fromSequence: number;
  toSequence: number;
  skipReason: 'RETENTION';
  recordedAt: Instant;
}

export type FeedEntry = SnapshotRequest | SkippedEvents | JournalEvent;

export interface FeedOptions {
  sessionId: string;
  /** Resume after this cursor; without it the feed begins with a snapshot. */
  after: string | undefined;
  /** Readings and heartbeats closer than this to the last one delivered are left out. */
  minTelemetryIntervalMs: number;
}

/**
 * A session's journal, live: without loss or repeat from `after`, or from a snapshot. Ends when the cook has ended and
 * its last event is delivered, and only then; a fault throws. It holds no connection and no buffer of its own: it reads
 * the tail's ring, and pages from the table while it is further behind than that. Throws `VALIDATION_ERROR`, before
 * it returns, for a cursor that is forged, of another session, or ahead of the journal.
 */
export async function openFeed(
  pool: pg.Pool,
  tails: Tails,
  options: FeedOptions,
): Promise<AsyncIterableIterator<FeedEntry, void>> {
  const { sessionId, after } = options;
  const start = after === undefined ? undefined : await resumePosition(pool, sessionId, after);
  return abortable((signal) => follow(pool, tails, options, start, signal));
}

async function* follow(
  pool: pg.Pool,
  tails: Tails,
  { sessionId, after, minTelemetryIntervalMs }: FeedOptions,
  start: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<FeedEntry, void> {
  const thin = thinner(minTelemetryIntervalMs);
  const wakeup = new Wakeup(signal);
  const { tail, release } = tails.acquire(sessionId);
  const unsubscribe = tail.subscribe(wakeup.set); // first listen, then read: nothing can fall between
  try {
    let position = start;
    if (position === undefined) {
      const snapshot = new SnapshotRequest(sessionId, after !== undefined);
      yield snapshot;
      const taken = await snapshot.taken;
      position = taken.sequence;
      tail.startAt(taken.sequence, taken.ended);
    }
    while (!signal.aborted) {
      if (tail.covers(position)) {
        const events = tail.after(position);
        for (const event of events) {
          position = event.sequence;
          if (thin(event)) yield event;
        }
        if (events.length > 0) continue;
        if (tail.ended && position >= tail.head) return;
        await wakeup.wait();
        continue;
      }
      const page = await readJournal(pool, sessionId, position, PAGE_EVENTS);
      if (!page) throw notFound('cooking session');
      for (const event of page.events) {
        if (event.sequence > position + 1)
          yield removed(sessionId, position + 1, event.sequence - 1, event.recordedAt);
        position = event.sequence;
        if (thin(event)) yield event;
      }
      if (page.events.length === 0 && page.lastSequence > position) {
        yield removed(sessionId, position + 1, page.lastSequence, new Date().toISOString());
        position = page.lastSequence;
      }
      if (position >= page.lastSequence) tail.startAt(page.lastSequence, page.ended);
    }
  } finally {
    unsubscribe();
    release();
  }
}

/** The sequence to go on from; `undefined` when the cursor belongs to a journal from before a restore. */
async function resumePosition(pool: pg.Pool, sessionId: string, after: string): Promise<number | undefined> {
  const cursor = parseCursor(after, sessionId);
  const stored = await readFingerprint(pool, sessionId, cursor.sequence);
  if (!stored) throw notFound('cooking session');
  if (cursor.sequence <= stored.lastSequence) {
    const isSameEvent =
      cursor.receivedAt === null || stored.receivedAt === null || stored.receivedAt === cursor.receivedAt;
    return isSameEvent ? cursor.sequence : undefined;
  }
  // Ahead of the journal. An honest cursor from before a restore names an event that was received after the last one
  // we have; anything else was never ours.
  const couldBeLost =
    cursor.receivedAt !== null &&
    (stored.receivedAt === null || cursor.receivedAt > stored.receivedAt) &&
    toMicroseconds(cursor.receivedAt) <= Date.now() * 1000;
  if (couldBeLost) return undefined;
  throw ValidationError.of('after', 'is ahead of the journal');
}

function removed(
  sessionId: string,
  fromSequence: number,
  toSequence: number,
  recordedAt: Instant,
): SkippedEvents {
  return { kind: 'skipped', sessionId, fromSequence, toSequence, skipReason: 'RETENTION', recordedAt };
}

/** Decides about readings and heartbeats by the device's clock; everything else always passes. */
function thinner(intervalMs: number): (event: JournalEvent) => boolean {
  const last = new Map<JournalEvent['type'], number>();
  return ({ type, recordedAt }) => {
    if (intervalMs <= 0 || (type !== 'temperature' && type !== 'heartbeat')) return true;
    const at = toMicroseconds(recordedAt);
    const previous = last.get(type);
    if (previous !== undefined && Math.abs(at - previous) < intervalMs * 1000) return false;
    last.set(type, at);
    return true;
  };
}
