import { describe, expect, test } from 'vitest';
import { seedRecipes } from '../../src/db/seed/recipes/index.js';
import { totalSeconds } from '../../src/kitchen/stages.js';
import { cookThrough, temperaturesByStage, temperaturesOf } from './kit.js';

/** What the sensor's noise may add between two readings. */
const NOISE = 1.5;

const cooks = seedRecipes.map(({ name, stages }, seed) => {
  const { readings } = cookThrough(stages, seed);
  return { name, stages, temperatures: temperaturesOf(readings), byStage: temperaturesByStage(readings) };
});

const stageNamed = (dish: string, stage: string) => {
  const cook = cooks.find(({ name }) => name === dish);
  return cook?.byStage[cook.stages.findIndex(({ name }) => name === stage)] ?? [];
};

describe('the curve', () => {
  test('stays between room temperature and what the safety stop allows', () => {
    for (const { temperatures } of cooks) {
      for (const { temperature } of temperatures) {
        expect(temperature).toBeGreaterThan(20);
        expect(temperature).toBeLessThan(255);
      }
    }
  });

  test('rises to the target in nearly every stage that heats, within the stage', () => {
    const heating = cooks
      .flatMap(({ name, stages, byStage }) =>
        stages.map((stage, i) => ({
          name: `${name}: ${stage.name}`,
          target: stage.temp_target,
          readings: byStage[i] ?? [],
        })),
      )
      .filter(({ target, readings }) => target > (readings[0]?.temperature ?? 0) + 5);
    const missed = heating.filter(
      ({ target, readings }) => Math.max(...readings.map(({ temperature }) => temperature)) < target - 4,
    );
    expect(heating.length).toBeGreaterThan(100);
    expect(missed.map(({ name }) => name).length).toBeLessThan(heating.length * 0.03);
  });

  test('hardly ever overshoots: the heat on its way is counted', () => {
    for (const { name, stages, byStage } of cooks) {
      for (const [i, stage] of stages.entries()) {
        const readings = byStage[i] ?? [];
        const entered = readings[0]?.temperature ?? 0;
        const highest = Math.max(...readings.map(({ temperature }) => temperature));
        expect(highest, `${name}: ${stage.name}`).toBeLessThan(Math.max(stage.temp_target, entered) + 3);
      }
    }
  });

  test('climbs without falling back while oil heats, slower the closer it comes', () => {
    const readings = stageNamed('Dal Tadka', 'Heat Oil').map(({ temperature }) => temperature);
    for (const [i, temperature] of readings.entries()) {
      expect(temperature).toBeGreaterThan((readings[i - 1] ?? 0) - NOISE);
    }
    const reached = readings.findIndex((temperature) => temperature > 175);
    const early = (readings[3] ?? 0) - (readings[2] ?? 0);
    const late = (readings[reached + 1] ?? 0) - (readings[reached] ?? 0);
    expect(reached).toBeGreaterThan(3);
    expect(late).toBeLessThan(early / 2);
  });

  test('dips when cold food falls into the hot pot, and recovers', () => {
    const onions = stageNamed('Dal Tadka', 'Saute Onions').map(({ temperature }) => temperature);
    expect(Math.min(...onions)).toBeLessThan(148);
    expect(onions.at(-1)).toBeGreaterThan(148.5);
    expect(onions.at(-1)).toBeLessThan(151.5);
  });

  test('collapses when water is poured, and climbs back within minutes', () => {
    const simmering = stageNamed('Dal Tadka', 'Simmer Dal');
    const coldest = simmering.reduce((a, b) => (b.temperature < a.temperature ? b : a));
    const back = simmering.find(
      ({ atSeconds, temperature }) => atSeconds > coldest.atSeconds && temperature > 96,
    );
    expect(coldest.temperature).toBeLessThan(80);
    expect((back?.atSeconds ?? 0) - coldest.atSeconds).toBeGreaterThan(60);
    expect((back?.atSeconds ?? 0) - coldest.atSeconds).toBeLessThan(300);
  });

  test('never jumps: a pot has mass', () => {
    for (const { name, temperatures } of cooks) {
      for (const [i, { temperature, atSeconds }] of temperatures.entries()) {
        const before = temperatures[i - 1];
        if (!before) continue;
        const seconds = Math.max(1, atSeconds - before.atSeconds);
        expect(Math.abs(temperature - before.temperature), `${name} at ${atSeconds} s`).toBeLessThan(
          9 * seconds + NOISE,
        );
      }
    }
  });

  test('cools slowly with the heat off', () => {
    const resting = stageNamed('Dal Tadka', 'Finish with Coriander');
    const [first, last] = [resting[1], resting.at(-1)];
    expect((first?.temperature ?? 0) - (last?.temperature ?? 0)).toBeGreaterThan(0.5);
    expect((first?.temperature ?? 0) - (last?.temperature ?? 0)).toBeLessThan(15);
  });
});

