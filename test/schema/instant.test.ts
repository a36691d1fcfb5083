import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatInstant,
  fromMicroseconds,
  instantFromDatabase,
  parseInstant,
  secondsBetween,
  toMicroseconds,
} from '../../src/instant.js';

// Numbers hold microseconds exactly for 285 years in each direction.
const FIRST = toMicroseconds('1685-01-01T00:00:00.000000Z');
const LAST = toMicroseconds('2255-01-01T00:00:00.000000Z');
const microseconds = fc.integer({ min: FIRST, max: LAST });

const two = (n: number) => String(n).padStart(2, '0');

describe('parseInstant', () => {
  it.each([
    ['2026-01-31T18:30:00Z', '2026-01-31T18:30:00.000000Z'],
    ['2026-01-31t18:30:00z', '2026-01-31T18:30:00.000000Z'],
    ['2026-01-31 18:30:00Z', '2026-01-31T18:30:00.000000Z'],
    ['2026-01-31T18:30:00+00:00', '2026-01-31T18:30:00.000000Z'],
    ['2026-01-31T18:30:00-00:00', '2026-01-31T18:30:00.000000Z'],
    ['2026-01-31T18:30:00.1Z', '2026-01-31T18:30:00.100000Z'],
    ['2026-01-31T18:30:00.123456Z', '2026-01-31T18:30:00.123456Z'],
    ['2026-01-31T18:30:00.1234569Z', '2026-01-31T18:30:00.123456Z'],
    ['2026-01-31T18:30:00.999999999999Z', '2026-01-31T18:30:00.999999Z'],
    ['2026-01-31T18:30:00.123456+05:30', '2026-01-31T13:00:00.123456Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00.000000Z'],
    ['2026-12-31T23:30:00-01:00', '2027-01-01T00:30:00.000000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000Z'],
    ['2000-02-29T12:00:00+14:00', '2000-02-28T22:00:00.000000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['0099-12-31T23:59:59Z', '0099-12-31T23:59:59.000000Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ])('reads %s', (text, instant) => expect(parseInstant(text)).toBe(instant));

  it.each([
    ['nothing', ''],
    ['no zone', '2026-01-31T18:30:00'],
    ['only a date', '2026-01-31'],
    ['no seconds', '2026-01-31T18:30Z'],
    ['the 30th of February', '2026-02-30T00:00:00Z'],
    ['the 29th of February in a common year', '2026-02-29T00:00:00Z'],
    ['the 29th of February 1900', '1900-02-29T00:00:00Z'],
    ['the 31st of April', '2026-04-31T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['month 0', '2026-00-01T00:00:00Z'],
    ['day 0', '2026-01-00T00:00:00Z'],
    ['hour 24', '2026-01-31T24:00:00Z'],
    ['hour 25', '2026-01-31T25:00:00Z'],
    ['minute 60', '2026-01-31T18:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['year 0', '0000-01-01T00:00:00Z'],
    ['year 0 by its zone', '0001-01-01T00:00:00+00:01'],
    ['year 10000', '10000-01-01T00:00:00Z'],
    ['year 10000 by its zone', '9999-12-31T23:59:59-00:01'],
    ['a year before Christ', '-0001-01-01T00:00:00Z'],
    ['a zone of 24 hours', '2026-01-31T18:30:00+24:00'],
    ['a zone of 60 minutes', '2026-01-31T18:30:00+01:60'],
    ['a zone by name', '2026-01-31T18:30:00 IST'],
    ['an empty fraction', '2026-01-31T18:30:00.Z'],
    ['a comma', '2026-01-31T18:30:00,5Z'],
    ['spaces around', ' 2026-01-31T18:30:00Z '],
    ['a line break behind', '2026-01-31T18:30:00Z\n'],
    ['U+0000 behind', '2026-01-31T18:30:00Z\u0000'],
    ['other digits', '２０２６-01-31T18:30:00Z'],
    ['a number of milliseconds', '1769884200000'],
    ['infinity', 'infinity'],
    ['ten thousand digits of a second, and no zone', `2026-01-31T18:30:00.${'1'.repeat(10_000)}`],
  ])('refuses %s', (_what, text) => expect(parseInstant(text)).toBeUndefined());

  it('reads back every instant that it writes, to the microsecond', () => {
    fc.assert(
      fc.property(microseconds, (n) => {
        const instant = fromMicroseconds(n);
        expect(parseInstant(instant)).toBe(instant);
        expect(parseInstant(formatInstant(instant))).toBe(instant);
        expect(toMicroseconds(instant)).toBe(n);
      }),
    );
  });

  it('reads the same instant from any zone, and from what PostgreSQL prints', () => {
    const minute = 60_000_000;
    fc.assert(
      fc.property(
        fc.integer({ min: FIRST + 1440 * minute, max: LAST - 1440 * minute }),
        fc.integer({ min: -1439, max: 1439 }),
        (n, offset) => {
          const wall = fromMicroseconds(n + offset * minute).slice(0, -1);
          const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
          const zone = `${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
          expect(parseInstant(`${wall}${zone}`)).toBe(fromMicroseconds(n));
          const printed = fromMicroseconds(n)
            .replace('T', ' ')
            .replace(/\.?0*Z$/, '+00');
          expect(instantFromDatabase(printed)).toBe(fromMicroseconds(n));
        },
      ),
    );
  });

  it('never throws, and gives nothing but instants', () => {
    const nearly = fc.stringMatching(
      /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/,
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearly), (text) => {
        const instant = parseInstant(text);
        if (instant !== undefined) expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      }),
    );
  });
});

describe('an instant', () => {
  it('is read back from its text in every year from 1 to 9999', () => {
    const parts = fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 0, max: 999_999 }));
    fc.assert(
      fc.property(parts, ([year, fraction]) => {
        const instant = `${String(year).padStart(4, '0')}-02-28T23:59:59.${String(fraction).padStart(6, '0')}Z`;
        expect(parseInstant(instant)).toBe(instant);
        expect(parseInstant(formatInstant(instant))).toBe(instant);
        expect(Math.abs(toMicroseconds(instant) - Date.parse(instant) * 1000)).toBeLessThan(1100);
      }),
    );
  });

  it('sorts as text as it does in time', () => {
    fc.assert(
      fc.property(microseconds, microseconds, (a, b) => {
        const [x, y] = [fromMicroseconds(a), fromMicroseconds(b)];
        expect(x < y).toBe(a < b);
        expect(x === y).toBe(a === b);
        expect(Math.sign(secondsBetween(x, y))).toBe(Math.sign(b - a));
      }),
    );
  });

  it('is shown in milliseconds, and in microseconds only where there are any', () => {
    expect(formatInstant('2026-01-31T18:30:00.000000Z')).toBe('2026-01-31T18:30:00.000Z');
    expect(formatInstant('2026-01-31T18:30:00.120000Z')).toBe('2026-01-31T18:30:00.120Z');
    expect(formatInstant('2026-01-31T18:30:00.120001Z')).toBe('2026-01-31T18:30:00.120001Z');
    expect(formatInstant('2026-01-31T18:30:00.000100Z')).toBe('2026-01-31T18:30:00.000100Z');
  });

  it('that the database never prints is a fault', () => {
    for (const text of ['infinity', '', '2026-01-31 18:30:00', '0044-03-15 12:00:00+00 BC']) {
      expect(() => instantFromDatabase(text)).toThrow(TypeError);
    }
  });
});
