import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { type ServerProcess, startProcess } from '../_util/process.js';
import { startProxy } from '../_util/proxy.js';
import { postGraphQL } from '../_util/server.js';
import { openStream } from '../_util/sse.js';
import { TEST_SECRET } from '../_util/tokens.js';

const RECIPES = '{ recipes { totalCount } }';

describe('SIGTERM', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let unlock = async () => {};

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    if (server.child.exitCode === null) server.child.kill('SIGKILL');
    await server.exited;
    await unlock();
    await database.drop();
  });

  function start(env: NodeJS.ProcessEnv = {}): Promise<string> {
    server = startProcess({
      DATABASE_URL: database.url,
      JWT_SECRET: TEST_SECRET,
      NODE_ENV: 'production', // where connections are taken for a while, and /ready can be asked
      ...env,
    });
    return server.url;
  }

  /** Locks a table until the test is over. */
  async function lock(table: string): Promise<void> {
    const client = await database.pool.connect();
    await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    unlock = async () => {
      unlock = async () => {};
      await client.query('ROLLBACK');
      client.release();
    };
  }

  async function waitsForLock(): Promise<boolean> {
    const { rowCount } = await database.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rowCount === 1;
  }

  /** Sends the signal, and expects the process to go in order and in time. */
  async function expectOrderlyEnd(url: string): Promise<void> {
    const startedAt = performance.now();
    server.child.kill('SIGTERM');
    await expect
      .poll(async () => (await fetch(`${url}/ready`)).status, { interval: 20, timeout: 2_500 })
      .toBe(503);
    expect(await server.exited).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(server.log()).not.toMatch(/"level":(50|60)/);
    expect(server.stderr()).toBe('');
  }

  it('while a request waits for a lock that nobody gives up has it answered with SERVICE_UNAVAILABLE, and ends with 0', async () => {
    const url = await start();
    await lock('recipes');
    const answer = postGraphQL(url, RECIPES);
    await expect.poll(waitsForLock, { timeout: 10_000 }).toBe(true);
    await expectOrderlyEnd(url);
    expect((await answer).errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  }, 60_000);

  it('while a job waits for such a lock makes /ready 503 at once all the same, and ends with 0', async () => {
    const url = await start({ JOBS: 'on' });
    await lock('telemetry_events');
    const addJob = () => database.pool.query(`SELECT graphile_worker.add_job('maintain')`);
    await expect // until the tables of the jobs are there
      .poll(() => addJob().catch((error: Error) => error.message), { timeout: 30_000 })
      .toMatchObject({ rowCount: 1 });
    await expect.poll(waitsForLock, { timeout: 30_000 }).toBe(true);
    await expectOrderlyEnd(url);
  }, 60_000);

  it('while the database says nothing any more, not even goodbye, ends with 0', async () => {
    const proxy = await startProxy(inject('databaseUrl'));
    try {
      const url = await start({ DATABASE_URL: proxy.through(database.url), JOBS: 'on' });
      expect((await postGraphQL(url, RECIPES)).errors).toBeUndefined();
      proxy.swallow();
      const answer = postGraphQL(url, RECIPES);
      await expect.poll(() => proxy.swallowedBytes(), { timeout: 10_000 }).toBeGreaterThan(0);
      await expectOrderlyEnd(url);
      expect((await answer).errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    } finally {
      await proxy.stop();
    }
  }, 60_000);

  it('ends streams over SSE one after the other, without the complete that means the end of a cook', async () => {
    const url = await start();
    const { data } = await postGraphQL<{ register: { accessToken: string } }>(
      url,
      'mutation { register(input: { email: "a@epicura.example", password: "long enough 1", name: "A" }) { accessToken } }',
    );
    const token = data?.register.accessToken;
    const ends: number[] = [];
    const streams = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const stream = await openStream(url, 'subscription { applianceUpdated { id } }', {}, token);
        return { stream, ended: stream.ended.then(() => ends.push(performance.now())) };
      }),
    );
    expect(streams.map(({ stream }) => stream.status)).toEqual(streams.map(() => 200));
    await expectOrderlyEnd(url);
    await Promise.all(streams.map(({ ended }) => ended));
    expect((ends.at(-1) ?? 0) - (ends[0] ?? 0)).toBeGreaterThan(500);
    for (const { stream } of streams) expect(stream.text()).not.toContain('event: complete');
  }, 60_000);
});
