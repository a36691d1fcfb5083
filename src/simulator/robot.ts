import { randomInt } from 'node:crypto';
import { createRandom } from '../kitchen/random.js';
import { readHeartbeat } from '../kitchen/sensors.js';
import { nowMicroseconds } from './clock.js';
import { Cloud, CloudError } from './cloud.js';
import { Cooking } from './cooking.js';
import { type Command, THIS_APPLIANCE, type ThisAppliance } from './documents.js';
import { admit, type Identity, PairingDisplay } from './identity.js';
import type { SimulatorLog } from './log.js';
import { createMemory, type Memory, MemoryFiles } from './memory.js';
import { Obedience, type Verdict } from './obedience.js';
import { Outbox } from './outbox.js';
import { Patience } from './patience.js';
import type { Timing } from './timing.js';
import { sleep } from './waiting.js';

export interface RobotOptions {
  url: string;
  /** Cooking seconds in a real one. */
  speed: number;
  stateDir: string;
  identity: Identity;
  /** Real time before its first cook. */
  firstCookMs: number;
  timing: Timing;
  log: SimulatorLog;
}

/** Refusals that the same request would meet again. */
const LASTING = new Set([
  ...['CONFLICT', 'FORBIDDEN', 'NOT_FOUND', 'VALIDATION_ERROR', 'BAD_USER_INPUT'],
  ...['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED', 'QUERY_TOO_COMPLEX'],
]);

/** An appliance: cooks dish after dish, and tells the cloud. All it knows of the cloud came over the network. */
export class Robot {
  readonly #options: RobotOptions;
  readonly #switch = new AbortController();
  readonly #cloud: Cloud;
  readonly #files: MemoryFiles;
  readonly #patience: Patience;
  readonly #display: PairingDisplay;
  readonly #random = createRandom(randomInt(2 ** 32));
  readonly #switchedOnAt = performance.now();
  #isPaired = false;
  #nextHeartbeatAt = 0;

  constructor(options: RobotOptions) {
    const { url, timing, identity, stateDir, log } = options;
    this.#options = options;
    this.#cloud = new Cloud(url, timing.requestTimeout);
    this.#files = new MemoryFiles(stateDir, identity.deviceId);
    this.#patience = new Patience(log, { deviceId: identity.deviceId }, timing);
    this.#display = new PairingDisplay(this.#ask, identity.deviceId, log);
  }

  /** `run` then sends what it can in `timing.flush`, saves the rest and resolves. */
  switchOff(): void {
    this.#switch.abort();
  }

  /** Runs until switched off, whatever the cloud does. Never throws. */
  async run(): Promise<void> {
    const { log, identity, timing } = this.#options;
    const { signal } = this.#switch;
    const trouble = new Patience(log, { deviceId: identity.deviceId }, timing);
    while (!signal.aborted) {
      try {
        await this.#live();
      } catch (error) {
        if (error === signal.reason) return;
        if (error instanceof CloudError) trouble.delayAfter(error);
        else log.error({ deviceId: identity.deviceId, err: error }, 'the robot stumbled; it starts again');
        await sleep(timing.refusedRetry, signal);
      }
    }
  }

  async #live(): Promise<void> {
    const { signal } = this.#switch;
    const memory = await this.#remember();
    const outbox = this.#openOutbox(memory);
    const cooking = this.#openKitchen(memory, outbox);
    const sending = outbox.run();
    const obedience = this.#openLine(memory, cooking);
    const listening = obedience.run();
    try {
      while (!signal.aborted) {
        await this.#untilPaired(cooking);
        await this.#rest(memory, outbox, memory.cooking || memory.plan ? 0 : this.#options.firstCookMs);
        while (this.#isPaired && !signal.aborted) await cooking.cookNext();
      }
    } finally {
      obedience.close();
      await listening;
      await outbox.close(sending);
      await this.#files.saveMemory(memory);
    }
  }

  /** Reads the memory and gets admitted to the cloud; a robot with a new identity has no cook to remember. */
  async #remember(): Promise<Memory> {
    const { identity, log } = this.#options;
    const memory = (await this.#readMemory()) ?? createMemory();
    const { token, isNew } = await admit(this.#files, identity, this.#ask, this.#display, log);
    this.#cloud.token = token;
    if (!isNew) return memory;
    return {
      ...createMemory(),
      deviceSequence: memory.deviceSequence,
      lastRecordedAt: memory.lastRecordedAt,
    };
  }

  async #readMemory(): Promise<Memory | undefined> {
    try {
      return await this.#files.readMemory();
    } catch (error) {
      const { log, identity } = this.#options;
      log.error({ deviceId: identity.deviceId, err: error }, 'the memory cannot be read; starting without');
      return undefined;
    }
  }

