import type pg from 'pg';
import { inTransaction } from '../db/client.js';
import { DomainError } from '../errors.js';
import type { Logger } from '../logger.js';
import { type AppendRequest, type AppendResult, appendEvents, type EventOutcome } from './append.js';

/** Most events that go to disk in one commit, and most that may wait for theirs. */
const MAX_GROUP_EVENTS = 2_000;
const MAX_QUEUED_EVENTS = 20_000;

interface Waiting {
  request: AppendRequest;
  resolve: (outcomes: EventOutcome[]) => void;
  reject: (error: unknown) => void;
}

/**
 * The write path. Requests that arrive while a commit is under way form the next group and share its commit; a request
 * that arrives alone does not wait. One group at a time: it keeps the commits of this process in the order in which
 * their events reach the tails. Bounded: beyond `MAX_QUEUED_EVENTS` a request is refused at once.
 */
export class Journal {
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  readonly #onCommit: (result: AppendResult) => void;
  #queue: Waiting[] = [];
  #queuedEvents = 0;
  #writer: Promise<void> | null = null;

  /** `onCommit` is called after each commit, in order, before the devices are answered. It must not throw. */
  constructor(pool: pg.Pool, log: Logger, onCommit: (result: AppendResult) => void) {
    this.#pool = pool;
    this.#log = log;
    this.#onCommit = onCommit;
  }

  /**
   * Stores the events of one request. When it resolves, every accepted and duplicate event is on disk. Throws
   * `SERVICE_UNAVAILABLE` when the queue is full or the database cannot be reached; then the outcome is unknown, and
   * sending the same events again is safe.
   */
  append(request: AppendRequest): Promise<EventOutcome[]> {
    if (this.#queuedEvents + request.events.length > MAX_QUEUED_EVENTS) {
      return Promise.reject(
        new DomainError('SERVICE_UNAVAILABLE', 'Too many events are waiting; send them again.'),
      );
    }
    this.#queuedEvents += request.events.length;
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      this.#writer ??= this.#write();
    });
  }

  /** Resolves when everything that was accepted so far is answered. */
  async drain(): Promise<void> {
    while (this.#writer !== null) await this.#writer;
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#commit(group);
      } catch (error) {
        if (group.length === 1) {
          for (const { reject } of group) reject(error);
          continue;
        }
        // No event may fail because of another's: each goes alone.
        this.#log.warn(
          { err: error, requests: group.length },
          'a group of events failed; committing each alone',
        );
        for (const waiting of group) await this.#commit([waiting]).catch(waiting.reject);
      }
    }
    this.#writer = null; // in the same turn as the look at the queue, so that no request falls between
  }

  #takeGroup(): Waiting[] {
    let events = 0;
    let size = 0;
    for (const { request } of this.#queue) {
      if (size > 0 && events + request.events.length > MAX_GROUP_EVENTS) break;
      events += request.events.length;
      size += 1;
    }
    this.#queuedEvents -= events;
    return this.#queue.splice(0, size);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const result = await inTransaction(this.#pool, (client) =>
      appendEvents(
        client,
        group.map(({ request }) => request),
      ),
    );
    this.#onCommit(result);
    group.forEach(({ resolve }, i) => {
      resolve(result.outcomes[i] ?? []);
    });
  }
}
