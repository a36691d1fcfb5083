import { describe, expect, test } from 'vitest';
import { seedRecipes } from '../../src/db/seed/recipes/index.js';
import {
  advanceCook,
  type Cook,
  createCook,
  hasEnded,
  pauseCook,
  resumeCook,
  stopCook,
} from '../../src/kitchen/cook.js';
import type { Mishap, MishapKind } from '../../src/kitchen/mishaps.js';
import { createRandom } from '../../src/kitchen/random.js';
import type { TimedReading } from '../../src/kitchen/readings.js';
import { type KitchenStage, plannedSeconds, totalSeconds } from '../../src/kitchen/stages.js';
import { alertsOf, cookThrough, stageChangesOf, statusesOf, temperaturesOf } from './kit.js';

const LONG = 6 * 60 * 60;
const dalTadka = seedRecipes[0]?.stages ?? [];
const mishap = (kind: MishapKind, atSeconds: number, durationSeconds = 20): Mishap => ({
  kind,
  atSeconds,
  durationSeconds,
});

describe('a cook', () => {
  test.each(seedRecipes.map(({ name, stages }, seed) => ({ name, stages, seed })))(
    'of $name begins, goes through every stage in order and completes',
    ({ stages, seed }) => {
      const { cook, readings } = cookThrough(stages, seed);
      expect(cook.status).toBe('COMPLETED');
      expect(statusesOf(readings)).toEqual(['COOKING', 'COMPLETED']);
      expect(readings[0]).toEqual({ atSeconds: 0, reading: { status: { sessionStatus: 'COOKING' } } });
      expect(readings.at(-1)?.reading).toEqual({ status: { sessionStatus: 'COMPLETED' } });

      const changes = stageChangesOf(readings);
      expect(changes.map(({ stageIndex }) => stageIndex)).toEqual(stages.map((_, i) => i));
      expect(changes.map(({ stageName }) => stageName)).toEqual(stages.map(({ name }) => name));
      for (const [i, change] of changes.entries()) {
        const before = changes[i - 1];
        const stage: KitchenStage | undefined = stages[i - 1];
        expect(change.totalStages).toBe(stages.length);
        if (!before || !stage) continue;
        // The stages cover the cook without a gap.
        expect(change.previousDurationSeconds).toBe(change.atSeconds - before.atSeconds);
        expect(change.previousDurationSeconds).toBeLessThanOrEqual(plannedSeconds(stage));
        expect(['camera', 'timer', 'temperature']).toContain(change.previousResult);
        if (change.previousResult === 'camera') expect(change.cvConfidence).toBeGreaterThanOrEqual(0.85);
        if (change.previousResult === 'timer')
          expect(change.previousDurationSeconds).toBe(plannedSeconds(stage));
        expect(change.cvConfidence === undefined).toBe(stage.cv_check === undefined);
      }
    },
  );

  test('ends stages by camera, by timer and by temperature', () => {
    const results = seedRecipes.flatMap(({ stages }, seed) =>
      stageChangesOf(cookThrough(stages, seed).readings).map(({ previousResult }) => previousResult),
    );
    const count = (result: string) => results.filter((one) => one === result).length;
    for (const result of ['camera', 'timer', 'temperature'])
      expect(count(result), result).toBeGreaterThan(10);
  });

  test('progresses from 0 to 100 percent while the seconds that remain run out', () => {
    for (const [seed, { stages }] of seedRecipes.entries()) {
      const temperatures = temperaturesOf(cookThrough(stages, seed).readings);
      expect(temperatures[0]).toMatchObject({ progressPercent: 0, secondsRemaining: totalSeconds(stages) });
      expect(temperatures.at(-1)).toMatchObject({ progressPercent: 100, secondsRemaining: 0 });
      for (const [i, { progressPercent, secondsRemaining }] of temperatures.entries()) {
        expect(progressPercent).toBeGreaterThanOrEqual(temperatures[i - 1]?.progressPercent ?? 0);
        expect(secondsRemaining).toBeLessThanOrEqual(temperatures[i - 1]?.secondsRemaining ?? LONG);
      }
    }
  });

  test('reports every 5 to 10 seconds, and a heartbeat a minute', () => {
    const { readings, cook } = cookThrough(dalTadka, 7);
    const times = temperaturesOf(readings).map(({ atSeconds }) => atSeconds);
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10);
    const heartbeats = readings.filter(({ reading }) => 'heartbeat' in reading).length;
    expect(heartbeats).toBe(Math.floor(cook.elapsedSeconds / 60));
  });

  test('goes on from JSON exactly as it would have, however its time is cut', () => {
    const start = () => createCook({ stages: dalTadka, random: createRandom(11) });
    const { readings: whole } = advanceCook(start(), LONG);
    const pieces: TimedReading[] = [];
    let cook = start();
    for (let i = 0; !hasEnded(cook); i++) {
      const next = advanceCook(cook, [0.5, 3.25, 40][i % 3] ?? 1);
      pieces.push(...next.readings);
      cook = JSON.parse(JSON.stringify(next.cook)) as Cook;
    }
    expect(pieces).toEqual(whole);
  });

  test('leaves the cook it was given as it was', () => {
    const before = advanceCook(createCook({ stages: dalTadka, random: createRandom(3) }), 100).cook;
    const copy = structuredClone(before);
    advanceCook(before, 500);
    stopCook(before);
    expect(before).toEqual(copy);
  });

  test('is refused without a stage', () => {
    expect(() => createCook({ stages: [], random: createRandom(1) })).toThrow(RangeError);
  });

  test('of a recipe that names stages alone gets through them unheated', () => {
    const { cook, readings } = cookThrough([{ name: 'Rest' }, { name: 'Serve' }], 1);
    expect(cook.status).toBe('COMPLETED');
    expect(temperaturesOf(readings).every(({ targetTemperature }) => targetTemperature === undefined)).toBe(
      true,
    );
    expect(Math.max(...temperaturesOf(readings).map(({ temperature }) => temperature))).toBeLessThan(26);
  });
});

