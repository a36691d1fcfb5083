import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';

const FURTHER_PLACES = ['/usr/sbin/redis-server', '/opt/homebrew/bin/redis-server'];
const START_MS = 10_000;

/** The redis-server of this machine: the one that REDIS_SERVER_PATH names, or the first on the path. */
export function findRedis(): string | undefined {
  const { REDIS_SERVER_PATH, PATH = '' } = process.env;
  const onPath = PATH.split(path.delimiter).map((folder) => path.join(folder, 'redis-server'));
  return [REDIS_SERVER_PATH, ...onPath, ...FURTHER_PLACES].find((file) => file && existsSync(file));
}

/** Whether tests with Redis are to be skipped: where there is none, except in CI, where that is a failure. */
export const isRedisMissing = !findRedis() && !process.env.CI;

export interface RedisServer {
  url: string;
  /** A client that asks the server what others do to it. */
  admin(...command: [string, ...string[]]): Promise<unknown>;
  /** Ends the process; what it held is gone. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

/**
 * A Redis of its own on a free port of 127.0.0.1, that keeps nothing on disk; with further lines of redis.conf. Throws
 * where there is none.
 */
export async function startRedis(...settings: string[]): Promise<RedisServer> {
  const program = findRedis();
  if (!program) throw new Error('There is no redis-server: install it, or name one by REDIS_SERVER_PATH.');
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const kill = () => child?.kill('SIGKILL');

  async function admin(...[name, ...args]: [string, ...string[]]): Promise<unknown> {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: null, enableReadyCheck: false });
    client.on('error', () => {}); // `connect` rejects
    try {
      await client.connect();
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }

  async function start(): Promise<void> {
    child = spawn(program as string, ['-'], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin?.end([`port ${port}`, 'bind 127.0.0.1', 'save ""', 'appendonly no', ...settings].join('\n'));
    process.once('exit', kill); // a test run that breaks off leaves none behind
    const deadline = performance.now() + START_MS;
    for (;;) {
      const answer = await admin('PING').catch((error: Error) => error);
      if (answer === 'PONG') return;
      if (child.exitCode !== null || performance.now() > deadline) {
        kill();
        throw answer;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  await start();
  return {
    url,
    admin,
    start,
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      process.off('exit', kill);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
