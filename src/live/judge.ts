import type { Instant } from '../instant.js';
import type { AppendRequest, EventOutcome } from './append.js';
import type { SentEvent } from './append-sql.js';
import type { NewEvent } from './events.js';
import { correctClock } from './fold.js';
import type { KnownAppliance, KnownSession } from './heads.js';
import type { Findings } from './plan.js';
import type { ApplianceHead, SessionHead } from './project.js';

/** An accepted event, and where its outcome stands, because that can still change. */
export interface Accepted {
  event: NewEvent;
  clockOffsetMs: number | null;
  outcomes: EventOutcome[];
  place: number;
}

/** What the judge keeps of one appliance in a group. */
interface Lane {
  accepted: Accepted[];
  /** The greatest `recordedAt` of `accepted`: whatever is later repeats none of them. */
  newestAt: string;
  /** `accepted` by key, made when an event comes that is not later. */
  byKey: Map<string, NewEvent> | null;
}

const ACCEPTED: EventOutcome = { kind: 'accepted' };
export const DUPLICATE: EventOutcome = { kind: 'duplicate' };
const OTHER_CONTENT: EventOutcome = {
  kind: 'rejected',
  code: 'CONFLICT',
  message: 'deviceSequence: an event of this number and time is stored with other content',
};
const NO_SESSION: EventOutcome = {
  kind: 'rejected',
  code: 'NOT_FOUND',
  message: 'sessionId: no such session of this appliance',
};
const NO_APPLIANCE: EventOutcome = { kind: 'rejected', code: 'NOT_FOUND', message: 'no such appliance' };
const TOO_OLD = outOfWindow('is older than telemetry is kept');
const TOO_NEW = outOfWindow('is more than 24 hours ahead');

function outOfWindow(message: string): EventOutcome {
  return { kind: 'rejected', code: 'VALIDATION_ERROR', message: `recordedAt: ${message}` };
}

/**
 * Decides about each event of a group alone, in the order in which they were sent. An event that is later than all that
 * the appliance has stored cannot be there already; any other's key must have been looked up, or is added to `probes`.
 */
export class Judge {
  readonly probes: SentEvent[] = [];
  readonly bySession = new Map<KnownSession, Accepted[]>();
  readonly #lanes = new Map<string, Lane>();
  readonly #appliances: ReadonlyMap<string, KnownAppliance>;
  readonly #sessions: ReadonlyMap<string, KnownSession>;
  readonly #findings: Findings;

  constructor(
    appliances: ReadonlyMap<string, KnownAppliance>,
    sessions: ReadonlyMap<string, KnownSession>,
    findings: Findings,
  ) {
    this.#appliances = appliances;
    this.#sessions = sessions;
    this.#findings = findings;
  }

  /** What becomes of each event of a request. */
  judge({ applianceId, clockOffsetMs, events }: AppendRequest): EventOutcome[] {
    const appliance = this.#appliances.get(applianceId);
    if (!appliance) return events.map(() => NO_APPLIANCE);
    const lane = this.#laneOf(applianceId);
    const outcomes: EventOutcome[] = [];
    for (let place = 0; place < events.length; place++) {
      const event = events[place] as NewEvent;
      const session = event.sessionId === null ? null : this.#sessions.get(event.sessionId);
      const outcome = this.#judgeOne(appliance, lane, event, session, clockOffsetMs);
      outcomes.push(outcome);
      if (outcome !== ACCEPTED) continue;
      const accepted = { event, clockOffsetMs, outcomes, place };
      lane.accepted.push(accepted);
      lane.byKey?.set(keyOf(event), event);
      if (event.recordedAt > lane.newestAt) lane.newestAt = event.recordedAt;
      if (!session) continue;
      const ofSession = this.bySession.get(session);
      if (ofSession) ofSession.push(accepted);
      else this.bySession.set(session, [accepted]);
    }
    return outcomes;
  }

  /** The accepted events of an appliance, in the order in which they were sent. */
  acceptedOf(applianceId: string): Accepted[] {
    return this.#lanes.get(applianceId)?.accepted ?? [];
  }

  #judgeOne(
    { head }: KnownAppliance,
    lane: Lane,
    event: NewEvent,
    session: KnownSession | null | undefined,
    clockOffsetMs: number | null,
  ): EventOutcome {
    const { probeAll, probed, window } = this.#findings;
    const { recordedAt } = event;
    if (event.deviceSequence !== null) {
      if (probeAll || (head.reportedAt !== null && recordedAt <= head.reportedAt)) {
        const stored = probed.get(event);
        if (stored === undefined) this.probes.push({ applianceId: head.id, event });
        else if (stored !== null) return stored.same ? DUPLICATE : OTHER_CONTENT;
      }
      if (recordedAt <= lane.newestAt) {
        lane.byKey ??= new Map(lane.accepted.map((accepted) => [keyOf(accepted.event), accepted.event]));
        const earlier = lane.byKey.get(keyOf(event));
        if (earlier) return haveSameContent(earlier, event) ? DUPLICATE : OTHER_CONTENT;
      }
    }
    if (session === undefined || (session && !isAtHome(head, session.head, recordedAt, clockOffsetMs)))
      return NO_SESSION;
    if (window && recordedAt < window.oldest) return TOO_OLD;
    if (window && recordedAt > window.newest) return TOO_NEW;
    return ACCEPTED;
  }

  #laneOf(applianceId: string): Lane {
    let lane = this.#lanes.get(applianceId);
    if (!lane) {
      lane = { accepted: [], newestAt: '', byKey: null };
      this.#lanes.set(applianceId, lane);
    }
    return lane;
  }
}

/** Whether the appliance recorded this in that cook's home: an appliance that was sold has no say there any more. */
function isAtHome(
  appliance: ApplianceHead,
  session: SessionHead,
  recordedAt: Instant,
  clockOffsetMs: number | null,
): boolean {
  if (session.applianceId !== appliance.id) return false;
  return session.userId === appliance.userId || correctClock(recordedAt, clockOffsetMs) < appliance.pairedAt;
}

function keyOf({ deviceSequence, recordedAt }: NewEvent): string {
  return `${deviceSequence} ${recordedAt}`;
}

function haveSameContent(a: NewEvent, b: NewEvent): boolean {
  const names = Object.keys(a.payload);
  return (
    a.type === b.type &&
    a.sessionId === b.sessionId &&
    names.length === Object.keys(b.payload).length &&
    names.every((name) => a.payload[name] === b.payload[name])
  );
}
