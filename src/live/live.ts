import type pg from 'pg';
import type { Logger } from '../logger.js';
import { type Metrics, SECONDS } from '../metrics.js';
import type { AppendRequest, AppendResult, EventOutcome } from './append.js';
import { readApplianceSignatures } from './appliance-watch.js';
import type { Bus, Wake } from './bus/bus.js';
import { CommandEnds, type CommandRef } from './command-ends.js';
import { readCommandSignatures } from './command-watch.js';
import { Feed } from './feed.js';
import { FeedUnavailable } from './feed-unavailable.js';
import { Journal } from './journal.js';
import { type CookingLog, type LogOutcome, storeLogs } from './logs.js';
import { commandsTopic, Mailboxes } from './mailboxes.js';
import { JournalPages } from './pages.js';
import { Presence, type PresenceTiming } from './presence.js';
import { readHeads } from './reader.js';
import { resumePosition } from './resume.js';
import type { Job } from './scheduler.js';
import { SignatureWatch } from './signature-watch.js';
import { SilentCooks, type SilentCookTiming } from './silent-cooks.js';
import { Tails } from './tails.js';

/** How often each instance looks at what it watches, for what the bus may have lost; and how long it waits for that. */
const POLL_MS = 2_000;
/** An instance that cannot reach its database for so long ends its feeds: another one may be better off. */
const UNREACHABLE_MS = 30_000;

/** How long silences may last, for tests in a hurry. */
export interface LiveTiming {
  presence?: Partial<PresenceTiming>;
  silentCooks?: Partial<SilentCookTiming>;
}

/**
 * The live core of one process: the journal that stores events, the bus that wakes the other instances, the tails,
 * watches and mailboxes that viewers and devices follow, and the poll behind them. Owns its timers and the bus's connection; not the pool.
 */
export class Live {
  readonly tails: Tails;
  readonly appliances: SignatureWatch;
  /** What became of commands. */
  readonly commands: SignatureWatch;
  readonly mailboxes: Mailboxes;
  readonly commandEnds: CommandEnds;
  /** What has to be done again and again; the owner of this runs it. */
  readonly jobs: readonly Job[];
  readonly pages: JournalPages;
  readonly #pool: pg.Pool;
  readonly #journal: Journal;
  readonly #bus: Bus;
  readonly #log: Logger;
  readonly #monthsBack: number | undefined;
  readonly #observeLag: (seconds: number) => void;
  #pollTimer: NodeJS.Timeout | undefined;
  #reachedAt = performance.now();
  #isLooking = false;
  #looksAgain = false;
  #stopped = false;

