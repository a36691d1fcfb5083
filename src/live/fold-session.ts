import type { StoredTransitions } from './append-sql.js';
import { compareDeviceOrder } from './device-order.js';
import {
  addTransition,
  canAddTransition,
  EMPTY_FOLD,
  type Fold,
  foldAll,
  isLogged,
  newestOfDevice,
  type Transition,
} from './fold.js';
import type { KnownSession } from './heads.js';
import { type Accepted, DUPLICATE } from './judge.js';
import { isTransition } from './project.js';

/** The fold after new events joined, and those of them that are to be stored. */
export interface Folded {
  fold: Fold | null;
  kept: readonly Accepted[];
}

/**
 * Brings the fold of a session up to date. In the ordinary case, transitions of the device in its order, each is added
 * to the fold that is known. Late ones, events that the server made, and events behind an end that it inferred take all
 * `stored` transitions: without them the answer is `undefined`.
 *
 * What the server made is kept only where it changes something, so that of two servers that notice the same silence one
 * ends the cook; the other's event becomes a duplicate. Once a log has told how the cook ended, only another log does.
 */
export function foldSession(
  { head, fold: known }: KnownSession,
  accepted: readonly Accepted[],
  stored: StoredTransitions | undefined,
): Folded | undefined {
  const transitions: Transition[] = [];
  let fromServer = false;
  for (const { event, clockOffsetMs } of accepted) {
    if (isTransition(event)) transitions.push({ ...event, clockOffsetMs });
    if (event.deviceSequence === null) fromServer = true;
  }
  const fold = known ?? (head.lastSequence === 0 ? EMPTY_FOLD : null);
  if (!fromServer) {
    if (head.endedByLog) return { fold: known, kept: accepted };
    if (transitions.length === 0 && !mayReopen(head.endRecordedAt, fold, accepted))
      return { fold: known, kept: accepted };
    const added = addAll(fold, transitions);
    if (added) return { fold: added, kept: accepted };
  }
  if (!stored) return undefined;

  const device = accepted.filter(({ event }) => event.deviceSequence !== null);
  const newestDeviceAt = newestOfDevice(
    device.map(({ event }) => event),
    stored.newestDeviceAt,
  );
  const all = [...stored.transitions, ...transitions.filter(({ deviceSequence }) => deviceSequence !== null)];
  let folded = foldAll(all, newestDeviceAt);
  if (!fromServer) return { fold: folded, kept: accepted };

  const kept = accepted.filter(({ event, clockOffsetMs, outcomes, place }) => {
    if (event.deviceSequence !== null || !isTransition(event)) return true;
    all.push({ ...event, clockOffsetMs });
    const next = foldAll(all, newestDeviceAt);
    if (isLogged(event) ? !tellsMore(folded, next) : head.endedByLog || hasSameEnd(folded, next)) {
      all.pop();
      outcomes[place] = DUPLICATE;
      return false;
    }
    folded = next;
    return true;
  });
  return { fold: folded, kept };
}

/** The clocks of two servers may place the end that both inferred differently: the first to be stored stays. */
function hasSameEnd(before: Fold, after: Fold): boolean {
  return (
    after.status === before.status && (before.endIsInferred || after.endRecordedAt === before.endRecordedAt)
  );
}

/** Whether a log tells another status than the journal, or makes a certainty of what the server inferred. */
function tellsMore(before: Fold, after: Fold): boolean {
  return after.status !== before.status || after.endIsInferred !== before.endIsInferred;
}

/** Whether one of the events lies behind an end that the server inferred, as far as that is known. */
function mayReopen(end: string | null, fold: Fold | null, accepted: readonly Accepted[]): boolean {
  if (end === null || fold?.endIsInferred === false) return false;
  return accepted.some(({ event }) => event.recordedAt > end);
}

/** The fold with all of these, where each stands behind the one before. */
function addAll(fold: Fold | null, transitions: readonly Transition[]): Fold | undefined {
  if (!fold || transitions.length === 0) return undefined;
  let added = fold;
  for (const transition of transitions.length > 1 ? transitions.toSorted(compareDeviceOrder) : transitions) {
    if (!canAddTransition(added, transition)) return undefined;
    added = addTransition(added, transition);
  }
  return added;
}
