import type { Timing } from '../../src/simulator/timing.js';

/** Everything twenty times as fast, but for the time that a request and a flush may take. */
export const HASTE: Partial<Timing> = {
  tick: 50,
  firstCook: 30,
  stagger: 30,
  heartbeat: 400,
  pairingPoll: 60,
  retry: 40,
  longestRetry: 200,
  refusedRetry: 150,
  afterStop: 200,
};