describe('what goes wrong', () => {
  test('a pause stops the clock of the cook, the arm and the heat, and ends by itself', () => {
    const { readings, cook } = cookThrough(dalTadka, 5, [mishap('PAUSE', 200, 90)]);
    expect(statusesOf(readings)).toEqual(['COOKING', 'PAUSED', 'COOKING', 'COMPLETED']);
    const paused = temperaturesOf(readings).filter(({ atSeconds }) => atSeconds > 201 && atSeconds < 290);
    expect(new Set(paused.map(({ secondsRemaining }) => secondsRemaining)).size).toBe(1);
    expect(paused.every(({ stirActive, powerPercent }) => !stirActive && powerPercent === 0)).toBe(true);
    const temperatures = paused.map(({ temperature }) => temperature);
    expect(temperatures.at(-1)).toBeLessThan((temperatures[0] ?? 0) - 2);
    expect(cook.status).toBe('COMPLETED');
  });

  test('a pot that is taken off is an alert and a pause, with nothing on the scale', () => {
    const { readings } = cookThrough(dalTadka, 5, [mishap('POT_REMOVED', 300, 40)]);
    expect(alertsOf(readings)).toEqual([
      expect.objectContaining({ code: 'POT_REMOVED', severity: 'WARNING', atSeconds: 300 }),
    ]);
    expect(statusesOf(readings)).toEqual(['COOKING', 'PAUSED', 'COOKING', 'COMPLETED']);
    const off = temperaturesOf(readings).filter(({ atSeconds }) => atSeconds > 300 && atSeconds < 340);
    expect(off.length).toBeGreaterThan(2);
    expect(off.every(({ weightGrams }) => weightGrams === 0)).toBe(true);
  });

  test('a blind camera leaves the stage to the timer', () => {
    const { readings } = cookThrough(dalTadka, 5, [mishap('CV_FAILURE', 20)]);
    expect(alertsOf(readings).map(({ code }) => code)).toEqual(['CV_FAILURE']);
    expect(stageChangesOf(readings)[1]).toMatchObject({
      previousResult: 'timer',
      previousDurationSeconds: 120,
    });
    expect(stageChangesOf(readings)[1]).not.toHaveProperty('cvConfidence');
  });

  test('a stuck arm does not stir', () => {
    const { readings } = cookThrough(dalTadka, 5, [mishap('MOTOR_STALL', 250, 25)]);
    expect(alertsOf(readings).map(({ code }) => code)).toEqual(['MOTOR_STALL']);
    const stuck = temperaturesOf(readings).filter(({ atSeconds }) => atSeconds > 250 && atSeconds < 275);
    expect(stuck.length).toBeGreaterThan(1);
    expect(stuck.every(({ stirActive, stirPattern }) => !stirActive && stirPattern === undefined)).toBe(true);
  });

  test('without mains the heat is off until it is back', () => {
    const { readings } = cookThrough(dalTadka, 5, [mishap('POWER_ANOMALY', 250, 20)]);
    expect(alertsOf(readings)).toEqual([
      expect.objectContaining({ code: 'POWER_ANOMALY', severity: 'CRITICAL' }),
    ]);
    const dark = temperaturesOf(readings).filter(({ atSeconds }) => atSeconds > 250 && atSeconds < 270);
    expect(dark.every(({ powerPercent }) => powerPercent === 0)).toBe(true);
  });

  test('a stop ends the cook where it stands', () => {
    const { cook, readings } = cookThrough(dalTadka, 5, [mishap('STOP', 500)]);
    expect(cook.status).toBe('ABORTED');
    expect(readings.at(-1)).toEqual({
      atSeconds: 500,
      reading: { status: { sessionStatus: 'ABORTED', reason: 'USER_STOPPED' } },
    });
  });

  test('is drawn now and then, and mostly nothing', () => {
    const ends = Array.from({ length: 200 }, (_, seed) => {
      const start = createCook({ stages: dalTadka, random: createRandom(seed) });
      return { planned: start.mishaps.length, status: advanceCook(start, LONG).cook.status };
    });
    const untroubled = ends.filter(({ planned }) => planned === 0).length;
    expect(untroubled).toBeGreaterThan(100);
    expect(untroubled).toBeLessThan(180);
    const aborted = ends.filter(({ status }) => status === 'ABORTED').length;
    expect(aborted).toBeGreaterThan(0);
    expect(aborted).toBeLessThan(20);
    expect(ends.every(({ status }) => status === 'COMPLETED' || status === 'ABORTED')).toBe(true);
  });
});

