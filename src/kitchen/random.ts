/**
 * A generator of pseudo-random numbers as plain data, so that whatever draws from it can be saved as JSON and goes on
 * with the very numbers it would have drawn. Drawing changes `state`.
 */
export interface Random {
  state: number;
}

/** The same seed gives the same numbers, everywhere. */
export function createRandom(seed: number): Random {
  return { state: seed >>> 0 };
}

/** A number from 0 up to, but not including, 1 (mulberry32). */
export function drawFraction(random: Random): number {
  random.state = (random.state + 0x6d2b79f5) >>> 0;
  let bits = random.state;
  bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}

/** A number from `least` up to `most`. */
export function drawBetween(random: Random, least: number, most: number): number {
  return least + (most - least) * drawFraction(random);
}

/** A whole number from `least` to `most`, both included. */
export function drawInteger(random: Random, least: number, most: number): number {
  return Math.floor(drawBetween(random, least, most + 1));
}

/** True in `probability` of all cases. */
export function drawChance(random: Random, probability: number): boolean {
  return drawFraction(random) < probability;
}

/** Normally distributed around 0. */
export function drawNoise(random: Random, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - drawFraction(random)));
  return deviation * radius * Math.cos(2 * Math.PI * drawFraction(random));
}
