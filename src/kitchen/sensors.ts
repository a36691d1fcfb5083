import type { Cook } from './cook-state.js';
import { drawInteger, drawNoise, type Random } from './random.js';
import type { HeartbeatReading, TemperatureReading } from './readings.js';
import { currentStage, plannedSeconds, totalSeconds } from './stages.js';

const THERMOMETER_NOISE = 0.2;
const SCALE_NOISE = 0.6;

const tenths = (value: number) => Math.round(value * 10) / 10;
const hundredths = (value: number) => Math.round(value * 100) / 100;

/** What the sensors and the camera say now. */
export function readTemperature(cook: Cook): TemperatureReading {
  const { pot, camera, random, interruption, status } = cook;
  const stage = currentStage(cook);
  const isPotOff = interruption?.kind === 'POT_REMOVED';
  const isSensorDead = interruption?.kind === 'SENSOR_FAILURE';
  const stirActive = status === 'COOKING' && stage.stir === true && interruption?.kind !== 'MOTOR_STALL';
  const doneSeconds = secondsDone(cook);
  const allSeconds = totalSeconds(cook.stages);
  return {
    temperature: tenths(pot.sensed + (isSensorDead ? 0 : drawNoise(random, THERMOMETER_NOISE))),
    ...(stage.temp_target === undefined ? {} : { targetTemperature: stage.temp_target }),
    coilTemperature: tenths(pot.coil),
    powerPercent: tenths(pot.powerPercent),
    weightGrams: isPotOff ? 0 : Math.max(0, Math.round(pot.grams + drawNoise(random, SCALE_NOISE))),
    stirActive,
    ...(stirActive && stage.stir_pattern !== undefined ? { stirPattern: stage.stir_pattern } : {}),
    progressPercent: tenths((doneSeconds / allSeconds) * 100),
    secondsRemaining: allSeconds - doneSeconds,
    ...(camera.check === null
      ? {}
      : { cvClass: camera.check, cvConfidence: hundredths(Math.max(0, camera.confidence)) }),
  };
}

/** The part of the recipe's time that lies behind: whole stages by their plan, whenever they really ended. */
function secondsDone({ stages, stageIndex, stageSeconds }: Cook): number {
  const current = stages[stageIndex];
  return (
    totalSeconds(stages.slice(0, stageIndex)) +
    (current ? Math.min(stageSeconds, plannedSeconds(current)) : 0)
  );
}

/** The Linux module's own state: alike in every appliance, and never twice the same. */
export function readHeartbeat(random: Random, uptimeSeconds: number): HeartbeatReading {
  return {
    uptimeSeconds: Math.floor(uptimeSeconds),
    wifiRssi: drawInteger(random, -68, -52),
    freeMemoryMegabytes: drawInteger(random, 1180, 1320),
    cpuTemperature: tenths(51 + drawNoise(random, 1.5)),
  };
}