describe('a person', () => {
  const begun = () =>
    advanceCook(createCook({ stages: dalTadka, random: createRandom(2), mishaps: [] }), 300).cook;

  test('pauses and resumes', () => {
    const paused = pauseCook(begun());
    expect(statusesOf(paused.readings)).toEqual(['PAUSED']);
    const waited = advanceCook(paused.cook, 60);
    expect(waited.cook.stageSeconds).toBe(paused.cook.stageSeconds);
    const resumed = resumeCook(waited.cook);
    expect(resumed.readings).toEqual([
      { atSeconds: 360, reading: { status: { sessionStatus: 'COOKING', reason: 'USER_RESUMED' } } },
    ]);
    expect(advanceCook(resumed.cook, LONG).cook.status).toBe('COMPLETED');
  });

  test('who forgets a paused cook for half an hour finds it given up', () => {
    const { cook, readings } = advanceCook(pauseCook(begun()).cook, 31 * 60);
    expect(cook.status).toBe('ERROR');
    expect(readings.at(-1)?.reading).toEqual({ status: { sessionStatus: 'ERROR', reason: 'PAUSE_TIMEOUT' } });
  });

  test('who asks for what cannot be changes nothing', () => {
    expect(resumeCook(begun()).readings).toEqual([]);
    const over = stopCook(begun()).cook;
    expect(
      [pauseCook(over), resumeCook(over), stopCook(over), advanceCook(over, 60)].map((r) => r.readings),
    ).toEqual([[], [], [], []]);
  });
});
