import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Recent } from '../src/recent.js';

describe('a map of what was used recently', () => {
  const held = (map: Recent<number, number>, most: number) =>
    Array.from({ length: most }, (_, key) => map.get(key)).filter((value) => value !== undefined).length;

  it('never holds more than it may, and always what was used last', () => {
    const use = fc.record({ key: fc.nat(29), isSet: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.array(use, { maxLength: 200 }), (most, uses) => {
        const map = new Recent<number, number>(most);
        for (const { key, isSet } of uses) {
          if (isSet) map.set(key, key);
          const found = map.get(key);
          if (isSet) expect(found).toBe(key);
          else expect([key, undefined]).toContain(found);
          const lastUsed = map.get(key);
          expect(lastUsed).toBe(found);
        }
        expect(held(map, 30)).toBeLessThanOrEqual(most + 1);
      }),
    );
  });

  it('keeps what comes back among ever new entries', () => {
    const map = new Recent<number, number>(10);
    map.set(0, 0);
    for (let key = 1; key < 1_000; key++) {
      map.set(key, key);
      if (key % 3 === 0) expect(map.get(0)).toBe(0);
    }
  });

  it('forgets what is deleted, and everything', () => {
    const map = new Recent<string, number>(4);
    for (const key of ['a', 'b', 'c']) map.set(key, 1);
    map.delete('a');
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, 1]);
    map.clear();
    expect([map.get('b'), map.get('c')]).toEqual([undefined, undefined]);
  });
});
