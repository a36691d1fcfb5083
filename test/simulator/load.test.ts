import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertRecipe } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const CLI = path.resolve(import.meta.dirname, '../../dist/simulator/load-cli.js');

function simulate(...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, exited, stderr: () => stderr };
}

describe('npm run simulate', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
    await insertRecipe(server);
  });
  afterAll(() => server.stop());

  it('cooks on so many appliances of homes of its own, and stops on a signal', async () => {
    const load = simulate('--url', server.url, '--appliances', '3', '--speed', '100');
    await expect
      .poll(
        async () => {
          const { rows } = await server.database.pool.query(
            'SELECT count(*)::int AS cooks FROM cooking_sessions WHERE last_sequence > 0',
          );
          return rows[0].cooks;
        },
        { timeout: 25_000 },
      )
      .toBeGreaterThanOrEqual(3);
    load.child.kill('SIGTERM');
    expect(await load.exited).toBe(0);
  });

  it('waits as long as the server says when it limits sign-ups', async () => {
    const limited = await startTestServer({ RATE_LIMITS: 'on' });
    try {
      await insertRecipe(limited);
      await limited.database.pool.query(
        `INSERT INTO rate_limits VALUES ('registrationOfAddress:127.0.0.1', 10, $1)`,
        [Date.now() + 3_000],
      );
      const load = simulate('--url', limited.url, '--appliances', '1', '--speed', '100');
      await expect
        .poll(async () => (await limited.database.pool.query('SELECT FROM cooking_sessions')).rowCount, {
          timeout: 25_000,
        })
        .toBe(1);
      load.child.kill('SIGTERM');
      expect(await load.exited).toBe(0);
    } finally {
      await limited.stop();
    }
  });

  it.each([
    [['--appliances', '2']],
    [['--url', 'ftp://x']],
    [['--url', 'http://127.0.0.1:1', '--appliances', '0']],
  ])('says what is wrong with %j', async (args) => {
    const load = simulate(...args);
    expect(await load.exited).toBe(1);
    expect(load.stderr()).toMatch(/^--(url|appliances) must be .*\nusage: /);
  });
});
