import { randomInt, randomUUID } from 'node:crypto';
import {
  advanceCook,
  type Cook,
  type CookProgress,
  createCook,
  hasEnded,
  pauseCook,
  resumeCook,
  stopCook,
} from '../kitchen/cook.js';
import { createRandom } from '../kitchen/random.js';
import { type Ask, Catalogue } from './catalogue.js';
import { nowMicroseconds } from './clock.js';
import { CloudError } from './cloud.js';
import { type Command, START_COOKING, THIS_APPLIANCE, type ThisAppliance } from './documents.js';
import type { SimulatorLog } from './log.js';
import type { CookPlan, Memory } from './memory.js';
import type { Verdict } from './obedience.js';
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

/** The states of a command that waits for this robot's word. */
const OPEN: ReadonlySet<string> = new Set(['PENDING', 'DELIVERED']);

/** What a robot is for: one dish after another. Its methods throw when the robot is switched off. */
export class Cooking {
  readonly #parts: CookingParts;
  readonly #catalogue: Catalogue;
  /** The cook to which the robot has said yes, while the cloud has not said so too. */
  #promised: string | null = null;
  #wasStopped = false;

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
    const leastMs = this.#wasStopped ? timing.afterStop : timing.tick;
    this.#wasStopped = false;
    if (!memory.cooking) await rest(Math.max(leastMs, seconds * 1000));
  }

  /** What the robot says to a command, and does when that was accepted. */
  async judge({ kind, payload, session }: Command): Promise<Verdict> {
    switch (kind) {
      case 'COOK': {
        const { session_uuid, recipe_id } = payload as { session_uuid: string; recipe_id: string };
        return this.#judgeCook(session_uuid, recipe_id);
      }
      case 'PAUSE':
        return this.#judgeChange(session?.uuid, pauseCook);
      case 'RESUME':
        return this.#judgeChange(session?.uuid, resumeCook);
      case 'STOP':
        return { accepted: true, carryOut: () => this.#stop(session?.uuid) };
      case 'RECIPE_SYNC':
        return { accepted: true, carryOut: () => this.#catalogue.forget() };
      default:
        return { accepted: false, message: 'This robot does not know how.' };
    }
  }

  async #judgeCook(sessionUuid: string, recipeUuid: string): Promise<Verdict> {
    const { memory, timing, signal, outbox } = this.#parts;
    // It is about to announce a cook of its own: which of the two is on, the cloud decides.
    while (memory.plan && memory.plan.sessionUuid !== sessionUuid) {
      await sleep(timing.tick / 4, signal);
      signal.throwIfAborted();
    }
    if (memory.cooking?.sessionUuid === sessionUuid) return { accepted: true };
    if (memory.cooking || this.#promised !== null) return { accepted: false, message: 'Another dish is on.' };
    this.#promised = sessionUuid;
    const recipe = await this.#catalogue.find(recipeUuid).catch((error: unknown) => {
      this.#promised = null;
      throw error;
    });
    if (!recipe) {
      this.#promised = null;
      return { accepted: false, message: 'This robot does not have the recipe.' };
    }
    return {
      accepted: true,
      carryOut: () => {
        this.#promised = null;
        this.#lightTheStove({ sessionUuid, recipe });
        return outbox.commit();
      },
      giveUp: (wasAccepted) => {
        this.#promised = null;
        if (!wasAccepted) return;
        const status = { sessionStatus: 'ABORTED', reason: 'ANSWER_TOO_LATE' } as const;
        outbox.add({ status }, sessionUuid, nowMicroseconds());
        return outbox.commit();
      },
    };
  }

  #judgeChange(sessionUuid: string | undefined, change: (cook: Cook) => CookProgress): Verdict {
    const { cooking } = this.#parts.memory;
    if (!cooking || cooking.sessionUuid !== sessionUuid)
      return { accepted: false, message: 'That cook is not on.' };
    return { accepted: true, carryOut: () => this.#change(sessionUuid, change) };
  }

  /** Without a session, whatever is on; what is not on is stopped already. */
  #stop(sessionUuid: string | undefined): Promise<void> {
    this.#wasStopped = true;
    return this.#change(sessionUuid, stopCook);
  }

  async #change(sessionUuid: string | undefined, change: (cook: Cook) => CookProgress): Promise<void> {
    const { memory, outbox } = this.#parts;
    const { cooking } = memory;
    if (!cooking || (sessionUuid !== undefined && cooking.sessionUuid !== sessionUuid)) return;
    const { cook, readings } = change(cooking.cook);
    for (const { reading } of readings) outbox.add(reading, cooking.sessionUuid, nowMicroseconds());
    memory.cooking = hasEnded(cook) ? null : { ...cooking, cook };
    await outbox.commit();
  }

  /** Announces the next dish to the cloud; the same again until it took it. False when there is nothing to cook yet. */
  async #start(): Promise<boolean> {
    const { memory, outbox, rest, ask, timing } = this.#parts;
    if (this.#promised !== null) {
      await rest(timing.tick);
      return false;
    }
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
    memory.plan = null;
    this.#lightTheStove(plan);
    return true;
  }

  #lightTheStove({ sessionUuid, recipe }: CookPlan): void {
    const { memory, deviceId, log, uptimeSeconds } = this.#parts;
    const random = createRandom(randomInt(2 ** 32));
    const cook = createCook({ stages: recipe.stages, random, uptimeSeconds: uptimeSeconds() });
    memory.cooking = { sessionUuid, recipeName: recipe.name, cook };
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

  /**
   * The cloud believes in a cook that this robot knows nothing of: it is over, unless somebody has just ordered it. False
   * where there is no such cook.
   */
  async #endUnknownCook(): Promise<boolean> {
    const { memory, outbox, ask, deviceId, log, timing, signal, isPaired, rest } = this.#parts;
    const { thisAppliance } = await ask<ThisAppliance>(THIS_APPLIANCE, {});
    const session = thisAppliance?.currentSession;
    if (!session) return false;
    const sessionId = session.uuid;
    const isOrdered = session.commands.some(({ kind, state }) => kind === 'COOK' && OPEN.has(state));
    if (isOrdered || sessionId === this.#promised || sessionId === memory.cooking?.sessionUuid) {
      memory.plan = null; // the order has its way
      await rest(timing.tick);
      return true;
    }
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
