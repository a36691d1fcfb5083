import { type FieldError, ValidationError } from '../errors.js';
import type { Instant } from '../instant.js';
import { isStorableText } from '../text.js';

/**
 * The vocabulary of the live feed: what an appliance can report, with the range of every value. A reading is checked
 * and turned into its stored form (`payload`, snake_case) once, here; everything behind works with the stored form.
 */

/** Says what is wrong with a value, in words for the device's makers; `undefined` where nothing is. */
type Rule = (value: unknown) => string | undefined;

interface Field {
  /** By the name of the API. */
  name: string;
  /** By the name of the payload. */
  column: string;
  rule: Rule;
  required: boolean;
}

function text(most: number): Rule {
  const tooLong = `must be at most ${most} characters`;
  return (value) => {
    if (typeof value !== 'string') return 'must be a text';
    if (value.length === 0) return 'must not be empty';
    if (value.length > most) return tooLong;
    return isStorableText(value) ? undefined : 'must not hold U+0000 or lone surrogates';
  };
}

function number(least: number, most: number): Rule {
  const outOfRange = `must be from ${least} to ${most}`;
  return (value) => (typeof value === 'number' && value >= least && value <= most ? undefined : outOfRange);
}

function oneOf(...values: string[]): Rule {
  const unknown = `must be one of ${values.join(', ')}`;
  return (value) => (values.includes(value as string) ? undefined : unknown);
}

const flag: Rule = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');

function fields(rules: Record<string, Rule>, ...required: string[]): readonly Field[] {
  return Object.entries(rules).map(([name, rule]) => ({
    name,
    column: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    rule,
    required: required.includes(name),
  }));
}

// The pot's surface runs from 20 to 250 °C, a cold kitchen below and a fault above it; the sensor itself ends here.
const celsius = number(-50, 500);
const percent = number(0, 100);
const fraction = number(0, 1);
const seconds = number(0, 604_800);
const count = (most = 2_147_483_647) => number(0, most);

/** What each event type carries. */
const READINGS = {
  temperature: fields(
    {
      temperature: celsius,
      targetTemperature: celsius,
      coilTemperature: celsius,
      powerPercent: percent,
      weightGrams: number(-10_000, 50_000),
      stirActive: flag,
      stirPattern: text(50),
      progressPercent: percent,
      secondsRemaining: seconds,
      cvClass: text(100),
      cvConfidence: fraction,
    },
    'temperature',
  ),
  status: fields({
    sessionStatus: oneOf('started', 'cooking', 'paused', 'completed', 'aborted', 'error'),
    applianceStatus: oneOf('online', 'offline', 'cooking', 'error'),
    reason: text(500),
  }),
  stage_change: fields(
    {
      stageIndex: count(999),
      stageName: text(200),
      totalStages: number(1, 1000),
      previousDurationSeconds: seconds,
      previousResult: text(100),
      cvConfidence: fraction,
    },
    'stageIndex',
    'stageName',
  ),
  alert: fields(
    { code: text(50), severity: oneOf('info', 'warning', 'critical'), message: text(1000) },
    'code',
    'severity',
    'message',
  ),
  heartbeat: fields({
    uptimeSeconds: count(),
    wifiRssi: number(-150, 50),
    freeMemoryMegabytes: count(),
    cpuTemperature: celsius,
    firmwareVersionCm5: text(20),
    firmwareVersionStm32: text(20),
  }),
} as const;

export type EventType = keyof typeof READINGS;

/** The stored form of a reading: its values by their snake_case names, absent ones left out. */
export type Payload = Readonly<Record<string, string | number | boolean>>;

/** An event to be stored, checked. */
export interface NewEvent {
  /** The device's own counter; null for an event that the server made. */
  deviceSequence: number | null;
  recordedAt: Instant;
  sessionId: string | null;
  type: EventType;
  payload: Payload;
}

/** An entry of a session's journal, as it is stored and as feeds carry it. */
export interface JournalEvent {
  kind: 'event';
  sessionId: string;
  sequence: number;
  type: EventType;
  recordedAt: Instant;
  receivedAt: Instant;
  payload: Payload;
}

/** Event types that only make sense inside a cook. */
const COOK_ONLY: ReadonlySet<EventType> = new Set(['stage_change']);

/** The same number, or 0 where it is too small for PostgreSQL's `real`, which would refuse it. */
export function storableNumber(value: number): number {
  return Math.fround(value) === 0 ? 0 : value;
}

/**
 * Checks a reading against the ranges of its type and turns it into its stored form. Throws a `ValidationError` that
 * names every field that is wrong, below `path`.
 */
export function toPayload(type: EventType, reading: object, inSession: boolean, path: string): Payload {
  const values = reading as Record<string, unknown>;
  const payload: Record<string, string | number | boolean> = {};
  const errors: FieldError[] = [];
  for (const { name, column, rule, required } of READINGS[type]) {
    const value = values[name];
    if (value === undefined || value === null) {
      if (required) errors.push({ field: `${path}.${name}`, message: 'must be given' });
      continue;
    }
    const message = rule(value);
    if (message === undefined)
      payload[column] = typeof value === 'number' ? storableNumber(value) : (value as string | boolean);
    else errors.push({ field: `${path}.${name}`, message });
  }
  if (type === 'status' && !values.sessionStatus && !values.applianceStatus) {
    errors.push({ field: `${path}.sessionStatus`, message: 'or applianceStatus must be given' });
  }
  if (!inSession && (COOK_ONLY.has(type) || values.sessionStatus)) {
    errors.push({ field: 'sessionId', message: 'must be given for an event that belongs to a cook' });
  }
  if (errors.length > 0) throw new ValidationError(errors);
  return payload;
}
