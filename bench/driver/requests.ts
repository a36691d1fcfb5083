import { connect, type Socket } from 'node:net';
import { serve } from '../_util/child.js';
import { quantile } from '../_util/stats.js';

/**
 * Sends HTTP requests as fast as they are answered, in a process of its own. It reads of an answer no more than its length
 * and status, so that the client does not take the cores from the server.
 */

export interface RequestsMeasured {
  requests: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
}

/** What is to be sent, once for each connection's turn. */
export interface Outgoing {
  body: string;
  authorization?: string | undefined;
}

const methods = {
  /** Several connections, each with one request under way, taking the requests in turns. Throws for any status but 200. */
  async measure(
    url: string,
    requests: readonly Outgoing[],
    connections: number,
    seconds: number,
  ): Promise<RequestsMeasured> {
    const { hostname, port, pathname, host } = new URL(url);
    const messages = requests.map(({ body, authorization }) =>
      Buffer.from(
        `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json\r\n` +
          (authorization ? `authorization: ${authorization}\r\n` : '') +
          `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    );
    const latencies: number[] = [];
    const start = performance.now();
    const end = start + seconds * 1_000;
    let next = 0;
    await Promise.all(
      Array.from({ length: connections }, async () => {
        const client = await Client.connect(hostname, Number(port));
        while (performance.now() < end) {
          const sentAt = performance.now();
          await client.send(messages[next++ % messages.length] as Buffer);
          latencies.push(performance.now() - sentAt);
        }
        client.close();
      }),
    );
    return {
      requests: latencies.length,
      seconds: (performance.now() - start) / 1_000,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
    };
  },
};

export type RequestsDriver = typeof methods;

serve(methods);

/** One connection with one request under way. */
class Client {
  readonly #socket: Socket;
  #missing = -1;
  #head = '';
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('the server closed the connection')));
  }

  static connect(host: string, port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new Client(socket)));
      socket.once('error', reject);
    });
  }

  send(message: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(message);
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#missing < 0) {
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1];
      if (!this.#head.startsWith('HTTP/1.1 200') || length === undefined) {
        this.#settle?.reject(new Error(this.#head.slice(0, 500)));
        return;
      }
      this.#missing = Number(length) - (this.#head.length - end - 4);
      this.#head = '';
    } else this.#missing -= chunk.length;
    if (this.#missing > 0) return;
    this.#missing = -1;
    this.#settle?.resolve();
  }
}
