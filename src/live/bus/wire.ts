import { EVENT_TYPES, type EventType } from '../../db/tables/telemetry-events.js';
import type { SessionChange } from '../append.js';
import type { JournalEvent, Payload } from '../events.js';

/**
 * The form of changes between instances: JSON, without what the receiver knows anyway. Who can publish on a channel is
 * the operator's to say, so everything that comes in is checked for its shape; whether its events join what is there is
 * for the tail to find out.
 */

type WireEvent = [
  sequence: number,
  type: EventType,
  recordedAt: string,
  receivedAt: string,
  payload: JournalEvent['payload'],
];
type WireChange = [ended: boolean, events: WireEvent[]];

const TYPES: ReadonlySet<unknown> = new Set(EVENT_TYPES);
/** What `instant.ts` makes, the only form in which instants travel. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** One session's changes, or null: there is something new, look into the table. */
export function encodeChanges(changes: readonly SessionChange[] | null): string {
  return JSON.stringify(
    changes?.map(
      ({ ended, events }): WireChange => [
        ended,
        events.map((e) => [e.sequence, e.type, e.recordedAt, e.receivedAt, e.payload]),
      ],
    ) ?? null,
  );
}

/** The changes in a message of that session, null where there were none in it, `undefined` if it is not one of ours. */
export function decodeChanges(sessionId: string, text: string): SessionChange[] | null | undefined {
  const message = parse(text);
  if (message === null) return null;
  if (!Array.isArray(message)) return undefined;
  const changes: SessionChange[] = [];
  for (const item of message) {
    const change = toChange(sessionId, item);
    if (!change) return undefined;
    changes.push(change);
  }
  return changes;
}

/** The appliances that may have changed, or 'everything'. */
export function encodeIds(applianceIds: Iterable<string> | 'everything'): string {
  return JSON.stringify(applianceIds === 'everything' ? applianceIds : [...applianceIds]);
}

/** See `encodeIds`; `undefined` for a message that is not one of ours. */
export function decodeIds(text: string): string[] | 'everything' | undefined {
  const message = parse(text);
  if (message === 'everything') return message;
  return Array.isArray(message) && message.every((id) => typeof id === 'string') ? message : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toChange(sessionId: string, item: unknown): SessionChange | undefined {
  if (!Array.isArray(item)) return undefined;
  const [ended, list] = item as unknown[];
  if (typeof ended !== 'boolean' || !Array.isArray(list)) return undefined;
  const events: JournalEvent[] = [];
  for (const wired of list) {
    const event = toEvent(sessionId, wired);
    const isNext = event && (events.length === 0 || event.sequence === (events.at(-1)?.sequence ?? 0) + 1);
    if (!isNext) return undefined;
    events.push(event);
  }
  return { sessionId, ended, events };
}

function toEvent(sessionId: string, wired: unknown): JournalEvent | undefined {
  if (!Array.isArray(wired)) return undefined;
  const [sequence, type, recordedAt, receivedAt, payload] = wired as unknown[];
  if (!isSequence(sequence) || !isType(type) || !isInstant(recordedAt) || !isInstant(receivedAt)) {
    return undefined;
  }
  if (!isPayload(payload)) return undefined;
  return { kind: 'event', sessionId, sequence, type, recordedAt, receivedAt, payload };
}

function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isType(value: unknown): value is EventType {
  return TYPES.has(value);
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && INSTANT.test(value);
}

function isPayload(value: unknown): value is Payload {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (item) => typeof item === 'number' || typeof item === 'string' || typeof item === 'boolean',
  );
}
