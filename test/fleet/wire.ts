import { setMaxListeners } from 'node:events';
import type { History } from '../faults/history.js';
import { HttpTransport, SocketTransport, type Transport } from '../faults/transport.js';

/** "Try again": every other refusal of what a robot here sends is a fault, of it or of the server. */
const PASSING = new Set(['SERVICE_UNAVAILABLE', 'RATE_LIMITED']);
const PATIENCE_MS = 5_000;

export interface WireOptions {
  name: string;
  url: string;
  over: 'http' | 'websocket';
  deviceToken: string;
  history: History;
}

/** A robot's way to the cloud, which is there or is not. What is under way when it goes is lost: nobody knows what became of it. */
export class Wire {
  lastFailure = 'none';
  readonly #options: WireOptions;
  #transport: Transport;
  #isUp = true;
  #cut = createCut();

  constructor(options: WireOptions) {
    this.#options = options;
    this.#transport = this.#connect();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Ends what is under way; `isUp` says whether there is a way afterwards. */
  cut(isUp: boolean): void {
    this.#isUp = isUp;
    this.#cut.abort();
    this.#cut = createCut();
    this.#transport.close();
    this.#transport = this.#connect();
  }

  repair(): void {
    this.#isUp = true;
  }

  /** The answer, with the codes of what was refused; neither where there was none. */
  ask<T>(query: string, variables: object): Promise<{ data?: T | null | undefined; codes: string[] }> {
    if (!this.#isUp) return Promise.resolve({ codes: [] });
    const { signal } = this.#cut;
    return new Promise((resolve) => {
      const lose = () => resolve({ codes: [] });
      signal.addEventListener('abort', lose, { once: true });
      void this.#transport.ask<T>(this.#options.url, query, variables).then((outcome) => {
        signal.removeEventListener('abort', lose);
        resolve(outcome);
      });
    });
  }

  /** The data of an answer without a refusal; what else came is noted. */
  async tell<T>(query: string, variables: object): Promise<T | undefined> {
    const { data, codes } = await this.ask<T>(query, variables);
    if (data && codes.length === 0) return data;
    this.failed(query.slice(0, 40), codes);
    return undefined;
  }

  /** A request over REST; `undefined` without an answer of status 200. */
  async fetch<T>(path: string, init: RequestInit = {}): Promise<T | undefined> {
    if (!this.#isUp) return undefined;
    try {
      const response = await fetch(`${this.#options.url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${this.#options.deviceToken}`, 'content-type': 'application/json' },
        signal: AbortSignal.any([this.#cut.signal, AbortSignal.timeout(PATIENCE_MS)]),
      });
      return response.ok ? ((await response.json()) as T) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Notes what was refused; what will not pass is a fault. */
  failed(what: string, codes: readonly string[]): void {
    const { name, history } = this.#options;
    this.lastFailure = `${what}: ${codes.join(', ') || 'no answer'}`;
    for (const code of codes)
      if (!PASSING.has(code)) history.incident(`${name} was refused ${what} with ${code}`);
  }

  close(): void {
    this.#transport.close();
  }

  #connect(): Transport {
    const { over, deviceToken } = this.#options;
    return over === 'http' ? new HttpTransport(deviceToken) : new SocketTransport(deviceToken);
  }
}

/** Everything that is under way listens. */
function createCut(): AbortController {
  const cut = new AbortController();
  setMaxListeners(0, cut.signal);
  return cut;
}
