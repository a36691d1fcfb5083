import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * A free port for a server that will be down at times and must come back on the same one. It lies below the range from
 * which systems take the ports of outgoing connections (32768 on Linux, 49152 elsewhere): one of those could take it
 * meanwhile, or a client that knocks in vain could connect to itself.
 */
export async function stablePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}
