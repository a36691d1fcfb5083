import type pg from 'pg';
import { inTransaction } from '../db/client.js';
import { databaseError, isUnavailable } from '../db/errors.js';
import { DomainError } from '../errors.js';
import type { Logger } from '../logger.js';
import {
  type AppendRequest,
  type AppendResult,
  appendGroup,
  type EventOutcome,
  type GroupResult,
} from './append.js';
import type { Patience } from './append-sql.js';
import { Aside } from './aside.js';
import { Heads } from './heads.js';
import { Lanes, type Waiting } from './lanes.js';
import { isTransition } from './project.js';

/** Most events that go to disk in one commit, and most that may wait for theirs. */
const MAX_GROUP_EVENTS = 2_000;
const MAX_QUEUED_EVENTS = 20_000;
/** Groups under way at once: while PostgreSQL works on one, this process prepares the next. */
const MAX_GROUPS = 2;
/** How often a group is tried, where deadlocks, lost connections or locked tables are in its way. */
const MAX_TRIES = 3;

/** A group takes the rows that are free. What else it may have to wait for, it does not know who holds. */
const IN_GROUP: Patience = { skipLocked: true, waitMs: 50 };
/** When that wait is for a table, everybody has it before them. */
const IN_PATIENT_GROUP: Patience = { skipLocked: true, waitMs: 3_000 };
const ALONE: Patience = { skipLocked: false, waitMs: 3_000 };

/** Plain counters since the start, for whoever measures. */
export interface JournalStats {
  /** Commits of groups, those of single requests included. */
  groups: number;
  /** Requests that were answered with outcomes, and how many of these had left their group. */
  requests: number;
  aloneRequests: number;
  accepted: number;
  duplicates: number;
  rejected: number;
  /** Requests that were refused because too much was waiting. */
  refused: number;
  /** Requests that failed otherwise. */
  failed: number;
  /** Groups that were tried again. */
  retries: number;
  /** Groups whose commit was sent and of whose outcome nothing was heard. */
  unknownOutcomes: number;
}

export interface JournalHooks {
  /** After each commit of a group: its size, how long its oldest request had waited, and how long the commit took. */
  onGroup?(group: { requests: number; events: number; waitMs: number; commitMs: number }): void;
  /** The connection was lost while these sessions were being written: their journals may have grown without a word. */
  onUnknown?(sessionIds: readonly string[]): void;
}

/**
 * The write path. Requests that arrive while commits are under way form the next group and share its commit; a request
 * that arrives alone does not wait. The requests of one appliance are stored in their order, and their events reach the
 * tails in it. A member of a group that would have to wait for somebody else's lock leaves it and goes alone, and what
 * fails is tried in smaller parts, beside the groups that follow. Bounded: beyond `MAX_QUEUED_EVENTS` a request is refused
 * at once.
 */
export class Journal {
  readonly stats: JournalStats = {
    groups: 0,
    requests: 0,
    aloneRequests: 0,
    accepted: 0,
    duplicates: 0,
    rejected: 0,
    refused: 0,
    failed: 0,
    retries: 0,
    unknownOutcomes: 0,
  };
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  readonly #onCommit: (result: AppendResult) => void;
  readonly #hooks: JournalHooks;
  readonly #heads: Heads;
  readonly #lanes = new Lanes();
  readonly #aside = new Aside();
  #groups = 0;
  #isScheduled = false;
  #onIdle: (() => void)[] = [];

  /**
   * `onCommit` is called after each commit, for each session in the order of its journal, before the devices are answered.
   * It and the hooks must not throw. Events older than `monthsBack` are refused.
   */
  constructor(
    pool: pg.Pool,
    log: Logger,
    onCommit: (result: AppendResult) => void,
    hooks: JournalHooks = {},
    monthsBack?: number,
  ) {
    this.#pool = pool;
    this.#log = log;
    this.#onCommit = onCommit;
    this.#hooks = hooks;
    this.#heads = new Heads(monthsBack);
  }

  /** Events that wait for their answer. */
  get queuedEvents(): number {
    return this.#lanes.events;
  }

