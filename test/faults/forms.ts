import type { SessionStatus } from '../../src/db/tables/cooking-sessions.js';
import { parseInstant } from '../../src/instant.js';
import type { EventType, Payload } from '../../src/live/events.js';
import type { Entry } from './history.js';

/** The forms that an event has on its way, worked out here once more: the checker must not trust the server's own. */

type Values = Record<string, string | number | boolean | null>;

/** A reading as the API takes it. */
export type Reading = { [name in 'temperature' | 'status' | 'stageChange' | 'alert' | 'heartbeat']?: Values };

const TYPES: Record<string, EventType> = {
  temperature: 'temperature',
  status: 'status',
  stageChange: 'stage_change',
  alert: 'alert',
  heartbeat: 'heartbeat',
  TemperatureEvent: 'temperature',
  StatusEvent: 'status',
  StageChangeEvent: 'stage_change',
  AlertEvent: 'alert',
  HeartbeatEvent: 'heartbeat',
};

const ENUMS = new Set(['sessionStatus', 'applianceStatus', 'severity']);

/** Type and payload under which a reading is to be stored. */
export function storedForm(reading: Reading): { type: EventType; payload: Payload } {
  const [name = '', values = {}] = Object.entries(reading)[0] ?? [];
  return { type: TYPES[name] as EventType, payload: payloadOf(values) };
}

function payloadOf(values: Values): Payload {
  const payload: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === null) continue;
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    payload[snake] = ENUMS.has(name) ? String(value).toLowerCase() : value;
  }
  return payload;
}

/** The fields of each type that devices here fill in: what viewers select is all of the content. */
const FIELDS = `__typename cursor sequence recordedAt
  ... on SessionSnapshot { reset session { status } }
  ... on TemperatureEvent { receivedAt temperature targetTemperature progressPercent secondsRemaining stirActive cvClass }
  ... on StageChangeEvent { receivedAt stageIndex stageName totalStages }
  ... on StatusEvent { receivedAt sessionStatus reason }
  ... on AlertEvent { receivedAt code severity message }
  ... on HeartbeatEvent { receivedAt uptimeSeconds wifiRssi }
  ... on EventsSkipped { fromSequence toSequence skipReason }`;

function feedDocument(more: string): string {
  return `subscription ($sessionId: ID!, $after: String, $interval: Int) {
    entry: cookingSessionEvents(sessionId: $sessionId, after: $after, minTelemetryIntervalMs: $interval) { ${FIELDS} ${more} }
  }`;
}

export const FEED = feedDocument('');

/**
 * The same with as many copies as a document may have aliases: two sockets hold some 4 MB, and a viewer that stops
 * reading must soon have more waiting.
 */
export const BULKY_FEED = feedDocument(
  `... on TemperatureEvent { ${Array.from({ length: 27 }, (_, i) => `copy${i}: cvClass`).join(' ')} }`,
);

/** An entry as the feed sends it. */
export interface RawEntry {
  __typename: string;
  cursor: string;
  sequence: number;
  recordedAt: string;
  [field: string]: unknown;
}

/** What the checker needs of an entry. */
export function readEntry(raw: RawEntry): Entry {
  if (raw.__typename === 'SessionSnapshot') {
    const { status } = raw.session as { status: string };
    return {
      kind: 'snapshot',
      sequence: raw.sequence,
      status: status.toLowerCase() as SessionStatus,
      reset: raw.reset as boolean,
    };
  }
  if (raw.__typename === 'EventsSkipped') {
    const { fromSequence, toSequence, skipReason } = raw;
    return {
      kind: 'skipped',
      fromSequence: fromSequence as number,
      toSequence: toSequence as number,
      reason: skipReason as string,
    };
  }
  const { __typename, cursor: _, sequence, recordedAt, receivedAt, ...rest } = raw;
  const values = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('copy')));
  return {
    kind: 'event',
    sequence,
    type: TYPES[__typename] as EventType,
    recordedAt: parseInstant(recordedAt) ?? recordedAt,
    receivedAt: parseInstant(receivedAt as string) ?? String(receivedAt),
    payload: payloadOf(values as Values),
  };
}

/** The cursor of the very beginning of a journal, before its first event. */
export function cursorOfStart(sessionId: string): string {
  return `${Buffer.from(sessionId.replaceAll('-', ''), 'hex').toString('base64url')}.0.`;
}
