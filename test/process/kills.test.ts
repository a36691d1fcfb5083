import { describe, expect, it, onTestFinished } from 'vitest';
import { runFaults } from '../faults/run.js';

/** The short form of `npm run test:faults`: each kind of kill once, and something milder. */
describe('kill -9', () => {
  it('of servers and PostgreSQL in mid-write loses and repeats nothing, in the database and in feeds', async () => {
    const interrupt = new AbortController();
    onTestFinished(() => interrupt.abort(new Error('the test is over')));
    const { violations, summary, folder } = await runFaults({
      ...{
        seed: 3,
        kills: 3,
        disturbances: 1,
        instances: 2,
        devices: 2,
        redis: false,
        longestPauseMs: 3_000,
      },
      print: () => {},
      signal: interrupt.signal,
    });
    expect(violations, `${summary.join('\n')}\nhistory and logs: ${folder}`).toEqual([]);
  }, 180_000);
});
