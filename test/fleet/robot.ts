import { setTimeout as sleep } from 'node:timers/promises';
import { fromMicroseconds } from '../../src/instant.js';
import { drawInteger, type Random } from '../../src/kitchen/random.js';
import { randomFor } from '../faults/chance.js';
import type { History } from '../faults/history.js';
import { CommandLine } from './command-line.js';
import { isTold, Obedience } from './obedience.js';
import { Pot } from './pot.js';
import { Reporter } from './reporter.js';
import { type PreferencesChange, type RobotCook, Store } from './store.js';
import { Wire } from './wire.js';

const TICK_MS = 250;

export interface RobotOptions {
  name: string;
  seed: number;
  over: 'http' | 'websocket';
  url: string;
  deviceToken: string;
  applianceId: string;
  history: History;
  signal: AbortSignal;
  onCook: (cook: RobotCook) => void;
}

/**
 * A robot of the fleet: cooks whether or not it is online, keeps everything, and brings the cloud up to date when it can.
 * What it keeps is what the comparison believes.
 */
export class Robot {
  readonly name: string;
  readonly applianceId: string;
  readonly store = new Store();
  readonly wire: Wire;
  readonly reporter: Reporter;
  readonly #pot: Pot;
  readonly #obedience: Obedience;
  readonly #line: CommandLine;
  readonly #random: Random;
  readonly #signal: AbortSignal;
  #isFinishing = false;
  #isOff = false;

  constructor(options: RobotOptions) {
    const { name, seed, applianceId, history, signal, onCook } = options;
    this.name = name;
    this.applianceId = applianceId;
    this.#signal = signal;
    this.#random = randomFor(seed, name);
    this.wire = new Wire(options);
    this.reporter = new Reporter(name, this.store, this.wire, this.#random, history);
    this.#pot = new Pot(applianceId, this.store, this.#random, onCook);
    this.#obedience = new Obedience(this.store, this.#pot, this.wire, signal);
    this.#line = new CommandLine({
      ...options,
      isWanted: () => this.wire.isUp,
      onCommand: (command) => this.#obedience.obey(command, !this.#isFinishing),
    });
  }

  /** Lives until `switchOff`, or the signal. */
  async run(): Promise<void> {
    const listening = this.#line.run();
    while (!this.#isOff && !this.#signal.aborted) {
      if (this.#isFinishing) this.#pot.end('completed', 'the run ends');
      else this.#pot.live(!this.#obedience.isAsked);
      await this.reporter.report(this.#pot.skewMs, this.#isFinishing);
      await sleep(drawInteger(this.#random, TICK_MS / 2, TICK_MS * 1.5), undefined, {
        signal: this.#signal,
      }).catch(() => {});
    }
    this.#line.close();
    this.wire.close();
    await listening;
  }

  switchOff(): void {
    this.#isOff = true;
  }

  /** Ends the present cook, begins no other, comes back online, and makes no event any more once all is told. */
  finish(): void {
    this.#isFinishing = true;
    this.#pot.skewMs = 0;
    this.wire.repair();
  }

  /** Whether the cloud has been told everything. */
  get isSettled(): boolean {
    const { waiting, cooks, untold, cook } = this.store;
    return (
      !cook &&
      !this.#obedience.isAsked &&
      waiting.size + untold.size === 0 &&
      [...cooks.values()].every(isTold)
    );
  }

  goOffline(): void {
    this.wire.cut(false);
    this.#line.drop();
  }

  comeBack(): void {
    this.wire.repair();
  }

  /** Power cut and back: what is stored is there, what was under way is not. */
  restart(): void {
    this.wire.cut(this.wire.isUp);
    this.#line.drop();
  }

  /** By hours, until somebody sets it right. */
  setClockOff(ms: number): void {
    this.#pot.skewMs = ms;
  }

  /** Somebody turns the knobs on the robot. */
  prefer(): void {
    const change = drawPreferences(this.#random);
    this.store.changes.push(change);
    this.store.untold.add(change);
  }

  correct(): void {
    if (!this.#isFinishing) this.#pot.correct();
  }
}

/** All three levels, as of a moment ago: what is from the future would count as of its arrival. */
export function drawPreferences(random: Random): PreferencesChange {
  const level = () => drawInteger(random, 1, 5);
  const updatedAt = fromMicroseconds((Date.now() - 5) * 1000 + drawInteger(random, 0, 4_999));
  return { spiceLevel: level(), saltLevel: level(), oilLevel: level(), updatedAt };
}
