import { fromMicroseconds, type Instant, secondsBetween } from '../../instant.js';
import { advanceCook, createCook } from '../../kitchen/cook.js';
import type { Mishap } from '../../kitchen/mishaps.js';
import { drawInteger, type Random } from '../../kitchen/random.js';
import type { Reading } from '../../kitchen/readings.js';
import type { Progress, SessionStatus, StageLogEntry } from '../tables/cooking-sessions.js';
import type { EventType } from '../tables/telemetry-events.js';
import type { SeedRecipe } from './recipes/index.js';

/** An event as `telemetry_events` stores it. */
export interface StoredEvent {
  sequence: number;
  deviceSequence: number;
  type: EventType;
  payload: Readonly<Record<string, string | number | boolean>>;
  recordedAt: Instant;
  receivedAt: Instant;
}

/** What the journal of a finished cook adds up to in its `cooking_sessions` row. */
export interface SessionFigures {
  status: SessionStatus;
  completedAt: Instant;
  totalDurationS: number;
  stagesLog: StageLogEntry[];
  peakTemperature: number;
  progress: Progress;
}

const LONGEST_COOK_SECONDS = 6 * 60 * 60;
/** From the device to the database, in microseconds. */
const TRANSIT = 140_000;
/** Between two events of the same second. */
const STEP = 1_500;

/** Lets the kitchen cook a dish to its end and returns what the appliance would have sent. */
export function recordCook(
  recipe: SeedRecipe,
  startedAtMicroseconds: number,
  firstDeviceSequence: number,
  random: Random,
  mishaps: readonly Mishap[],
): StoredEvent[] {
  const cook = createCook({ stages: recipe.stages, random, mishaps, uptimeSeconds: 86_400 });
  const { readings } = advanceCook(cook, LONGEST_COOK_SECONDS);
  let recordedAt = startedAtMicroseconds;
  return readings.map(({ atSeconds, reading }, index) => {
    const due = startedAtMicroseconds + atSeconds * 1_000_000 + drawInteger(random, 200_000, 240_000);
    recordedAt = Math.max(recordedAt + STEP, due);
    return {
      sequence: index + 1,
      deviceSequence: firstDeviceSequence + index,
      ...toStored(reading),
      recordedAt: fromMicroseconds(recordedAt),
      receivedAt: fromMicroseconds(recordedAt + TRANSIT),
    };
  });
}

/** Names in snake_case and enum values in lower case, as the columns have them. */
function toStored(reading: Reading): Pick<StoredEvent, 'type' | 'payload'> {
  const [kind, values] = Object.entries(reading)[0] as [string, Record<string, string | number | boolean>];
  const payload: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(values)) {
    const isEnum = name === 'sessionStatus' || name === 'severity';
    payload[snakeCase(name)] = isEnum ? String(value).toLowerCase() : value;
  }
  return { type: snakeCase(kind) as EventType, payload };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Adds up the journal of a cook that ended, as the server would have done while it came in. */
export function summarize(events: readonly StoredEvent[], startedAt: Instant): SessionFigures {
  const end = events.at(-1) as StoredEvent; // the kitchen's last word is how the cook ended
  const readings = events.filter(({ type }) => type === 'temperature');
  const stages = events.filter(({ type }) => type === 'stage_change');
  return {
    status: end.payload.session_status as SessionStatus,
    completedAt: end.recordedAt,
    totalDurationS: Math.round(secondsBetween(startedAt, end.recordedAt)),
    stagesLog: stages.map((stage, i) => logStage(stage, stages[i + 1], end.recordedAt)),
    peakTemperature: Math.max(...readings.map(({ payload }) => payload.temperature as number)),
    progress: lastProgress(stages.at(-1) as StoredEvent, readings.at(-1) as StoredEvent),
  };
}

function logStage(stage: StoredEvent, next: StoredEvent | undefined, endedAt: Instant): StageLogEntry {
  const passed = Math.round(secondsBetween(stage.recordedAt, endedAt));
  return {
    stage: stage.payload.stage_name as string,
    duration_s: next ? (next.payload.previous_duration_seconds as number) : passed,
    result: (next?.payload.previous_result as string | undefined) ?? null,
    cv_confidence: (next?.payload.cv_confidence as number | undefined) ?? null,
  };
}

const SHOWN = [
  'progress_percent',
  'temperature',
  'target_temperature',
  'seconds_remaining',
  'stir_active',
  'stir_pattern',
] as const;

function lastProgress(stage: StoredEvent, reading: StoredEvent): Progress {
  const shown = SHOWN.filter((name) => name in reading.payload).map((name) => [name, reading.payload[name]]);
  return {
    stage_index: stage.payload.stage_index as number,
    stage_name: stage.payload.stage_name as string,
    total_stages: stage.payload.total_stages as number,
    stage_at: stage.recordedAt,
    ...Object.fromEntries(shown),
    updated_at: reading.recordedAt, // a stage never ends without one
    reading_position: [reading.recordedAt, reading.deviceSequence],
  };
}
