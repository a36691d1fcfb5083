import { connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  inner: Socket;
  outer: Socket;
  isSwallowed: boolean;
}

/** A way to a TCP server that can fall silent: neither side of a connection hears of the other again. */
export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();

  private constructor(targetPort: number) {
    this.#server = createServer((outer) => this.#join(outer, connect(targetPort, '127.0.0.1')));
  }

  static async open(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Swallows what goes through the present connections, for good. New ones work. Returns how many there were. */
  swallow(): number {
    const present = [...this.#pairs].filter(({ isSwallowed }) => !isSwallowed);
    for (const pair of present) {
      pair.isSwallowed = true;
      pair.inner.unpipe().resume();
      pair.outer.unpipe().resume();
    }
    return present.length;
  }

  async close(): Promise<void> {
    for (const { inner, outer } of this.#pairs) {
      inner.destroy();
      outer.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(outer: Socket, inner: Socket): void {
    const pair: Pair = { inner, outer, isSwallowed: false };
    this.#pairs.add(pair);
    outer.pipe(inner).pipe(outer);
    outer.on('error', () => {}); // `close` follows
    inner.on('error', () => {});
    outer.on('close', () => {
      this.#pairs.delete(pair);
      inner.destroy();
    });
    inner.on('close', () => {
      if (!pair.isSwallowed) outer.destroy();
    });
  }
}
