import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { POOL_SIZE } from './database.js';

const ROOT = new URL('../..', import.meta.url);
const MAIN = fileURLToPath(new URL('dist/main.js', ROOT));
const PROBE = new URL('memory-probe.js', import.meta.url).href;

export interface Product {
  pid: number;
  /** Where the feed and the API are: `http://127.0.0.1:<port>/graphql`. */
  url: string;
  /** The key that the server verifies people's tokens with. */
  jwtSecret: string;
  /** Collects the server's garbage and tells what is left, in bytes; only with `probe`. */
  memory(): Promise<NodeJS.MemoryUsage>;
  stop(): Promise<void>;
}

export interface ProductOptions {
  databaseUrl: string;
  /** Loads what `memory()` needs. */
  probe?: boolean;
  /** Writes a CPU profile into this folder when it stops. */
  profileDir?: string | undefined;
  /** Another Node.js than this process has. */
  node?: string;
}

/** A line of the server's log without the stack. */
function summaryOf(line: string): string {
  const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
  return [msg, err?.message?.split('\n').at(-1)?.slice(-200)].filter(Boolean).join(': ');
}

/** Starts the built server in a process of its own, as `npm start` does. */
export async function startProduct({
  databaseUrl,
  probe,
  profileDir,
  node = process.execPath,
}: ProductOptions): Promise<Product> {
  const jwtSecret = randomBytes(48).toString('base64url');
  const child = spawn(
    node,
    [
      ...(probe ? ['--expose-gc', '--import', PROBE] : []),
      ...(profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : []),
      '--max-semi-space-size=32', // as `npm start` does
      '--enable-source-maps',
      MAIN,
    ],
    {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: '0',
        DATABASE_URL: databaseUrl,
        DATABASE_POOL_SIZE: String(POOL_SIZE),
        JWT_SECRET: jwtSecret,
        RATE_LIMITS: 'off',
        SIMULATOR: 'off',
        SEED: 'none',
      },
      stdio: ['ignore', 'pipe', 'inherit', ...(probe ? (['ipc'] as const) : [])],
      detached: true, // a Ctrl-C of the terminal is for this process, which then stops the server in order
    },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
  };
  const url = await new Promise<string>((resolve, reject) => {
    if (!child.stdout) throw new Error('the server has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /ready at (http:\/\/[^\s"]+)/.exec(line)?.[1];
      if (address) resolve(`${address}/graphql`);
      else if (/"level":[456]0/.test(line)) process.stderr.write(`server: ${summaryOf(line)}\n`);
    });
    void exited.then(() => reject(new Error('the server ended before it was ready')));
  });
  return {
    pid: child.pid as number,
    url,
    jwtSecret,
    stop,
    memory: () =>
      new Promise((resolve, reject) => {
        child.once('message', (usage) => resolve(usage as NodeJS.MemoryUsage));
        child.send('memory', (error) => error && reject(error));
      }),
  };
}
