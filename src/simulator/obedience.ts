import type { Ask } from './catalogue.js';
import { type Cloud, CloudError } from './cloud.js';
import {
  ACKNOWLEDGE_COMMAND,
  APPLIANCE_COMMANDS,
  type Command,
  type CommandAcknowledged,
} from './documents.js';
import type { SimulatorLog } from './log.js';
import { Patience } from './patience.js';
import type { Timing } from './timing.js';
import { sleep } from './waiting.js';

/** What a robot says to a command, and what it does when its yes was accepted, or not in time. */
export interface Verdict {
  accepted: boolean;
  message?: string;
  carryOut?: () => Promise<void> | void;
  /** `wasAccepted`: the cloud counts on it all the same. */
  giveUp?: (wasAccepted: boolean) => Promise<void> | void;
}

export interface ObedienceParts {
  cloud: Cloud;
  ask: Ask;
  /** What to say to a command. */
  judge: (command: Command) => Promise<Verdict> | Verdict;
  isPaired: () => boolean;
  timing: Timing;
  log: SimulatorLog;
  deviceId: string;
}

/** Most commands that are remembered, so that one which comes again is not judged again. */
const MAX_REMEMBERED = 200;

/**
 * Listens for commands and does as it is told, once for each: nothing is done before the cloud has accepted the yes, and
 * nothing when that took too long by the robot's own clock.
 */
export class Obedience {
  readonly #parts: ObedienceParts;
  readonly #patience: Patience;
  readonly #heard = new Set<string>();
  readonly #closing = new AbortController();

  constructor(parts: ObedienceParts) {
    this.#parts = parts;
    this.#patience = new Patience(parts.log, { deviceId: parts.deviceId }, parts.timing);
  }

  /** Ends `run`, which the end of the robot does too. */
  close(): void {
    this.#closing.abort();
  }

  /** Listens until `close`. What is under way then comes to nothing. Throws only on a fault of the program. */
  async run(): Promise<void> {
    const { isPaired, timing } = this.#parts;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      if (!isPaired()) await sleep(timing.pairingPoll, signal);
      else await sleep(await this.#listen(), signal);
    }
  }

  /** Returns how long to wait when the line was lost. */
  async #listen(): Promise<number> {
    const { cloud, timing } = this.#parts;
    const { signal } = this.#closing;
    type Entry = { applianceCommands: Command | null };
    try {
      for await (const { applianceCommands: command } of cloud.stream<Entry>(
        APPLIANCE_COMMANDS,
        timing.lineSilence,
        signal,
      )) {
        this.#patience.reset();
        if (command) this.#hear(command);
      }
      return timing.retry;
    } catch (error) {
      if (signal.aborted) return 0;
      // An unpaired robot learns so in another way.
      if (error instanceof CloudError && error.code === 'FORBIDDEN') return timing.pairingPoll;
      return this.#patience.delayAfter(error);
    }
  }

  /** A STOP must not wait for what came before it: each goes its own way. */
  #hear(command: Command): void {
    if (this.#heard.has(command.id)) return;
    this.#heard.add(command.id);
    for (const oldest of this.#heard) {
      if (this.#heard.size <= MAX_REMEMBERED) break;
      this.#heard.delete(oldest);
    }
    void this.#obey(command);
  }

  /** Never rejects. */
  async #obey(command: Command): Promise<void> {
    const { ask, judge, timing, log, deviceId } = this.#parts;
    const { signal } = this.#closing;
    let verdict: Verdict | undefined;
    try {
      verdict = await judge(command);
      const { accepted, message } = verdict;
      const askedAt = performance.now();
      const { acknowledgeCommand } = await ask<CommandAcknowledged>(ACKNOWLEDGE_COMMAND, {
        input: { commandId: command.id, accepted, message },
      });
      if (signal.aborted) return;
      const wasAccepted = acknowledgeCommand.command.state === 'ACKNOWLEDGED';
      const isLate = performance.now() - askedAt > timing.longestYes;
      const { kind } = command;
      if (!accepted) {
        log.info({ deviceId, kind, reason: message }, 'refused a command');
      } else if (wasAccepted && !isLate) {
        await verdict.carryOut?.();
        log.info({ deviceId, kind }, 'obeyed a command');
      } else {
        await verdict.giveUp?.(wasAccepted);
        log.info({ deviceId, kind }, 'came too late for a command');
      }
    } catch (error) {
      if (signal.aborted) return;
      await verdict?.giveUp?.(false);
      this.#heard.delete(command.id); // it comes again, if it is still wanted
      log.warn({ deviceId, err: error }, 'could not answer a command');
    }
  }
}
