import type { Logger } from '../../logger.js';

/** An attempt to connect is given up when the server says nothing for so long. */
const CONNECT_SILENCE_MS = 3_000;
/** How often the connection proves that it is not silently cut, and how long the answer may take. */
const HEARTBEAT_MS = 2_000;
/** The wait before the first attempt to connect again; it doubles up to the longest. */
const RECONNECT_MS = 100;
const LONGEST_RECONNECT_MS = 2_000;

/** A connection to the server behind a bus. */
export interface Connection {
  /** Connects and subscribes. */
  open(): Promise<void>;
  /** Resolves when the server answers. */
  ping(): Promise<unknown>;
  /** Grows with everything that the server sends. */
  bytesRead(): number;
  /** Lets go of the socket without waiting for the server; what is under way rejects. */
  close(): void;
}

export interface LinkOptions<C extends Connection> {
  /** Makes a connection that is not open yet; `onLost` may be called at any time, any number of times. */
  make: (onLost: (error?: Error) => void) => C;
  onUp: (connection: C, isFirst: boolean) => void;
  onDown: () => void;
  log: Logger;
}

/**
 * Keeps one connection open: connects, feels its pulse, and connects again, with growing pauses, when it fails, ends or
 * is silently cut. It owns one connection and one timer at a time.
 */
export class Link<C extends Connection> {
  readonly #options: LinkOptions<C>;
  #current: C | null = null;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #abandon: (() => void) | undefined;
  #hasBeenUp = false;
  #failures = 0;
  #stopped = false;

  constructor(options: LinkOptions<C>) {
    this.#options = options;
  }

  /** The connection, while there is one. */
  get current(): C | null {
    return this.#current;
  }

  /** Resolves when the first attempt succeeded or failed. */
  async start(): Promise<void> {
    await this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#rest();
    this.#abandon?.();
    const connection = this.#current;
    this.#current = null;
    connection?.close();
  }

  /** Gives up a connection that does not do what it should, and makes another. */
  lose(connection: C, error: Error): void {
    if (connection !== this.#current) return;
    this.#current = null;
    this.#rest();
    connection.close();
    this.#options.log.warn({ err: error }, 'the live bus lost its connection');
    this.#options.onDown();
    this.#reconnectLater();
  }

  async #connect(): Promise<void> {
    let lost: Error | undefined;
    const connection = this.#options.make((error = new Error('the connection ended')) => {
      lost ??= error;
      this.lose(connection, error);
    });
    try {
      await this.#open(connection);
      if (lost || this.#stopped) throw lost ?? new Error('stopped');
    } catch (error) {
      connection.close();
      if (this.#stopped) return;
      const level = this.#failures === 0 ? 'warn' : 'debug';
      this.#options.log[level]({ err: lost ?? error }, 'the live bus cannot connect');
      this.#reconnectLater();
      return;
    }
    this.#current = connection;
    if (this.#hasBeenUp) this.#options.log.info('the live bus is connected again');
    const isFirst = !this.#hasBeenUp;
    this.#hasBeenUp = true;
    this.#beatLater(connection);
    this.#options.onUp(connection, isFirst);
  }

  /** Rejects also when the server falls silent, and when the link is stopped meanwhile. */
  #open(connection: C): Promise<void> {
    return new Promise((resolve, reject) => {
      let isSettled = false; // what comes of a connection that was given up must not touch the next attempt
      const settle = (act: () => void) => {
        if (isSettled) return;
        isSettled = true;
        this.#rest();
        this.#abandon = undefined;
        act();
      };
      const fail = (error: Error) => settle(() => reject(error));
      this.#onSilence(connection, CONNECT_SILENCE_MS, () => fail(new Error('no answer while connecting')));
      this.#abandon = () => fail(new Error('stopped'));
      connection.open().then(() => settle(resolve), fail);
    });
  }

  #reconnectLater(): void {
    if (this.#stopped) return;
    const pause = Math.min(RECONNECT_MS * 2 ** this.#failures, LONGEST_RECONNECT_MS);
    this.#failures += 1;
    // Instances that lost the same server do not come back to it all at once.
    const jittered = pause * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => void this.#connect(), jittered);
  }

  /** A connection that is silently cut neither errors nor ends: it only stops to answer. */
  #beatLater(connection: C): void {
    this.#timer = setTimeout(() => {
      this.#onSilence(connection, HEARTBEAT_MS, () =>
        this.lose(connection, new Error('no answer to the heartbeat')),
      );
      connection.ping().then(
        () => {
          if (connection !== this.#current) return;
          this.#failures = 0;
          this.#rest();
          this.#beatLater(connection);
        },
        (error: Error) => this.lose(connection, error),
      );
    }, HEARTBEAT_MS);
  }

  /**
   * Acts when the server sends nothing for so long. Whatever it sends is a sign of life: the answer may stand behind much
   * else, and where both sides are busy, the steps of a handshake take their time.
   */
  #onSilence(connection: C, ms: number, act: () => void): void {
    const bytesBefore = connection.bytesRead();
    const judge = () => {
      if (connection.bytesRead() > bytesBefore) this.#onSilence(connection, ms, act);
      else act();
    };
    this.#timer = setTimeout(() => {
      // A process that was busy runs its timers before it reads its sockets: let it read once before it judges.
      this.#immediate = setImmediate(judge);
    }, ms);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }
}
