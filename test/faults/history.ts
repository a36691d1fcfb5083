import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { SessionStatus } from '../../src/db/tables/cooking-sessions.js';
import type { Instant } from '../../src/instant.js';
import type { EventType, Payload } from '../../src/live/events.js';

/** An event as its device made it, in the form in which it is to be stored. */
export interface SentEvent {
  applianceId: string;
  deviceSequence: number;
  recordedAt: Instant;
  sessionId: string | null;
  type: EventType;
  payload: Payload;
}

/** A request of a device. `order` counts everything that devices sent and heard, over the whole run. */
export interface Attempt {
  order: number;
  device: string;
  events: SentEvent[];
  /** What the server said to it; without an answer nobody knows what became of the events. */
  answer?: Answer;
}

export interface Answer {
  order: number;
  accepted: number;
  duplicates: number;
  rejected: { deviceSequence: number; recordedAt: Instant; code: string }[];
}

/** A row of `telemetry_events`. */
export interface StoredEvent extends Omit<SentEvent, 'deviceSequence'> {
  deviceSequence: number | null;
  sequence: number | null;
  receivedAt: Instant;
  clockOffsetMs: number | null;
}

/** A row of `cooking_sessions`, as far as its journal determines it. */
export interface StoredSession {
  id: string;
  status: SessionStatus;
  lastSequence: number;
  firstRecordedAt: Instant | null;
  lastRecordedAt: Instant | null;
}

export type Entry =
  | { kind: 'snapshot'; sequence: number; status: SessionStatus; reset: boolean }
  | { kind: 'skipped'; fromSequence: number; toSequence: number; reason: string }
  | {
      kind: 'event';
      sequence: number;
      type: EventType;
      recordedAt: Instant;
      receivedAt: Instant;
      payload: Payload;
    };

/** What came between a `subscribe` and whatever ended it. */
export interface Subscription {
  /** The sequence that its `after` stands for; null without one. */
  after: number | null;
  instance: number;
  entries: Entry[];
  completed: boolean;
}

/** All that one viewer saw of one cook. */
export interface Stream {
  viewer: string;
  sessionId: string;
  minTelemetryIntervalMs: number;
  /** A stream that began after everything had settled, from the start: it must hold the whole journal. */
  isAudit: boolean;
  subscriptions: Subscription[];
}

/** What is checked at the end of a run. */
export interface Evidence {
  attempts: readonly Attempt[];
  stored: readonly StoredEvent[];
  sessions: readonly StoredSession[];
  streams: readonly Stream[];
}

/**
 * Keeps what was sent, answered and seen, in memory for the checker and, line by line as it happens, in a file for
 * whoever has to find out how a violation came about.
 */
export class History {
  readonly attempts: Attempt[] = [];
  readonly streams: Stream[] = [];
  /** What parts of the run saw that must never be, in words. */
  readonly incidents: string[] = [];
  readonly #file: WriteStream;
  readonly #startedAt = Date.now();
  #order = 0;

  constructor(path: string) {
    this.#file = createWriteStream(path);
  }

  get elapsedSeconds(): number {
    return (Date.now() - this.#startedAt) / 1000;
  }

  sent(device: string, events: SentEvent[]): Attempt {
    const attempt: Attempt = { order: this.#order++, device, events };
    this.attempts.push(attempt);
    this.note('sent', { ...attempt });
    return attempt;
  }

  answered(attempt: Attempt, answer: Omit<Answer, 'order'>): void {
    attempt.answer = { order: this.#order++, ...answer };
    this.note('answered', { to: attempt.order, ...attempt.answer });
  }

  /** A viewer begins to follow a cook. */
  follow(stream: Omit<Stream, 'subscriptions'>): Stream {
    const followed = { ...stream, subscriptions: [] };
    this.streams.push(followed);
    return followed;
  }

  subscribed(stream: Stream, after: number | null, instance: number): Subscription {
    const subscription: Subscription = { after, instance, entries: [], completed: false };
    stream.subscriptions.push(subscription);
    this.note('subscribed', { viewer: stream.viewer, sessionId: stream.sessionId, after, instance });
    return subscription;
  }

  saw(stream: Stream, subscription: Subscription, entry: Entry): void {
    subscription.entries.push(entry);
    this.note('saw', { viewer: stream.viewer, entry });
  }

  completed(stream: Stream, subscription: Subscription): void {
    subscription.completed = true;
    this.note('completed', { viewer: stream.viewer, sessionId: stream.sessionId });
  }

  incident(what: string): void {
    this.incidents.push(`at ${this.elapsedSeconds.toFixed(1)} s: ${what}`);
    this.note('incident', { what });
  }

  note(what: string, more: object = {}): void {
    this.#file.write(`${JSON.stringify({ at: new Date().toISOString(), what, ...more })}\n`);
  }

  async close(): Promise<void> {
    this.#file.end();
    await finished(this.#file);
  }
}