  /**
   * Stores the events of one request. When it resolves, every accepted and duplicate event is on disk. Throws
   * `SERVICE_UNAVAILABLE` when the queue is full or the database cannot be reached; then the outcome is unknown, and
   * sending the same events again is safe.
   */
  append(request: AppendRequest): Promise<EventOutcome[]> {
    if (this.#lanes.events + request.events.length > MAX_QUEUED_EVENTS) {
      this.stats.refused += 1;
      return Promise.reject(tooMuch());
    }
    return new Promise((resolve, reject) => {
      this.#lanes.add({ request, requestedAt: performance.now(), resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when everything that was accepted so far is answered. */
  async drain(): Promise<void> {
    if (this.#lanes.isEmpty) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Starts groups once this turn of the event loop has heard all sockets, so that what came together goes together. */
  #schedule(): void {
    if (this.#isScheduled || this.#groups === MAX_GROUPS || !this.#lanes.hasReady) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#lanes.hasReady) return;
      this.#groups += 1;
      void this.#store(this.#lanes.take(MAX_GROUP_EVENTS), IN_GROUP).finally(() => {
        this.#groups -= 1;
        this.#schedule();
      });
      this.#schedule();
    });
  }

  /** Stores a group and answers its members; never rejects. */
  async #store(group: readonly Waiting[], patience: Patience, tries = 1): Promise<void> {
    const startedAt = performance.now();
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      this.#fail(group, error);
      return;
    }
    const requests = group.map(({ request }) => request);
    let stored: GroupResult;
    try {
      stored = await appendGroup(client, this.#heads, requests, patience);
      client.release();
    } catch (error) {
      client.release(isConnectionLost(error));
      await this.#recover(group, patience, tries, error);
      return;
    }
    this.#publish(group, stored, startedAt);
    this.#sendAside(stored.busy.map((place) => group[place] as Waiting));
  }

