import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { downsample } from '../../src/resolvers/downsample.js';

interface Point {
  x: number;
  y: number;
}

const curve = fc
  .array(fc.double({ min: -50, max: 500, noNaN: true }), { maxLength: 500 })
  .map((values) => values.map((y, x): Point => ({ x, y })));
const reduce = (items: readonly Point[], points: number) =>
  downsample(
    items,
    points,
    ({ x }) => x,
    ({ y }) => y,
  );

describe('downsample', () => {
  it('keeps a short curve whole', () => {
    fc.assert(
      fc.property(curve, (items) => {
        expect(reduce(items, 500)).toEqual(items);
      }),
    );
  });

  it('gives so many points, in order, the first and the last among them', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 2, max: 200 }), (items, points) => {
        const reduced = reduce(items, points);
        expect(reduced).toHaveLength(Math.min(points, items.length));
        expect(reduced.map(({ x }) => x)).toEqual(reduced.map(({ x }) => x).toSorted((a, b) => a - b));
        if (items.length > 0) {
          expect(reduced[0]).toEqual(items[0]);
          expect(reduced.at(-1)).toEqual(items.at(-1));
        }
      }),
    );
  });

  it('keeps a peak that stands alone', () => {
    const items = Array.from({ length: 1000 }, (_, x) => ({ x, y: x === 617 ? 260 : 100 }));
    expect(reduce(items, 20)).toContainEqual({ x: 617, y: 260 });
  });
});