  /** Events older than `monthsBack` are refused. */
  constructor(
    pool: pg.Pool,
    bus: Bus,
    metrics: Metrics,
    log: Logger,
    monthsBack?: number,
    timing: LiveTiming = {},
  ) {
    this.#pool = pool;
    this.#bus = bus;
    this.#log = log;
    this.#monthsBack = monthsBack;
    this.pages = new JournalPages(pool);
    this.tails = new Tails(this.pages, bus, log);
    this.appliances = new SignatureWatch(pool, readApplianceSignatures, log);
    this.commands = new SignatureWatch(pool, readCommandSignatures, log);
    const observeGroup = metrics.histogram(
      'epicura_journal_group_events',
      'Events that went to disk in one commit',
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000],
    );
    const observeWait = metrics.histogram(
      'epicura_journal_wait_seconds',
      'How long the oldest request of a group waited for it',
      SECONDS,
    );
    const observeCommit = metrics.histogram(
      'epicura_journal_commit_seconds',
      'How long a group took to go to disk',
      SECONDS,
    );
    this.#journal = new Journal(
      pool,
      log,
      (result) => this.#publish(result),
      {
        onGroup: ({ events, waitMs, commitMs }) => {
          observeGroup(events);
          observeWait(waitMs / 1000);
          observeCommit(commitMs / 1000);
        },
        onUnknown: (sessionIds) => this.tails.hear(sessionIds.map((sessionId) => ({ sessionId }))),
      },
      monthsBack,
    );
    const append = (request: AppendRequest) => this.append(request);
    const tellAppliances = (ids: string[]) => this.appliancesChanged(ids);
    const presence = new Presence(pool, tellAppliances, log, timing.presence);
    this.mailboxes = new Mailboxes(
      pool,
      log,
      (commandIds) => this.#tell(commandIds),
      (applianceId) => presence.connect(applianceId),
    );
    this.commandEnds = new CommandEnds(pool, append, (commands) => this.commandsChanged(commands));
    const silentCooks = new SilentCooks(pool, append, tellAppliances, timing.silentCooks);
    this.jobs = [this.commandEnds.job, ...presence.jobs, silentCooks.job];
    this.#observeLag = metrics.histogram(
      'epicura_delivery_lag_seconds',
      'From a request of a device to the sockets of its viewers here',
      SECONDS,
    );
    this.#register(metrics);
  }

  async start(): Promise<void> {
    await this.#bus.start((wake) => this.#wake(wake));
    this.#pollLater();
  }

  /** Waits for events under way to be answered, then stops timers and bus. Open feeds are their sockets' to close. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#pollTimer);
    await this.#journal.drain();
    await this.#bus.stop();
  }

  isConnected(): boolean {
    return this.#bus.isConnected();
  }

  /** See `Journal.append`. */
  append(request: AppendRequest): Promise<EventOutcome[]> {
    return this.#journal.append(request);
  }

  /** Stores what an appliance logged of whole cooks, and tells the feeds; see `storeLogs()`. */
  async storeLogs(applianceId: string, logs: readonly CookingLog[]): Promise<LogOutcome[]> {
    const { outcomes, result } = await storeLogs(this.#pool, applianceId, logs, this.#monthsBack);
    this.#publish(result);
    return outcomes;
  }

  /**
   * A feed of the session from a snapshot, or from the cursor `after`. Throws `VALIDATION_ERROR` for a cursor that is
   * forged, of another session, or ahead of the journal.
   */
  async openFeed(options: {
    sessionId: string;
    after: string | undefined;
    minTelemetryIntervalMs: number;
  }): Promise<Feed> {
    const { sessionId, after, minTelemetryIntervalMs } = options;
    const position = after === undefined ? undefined : await resumePosition(this.#pool, sessionId, after);
    const reset = after !== undefined && position === undefined;
    return new Feed(this.tails, this.pages, { sessionId, position, reset, minTelemetryIntervalMs });
  }

  /** Tells everybody who watches these appliances that something other than an event may have changed them. */
  appliancesChanged(applianceIds: readonly string[]): void {
    this.#tell(applianceIds);
  }

  /** Tells the devices that these commands are for, and everybody who watches one of them. */
  commandsChanged(commands: readonly CommandRef[]): void {
    this.#tell(commands.flatMap(({ id, applianceId }) => [commandsTopic(applianceId), id]));
  }

  #tell(ids: readonly string[]): void {
    this.#wakeWatchers(ids);
    this.#bus.publish({ sessions: [], applianceIds: ids });
  }

  /** Each passes over what nobody here watches. */
  #wakeWatchers(ids: readonly string[]): void {
    this.appliances.wake(ids);
    this.commands.wake(ids);
    this.mailboxes.wake(ids);
  }

  #register(metrics: Metrics): void {
    const { stats } = this.tails;
    metrics.gauge('epicura_viewers', 'Feeds of cooks that are open', () => this.tails.readers);
    metrics.gauge('epicura_devices', 'Devices that are connected for commands', () => this.mailboxes.size);
    metrics.gauge('epicura_watched_sessions', 'Cooks that somebody watches here', () => this.tails.size);
    metrics.counter('epicura_deliveries_total', 'Events handed to viewers', () => stats.delivered);
    metrics.counter(
      'epicura_skipped_events_total',
      'Readings left out for slow viewers',
      () => stats.skipped,
    );
    metrics.counter('epicura_ring_events_total', 'Events that feeds took from memory', () => stats.fromRing);
    metrics.counter('epicura_catch_up_events_total', 'Events that feeds read back', () => stats.fromTable);
    metrics.counter('epicura_catch_up_pages_total', 'Pages of journals read', () => this.pages.reads);
    const bus = this.#bus;
    const journal = this.#journal;
    metrics.gauge(
      'epicura_journal_queued_events',
      'Events that wait for their answer',
      () => journal.queuedEvents,
    );
    metrics.counter('epicura_journal_accepted_total', 'Events stored', () => journal.stats.accepted);
    metrics.counter(
      'epicura_journal_duplicates_total',
      'Events stored before',
      () => journal.stats.duplicates,
    );
    metrics.counter(
      'epicura_journal_rejected_total',
      'Events that were refused',
      () => journal.stats.rejected,
    );
    metrics.counter(
      'epicura_journal_refused_total',
      'Requests refused because too much was waiting',
      () => journal.stats.refused,
    );
    metrics.counter(
      'epicura_journal_alone_total',
      'Requests that left their group',
      () => journal.stats.aloneRequests,
    );
    metrics.counter('epicura_journal_retries_total', 'Groups tried again', () => journal.stats.retries);
    metrics.counter('epicura_bus_sent_total', 'Messages to other instances', () => bus.stats.sent);
    metrics.counter('epicura_bus_received_total', 'Messages of other instances', () => bus.stats.received);
    metrics.counter('epicura_bus_reconnects_total', 'Connections made again', () => bus.stats.reconnects);
    metrics.counter('epicura_bus_dropped_total', 'Messages that nobody was told', () => bus.stats.dropped);
    metrics.gauge('epicura_bus_connected', 'Whether other instances can be heard', () =>
      Number(bus.isConnected()),
    );
  }

  #publish({ sessions, appliances }: AppendResult): void {
    for (const change of sessions) {
      if (!this.tails.offer(change) || change.requestedAt === undefined) continue;
      this.#observeLag((performance.now() - change.requestedAt) / 1000);
    }
    const applianceIds = appliances.map(({ applianceId }) => applianceId);
    this.appliances.wake(applianceIds);
    if (sessions.length > 0 || applianceIds.length > 0) this.#bus.publish({ sessions, applianceIds });
  }

  #wake(wake: Wake): void {
    if (wake === 'everything') {
      void this.#lookAtAll();
    } else {
      this.tails.hear(wake.sessions);
      this.#wakeWatchers(wake.applianceIds);
    }
  }

  #pollLater(): void {
    if (this.#stopped) return;
    this.#pollTimer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  async #poll(): Promise<void> {
    await this.#lookAtAll();
    this.#pollLater();
  }

  /** One query for all journals that are watched, however many those are; what asks meanwhile gets one more look. */
  async #lookAtAll(): Promise<void> {
    this.#looksAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#looksAgain && !this.#stopped) {
      this.#looksAgain = false;
      this.appliances.wake();
      this.commands.wake();
      this.mailboxes.wake();
      try {
        const watched = this.tails.watchedIds();
        if (watched.length > 0) this.tails.compare(await readHeads(this.#pool, watched, POLL_MS));
        this.#reachedAt = performance.now();
        this.tails.wakeStalled();
      } catch (err) {
        this.#log.warn({ err }, 'the live poll failed');
        if (performance.now() - this.#reachedAt > UNREACHABLE_MS) this.#failAll(new FeedUnavailable());
      }
    }
    this.#isLooking = false;
  }

  #failAll(error: FeedUnavailable): void {
    this.tails.failAll(error);
    this.appliances.failAll(error);
    this.commands.failAll(error);
    this.mailboxes.failAll(error);
  }
}
