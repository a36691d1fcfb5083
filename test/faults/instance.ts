import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerProcess, startProcess } from '../_util/process.js';

const RESTART_MS = 200;
/** What a server promises to take for an orderly end, and a little more. */
const STOP_MS = 12_000;

export interface InstanceOptions {
  name: string;
  port: number;
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** Hears of an end that nobody caused. */
  onIncident: (what: string) => void;
}

/** One server, started again whenever it ends, as an orchestrator would, until `stop`. */
export class Instance {
  readonly url: string;
  readonly name: string;
  readonly #options: InstanceOptions;
  #server: ServerProcess | undefined;
  #isVictim = false;
  #isFrozen = false;
  #stopped = false;
  #supervision: Promise<void> = Promise.resolve();

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.name = options.name;
    this.url = `http://127.0.0.1:${options.port}`;
  }

  start(): void {
    this.#supervision = this.#supervise();
  }

  /** At once: no promise is between the call and the signal. */
  kill(): void {
    this.#isVictim = true;
    this.#server?.child.kill('SIGKILL');
  }

  freeze(): void {
    this.#isFrozen = true;
    this.#server?.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#server?.child.kill('SIGCONT');
  }

  /** What `/ready` says; false when nobody answers. */
  async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/ready`, { signal: AbortSignal.timeout(5_000) });
      await response.text();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** Stops for good, in order; one that does not manage is killed, and told of. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const server = this.#server;
    if (server) {
      if (this.#isFrozen) this.thaw();
      server.child.kill('SIGTERM');
      const late = setTimeout(() => {
        this.#options.onIncident(`${this.name} did not stop within ${STOP_MS / 1000} s of a SIGTERM`);
        server.child.kill('SIGKILL');
      }, STOP_MS);
      await server.exited;
      clearTimeout(late);
    }
    await this.#supervision;
  }

  async #supervise(): Promise<void> {
    while (!this.#stopped) {
      this.#isVictim = false;
      const server = startProcess({ ...this.#options.env, PORT: String(this.#options.port) });
      this.#server = server;
      const wasUp = await server.url.then(
        () => true,
        () => false,
      );
      const code = await server.exited;
      this.#server = undefined;
      await appendFile(this.#options.logFile, `${server.log()}${server.stderr()}— ended with ${code} —\n`);
      if (this.#stopped) return;
      if (wasUp && !this.#isVictim)
        this.#options.onIncident(`${this.name} ended by itself with ${code}: ${server.stderr().slice(-500)}`);
      await sleep(RESTART_MS);
    }
  }
}
