/** How long a robot waits for what, in milliseconds of real time; cooking runs by `speed` on top of it. */
export interface Timing {
  /** How often a cook is simulated and saved, and the least time between two batches: at most 60 requests a minute. */
  tick: number;
  /** Before the first cook. */
  firstCook: number;
  /** Between the starts of two robots' first cooks. */
  stagger: number;
  heartbeat: number;
  pairingPoll: number;
  retry: number;
  longestRetry: number;
  /** Before a request is tried again that was refused for a reason which a person has to mend. */
  refusedRetry: number;
  requestTimeout: number;
  /** For the yes of the cloud to a command: one that comes later is void. */
  longestYes: number;
  /** A line for commands on which nothing is heard for so long, not even that it is there, is opened anew. */
  lineSilence: number;
  /** After a person stopped the cook: they may want another one. */
  afterStop: number;
  /** For the last batches when the simulator stops. */
  flush: number;
}

export const TIMING: Timing = {
  tick: 1_000,
  firstCook: 1_500,
  stagger: 2_500,
  heartbeat: 60_000,
  pairingPoll: 5_000,
  retry: 1_000,
  longestRetry: 60_000,
  refusedRetry: 60_000,
  requestTimeout: 15_000,
  longestYes: 10_000,
  lineSilence: 40_000,
  afterStop: 30_000,
  flush: 2_000,
};
