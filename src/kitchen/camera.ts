import { drawBetween, drawChance, drawNoise, type Random } from './random.js';

/** What the camera makes of the stage it watches. */
export interface Camera {
  /** What it looks for; null where the stage has no check, or the camera fails. */
  check: string | null;
  /** Seconds for which the pot was hot enough for the change to go on. */
  changedSeconds: number;
  /** After so many of them the change is there to see. */
  readySeconds: number;
  confidence: number;
}

/** Below this part of its time no stage ends by camera: one lucky frame is no evidence. */
const EARLIEST_PART = 0.35;
/** How far below its target the pot may be for the food to change as planned. */
const NEAR_TARGET_CELSIUS = 20;
/** The confidence at which the camera ends a stage. */
const SURE = 0.86;
const FIRST_GUESS = 0.08;

/** Aims the camera at a stage; in a quarter of all cases the food takes longer than the timer allows. */
export function aimCamera(check: string | undefined, plannedSeconds: number, random: Random): Camera {
  const part = drawChance(random, 0.25) ? drawBetween(random, 1.05, 1.3) : drawBetween(random, 0.6, 0.95);
  return {
    check: check ?? null,
    changedSeconds: 0,
    readySeconds: plannedSeconds * part,
    confidence: FIRST_GUESS,
  };
}

/** One second of looking. */
export function look(
  camera: Camera,
  temperature: number,
  targetCelsius: number | undefined,
  random: Random,
): void {
  if (camera.check === null) return;
  if (targetCelsius === undefined || temperature > targetCelsius - NEAR_TARGET_CELSIUS)
    camera.changedSeconds += 1;
  const part = Math.min(1.1, camera.changedSeconds / camera.readySeconds);
  // Slow at first, then quickly: a change is hard to see until it is half done.
  const evidence = FIRST_GUESS + (SURE + 0.04 - FIRST_GUESS) * part ** 1.8;
  const seen = Math.min(0.99, Math.max(0, evidence + drawNoise(random, 0.015)));
  camera.confidence += (seen - camera.confidence) * 0.3;
}

/** Whether the camera may end the stage now. */
export function isSure(camera: Camera, stageSeconds: number, plannedSeconds: number): boolean {
  return camera.check !== null && camera.confidence >= SURE && stageSeconds >= plannedSeconds * EARLIEST_PART;
}
