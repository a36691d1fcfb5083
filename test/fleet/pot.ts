import { randomUUID } from 'node:crypto';
import { fromMicroseconds } from '../../src/instant.js';
import { drawChance, drawInteger, type Random } from '../../src/kitchen/random.js';
import { pick } from '../faults/chance.js';
import { heartbeat } from '../faults/cook.js';
import { type Reading, storedForm } from '../faults/forms.js';
import type { SentEvent } from '../faults/history.js';
import type { CookingLog, RobotCook, Store } from './store.js';

/** Beyond this a robot has enough to tell for one run. */
const MOST_WAITING = 2_000;

/** Cooks, online or not, and writes down what happens: all of it is in the store. */
export class Pot {
  /** How far the robot's clock is ahead of the real one. */
  skewMs = 0;
  readonly #applianceId: string;
  readonly #store: Store;
  readonly #random: Random;
  readonly #onCook: (cook: RobotCook) => void;

  constructor(applianceId: string, store: Store, random: Random, onCook: (cook: RobotCook) => void) {
    this.#applianceId = applianceId;
    this.#store = store;
    this.#random = random;
    this.#onCook = onCook;
  }

  /** What happens within a moment. */
  live(mayBegin: boolean): void {
    const random = this.#random;
    const { cook, waiting } = this.#store;
    if (waiting.size > MOST_WAITING) return;
    if (!cook) {
      if (drawChance(random, 0.05)) this.#make(null, heartbeat(random));
      if (mayBegin && drawChance(random, 0.08)) this.begin(randomUUID(), false, 'hungry');
    } else if (Date.now() >= cook.endsAt) this.end(pick(random, ['completed', 'completed', 'error']), 'done');
    else if (!cook.isPaused) this.#goOn(cook);
  }

  begin(sessionId: string, isKnown: boolean, reason: string, recipeId?: string): void {
    const recipes = [...this.#store.recipes.keys()];
    const chosen = recipeId ?? (recipes.length > 0 ? pick(this.#random, recipes) : undefined);
    if (chosen === undefined) return;
    const cook: RobotCook = {
      ...{
        sessionId,
        isKnown,
        recipeId: chosen,
        startedAt: this.#now(),
        stages: [],
        peak: 0,
        isPaused: false,
      },
      endsAt: Date.now() + drawInteger(this.#random, 3_000, 15_000),
      uploaded: -1,
      earlier: [],
    };
    this.#store.cook = cook;
    this.#store.cooks.set(sessionId, cook);
    this.#onCook(cook);
    this.#status('COOKING', reason);
  }

  pause(isPaused: boolean, reason: string): void {
    const { cook } = this.#store;
    if (!cook) return;
    cook.isPaused = isPaused;
    this.#status(isPaused ? 'PAUSED' : 'COOKING', reason);
  }

  end(status: CookingLog['status'], reason: string): void {
    const { cook } = this.#store;
    if (!cook) return;
    const { recordedAt } = this.#status(status.toUpperCase(), reason);
    this.#store.cook = undefined;
    cook.log = {
      ...{ id: cook.sessionId, recipe_id: cook.recipeId, status, started_at: cook.startedAt },
      ...{ completed_at: recordedAt, stages_log: cook.stages, peak_temperature: cook.peak, revision: 0 },
      total_duration_s: Math.round((Date.parse(recordedAt) - Date.parse(cook.startedAt)) / 1000),
    };
  }

  /** A log that was uploaded turns out to be wrong. */
  correct(): void {
    const told = [...this.#store.cooks.values()].filter(({ log, uploaded }) => log?.revision === uploaded);
    const cook = told.length > 0 ? pick(this.#random, told) : undefined;
    if (!cook?.log) return;
    cook.earlier.push(cook.log);
    cook.log = { ...cook.log, revision: cook.log.revision + 1, peak_temperature: cook.peak + 1 };
  }

  #goOn(cook: RobotCook): void {
    const random = this.#random;
    const temperature = drawInteger(random, 200, 2200) / 10;
    cook.peak = Math.max(cook.peak, temperature);
    this.#make(cook.sessionId, {
      temperature: { temperature, targetTemperature: 180, stirActive: drawChance(random, 0.5) },
    });
    if (!drawChance(random, 0.1)) return;
    const stageName = `Stage ${cook.stages.length + 1}`;
    cook.stages.push({ stage: stageName, duration_s: 60, result: 'timer', cv_confidence: 0.5 });
    this.#make(cook.sessionId, {
      stageChange: { stageIndex: cook.stages.length, stageName, totalStages: 6 },
    });
  }

  #status(sessionStatus: string, reason: string): SentEvent {
    return this.#make(this.#store.cook?.sessionId ?? null, { status: { sessionStatus, reason } });
  }

  /** The clock may be wrong, and may be set right; the robot never gives out a time twice, or an earlier one. */
  #now(): string {
    const now = (Date.now() + this.skewMs) * 1000;
    this.#store.lastRecordedAt = Math.max(now, this.#store.lastRecordedAt + 1);
    return fromMicroseconds(this.#store.lastRecordedAt);
  }

  #make(sessionId: string | null, reading: Reading): SentEvent {
    this.#store.deviceSequence += 1;
    const event: SentEvent = {
      applianceId: this.#applianceId,
      deviceSequence: this.#store.deviceSequence,
      recordedAt: this.#now(),
      sessionId,
      ...storedForm(reading),
    };
    this.#store.readings.set(event, reading);
    this.#store.waiting.add(event);
    return event;
  }
}
