import { describe, expect, it } from 'vitest';
import type { DomainError } from '../../src/errors.js';
import { LocalCounter } from '../../src/limits/counter.js';
import { Slots } from '../../src/limits/slots.js';

const RATE = { most: 3, seconds: 60, what: 'requests' };

function secondsToWait(take: () => void): number | undefined {
  try {
    take();
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: 'RATE_LIMITED' });
    return (error as DomainError).retryAfterSeconds;
  }
}

describe('a counter in memory', () => {
  it('refuses what is one too many until the window that began with the first is over', () => {
    let now = 5_000;
    const counter = new LocalCounter(RATE, () => now);
    for (let i = 0; i < 3; i += 1) {
      counter.take('a');
      now += 10_000;
    }
    expect(secondsToWait(() => counter.take('a'))).toBe(30);
    expect(secondsToWait(() => counter.take('b'))).toBeUndefined();
    now += 29_999;
    expect(secondsToWait(() => counter.take('a'))).toBe(1);
    now += 1;
    expect(secondsToWait(() => counter.take('a'))).toBeUndefined();
  });

  it('counts several at once, and takes one back', () => {
    const counter = new LocalCounter(RATE, () => 0);
    counter.take('a', 3);
    counter.giveBack('a');
    counter.take('a');
    expect(secondsToWait(() => counter.take('a'))).toBe(60);
    expect(secondsToWait(() => counter.take('b', 4))).toBe(60);
  });

  it('tells that there is no room, without counting', () => {
    const counter = new LocalCounter(RATE, () => 0);
    counter.requireRoom('a');
    counter.take('a', 2);
    for (let i = 0; i < 5; i += 1) counter.requireRoom('a');
    counter.take('a');
    expect(secondsToWait(() => counter.requireRoom('a'))).toBe(60);
  });

  it('forgets keys whose window is over', () => {
    let now = 0;
    const counter = new LocalCounter(RATE, () => now);
    for (let i = 0; i < 1_000; i += 1) counter.take(`key ${i}`);
    expect(counter.size).toBe(1_000);
    now = 120_000;
    counter.take('another');
    expect(counter.size).toBe(1);
  });
});

describe('slots', () => {
  it('are as many for each key as there may be, and free again when given back, once', () => {
    const slots = new Slots(2);
    const releases = [slots.take('a'), slots.take('a')];
    expect(slots.take('a')).toBeUndefined();
    expect(slots.take('b')).toBeDefined();
    releases[0]?.();
    releases[0]?.();
    expect(slots.take('a')).toBeDefined();
    expect(slots.take('a')).toBeUndefined();
  });

  it('remember nobody who holds none', () => {
    const slots = new Slots(2);
    const releases = Array.from({ length: 10 }, (_, i) => slots.take(`key ${i % 5}`));
    for (const release of releases) release?.();
    expect(slots.size).toBe(0);
  });
});
