import type { Instant } from '../instant.js';
import type { JournalEvent } from './events.js';

/** Where a snapshot was taken. */
export interface SnapshotPosition {
  sequence: number;
  ended: boolean;
}

/**
 * The first entry of a feed without `after`. The feed does not read the session itself: the viewer's selection decides
 * what is read, in one statement with the position, and whoever runs it reports that position with `take`, or that it
 * could not with `fail`. The feed goes on from there.
 */
export interface SnapshotRequest {
  readonly kind: 'snapshot';
  readonly sessionId: string;
  /** The viewer's cursor belongs to a journal from before a restore. */
  readonly reset: boolean;
  take(position: SnapshotPosition): void;
  fail(error: unknown): void;
}

/** The events `fromSequence` to `toSequence`, every one of them, will not come. */
export interface SkippedEvents {
  kind: 'skipped';
  sessionId: string;
  fromSequence: number;
  toSequence: number;
  skipReason: 'RETENTION' | 'SLOW_READER';
  recordedAt: Instant;
  /** When the last of them was received, the fingerprint of its cursor; null where it is gone. */
  receivedAt: Instant | null;
}

export type FeedEntry = SnapshotRequest | SkippedEvents | JournalEvent;

/** Whether an event may be left out for a viewer: readings and heartbeats may, everything else never. */
export function isTelemetry({ type }: JournalEvent): boolean {
  return type === 'temperature' || type === 'heartbeat';
}
