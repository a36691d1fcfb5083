import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { DomainError } from '../errors.js';

/** Rounds of bcrypt, as a power of two. */
export const BCRYPT_COST = 12;
/**
 * One core stays free of passwords, where there are two: with a thread for each core, twenty logins at once make live
 * events ten times as late, with one thread less they hardly show.
 */
const THREADS = Math.min(4, Math.max(1, availableParallelism() - 1));
/** Who is behind so many waits for half a minute on one core, and had better try again. */
const MAX_QUEUED = 100;
/** bcrypt sees no more than this of a password. */
export const MAX_PASSWORD_BYTES = 72;
export const MIN_PASSWORD_CHARACTERS = 10;

/** A hash of a password that nobody has: comparing with it costs the same as with a real one. */
const NOBODYS_HASH = '$2b$12$gOlyeHmoA41TusVx2CDhguMhP/GQuLk6SKomOIUagaYMk9K464Nwu';

/** bcrypt in worker threads: on the main thread each login would stall every live stream. */
export class Passwords {
  readonly #cost: number;
  readonly #nobodysHash: string;
  readonly #workers = new Piscina({
    filename: new URL('./password-worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: THREADS,
    idleTimeout: 10_000,
    maxQueue: MAX_QUEUED,
  });

  /** `cost` is for tests, which sign up many people. */
  constructor(cost = BCRYPT_COST) {
    this.#cost = cost;
    this.#nobodysHash = NOBODYS_HASH.replace('$12$', `$${String(cost).padStart(2, '0')}$`);
  }

  /** Throws `SERVICE_UNAVAILABLE` when too many wait already. */
  hash(password: string): Promise<string> {
    return this.#run('hash', { password, cost: this.#cost });
  }

  /** Whether the password fits; without a hash (an unknown account) the same work for a sure no. */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) password = ''; // nobody's, and the same work
    const fits = await this.#run<boolean>('verify', { password, hash: hash ?? this.#nobodysHash });
    return fits && hash !== undefined;
  }

  async close(): Promise<void> {
    await this.#workers.destroy();
  }

  async #run<T>(name: string, task: object): Promise<T> {
    if (this.#workers.queueSize >= MAX_QUEUED) {
      throw new DomainError('SERVICE_UNAVAILABLE', 'Too many sign-ins are waiting; try again in a moment.');
    }
    return this.#workers.run(task, { name });
  }
}
