import type { Identity } from './identity.js';
import type { SimulatorLog } from './log.js';
import { Robot } from './robot.js';
import { TIMING, type Timing } from './timing.js';

/** A robot to simulate; a token that was made for it is kept in the simulator's files from then on. */
export type SimulatedRobot = Pick<Identity, 'deviceId' | 'serialNumber' | 'token'> &
  Partial<Pick<Identity, 'firmwareVersionCm5' | 'firmwareVersionStm32'>>;

export interface SimulatorOptions {
  /** Where the API listens, such as `http://127.0.0.1:4000`. */
  url: string;
  /** Cooking seconds in a real one. */
  speed: number;
  /** Where the robots keep their tokens and memories; made when it is not there. */
  stateDir: string;
  robots: readonly SimulatedRobot[];
  log: SimulatorLog;
  /** For tests in a hurry. */
  timing?: Partial<Timing>;
}

export interface Simulator {
  /**
   * Switches the robots off: they send what they can within two seconds and save the rest; cooks go on where they
   * stood when a simulator starts again on the same `stateDir`.
   */
  stop(): Promise<void>;
}

const FIRMWARE = { firmwareVersionCm5: '1.4.2', firmwareVersionStm32: '0.9.7' } as const;

/** Switches the robots on: each cooks dish after dish until `stop`, whatever becomes of the cloud meanwhile. */
export function startSimulator({
  url,
  speed,
  stateDir,
  robots,
  log,
  ...options
}: SimulatorOptions): Simulator {
  const timing = { ...TIMING, ...options.timing };
  const switchedOn = robots.map((robot, place) => {
    const identity = { ...FIRMWARE, ...robot };
    const firstCookMs = timing.firstCook + place * timing.stagger;
    return new Robot({ url, speed, stateDir, identity, firstCookMs, timing, log });
  });
  const stopped = Promise.all(switchedOn.map((robot) => robot.run()));
  return {
    stop: async () => {
      for (const robot of switchedOn) robot.switchOff();
      await stopped;
    },
  };
}
