import { type Cook, hasEnded } from './cook-state.js';
import type { TimedReading } from './readings.js';
import { Run } from './run.js';

/** A cook and what it reported on the way to where it stands. */
export interface CookProgress {
  cook: Cook;
  readings: TimedReading[];
}

/**
 * Lets `seconds` of cooking pass and returns the cook as it is then, with the readings taken meanwhile in their order.
 * However the time is cut into calls, the cook is the same. An ended cook does not change.
 */
export function advanceCook(before: Cook, seconds: number): CookProgress {
  const run = new Run(before);
  run.pass(seconds);
  return run;
}

/** A person pauses the cook; nothing happens unless it is cooking. */
export function pauseCook(before: Cook, reason = 'USER_PAUSED'): CookProgress {
  const run = new Run(before);
  if (run.cook.status === 'COOKING') run.pause('PAUSE', null, reason);
  return run;
}

/** A person resumes a paused cook; nothing happens unless it is paused. */
export function resumeCook(before: Cook, reason = 'USER_RESUMED'): CookProgress {
  const run = new Run(before);
  if (run.cook.status === 'PAUSED') run.resume(reason);
  return run;
}

/** The cook ends before its time; nothing happens when it has ended already. */
export function stopCook(before: Cook, reason = 'USER_STOPPED'): CookProgress {
  const run = new Run(before);
  if (!hasEnded(run.cook)) run.end('ABORTED', reason);
  return run;
}

export { type Cook, type CookOptions, type CookStatus, createCook, hasEnded } from './cook-state.js';
