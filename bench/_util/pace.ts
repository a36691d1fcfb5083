import { setTimeout as sleep } from 'node:timers/promises';

/** What is offered: so many acts a second, for so long. */
export interface Pace {
  perSecond: number;
  seconds: number;
  /** `even` gaps, or those of independent devices (`random`), the same in every run. */
  arrivals?: 'even' | 'random';
}

/**
 * Acts at its times whatever becomes of the acts before: an open loop, so that a slow server gets no less to do.
 * Resolves after the last act with their number.
 */
export async function pace(options: Pace, act: (i: number) => void): Promise<number> {
  const { perSecond, seconds, arrivals = 'even' } = options;
  const random = createRandom(1);
  const gapMs = 1000 / perSecond;
  const count = Math.round(perSecond * seconds);
  const start = performance.now();
  let dueMs = 0;
  for (let i = 0; i < count; i++) {
    dueMs += arrivals === 'even' ? gapMs : -Math.log(1 - random()) * gapMs;
    const early = start + dueMs - performance.now();
    if (early > 0.5) await sleep(early);
    act(i);
  }
  return count;
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
