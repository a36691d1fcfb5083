import { z } from 'zod';
import { type FieldError, ValidationError } from '../errors.js';
import type { Instant } from '../instant.js';
import { isStorableText } from '../text.js';

/**
 * The vocabulary of the live feed: what an appliance can report, with the range of every value. A reading is checked
 * and turned into its stored form (`payload`, snake_case) once, here; everything behind works with the stored form.
 */

const text = (most: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(most, `must be at most ${most} characters`)
    .refine(isStorableText, 'must not hold U+0000 or lone surrogates')
    .nullish();
const number = (least: number, most: number) =>
  z
    .number()
    .min(least, `must be from ${least} to ${most}`)
    .max(most, `must be from ${least} to ${most}`)
    .nullish();

// The pot's surface runs from 20 to 250 °C, a cold kitchen below and a fault above it; the sensor itself ends here.
const celsius = number(-50, 500);
const percent = number(0, 100);
const fraction = number(0, 1);
const seconds = number(0, 604_800);
const count = (most = 2_147_483_647) => number(0, most);
const sessionStatus = z.enum(['started', 'cooking', 'paused', 'completed', 'aborted', 'error']).nullish();
const applianceStatus = z.enum(['online', 'offline', 'cooking', 'error']).nullish();

/** What each event type carries, by the names of the API. */
const READINGS = {
  temperature: z.object({
    temperature: celsius.unwrap().unwrap(),
    targetTemperature: celsius,
    coilTemperature: celsius,
    powerPercent: percent,
    weightGrams: number(-10_000, 50_000),
    stirActive: z.boolean().nullish(),
    stirPattern: text(50),
    progressPercent: percent,
    secondsRemaining: seconds,
    cvClass: text(100),
    cvConfidence: fraction,
  }),
  status: z
    .object({ sessionStatus, applianceStatus, reason: text(500) })
    .refine((reading) => reading.sessionStatus ?? reading.applianceStatus, {
      path: ['sessionStatus'],
      message: 'or applianceStatus must be given',
    }),
  stage_change: z.object({
    stageIndex: count(999).unwrap().unwrap(),
    stageName: text(200).unwrap().unwrap(),
    totalStages: number(1, 1000),
    previousDurationSeconds: seconds,
    previousResult: text(100),
    cvConfidence: fraction,
  }),
  alert: z.object({
    code: text(50).unwrap().unwrap(),
    severity: z.enum(['info', 'warning', 'critical']),
    message: text(1000).unwrap().unwrap(),
  }),
  heartbeat: z.object({
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

/** An event as a device sent it, checked. */
export interface NewEvent {
  deviceSequence: number;
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

const snakeCaseNames = new Map<string, string>();

function snakeCase(name: string): string {
  let snake = snakeCaseNames.get(name);
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeCaseNames.set(name, snake);
  }
  return snake;
}

/**
 * Checks a reading against the ranges of its type and turns it into its stored form. Throws a `ValidationError` that
 * names every field that is wrong, below `path`.
 */
export function toPayload(type: EventType, reading: object, inSession: boolean, path: string): Payload {
  const parsed = READINGS[type].safeParse(reading);
  const errors: FieldError[] = [];
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      errors.push({ field: [path, ...issue.path].join('.'), message: issue.message });
    }
  }
  if (!inSession && (COOK_ONLY.has(type) || ('sessionStatus' in reading && reading.sessionStatus))) {
    errors.push({ field: 'sessionId', message: 'must be given for an event that belongs to a cook' });
  }
  if (errors.length > 0 || !parsed.success) throw new ValidationError(errors);

  const payload: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(parsed.data)) {
    if (value !== null && value !== undefined) payload[snakeCase(name)] = value;
  }
  return payload;
}