describe('around the curve', () => {
  test('the coil runs ahead of the surface while it heats', () => {
    const heating = cooks.flatMap(({ temperatures }) =>
      temperatures.filter(({ powerPercent }) => powerPercent > 50),
    );
    expect(heating.length).toBeGreaterThan(100);
    for (const { coilTemperature, temperature } of heating)
      expect(coilTemperature).toBeGreaterThan(temperature);
  });

  test('power stays between nothing and all, and is all where the target is far', () => {
    for (const { temperatures } of cooks) {
      for (const { powerPercent } of temperatures) {
        expect(powerPercent).toBeGreaterThanOrEqual(0);
        expect(powerPercent).toBeLessThanOrEqual(100);
      }
    }
    expect(stageNamed('Dal Tadka', 'Heat Oil')[2]?.powerPercent).toBe(100);
  });

  test('the scale gains what is dispensed and slowly loses what boils off', () => {
    for (const { name, stages, temperatures } of cooks) {
      const dispensed = stages
        .flatMap(({ ingredients }) => ingredients)
        .reduce((sum, { amount_g }) => sum + amount_g, 0);
      const heaviest = Math.max(...temperatures.map(({ weightGrams }) => weightGrams));
      expect(heaviest, name).toBeLessThan(dispensed + 5);
      expect(temperatures.at(-1)?.weightGrams, name).toBeGreaterThan(dispensed * 0.3);
    }
    const onions = stageNamed('Dal Tadka', 'Saute Onions');
    expect((onions[2]?.weightGrams ?? 0) - (onions[0]?.weightGrams ?? 0)).toBeGreaterThan(145);
  });

  test('the arm stirs as the stage says', () => {
    for (const { stages, byStage } of cooks) {
      for (const [i, stage] of stages.entries()) {
        for (const { stirActive, stirPattern } of byStage[i] ?? []) {
          expect(stirActive).toBe(stage.stir);
          expect(stirPattern).toBe(stage.stir_pattern);
        }
      }
    }
  });

  test('the camera grows surer of what the stage checks, and of nothing else', () => {
    for (const { stages, byStage } of cooks) {
      for (const [i, stage] of stages.entries()) {
        const seen = byStage[i] ?? [];
        expect(seen.every(({ cvClass }) => cvClass === stage.cv_check)).toBe(true);
        if (stage.cv_check === undefined || stage.duration_seconds < 120) continue;
        // A pot that stays far too cold shows no change.
        if (seen.every(({ temperature }) => temperature < stage.temp_target - 15)) continue;
        const half = Math.floor(seen.length / 2);
        const mean = (part: typeof seen) =>
          part.reduce((sum, { cvConfidence = 0 }) => sum + cvConfidence, 0) / part.length;
        expect(mean(seen.slice(half))).toBeGreaterThan(mean(seen.slice(0, half)));
      }
    }
  });

  test('a recipe takes at most its planned time, and most of it', () => {
    for (const { name, stages, temperatures } of cooks) {
      const taken = temperatures.at(-1)?.atSeconds ?? 0;
      expect(taken, name).toBeLessThanOrEqual(totalSeconds(stages));
      expect(taken, name).toBeGreaterThan(totalSeconds(stages) * 0.6);
    }
  });
});
