import { randomInt, randomUUID } from 'node:crypto';
import { advanceCook, createCook, hasEnded, stopCook } from '../kitchen/cook.js';
import { createRandom } from '../kitchen/random.js';
import { type Ask, Catalogue } from './catalogue.js';
import { nowMicroseconds } from './clock.js';
import { CloudError } from './cloud.js';
import { START_COOKING, THIS_APPLIANCE, type ThisAppliance } from './documents.js';
import type { SimulatorLog } from './log.js';
import type { CookPlan, Memory } from './memory.js';
import type { Outbox } from './outbox.js';
import type { Timing } from './timing.js';
import { sleep } from './waiting.js';

/** The parts of a robot that cooking needs. */
export interface CookingParts {
  deviceId: string;
  memory: Memory;
  outbox: Outbox;
  ask: Ask;
  /** Cooking seconds in a real one. */
  speed: number;
  timing: Timing;
  log: SimulatorLog;
  signal: AbortSignal;
  isPaired: () => boolean;
  onUnpaired: () => void;
  /** Idles for so many milliseconds; throws when the robot is switched off meanwhile. */
  rest: (ms: number) => Promise<void>;
  uptimeSeconds: () => number;
}

/** A machine that slept does not make up for the night: the pot was cold. */
const LONGEST_TICK_SECONDS = 10;
/** What people take to plate one dish and fill the boxes for the next, in cooking seconds. */
const REST_SECONDS = [60, 180] as const;

/** What a robot is for: one dish after another. Its methods throw when the robot is switched off. */
export class Cooking {
  readonly #parts: CookingParts;
  readonly #catalogue: Catalogue;

  constructor(parts: CookingParts) {
    this.#parts = parts;
    this.#catalogue = new Catalogue(parts.ask);
  }

  /** Its home is gone: what was cooking belongs to nobody who watches. */
  async abandon(): Promise<void> {
    const { memory, outbox } = this.#parts;
    if (!memory.cooking) return;
    const { cook, sessionUuid } = memory.cooking;
    for (const { reading } of stopCook(cook, 'UNPAIRED').readings) {
      outbox.add(reading, sessionUuid, nowMicroseconds());
    }
    memory.cooking = null;
    await outbox.commit();
  }

  /** Cooks the dish that it was cooking or else another one, then rests; returns early when the home is gone. */
  async cookNext(): Promise<void> {
    const { memory, rest, speed, timing } = this.#parts;
    if (!memory.cooking && !(await this.#start())) return;
    await this.#cook();
    const [least, most] = REST_SECONDS;
    const seconds = (least + (most - least) * Math.random()) / speed;
    if (!memory.cooking) await rest(Math.max(timing.tick, seconds * 1000));
  }

  /** Announces the next dish to the cloud; the same again until it took it. False when there is nothing to cook yet. */
  async #start(): Promise<boolean> {
    const { memory, outbox, rest, ask, timing } = this.#parts;
    const recipe = memory.plan?.recipe ?? (await this.#catalogue.pick());
    if (!recipe) {
      this.#catalogue.forget();
      await rest(timing.longestRetry);
      return false;
    }
    const plan = memory.plan ?? { sessionUuid: randomUUID(), recipe };
    memory.plan = plan;
    await outbox.commit();
    try {
      await ask(START_COOKING, { input: { recipeId: recipe.id, sessionUuid: plan.sessionUuid } });
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      await this.#meetRefusal(error);
      return false;
    }
    this.#lightTheStove(plan);
    return true;
  }

  #lightTheStove({ sessionUuid, recipe }: CookPlan): void {
    const { memory, deviceId, log, uptimeSeconds } = this.#parts;
    const random = createRandom(randomInt(2 ** 32));
    const cook = createCook({ stages: recipe.stages, random, uptimeSeconds: uptimeSeconds() });
    memory.cooking = { sessionUuid, recipeName: recipe.name, cook };
    memory.plan = null;
    log.info({ deviceId, sessionId: sessionUuid, recipe: recipe.name }, 'cooking');
  }

  async #meetRefusal({ code, message }: CloudError): Promise<void> {
    const { memory, deviceId, log, timing, rest, onUnpaired } = this.#parts;
    if (code === 'FORBIDDEN') {
      onUnpaired();
      return;
    }
    if (code === 'CONFLICT' && (await this.#endUnknownCook())) return;
    log.warn({ deviceId, code, reason: message }, 'the cloud refuses the cook; choosing another');
    memory.plan = null;
    this.#catalogue.forget();
    await rest(timing.pairingPoll);
  }

  /** The cloud believes in a cook that this robot knows nothing of: it is over. False where there is no such cook. */
  async #endUnknownCook(): Promise<boolean> {
    const { outbox, ask, deviceId, log, timing, signal, isPaired } = this.#parts;
    const { thisAppliance } = await ask<ThisAppliance>(THIS_APPLIANCE, {});
    const sessionId = thisAppliance?.currentSession?.uuid;
    if (sessionId === undefined) return false;
    log.warn({ deviceId, sessionId }, 'ending a cook that this robot does not remember');
    outbox.add({ status: { sessionStatus: 'ABORTED', reason: 'FORGOTTEN' } }, sessionId, nowMicroseconds());
    await outbox.commit();
    while (!outbox.isEmpty && isPaired()) {
      await sleep(timing.tick / 4, signal);
      signal.throwIfAborted();
    }
    return true;
  }

  /** Cooks until the dish is done, the home is gone or the robot is switched off. */
  async #cook(): Promise<void> {
    const { memory, outbox, timing, speed, signal, isPaired } = this.#parts;
    let last = performance.now();
    for (;;) {
      const now = performance.now();
      this.#advance(Math.min(LONGEST_TICK_SECONDS, (now - last) / 1000) * speed);
      last = now;
      await outbox.commit();
      if (!memory.cooking || !isPaired()) return;
      await sleep(timing.tick, signal);
      signal.throwIfAborted();
    }
  }

  /** Lets cooking time pass; its end is now, and each reading has its own moment on the way. */
  #advance(seconds: number): void {
    const { memory, outbox, speed, log, deviceId } = this.#parts;
    if (!memory.cooking) return;
    const { cook: before, sessionUuid, recipeName } = memory.cooking;
    const { cook, readings } = advanceCook(before, seconds);
    const end = before.elapsedSeconds + before.carrySeconds + seconds;
    const now = nowMicroseconds();
    for (const { reading, atSeconds } of readings) {
      outbox.add(reading, sessionUuid, now - ((end - atSeconds) / speed) * 1_000_000);
    }
    memory.cooking = hasEnded(cook) ? null : { sessionUuid, recipeName, cook };
    if (hasEnded(cook)) {
      const fields = { deviceId, sessionId: sessionUuid, recipe: recipeName };
      log.info({ ...fields, status: cook.status }, 'the cook is over');
    }
  }
}
