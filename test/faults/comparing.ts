import type { SessionStatus } from '../../src/db/tables/cooking-sessions.js';
import type { Payload } from '../../src/live/events.js';
import { foldTransitions } from '../../src/live/fold.js';
import { isTransition } from '../../src/live/project.js';
import type { StoredEvent } from './history.js';

/** What identifies an event. */
export function keyOf(event: {
  applianceId: string;
  deviceSequence: number | null;
  recordedAt: string;
}): string {
  return `${event.applianceId} ${event.deviceSequence} ${event.recordedAt}`;
}

/** Equal for equal content, whatever the order of the payload's names. */
export function contentOf(event: { sessionId: string | null; type: string; payload: Payload }): string {
  return `${event.sessionId} ${readingOf(event)}`;
}

export function readingOf({ type, payload }: { type: string; payload: Payload }): string {
  return `${type} ${JSON.stringify(Object.entries(payload).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

/** The status that these events of one session add up to: the product's own fold, over what is stored. */
export function statusAfter(journal: readonly StoredEvent[]): SessionStatus {
  return foldTransitions(journal.filter(isTransition)).status;
}

/** Whether a viewer that reads slowly, or asks for fewer readings, may go without the event. */
export function isThinnable({ type }: { type: string }): boolean {
  return type === 'temperature' || type === 'heartbeat';
}
