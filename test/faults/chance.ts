import { createRandom, drawInteger, type Random } from '../../src/kitchen/random.js';

/** A generator of its own for each part of a run, so that one part drawing more does not change the others. */
export function randomFor(seed: number, part: string): Random {
  let hash = 2_166_136_261 ^ seed; // FNV-1a
  for (const byte of Buffer.from(part)) hash = Math.imul(hash ^ byte, 16_777_619);
  return createRandom(hash);
}

/** One of a list that is not empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[drawInteger(random, 0, list.length - 1)] as T;
}

/** The same items in another order (Fisher-Yates). */
export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const items = [...list];
  for (let i = items.length - 1; i > 0; i -= 1) {
    const j = drawInteger(random, 0, i);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}

/** So many items: every one of the list comes as often as any other, give or take one. */
export function evenly<T>(random: Random, list: readonly T[], count: number): T[] {
  const items: T[] = [];
  while (items.length < count) items.push(...shuffled(random, list));
  return items.slice(0, count);
}
