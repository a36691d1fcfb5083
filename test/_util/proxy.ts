import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a proxy does to bytes: passes them on, or takes them and says nothing, as a cable that was pulled. */
export interface TcpProxy {
  port: number;
  /** `postgres://…` or `redis://…` of the server behind it, by way of the proxy. */
  through(url: string): string;
  /**
   * Swallows everything from now on: the connections that there are for good, and new ones until `repair`. Returns how
   * many there were.
   */
  swallow(): number;
  /** Passes new connections on again. */
  repair(): void;
  /** Passes on what connections from now on are answered so many milliseconds later. */
  delay(ms: number): void;
  /** How many bytes came in since it began to swallow. */
  swallowedBytes(): number;
  /** Ends every connection at once, for all to see. */
  cut(): void;
  stop(): Promise<void>;
}

/** A TCP proxy on a free port of 127.0.0.1 before the server of this URL. */
export async function startProxy(url: string): Promise<TcpProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const swallowedSockets = new WeakSet<Socket>();
  let isSwallowing = false;
  let swallowed = 0;
  let delayMs = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  // Half-open, because a cable that was pulled does not answer a goodbye either.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    keep(near);
    near.on('data', (bytes) => {
      if (isSwallowing) swallowed += bytes.length;
    });
    if (isSwallowing) return;
    const far = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true });
    keep(far);
    const back = delayMs > 0 ? later(delayMs) : undefined;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      if (back && from === far) from.pipe(back).pipe(to);
      else from.pipe(to);
      from.on('close', () => {
        if (!swallowedSockets.has(from)) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    through(address) {
      const through = new URL(address);
      through.hostname = '127.0.0.1';
      through.port = String(port);
      return through.href;
    },
    swallow() {
      isSwallowing = true;
      swallowed = 0;
      const present = [...sockets].filter((socket) => !swallowedSockets.has(socket));
      for (const socket of present) {
        swallowedSockets.add(socket);
        socket.unpipe();
        socket.resume();
      }
      return present.length / 2; // both ends of each
    },
    repair() {
      isSwallowing = false;
    },
    delay(ms) {
      delayMs = ms;
    },
    swallowedBytes: () => swallowed,
    cut,
    async stop() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function later(ms: number): Transform {
  return new Transform({
    transform(chunk, _encoding, done) {
      void sleep(ms).then(() => done(null, chunk));
    },
  });
}
