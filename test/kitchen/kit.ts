import { advanceCook, type CookProgress, createCook } from '../../src/kitchen/cook.js';
import type { Mishap } from '../../src/kitchen/mishaps.js';
import { createRandom } from '../../src/kitchen/random.js';
import type {
  AlertReading,
  StageChangeReading,
  TemperatureReading,
  TimedReading,
} from '../../src/kitchen/readings.js';
import type { KitchenStage } from '../../src/kitchen/stages.js';

type At<T> = T & { atSeconds: number };

/** A cook from its first second to its last; nothing goes wrong unless it is said. */
export function cookThrough(
  stages: readonly KitchenStage[],
  seed: number,
  mishaps: readonly Mishap[] = [],
): CookProgress {
  return advanceCook(createCook({ stages, random: createRandom(seed), mishaps }), 6 * 60 * 60);
}

export function temperaturesOf(readings: readonly TimedReading[]): At<TemperatureReading>[] {
  return readings.flatMap(({ reading, atSeconds }) =>
    'temperature' in reading ? [{ ...reading.temperature, atSeconds }] : [],
  );
}

export function stageChangesOf(readings: readonly TimedReading[]): At<StageChangeReading>[] {
  return readings.flatMap(({ reading, atSeconds }) =>
    'stageChange' in reading ? [{ ...reading.stageChange, atSeconds }] : [],
  );
}

export function alertsOf(readings: readonly TimedReading[]): At<AlertReading>[] {
  return readings.flatMap(({ reading, atSeconds }) =>
    'alert' in reading ? [{ ...reading.alert, atSeconds }] : [],
  );
}

export function statusesOf(readings: readonly TimedReading[]): string[] {
  return readings.flatMap(({ reading }) => ('status' in reading ? [reading.status.sessionStatus] : []));
}

/** The readings of each stage, in order; the one at the very start of a stage belongs to it. */
export function temperaturesByStage(readings: readonly TimedReading[]): At<TemperatureReading>[][] {
  const stages: At<TemperatureReading>[][] = [];
  for (const { reading, atSeconds } of readings) {
    if ('stageChange' in reading) stages.push([]);
    if ('temperature' in reading) stages.at(-1)?.push({ ...reading.temperature, atSeconds });
  }
  return stages;
}
