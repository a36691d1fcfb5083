import { toMicroseconds } from '../instant.js';
import { isTelemetry } from './entries.js';
import type { JournalEvent } from './events.js';

/** Decides, by the device's clock, which readings and heartbeats a viewer wants who asked for at most one an interval. */
export class Thinning {
  readonly #intervalMicroseconds: number;
  readonly #last: { temperature?: number; heartbeat?: number } = {};

  constructor(intervalMs: number) {
    this.#intervalMicroseconds = intervalMs * 1000;
  }

  /** Whether the viewer wants this event; everything but readings and heartbeats always passes. */
  admits(event: JournalEvent): boolean {
    if (!isTelemetry(event)) return true;
    const type = event.type as 'temperature' | 'heartbeat';
    const at = toMicroseconds(event.recordedAt);
    const last = this.#last[type];
    if (last !== undefined && Math.abs(at - last) < this.#intervalMicroseconds) return false;
    this.#last[type] = at;
    return true;
  }
}
