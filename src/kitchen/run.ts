import { aimCamera, isSure, look } from './camera.js';
import { type Cook, type CookStatus, HEARTBEAT_SECONDS, hasEnded } from './cook-state.js';
import { dispense, planDispensing } from './dispensing.js';
import { alertOf, type Mishap, type MishapKind } from './mishaps.js';
import { addPortion, heatPot } from './pot.js';
import { drawInteger } from './random.js';
import type { Reading, StageResult, TimedReading } from './readings.js';
import { readHeartbeat, readTemperature } from './sensors.js';
import { currentStage, endsByTemperature, type KitchenStage, plannedSeconds } from './stages.js';

const ON_TARGET_CELSIUS = 2;
const ON_TARGET_SECONDS = 6;
/** A stage that is over when its temperature is reached still takes this part of its time: the food must follow. */
const LEAST_PART_OF_HEATING = 0.5;
/** The appliance gives a cook up that nobody resumes. */
const LONGEST_PAUSE_SECONDS = 30 * 60;

/** One stretch of cooking: works on a copy, and collects what the appliance reports. */
export class Run {
  readonly cook: Cook;
  readonly readings: TimedReading[] = [];

  constructor(before: Cook) {
    this.cook = structuredClone(before);
  }

  pass(seconds: number): void {
    const { cook } = this;
    if (cook.status === null) this.#begin();
    let budget = cook.carrySeconds + seconds;
    while (budget >= 1 && !hasEnded(cook)) {
      budget -= 1;
      this.#passSecond();
    }
    cook.carrySeconds = hasEnded(cook) ? 0 : budget;
  }

  pause(kind: MishapKind, untilSeconds: number | null, reason: string): void {
    this.cook.interruption = { kind, sinceSeconds: this.cook.elapsedSeconds, untilSeconds };
    this.#enter('PAUSED', reason);
  }

  resume(reason: string): void {
    this.cook.interruption = null;
    this.#enter('COOKING', reason);
  }

  end(status: 'COMPLETED' | 'ABORTED' | 'ERROR', reason?: string): void {
    this.cook.interruption = null;
    this.#report({ temperature: readTemperature(this.cook) });
    this.#enter(status, reason);
  }

