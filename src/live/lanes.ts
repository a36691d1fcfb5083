import type { AppendRequest, EventOutcome } from './append.js';

/** A request whose sender waits for the answer. */
export interface Waiting {
  request: AppendRequest;
  /** When it was handed to the journal, by `performance.now()`. */
  requestedAt: number;
  resolve: (outcomes: EventOutcome[]) => void;
  reject: (error: unknown) => void;
}

interface Lane {
  waiting: Waiting[];
  /** Requests that were taken and not answered yet; while there are any, no more are taken. */
  underWay: number;
}

/**
 * The requests that wait, in a lane for each appliance: those of one appliance are stored one after another, in the
 * order in which they came, and those of others never wait for them. Lanes take turns.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  /** Lanes from which something may be taken, the longest ready first. */
  readonly #ready = new Set<Lane>();
  #events = 0;

  /** Events that are not answered yet, those under way included. */
  get events(): number {
    return this.#events;
  }

  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Whether nobody waits for an answer. */
  get isEmpty(): boolean {
    return this.#lanes.size === 0;
  }

  add(waiting: Waiting): void {
    const { applianceId, events } = waiting.request;
    this.#events += events.length;
    let lane = this.#lanes.get(applianceId);
    if (!lane) {
      lane = { waiting: [], underWay: 0 };
      this.#lanes.set(applianceId, lane);
    }
    lane.waiting.push(waiting);
    if (lane.underWay === 0) this.#ready.add(lane);
  }

  /** Takes requests for a group of at most so many events, or of one request. Each must be answered and told `done`. */
  take(maxEvents: number): Waiting[] {
    const group: Waiting[] = [];
    let events = 0;
    for (const lane of this.#ready) {
      const fits = ({ request }: Waiting) => {
        events += request.events.length;
        return group.length === 0 || events <= maxEvents;
      };
      let size = 0;
      for (const waiting of lane.waiting) {
        if (!fits(waiting)) break;
        group.push(waiting);
        size += 1;
      }
      const isFull = size < lane.waiting.length;
      if (size > 0) {
        lane.waiting.splice(0, size);
        lane.underWay = size;
        this.#ready.delete(lane);
      }
      if (isFull || events >= maxEvents) break;
    }
    return group;
  }

  /** Says that a request that was taken is answered. */
  done({ request }: Waiting): void {
    this.#events -= request.events.length;
    const lane = this.#lanes.get(request.applianceId);
    if (!lane) return;
    lane.underWay -= 1;
    if (lane.underWay > 0) return;
    if (lane.waiting.length > 0) this.#ready.add(lane);
    else this.#lanes.delete(request.applianceId);
  }
}