  #openOutbox(memory: Memory): Outbox {
    const { timing, log, identity } = this.#options;
    const { deviceId } = identity;
    return new Outbox({
      ...{ memory, files: this.#files, cloud: this.#cloud, timing, log, deviceId },
      onUnpaired: this.#loseHome,
      onUnknownSession: (sessionId) => {
        if (memory.cooking?.sessionUuid !== sessionId) return;
        log.warn({ deviceId, sessionId }, 'the cloud does not know this cook; giving it up');
        memory.cooking = null;
      },
    });
  }

  #openKitchen(memory: Memory, outbox: Outbox): Cooking {
    const { speed, timing, log, identity } = this.#options;
    return new Cooking({
      ...{ memory, outbox, speed, timing, log, deviceId: identity.deviceId },
      ask: this.#ask,
      signal: this.#switch.signal,
      isPaired: () => this.#isPaired,
      onUnpaired: this.#loseHome,
      rest: (ms) => this.#rest(memory, outbox, ms),
      uptimeSeconds: this.#uptimeSeconds,
    });
  }

  #openLine(memory: Memory, cooking: Cooking): Obedience {
    const { timing, log, identity } = this.#options;
    return new Obedience({
      ...{ cloud: this.#cloud, ask: this.#ask, timing, log, deviceId: identity.deviceId },
      judge: (command) => this.#judge(command, memory, cooking),
      isPaired: () => this.#isPaired,
    });
  }

  readonly #loseHome = (): void => {
    this.#isPaired = false;
  };

  readonly #uptimeSeconds = (): number => (performance.now() - this.#switchedOnAt) / 1000;

  /** Sends a document again and again until the cloud answers, or refuses for a reason that will not pass. */
  readonly #ask = async <T>(document: string, variables: object): Promise<T> => {
    const { signal } = this.#switch;
    for (;;) {
      signal.throwIfAborted();
      try {
        const answer = await this.#cloud.request<T>(document, variables, signal);
        this.#patience.reset();
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof CloudError && LASTING.has(error.code)) throw error;
        await sleep(this.#patience.delayAfter(error), signal);
      }
    }
  };

  async #untilPaired(cooking: Cooking): Promise<void> {
    for (;;) {
      const { thisAppliance } = await this.#ask<ThisAppliance>(THIS_APPLIANCE, {});
      if (thisAppliance) break;
      await cooking.abandon();
      await this.#display.show();
      await sleep(this.#options.timing.pairingPoll, this.#switch.signal);
    }
    this.#isPaired = true;
    this.#nextHeartbeatAt = 0;
  }

  /** Idles for `ms` of real time, with a heartbeat now and then; ends early when the home is gone or a dish is ordered. */
  async #rest(memory: Memory, outbox: Outbox, ms: number): Promise<void> {
    const { signal } = this.#switch;
    const { timing } = this.#options;
    const isDisturbed = () => !this.#isPaired || memory.cooking !== null;
    const until = performance.now() + ms;
    for (let now = performance.now(); now < until && !isDisturbed(); now = performance.now()) {
      if (now >= this.#nextHeartbeatAt) {
        this.#nextHeartbeatAt = now + timing.heartbeat;
        await this.#sendHeartbeat(memory, outbox);
      }
      await sleep(Math.min(until, this.#nextHeartbeatAt, now + timing.tick) - now, signal);
      signal.throwIfAborted();
    }
  }

  /** The robot installs firmware itself; everything else is for its kitchen. */
  #judge(command: Command, memory: Memory, cooking: Cooking): Promise<Verdict> | Verdict {
    if (command.kind !== 'OTA') return cooking.judge(command);
    const { target, version } = command.payload as { target: string; version: string };
    return {
      accepted: true,
      carryOut: () => {
        memory.firmware = {
          ...memory.firmware,
          [target === 'cm5' ? 'firmwareVersionCm5' : 'firmwareVersionStm32']: version,
        };
        this.#nextHeartbeatAt = 0;
      },
    };
  }

  async #sendHeartbeat(memory: Memory, outbox: Outbox): Promise<void> {
    const { firmwareVersionCm5, firmwareVersionStm32 } = { ...this.#options.identity, ...memory.firmware };
    const heartbeat = readHeartbeat(this.#random, this.#uptimeSeconds());
    const reading = { heartbeat: { ...heartbeat, firmwareVersionCm5, firmwareVersionStm32 } };
    outbox.add(reading, undefined, nowMicroseconds());
    await outbox.commit();
  }
}
