import type { Reading } from '../kitchen/readings.js';
import { formatMicroseconds, nowMicroseconds } from './clock.js';
import { type Cloud, CloudError } from './cloud.js';
import { RECORD_TELEMETRY, type TelemetryRecorded } from './documents.js';
import type { SimulatorLog } from './log.js';
import type { Memory, MemoryFiles, OutgoingEvent } from './memory.js';
import { Patience } from './patience.js';
import type { Timing } from './timing.js';
import { Bell, sleep } from './waiting.js';

export interface OutboxOptions {
  memory: Memory;
  files: MemoryFiles;
  cloud: Cloud;
  timing: Timing;
  log: SimulatorLog;
  deviceId: string;
  /** The cloud says that the appliance has no home. */
  onUnpaired: () => void;
  /** The cloud does not know this cook. */
  onUnknownSession: (sessionId: string) => void;
}

/** Well below the 500 that the cloud takes at once. */
const MAX_BATCH_EVENTS = 200;
/** Some two megabytes of memory file; at speed 10 an hour of cooking. */
const MAX_PENDING_EVENTS = 5_000;
/** What the cloud says about a request that will never pass as it is. */
const UNFIT = new Set(['BAD_USER_INPUT', 'VALIDATION_ERROR', 'PAYLOAD_TOO_LARGE']);

/**
 * What a robot has to tell. Events leave in their order, in batches that are sent again, the same, until the cloud
 * acknowledges them; only what is saved is sent, so that no number is ever used twice. When too much is waiting, the
 * oldest temperature readings go first.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #patience: Patience;
  readonly #bell = new Bell();
  readonly #closing = new AbortController();
  readonly #life = new AbortController();
  #savedSequence: number;
  #batch: readonly OutgoingEvent[] = [];
  #batchLimit = MAX_BATCH_EVENTS;
  #dropped = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#patience = new Patience(options.log, { deviceId: options.deviceId }, options.timing);
    this.#savedSequence = options.memory.deviceSequence;
    if (options.memory.pending.length > 0) this.#bell.ring();
  }

  /** Whether everything was acknowledged or refused. */
  get isEmpty(): boolean {
    return this.#options.memory.pending.length === 0;
  }

  /** Takes a reading in, made at `atMicroseconds` or as soon after its predecessor as can be told apart. */
  add(reading: Reading, sessionId: string | undefined, atMicroseconds: number): void {
    const { memory } = this.#options;
    memory.deviceSequence += 1;
    memory.lastRecordedAt = Math.max(memory.lastRecordedAt + 1, Math.floor(atMicroseconds));
    memory.pending.push({
      deviceSequence: memory.deviceSequence,
      ...(sessionId === undefined ? {} : { sessionId }),
      recordedAt: formatMicroseconds(memory.lastRecordedAt),
      reading,
    });
    if (memory.pending.length > MAX_PENDING_EVENTS) this.#dropOne();
  }

  /** Saves the robot's memory; what was added before may be sent then. */
  async commit(): Promise<void> {
    const { memory, files } = this.#options;
    const { deviceSequence } = memory;
    await files.saveMemory(memory);
    this.#savedSequence = Math.max(this.#savedSequence, deviceSequence);
    this.#bell.ring();
  }

  /** Sends until `close`. Throws only on a fault of the program. */
  async run(): Promise<void> {
    const { signal } = this.#life;
    while (!signal.aborted) {
      if (this.#batch.length === 0) this.#batch = this.#nextBatch();
      if (this.#batch.length === 0) {
        if (this.#closing.signal.aborted) return;
        await this.#bell.wait(this.#closing.signal);
        continue;
      }
      const failure = await this.#send(this.#batch);
      if (failure !== undefined && this.#closing.signal.aborted) return;
      await sleep(failure ?? this.#options.timing.tick, this.#closing.signal);
    }
  }

  /** Sends what it can within `timing.flush`, then ends `run`. */
  async close(running: Promise<void>): Promise<void> {
    const timer = setTimeout(() => this.#life.abort(), this.#options.timing.flush);
    this.#closing.abort();
    await running.finally(() => clearTimeout(timer));
  }

  #nextBatch(): OutgoingEvent[] {
    return this.#options.memory.pending
      .slice(0, this.#batchLimit)
      .filter(({ deviceSequence }) => deviceSequence <= this.#savedSequence);
  }

  /** Returns how long to wait when the batch did not pass. */
  async #send(batch: readonly OutgoingEvent[]): Promise<number | undefined> {
    const { cloud, timing, onUnpaired } = this.#options;
    try {
      const input = { events: batch, sentAt: formatMicroseconds(nowMicroseconds()) };
      const answer = await cloud.request<TelemetryRecorded>(RECORD_TELEMETRY, { input }, this.#life.signal);
      this.#patience.reset();
      this.#batchLimit = Math.min(MAX_BATCH_EVENTS, this.#batchLimit * 2);
      this.#forget(batch);
      this.#readRejections(batch, answer.recordTelemetry.rejected);
      return undefined;
    } catch (error) {
      if (error instanceof CloudError && UNFIT.has(error.code)) return this.#split(batch, error);
      if (error instanceof CloudError && error.code === 'FORBIDDEN') {
        onUnpaired();
        return timing.pairingPoll;
      }
      return this.#patience.delayAfter(error);
    }
  }

  /** Finds the event that spoils a batch by halving it, so that the others pass. */
  #split(batch: readonly OutgoingEvent[], { code, message }: CloudError): number {
    const { log, deviceId, timing } = this.#options;
    if (batch.length === 1) {
      log.error(
        { deviceId, code, reason: message, event: batch[0] },
        'the cloud cannot take this event; dropped',
      );
      this.#forget(batch);
    }
    this.#batchLimit = Math.max(1, Math.floor(batch.length / 2));
    this.#batch = [];
    return timing.tick;
  }

  #forget(batch: readonly OutgoingEvent[]): void {
    const { memory } = this.#options;
    const done = new Set(batch);
    memory.pending = memory.pending.filter((event) => !done.has(event));
    this.#batch = [];
    this.#dropped = 0;
  }

  #readRejections(
    batch: readonly OutgoingEvent[],
    rejected: TelemetryRecorded['recordTelemetry']['rejected'],
  ): void {
    const { log, deviceId, onUnknownSession } = this.#options;
    for (const { deviceSequence, code, message } of rejected) {
      log.warn({ deviceId, deviceSequence, code, reason: message }, 'the cloud rejected an event; dropped');
      const event = batch.find((one) => one.deviceSequence === deviceSequence);
      if (code === 'NOT_FOUND' && event?.sessionId !== undefined) onUnknownSession(event.sessionId);
    }
  }

  #dropOne(): void {
    const { memory, log, deviceId } = this.#options;
    const underWay = new Set(this.#batch);
    const oldest = (isDispensable: (event: OutgoingEvent) => boolean) =>
      memory.pending.findIndex((event) => !underWay.has(event) && isDispensable(event));
    const index = [
      oldest(({ reading }) => 'temperature' in reading),
      oldest(({ reading }) => 'heartbeat' in reading),
      oldest(() => true),
    ].find((place) => place >= 0);
    if (index === undefined) return;
    memory.pending.splice(index, 1);
    if (this.#dropped % 1000 === 0) {
      log.warn(
        { deviceId, pending: memory.pending.length },
        'too much is waiting; dropping the oldest readings',
      );
    }
    this.#dropped += 1;
  }
}
