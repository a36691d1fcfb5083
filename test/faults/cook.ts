import { drawChance, drawInteger, type Random } from '../../src/kitchen/random.js';
import { pick } from './chance.js';
import type { Reading } from './forms.js';

/** What the camera sees, at its longest: a flood of these fills the network's buffers. */
const LONG_CLASS = 'x'.repeat(100);
const STAGES = ['Heat oil', 'Fry cumin', 'Add dal', 'Simmer'];

/** What one cook reports: the readings of each moment, and at last its end. */
export class Cook {
  readonly sessionId: string;
  readonly #random: Random;
  readonly #endsAt: number;
  #status: 'COOKING' | 'PAUSED' | null = null;
  #stage = -1;
  #floodUntil = 0;

  constructor(sessionId: string, random: Random, durationMs: number) {
    this.sessionId = sessionId;
    this.#random = random;
    this.#endsAt = Date.now() + durationMs;
  }

  get isOver(): boolean {
    return Date.now() >= this.#endsAt;
  }

  /** Readings come thick and fast for so long. */
  flood(durationMs: number): void {
    this.#floodUntil = Date.now() + durationMs;
  }

  /** What the device has to tell at this moment, a few times a second. */
  next(): Reading[] {
    const random = this.#random;
    if (this.#status === null) {
      this.#status = 'COOKING';
      return [status('COOKING', 'begun')];
    }
    if (Date.now() < this.#floodUntil) {
      const flood = Array.from({ length: 150 }, () => this.#temperature(LONG_CLASS));
      return drawChance(random, 0.1) ? [...flood, this.#alert()] : flood;
    }
    const readings = Array.from({ length: drawInteger(random, 1, 3) }, () => this.#temperature('onion'));
    if (drawChance(random, 0.08)) readings.push(this.#nextStage());
    if (drawChance(random, 0.05)) readings.push(this.#toggle());
    if (drawChance(random, 0.05)) readings.push(this.#alert());
    if (drawChance(random, 0.1)) readings.push(heartbeat(random));
    return readings;
  }

  end(): Reading {
    return status(pick(this.#random, ['COMPLETED', 'ABORTED', 'ERROR']), 'ended');
  }

  #temperature(cvClass: string): Reading {
    const random = this.#random;
    return {
      temperature: {
        temperature: drawInteger(random, 200, 2200) / 10,
        targetTemperature: 180,
        progressPercent: drawInteger(random, 0, 100),
        ...(drawChance(random, 0.5) ? { secondsRemaining: drawInteger(random, 0, 3600) } : {}),
        stirActive: drawChance(random, 0.5),
        cvClass,
      },
    };
  }

  #nextStage(): Reading {
    this.#stage = (this.#stage + 1) % STAGES.length;
    return {
      stageChange: {
        stageIndex: this.#stage,
        stageName: STAGES[this.#stage] as string,
        totalStages: STAGES.length,
      },
    };
  }

  #toggle(): Reading {
    this.#status = this.#status === 'COOKING' ? 'PAUSED' : 'COOKING';
    return status(this.#status, 'somebody pressed the button');
  }

  #alert(): Reading {
    const message = `Alert ${drawInteger(this.#random, 0, 1_000_000)}`;
    return { alert: { code: 'POT_REMOVED', severity: pick(this.#random, ['INFO', 'WARNING']), message } };
  }
}

export function heartbeat(random: Random): Reading {
  return {
    heartbeat: { uptimeSeconds: drawInteger(random, 0, 1_000_000), wifiRssi: -drawInteger(random, 30, 90) },
  };
}

function status(sessionStatus: string, reason: string): Reading {
  return { status: { sessionStatus, reason } };
}
