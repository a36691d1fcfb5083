import { aimCamera, type Camera } from './camera.js';
import { type Dispensing, planDispensing } from './dispensing.js';
import { drawMishaps, type Mishap, type MishapKind } from './mishaps.js';
import { createPot, type Pot } from './pot.js';
import type { Random } from './random.js';
import type { StatusReading } from './readings.js';
import { type KitchenStage, plannedSeconds, totalSeconds } from './stages.js';

export type CookStatus = StatusReading['sessionStatus'];

/** What holds the cook up or handicaps it at present; `untilSeconds` is null for a pause that waits for a person. */
export interface Interruption {
  kind: MishapKind;
  sinceSeconds: number;
  untilSeconds: number | null;
}

/** A cook under way, as plain data: saved as JSON and read back, it goes on exactly as it would have. */
export interface Cook {
  stages: readonly KitchenStage[];
  random: Random;
  /** Null before the first second. */
  status: CookStatus | null;
  /** Whole seconds since the cook began, pauses included, and the part of a second that is not simulated yet. */
  elapsedSeconds: number;
  carrySeconds: number;
  stageIndex: number;
  /** Without pauses: the appliance stops the stage's clock too. */
  stageSeconds: number;
  /** For how long the pot has had the stage's temperature without a break. */
  onTargetSeconds: number;
  pot: Pot;
  dispensing: Dispensing[];
  camera: Camera;
  /** What is still to go wrong, by time. */
  mishaps: Mishap[];
  interruption: Interruption | null;
  nextReadingAt: number;
  nextHeartbeatAt: number;
  /** How long the appliance had been on when the cook began. */
  uptimeSeconds: number;
}

export interface CookOptions {
  /** At least one. */
  stages: readonly KitchenStage[];
  random: Random;
  /** What goes wrong; drawn from `random` when absent. */
  mishaps?: readonly Mishap[];
  uptimeSeconds?: number;
}

/** How often the appliance says that it is alive. */
export const HEARTBEAT_SECONDS = 60;

/** A cook that is about to begin; its first readings come with the first `advanceCook`. Throws without a stage. */
export function createCook({ stages, random, mishaps, uptimeSeconds = 0 }: CookOptions): Cook {
  const first = stages[0];
  if (!first) throw new RangeError('A recipe has at least one stage.');
  const own = { ...random };
  const plan = mishaps ? structuredClone([...mishaps]) : drawMishaps(own, totalSeconds(stages));
  return {
    stages: structuredClone(stages),
    random: own,
    status: null,
    elapsedSeconds: 0,
    carrySeconds: 0,
    stageIndex: 0,
    stageSeconds: 0,
    onTargetSeconds: 0,
    pot: createPot(),
    dispensing: planDispensing(first),
    camera: aimCamera(first.cv_check, plannedSeconds(first), own),
    mishaps: plan,
    interruption: null,
    nextReadingAt: 0,
    nextHeartbeatAt: HEARTBEAT_SECONDS,
    uptimeSeconds,
  };
}

/** Whether the cook is over, for whatever reason. */
export function hasEnded({ status }: Cook): boolean {
  return status === 'COMPLETED' || status === 'ABORTED' || status === 'ERROR';
}
