import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromMicroseconds, parseInstant } from '../../src/instant.js';
import { drawChance, drawInteger, type Random } from '../../src/kitchen/random.js';
import { pick, randomFor } from './chance.js';
import { Cook, heartbeat } from './cook.js';
import { type Reading, storedForm } from './forms.js';
import type { Answer, History, SentEvent } from './history.js';
import type { Home } from './homes.js';
import { Outbox } from './outbox.js';
import { HttpTransport, SocketTransport, type Transport } from './transport.js';

const RECORD = `mutation ($input: RecordTelemetryInput!) {
  recordTelemetry(input: $input) { accepted duplicates rejected { deviceSequence recordedAt code } }
}`;
const START = `mutation ($input: StartCookingInput!) { startCooking(input: $input) { session { uuid } } }`;

/** "Try again": every other refusal of what a device here sends is a fault of the server. */
const PASSING = new Set(['SERVICE_UNAVAILABLE', 'RATE_LIMITED']);
const TICK_MS = 60;
/** A device that the servers do not keep up with makes no more events for a while. */
const MOST_WAITING = 5_000;

export interface DeviceOptions {
  name: string;
  seed: number;
  home: Home;
  over: 'http' | 'websocket';
  urls: readonly string[];
  history: History;
  cookMs: { least: number; most: number };
  onCook: (cook: Cook) => void;
}

/** An appliance that cooks one dish after the other, and sends what it has to tell until that is acknowledged. */
export class Device {
  readonly name: string;
  /** How far its clock is ahead of the real one. */
  skewMs = 0;
  lastFailure = 'none';
  readonly #options: DeviceOptions;
  readonly #random: Random;
  readonly #outbox: Outbox;
  readonly #transport: Transport;
  readonly #sending: Promise<void>;
  /** The form in which an event is sent, beside the one in which it is to be stored. */
  readonly #readings = new WeakMap<SentEvent, Reading>();
  readonly #waiting: { since: number; resolve: () => void }[] = [];
  #deviceSequence = 0;
  #finishing = false;
  #stopped = false;
  #requests = 0;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.name = options.name;
    this.#random = randomFor(options.seed, options.name);
    this.#outbox = new Outbox(this.#random);
    const { deviceToken } = options.home;
    this.#transport =
      options.over === 'http' ? new HttpTransport(deviceToken) : new SocketTransport(deviceToken);
    this.#sending = this.#send();
  }

  get unacknowledged(): number {
    return this.#outbox.size;
  }

  /** Resolves when a request that is sent from now on was answered. */
  progress(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ since: this.#requests, resolve });
    });
  }

  /** Cooks until `finish`; resolves when the last cook has ended and everything is acknowledged. */
  async run(): Promise<void> {
    const { least, most } = this.#options.cookMs;
    while (!this.#finishing && !this.#stopped) {
      const sessionId = await this.#startCooking();
      if (sessionId === undefined) break;
      const cook = new Cook(sessionId, this.#random, drawInteger(this.#random, least, most));
      this.#options.onCook(cook);
      await this.#cook(cook);
    }
    this.#outbox.release(true);
    while (!this.#outbox.isEmpty && !this.#stopped) await sleep(TICK_MS);
  }

  /** Ends the present cook and begins no other. */
  finish(): void {
    this.#finishing = true;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#transport.close();
    await this.#sending;
  }

  async #cook(cook: Cook): Promise<void> {
    while (!cook.isOver && !this.#finishing && !this.#stopped) {
      if (this.#outbox.size < MOST_WAITING) {
        for (const reading of cook.next()) this.#make(cook.sessionId, reading, 'status' in reading === false);
        if (drawChance(this.#random, 0.05)) this.#make(null, heartbeat(this.#random), true);
      }
      this.#outbox.release(false);
      await sleep(TICK_MS);
    }
    const end = this.#make(cook.sessionId, cook.end(), false);
    while (this.#outbox.has(end) && !this.#stopped) await sleep(20);
  }

  #make(sessionId: string | null, reading: Reading, mayWait: boolean): SentEvent {
    this.#deviceSequence += 1;
    const event: SentEvent = {
      applianceId: this.#options.home.applianceId,
      deviceSequence: this.#deviceSequence,
      recordedAt: fromMicroseconds((Date.now() + this.skewMs) * 1000 + drawInteger(this.#random, 0, 999)),
      sessionId,
      ...storedForm(reading),
    };
    this.#readings.set(event, reading);
    this.#outbox.add(event, mayWait);
    return event;
  }

  async #startCooking(): Promise<string | undefined> {
    const sessionUuid = randomUUID();
    while (!this.#stopped) {
      const input = { recipeId: this.#options.home.recipeId, sessionUuid };
      const { data, codes } = await this.#transport.ask<{ startCooking: object | null }>(this.#url(), START, {
        input,
      });
      if (data?.startCooking) return sessionUuid;
      await this.#fail('startCooking', codes);
    }
    return undefined;
  }

  async #send(): Promise<void> {
    while (!this.#stopped) {
      const batch = this.#outbox.batch();
      if (batch.length === 0) await sleep(10);
      // A retry that overtakes the first try, or two batches that share events, to any servers at the same time.
      else if (drawChance(this.#random, 0.2)) {
        const other = drawChance(this.#random, 0.5) ? batch : this.#outbox.batch();
        await Promise.all([this.#attempt(batch), this.#attempt(other)]);
      } else await this.#attempt(batch);
    }
  }

  async #attempt(events: SentEvent[]): Promise<void> {
    const { history } = this.#options;
    this.#requests += 1;
    const request = this.#requests;
    const tellsTime = this.skewMs !== 0 || drawChance(this.#random, 0.3);
    const sentAt = tellsTime ? new Date(Date.now() + this.skewMs).toISOString() : null;
    const input = { sentAt, events: events.map((event) => this.#inputOf(event)) };
    const attempt = history.sent(this.name, events);
    const { data, codes } = await this.#transport.ask<{ recordTelemetry: Omit<Answer, 'order'> }>(
      this.#url(),
      RECORD,
      { input },
    );
    if (!data?.recordTelemetry) return this.#fail('recordTelemetry', codes);
    const { rejected, ...counts } = data.recordTelemetry;
    history.answered(attempt, {
      ...counts,
      rejected: rejected.map(({ recordedAt, ...event }) => ({
        ...event,
        recordedAt: parseInstant(recordedAt) ?? recordedAt,
      })),
    });
    this.#outbox.acknowledge(events);
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.since < request) waiting.resolve();
      else this.#waiting.push(waiting);
    }
  }

  #inputOf(event: SentEvent) {
    const { deviceSequence, recordedAt, sessionId } = event;
    return { deviceSequence, recordedAt, sessionId, reading: this.#readings.get(event) };
  }

  async #fail(what: string, codes: readonly string[]): Promise<void> {
    this.lastFailure = `${what}: ${codes.join(', ') || 'no answer'}`;
    const { history } = this.#options;
    history.note('refused', { device: this.name, what, codes });
    for (const code of codes) {
      if (!PASSING.has(code)) history.incident(`${this.name} was refused ${what} with ${code}`);
    }
    await sleep(drawInteger(this.#random, 30, 150));
  }

  #url(): string {
    return pick(this.#random, this.#options.urls);
  }
}
