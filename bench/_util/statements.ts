import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to PostgreSQL that counts what is asked of it. */
export interface Counted {
  databaseUrl: string;
  /** Statements since it was asked last. */
  take(): number;
  close(): Promise<void>;
}

/** Stands between a server and PostgreSQL and counts the statements that go by: `Execute` and `Query` messages. */
export async function countStatements(databaseUrl: string): Promise<Counted> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let statements = 0;
  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname);
    const messages = new Messages((type) => {
      if (type === 'E' || type === 'Q') statements += 1;
    });
    for (const socket of [client, database]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        database.destroy();
      });
    }
    client.on('data', (chunk) => messages.take(chunk));
    client.pipe(database);
    database.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    databaseUrl: url.href,
    take() {
      const taken = statements;
      statements = 0;
      return taken;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The types of a client's messages: a letter and a length each, but for the first, which has no letter. */
class Messages {
  readonly #onMessage: (type: string) => void;
  #rest = Buffer.alloc(0);
  #isFirst = true;

  constructor(onMessage: (type: string) => void) {
    this.#onMessage = onMessage;
  }

  take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const head = this.#isFirst ? 0 : 1;
      if (this.#rest.length < head + 4) return;
      const end = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < end) return;
      if (!this.#isFirst) this.#onMessage(String.fromCharCode(this.#rest[0] as number));
      this.#isFirst = false;
      this.#rest = this.#rest.subarray(end);
    }
  }
}
