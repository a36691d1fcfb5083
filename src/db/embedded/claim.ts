/**
 * One process of this machine at a time. The operating system keeps the claim and drops it with the process, however
 * that ends, so a claim is never stale and nobody has to judge whether a recorded pid is still the same process.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Claim {
  release(): Promise<void>;
}

/** The claim is held by another process: `pid` as far as it can be told. */
export class ClaimedError extends Error {
  override readonly name: string = 'ClaimedError';
  readonly pid: string | undefined;

  constructor(file: string, pid: string | undefined) {
    super(`${file} is claimed by another process`);
    this.pid = pid;
  }
}

/** `O_EXLOCK` of macOS and the BSDs, which Node.js does not name. */
const BSD_O_EXLOCK = 0x20;

/**
 * Claims `file`, whose folder has to exist; the holder's pid is written into it for others to read.
 *
 * @param patienceMs how long to wait for another holder to let go
 * @throws ClaimedError when it did not
 */
export async function claim(file: string, patienceMs: number): Promise<Claim> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const held = process.platform === 'linux' ? await claimName(file) : await claimFile(file);
    if (held !== undefined) return held;
    if (Date.now() >= deadline) throw new ClaimedError(file, await readPid(file));
    await sleep(50);
  }
}

/** Linux has no file locks in Node.js, but a socket in the abstract namespace is as good: one binds, the rest cannot. */
async function claimName(file: string): Promise<Claim | undefined> {
  const server = createServer((socket) => socket.destroy());
  const name = `\0epicura-${await fingerprint(file)}`;
  const bound = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(name, () => resolve(true));
  });
  if (!bound) return undefined;
  server.unref();
  const release = () => new Promise<void>((resolve) => server.close(() => resolve()));
  try {
    const handle = await open(
      file,
      constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      await handle.writeFile(`${process.pid}\n`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

async function claimFile(file: string): Promise<Claim | undefined> {
  const flags =
    constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK | BSD_O_EXLOCK;
  const handle = await open(file, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EAGAIN' || error.code === 'EWOULDBLOCK') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  await handle.truncate();
  await handle.write(`${process.pid}\n`, 0);
  return { release: () => handle.close() };
}

async function readPid(file: string): Promise<string | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    return /^\d+$/m.exec(await handle.readFile('utf8'))?.[0];
  } finally {
    await handle.close();
  }
}

/** A short name for a path that differs between copies of a folder. */
export async function fingerprint(path: string): Promise<string> {
  const real = join(await realpath(dirname(path)), basename(path));
  return createHash('sha256').update(real).digest('hex').slice(0, 24);
}
