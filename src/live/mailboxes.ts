import type pg from 'pg';
import type { Logger } from '../logger.js';
import { abortable, Wakeup } from './abortable.js';

/** Appliances whose commands are read in one statement. */
const MAX_READ = 1_000;
const TOPIC = 'commands:';

/** What the bus calls the commands for an appliance: telemetry, which names the appliance, wakes nobody's mailbox. */
export function commandsTopic(applianceId: string): string {
  return TOPIC + applianceId;
}

/** A command that waits for its device's word. */
interface OpenCommand {
  id: string;
  applianceId: string;
  isPending: boolean;
}

/** Those for the home that the appliance is in now; STOP before all, then the oldest first. */
async function readOpen(pool: pg.Pool, applianceIds: readonly string[]): Promise<OpenCommand[]> {
  const { rows } = await pool.query<OpenCommand>({
    name: 'open-commands',
    text: `SELECT c.id, c.appliance_id AS "applianceId", c.state = 'pending' AS "isPending"
           FROM appliance_commands c
           JOIN appliances a ON a.id = c.appliance_id AND a.user_id = c.user_id AND a.unpaired_at IS NULL
           WHERE c.appliance_id = ANY($1::uuid[]) AND c.state IN ('pending', 'delivered')
             AND c.expires_at > clock_timestamp()
           ORDER BY c.kind <> 'stop', c.created_at, c.id`,
    values: [applianceIds],
  });
  return rows;
}

/** Notes that these are handed over; returns those of which that was not known. */
async function markDelivered(pool: pg.Pool, ids: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'mark-commands-delivered',
    text: `WITH handed AS (
             SELECT id FROM appliance_commands WHERE id = ANY($1::uuid[]) AND state = 'pending'
             ORDER BY id FOR NO KEY UPDATE
           )
           UPDATE appliance_commands c SET state = 'delivered', updated_at = clock_timestamp()
           FROM handed WHERE c.id = handed.id
           RETURNING c.id`,
    values: [ids],
  });
  return rows.map(({ id }) => id);
}

/** One connection of a device: what it was handed, and what it is to get next. */
class Mailbox {
  readonly #handed = new Set<string>();
  readonly #wakeup: Wakeup;
  #waiting: string[] = [];

  constructor(signal: AbortSignal) {
    this.#wakeup = new Wakeup(signal);
  }

  /** Takes all commands of the appliance that are open now, in the order in which they are to be handed over. */
  fill(open: readonly string[]): void {
    for (const id of this.#handed) if (!open.includes(id)) this.#handed.delete(id);
    this.#waiting = open.filter((id) => !this.#handed.has(id));
    if (this.#waiting.length > 0) this.#wakeup.set();
  }

  take(): string | undefined {
    const id = this.#waiting.shift();
    if (id !== undefined) this.#handed.add(id);
    return id;
  }

  wait(): Promise<void> {
    return this.#wakeup.wait();
  }

  fail(error: Error): void {
    this.#wakeup.fail(error);
  }
}

/**
 * The commands for the devices that are connected here. Whoever stores one says so, to the other instances by the bus;
 * and the poll reads all that is open for those who are connected, so that the loss of every message costs seconds. At
 * most one such query runs at a time. A command that was handed over and not answered comes again with the next
 * connection: there is one effect, because there is one answer.
 */
export class Mailboxes {
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  readonly #onDelivered: (commandIds: string[]) => void;
  readonly #connect: (applianceId: string) => () => void;
  readonly #boxes = new Map<string, Set<Mailbox>>();
  readonly #woken = new Set<string>();
  #isReading = false;

  /**
   * `onDelivered` hears which commands are delivered for the first time. `connect` is called for each device that comes,
   * and what it returns when that connection ends.
   */
  constructor(
    pool: pg.Pool,
    log: Logger,
    onDelivered: (commandIds: string[]) => void,
    connect: (applianceId: string) => () => void,
  ) {
    this.#pool = pool;
    this.#log = log;
    this.#onDelivered = onDelivered;
    this.#connect = connect;
  }

  /** Devices that are connected here. */
  get size(): number {
    return this.#boxes.size;
  }

  /** There may be something new for these topics of `commandsTopic`; without an argument, for all who are connected. */
  wake(topics: Iterable<string> = this.#boxes.keys()): void {
    for (const topic of topics) if (this.#boxes.has(topic)) this.#woken.add(topic);
    if (this.#woken.size > 0 && !this.#isReading) void this.#read();
  }

  /** Ends all that are open, with that error. */
  failAll(error: Error): void {
    for (const boxes of this.#boxes.values()) for (const box of boxes) box.fail(error);
  }

  /** The ids of the commands for an appliance: those that are open at once, then each that comes. Ends only by `failAll`. */
  open(applianceId: string): AsyncIterableIterator<string, void> {
    return abortable((signal) => this.#follow(applianceId, signal));
  }

  async *#follow(applianceId: string, signal: AbortSignal): AsyncGenerator<string, void> {
    const topic = commandsTopic(applianceId);
    const box = new Mailbox(signal);
    const boxes = this.#boxes.get(topic) ?? new Set();
    this.#boxes.set(topic, boxes.add(box));
    const disconnect = this.#connect(applianceId);
    try {
      this.wake([topic]);
      while (!signal.aborted) {
        const id = box.take();
        if (id === undefined) await box.wait();
        else yield id;
      }
    } finally {
      boxes.delete(box);
      if (boxes.size === 0 && this.#boxes.get(topic) === boxes) this.#boxes.delete(topic);
      disconnect();
    }
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#woken.size > 0) {
        const topics = [...this.#woken].slice(0, MAX_READ);
        for (const topic of topics) this.#woken.delete(topic);
        await this.#fill(topics);
      }
    } catch (err) {
      this.#log.warn({ err }, 'could not read the commands for devices'); // the poll comes back to it
    } finally {
      this.#isReading = false;
    }
  }

  async #fill(topics: readonly string[]): Promise<void> {
    const open = new Map<string, string[]>(topics.map((topic) => [topic, []]));
    const pending: string[] = [];
    for (const { id, applianceId, isPending } of await readOpen(
      this.#pool,
      topics.map((topic) => topic.slice(TOPIC.length)),
    )) {
      open.get(commandsTopic(applianceId))?.push(id);
      if (isPending) pending.push(id);
    }
    const delivered = pending.length > 0 ? await markDelivered(this.#pool, pending) : [];
    for (const [topic, ids] of open) for (const box of this.#boxes.get(topic) ?? []) box.fill(ids);
    if (delivered.length > 0) this.#onDelivered(delivered);
  }
}
