import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type Job, Scheduler } from '../../src/live/scheduler.js';

const SOON = { timeout: 10_000, interval: 5 };

function createLog() {
  const lines: { level: number; job?: string }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { log, lines };
}

describe('the scheduler', () => {
  it('does one job at a time, each again and again, and none after it was stopped', async () => {
    const scheduler = new Scheduler(createLog().log);
    const runs: Record<string, number> = { a: 0, b: 0 };
    let underWay = 0;
    let most = 0;
    const job = (name: string): Job => ({
      name,
      everyMs: 5,
      run: async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 3));
        underWay -= 1;
        runs[name] = (runs[name] ?? 0) + 1;
        return false;
      },
    });
    scheduler.start([job('a'), job('b')]);
    await expect.poll(() => Math.min(...Object.values(runs)), SOON).toBeGreaterThan(3);
    await scheduler.stop();
    expect([most, underWay]).toEqual([1, 0]);
    const before = { ...runs };
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(runs).toEqual(before);
  });

  it('does a job again at once while it says that there is more, and others in between', async () => {
    const scheduler = new Scheduler(createLog().log);
    const order: string[] = [];
    let left = 3;
    scheduler.start([
      {
        name: 'much',
        everyMs: 3_600_000,
        firstMs: 0,
        run: async () => {
          order.push('much');
          left -= 1;
          return left > 0;
        },
      },
      {
        name: 'other',
        everyMs: 1,
        run: async () => {
          order.push('other');
          return false;
        },
      },
    ]);
    await expect.poll(() => order.filter((name) => name === 'other').length, SOON).toBeGreaterThan(5);
    await scheduler.stop();
    expect(order.filter((name) => name === 'much')).toHaveLength(3);
  });

  it('goes on with a job that fails, and tells so once, and once that it succeeds again', async () => {
    const { log, lines } = createLog();
    const scheduler = new Scheduler(log);
    let tries = 0;
    scheduler.start([
      {
        name: 'shaky',
        everyMs: 2,
        run: async () => {
          tries += 1;
          if (tries < 4) throw new Error('not yet');
          return false;
        },
      },
    ]);
    await expect.poll(() => tries, SOON).toBeGreaterThan(6);
    await scheduler.stop();
    expect(lines.map(({ level, job }) => [level, job])).toEqual([
      [40, 'shaky'],
      [30, 'shaky'],
    ]);
  });
});
