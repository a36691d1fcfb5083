import { type Instant, toMicroseconds } from '../instant.js';

/** A device that vanishes without a word is offline after so much silence. */
const SILENCE_SECONDS = 90;

type Status = 'online' | 'offline' | 'cooking' | 'error';

/** What to show of an appliance: what it last reported, unless it has fallen silent since. */
export function shownStatus({
  status,
  lastSeenAt,
}: {
  status: Status | null;
  lastSeenAt: Instant | null;
}): Status {
  const isSilent =
    lastSeenAt === null || Date.now() - toMicroseconds(lastSeenAt) / 1000 > SILENCE_SECONDS * 1000;
  return isSilent ? 'offline' : (status ?? 'offline');
}