  /** No event fails because of another's: what failed together is tried apart, beside the groups that follow. */
  async #recover(
    group: readonly Waiting[],
    patience: Patience,
    tries: number,
    error: unknown,
  ): Promise<void> {
    const code = databaseError(error)?.code;
    this.#log.warn({ err: error, requests: group.length, tries }, 'a group of events failed');
    const isUnknown = isConnectionLost(error);
    if (isUnknown) this.#tellUnknown(group);
    if (isUnknown || isDeadlock(error)) {
      if (tries === MAX_TRIES) this.#fail(group, error);
      else await this.#storeAgain(group, patience, tries);
    } else if (code === '55P03') {
      if (patience === IN_PATIENT_GROUP) {
        this.#fail(group, error);
        return;
      }
      // No row that was planned with can be what it waited for: those of the statistics, which a change of status
      // brings up to date, or a whole table.
      const [suspects, others] = partition(group, ({ request }) => request.events.some(isTransition));
      this.#sendAside(suspects);
      if (others.length > 0) await this.#storeAgain(others, IN_PATIENT_GROUP, tries);
    } else if (isUnavailable(error)) {
      this.#fail(group, error);
    } else {
      const half = middleOf(group);
      if (half === group.length) {
        this.#sendAside(group);
        return;
      }
      for (const part of [group.slice(0, half), group.slice(half)]) {
        this.#aside.add(
          () => this.#store(part, patience),
          () => this.#refuse(part),
        );
      }
    }
  }

  async #storeAgain(group: readonly Waiting[], patience: Patience, tries: number): Promise<void> {
    this.stats.retries += 1;
    await this.#store(group, patience, tries + 1);
  }

  /** Each appliance's requests go alone, in their order. */
  #sendAside(members: readonly Waiting[]): void {
    const byAppliance = new Map<string, Waiting[]>();
    for (const waiting of members) {
      const own = byAppliance.get(waiting.request.applianceId);
      if (own) own.push(waiting);
      else byAppliance.set(waiting.request.applianceId, [waiting]);
    }
    for (const own of byAppliance.values()) {
      this.#aside.add(
        async () => {
          for (const waiting of own) await this.#storeAlone(waiting);
        },
        () => this.#refuse(own),
      );
    }
  }

  /** Stores a request in a transaction of its own that waits for its locks; never rejects. */
  async #storeAlone(waiting: Waiting, tries = 1): Promise<void> {
    const startedAt = performance.now();
    let stored: GroupResult;
    try {
      stored = await inTransaction(this.#pool, (client) =>
        appendGroup(client, this.#heads, [waiting.request], ALONE, true),
      );
      if (stored.busy.length > 0) throw new DomainError('SERVICE_UNAVAILABLE', 'Try again in a moment.');
    } catch (error) {
      const isUnknown = isConnectionLost(error);
      if (isUnknown) this.#tellUnknown([waiting]);
      if (tries === MAX_TRIES || !(isUnknown || isDeadlock(error))) {
        this.#fail([waiting], error);
        return;
      }
      this.stats.retries += 1;
      await this.#storeAlone(waiting, tries + 1);
      return;
    }
    this.stats.aloneRequests += 1;
    this.#publish([waiting], stored, startedAt);
  }

  #publish(group: readonly Waiting[], { stored, result }: GroupResult, startedAt: number): void {
    if (stored.length === 0) return;
    const members = stored.map((place) => group[place] as Waiting);
    const oldest = oldestRequests(members);
    let events = 0;
    for (const change of result.sessions) {
      const requestedAt = oldest.get(change.sessionId);
      if (requestedAt !== undefined) change.requestedAt = requestedAt;
    }
    this.#onCommit(result);
    this.stats.groups += 1;
    members.forEach((waiting, i) => {
      const outcomes = result.outcomes[i] ?? [];
      for (const { kind } of outcomes) {
        if (kind === 'accepted') this.stats.accepted += 1;
        else if (kind === 'duplicate') this.stats.duplicates += 1;
        else this.stats.rejected += 1;
      }
      events += outcomes.length;
      this.stats.requests += 1;
      waiting.resolve(outcomes);
      this.#done(waiting);
    });
    this.#hooks.onGroup?.({
      requests: members.length,
      events,
      waitMs: startedAt - Math.min(...members.map(({ requestedAt }) => requestedAt)),
      commitMs: performance.now() - startedAt,
    });
  }

  #tellUnknown(group: readonly Waiting[]): void {
    this.stats.unknownOutcomes += 1;
    this.#hooks.onUnknown?.([...oldestRequests(group).keys()]);
  }

  #fail(group: readonly Waiting[], error: unknown): void {
    for (const waiting of group) {
      this.stats.failed += 1;
      waiting.reject(error);
      this.#done(waiting);
    }
  }

  #refuse(group: readonly Waiting[]): void {
    for (const waiting of group) {
      this.stats.refused += 1;
      waiting.reject(tooMuch());
      this.#done(waiting);
    }
  }

  #done(waiting: Waiting): void {
    this.#lanes.done(waiting);
    this.#schedule();
    if (!this.#lanes.isEmpty) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

function tooMuch(): DomainError {
  return new DomainError('SERVICE_UNAVAILABLE', 'Too many events are waiting; send them again.');
}

/** Whether the connection broke under a statement, so that nobody knows whether it was committed. */
function isConnectionLost(error: unknown): boolean {
  if (error instanceof DomainError) return false;
  const code = databaseError(error)?.code;
  return code === undefined ? isUnavailable(error) : /^(08|57P0[123])/.test(code);
}

/** Deadlock, serialization failure: the same again may go through. */
function isDeadlock(error: unknown): boolean {
  return /^40(P01|001)$/.test(databaseError(error)?.code ?? '');
}

/** The sessions that these requests name, each with the time of the oldest request that does. */
function oldestRequests(group: readonly Waiting[]): Map<string, number> {
  const oldest = new Map<string, number>();
  for (const { request, requestedAt } of group) {
    let before: string | null = null;
    for (const { sessionId } of request.events) {
      if (sessionId === null || sessionId === before) continue;
      before = sessionId;
      const known = oldest.get(sessionId);
      if (known === undefined || requestedAt < known) oldest.set(sessionId, requestedAt);
    }
  }
  return oldest;
}

/** Where a group can be cut about its middle without parting the requests of an appliance; its length where nowhere. */
function middleOf(group: readonly Waiting[]): number {
  const applianceAt = (place: number) => group[place]?.request.applianceId;
  for (let half = Math.ceil(group.length / 2); half < group.length; half++)
    if (applianceAt(half) !== applianceAt(half - 1)) return half;
  for (let half = Math.floor(group.length / 2); half > 0; half--)
    if (applianceAt(half) !== applianceAt(half - 1)) return half;
  return group.length;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