  #begin(): void {
    this.#enter('COOKING');
    this.#reportStage({});
    this.#reportIfDue();
  }

  #passSecond(): void {
    const { cook } = this;
    cook.elapsedSeconds += 1;
    this.#meetMishap();
    if (hasEnded(cook)) return;
    if (cook.status === 'PAUSED') heatPot(cook.pot, undefined, false);
    else this.#cookSecond();
    if (!hasEnded(cook)) this.#reportIfDue();
  }

  #cookSecond(): void {
    const { cook } = this;
    const stage = this.#stage;
    for (const portion of dispense(cook.dispensing, cook.stageSeconds)) addPortion(cook.pot, portion);
    const target = cook.interruption?.kind === 'POWER_ANOMALY' ? undefined : stage.temp_target;
    const sensed = cook.pot.sensed;
    heatPot(cook.pot, target, stage.stir === true && cook.interruption?.kind !== 'MOTOR_STALL');
    // A sensor that does not answer leaves the controller with what it said last.
    if (cook.interruption?.kind === 'SENSOR_FAILURE') cook.pot.sensed = sensed;
    look(cook.camera, cook.pot.sensed, stage.temp_target, cook.random);
    cook.stageSeconds += 1;
    const isOnTarget = Math.abs(cook.pot.sensed - (stage.temp_target ?? 0)) <= ON_TARGET_CELSIUS;
    cook.onTargetSeconds = isOnTarget ? cook.onTargetSeconds + 1 : 0;
    const result = this.#stageResult(stage);
    if (result) this.#finishStage(result);
  }

  #stageResult(stage: KitchenStage): StageResult | undefined {
    const { cook } = this;
    const planned = plannedSeconds(stage);
    if (isSure(cook.camera, cook.stageSeconds, planned)) return 'camera';
    const isHot = cook.onTargetSeconds >= ON_TARGET_SECONDS && cook.dispensing.length === 0;
    if (endsByTemperature(stage) && isHot && cook.stageSeconds >= planned * LEAST_PART_OF_HEATING)
      return 'temperature';
    return cook.stageSeconds >= planned ? 'timer' : undefined;
  }

  #finishStage(previousResult: StageResult): void {
    const { cook } = this;
    const { check, confidence } = cook.camera;
    const previousDurationSeconds = cook.stageSeconds;
    const left = cook.dispensing; // a stage too short for its dispensers hands the rest to the next one
    cook.stageIndex += 1;
    if (cook.stageIndex === cook.stages.length) {
      this.end('COMPLETED');
      return;
    }
    cook.stageSeconds = 0;
    cook.onTargetSeconds = 0;
    cook.dispensing = [...left, ...planDispensing(this.#stage)];
    cook.camera = aimCamera(this.#stage.cv_check, plannedSeconds(this.#stage), cook.random);
    const cvConfidence = check === null ? {} : { cvConfidence: Math.round(confidence * 100) / 100 };
    this.#reportStage({ previousDurationSeconds, previousResult, ...cvConfidence });
    cook.nextReadingAt = cook.elapsedSeconds;
  }

  #meetMishap(): void {
    const { cook } = this;
    const { interruption, elapsedSeconds } = cook;
    if (interruption) {
      if (cook.status === 'PAUSED' && elapsedSeconds - interruption.sinceSeconds > LONGEST_PAUSE_SECONDS) {
        this.end('ERROR', 'PAUSE_TIMEOUT');
      } else if (interruption.untilSeconds !== null && elapsedSeconds >= interruption.untilSeconds) {
        if (cook.status === 'PAUSED')
          this.resume(interruption.kind === 'PAUSE' ? 'USER_RESUMED' : 'POT_RETURNED');
        cook.interruption = null;
      }
      return;
    }
    const next = cook.mishaps[0];
    if (!next || next.atSeconds > elapsedSeconds) return;
    cook.mishaps.shift();
    this.#suffer(next);
  }

  #suffer({ kind, durationSeconds }: Mishap): void {
    const { cook } = this;
    if (kind === 'CV_FAILURE' && cook.camera.check === null) return; // nobody notices
    if (kind === 'MOTOR_STALL' && this.#stage.stir !== true) return;
    const alert = alertOf(kind);
    if (alert) this.#report({ alert });
    const untilSeconds = cook.elapsedSeconds + durationSeconds;
    if (kind === 'STOP') this.end('ABORTED', 'USER_STOPPED');
    else if (kind === 'PAUSE') this.pause(kind, untilSeconds, 'USER_PAUSED');
    else if (kind === 'POT_REMOVED') this.pause(kind, untilSeconds, kind);
    else if (kind === 'CV_FAILURE') cook.camera.check = null;
    else cook.interruption = { kind, sinceSeconds: cook.elapsedSeconds, untilSeconds };
  }

  #reportIfDue(): void {
    const { cook } = this;
    if (cook.elapsedSeconds >= cook.nextReadingAt) {
      this.#report({ temperature: readTemperature(cook) });
      cook.nextReadingAt = cook.elapsedSeconds + drawInteger(cook.random, 5, 10);
    }
    if (cook.elapsedSeconds >= cook.nextHeartbeatAt) {
      this.#report({ heartbeat: readHeartbeat(cook.random, cook.uptimeSeconds + cook.elapsedSeconds) });
      cook.nextHeartbeatAt = cook.elapsedSeconds + HEARTBEAT_SECONDS;
    }
  }

  #enter(sessionStatus: CookStatus, reason?: string): void {
    this.cook.status = sessionStatus;
    this.#report({ status: { sessionStatus, ...(reason === undefined ? {} : { reason }) } });
  }

  #reportStage(previous: {
    previousDurationSeconds?: number;
    previousResult?: StageResult;
    cvConfidence?: number;
  }): void {
    const { stageIndex, stages } = this.cook;
    this.#report({
      stageChange: { stageIndex, stageName: this.#stage.name, totalStages: stages.length, ...previous },
    });
  }

  #report(reading: Reading): void {
    this.readings.push({ atSeconds: this.cook.elapsedSeconds, reading });
  }

  get #stage(): KitchenStage {
    return currentStage(this.cook);
  }
}
