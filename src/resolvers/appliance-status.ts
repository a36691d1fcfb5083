import { type Instant, parseInstant, toMicroseconds } from '../instant.js';

/** A device that vanishes without a word is offline after so much silence. */
const SILENCE_SECONDS = 90;

export type ShownStatus = 'online' | 'offline' | 'cooking' | 'error';

/** What to show of an appliance: what it last reported, unless it has fallen silent since. */
export function shownStatus({
  status,
  lastSeenAt,
}: {
  status: ShownStatus | null;
  lastSeenAt: Instant | null;
}): ShownStatus {
  const isSilent =
    lastSeenAt === null || Date.now() - toMicroseconds(lastSeenAt) / 1000 > SILENCE_SECONDS * 1000;
  return isSilent ? 'offline' : (status ?? 'offline');
}

/** The appliances of which `shownStatus` says so at present, as a filter. */
export function showsStatus(status: ShownStatus): object {
  const heardSince = parseInstant(new Date(Date.now() - SILENCE_SECONDS * 1000).toISOString()) as Instant;
  if (status !== 'offline') return { status, lastSeenAt: { gte: heardSince } };
  return {
    OR: [
      { status: 'offline' },
      { status: { isNull: true } },
      { lastSeenAt: { isNull: true } },
      { lastSeenAt: { lt: heardSince } },
    ],
  };
}
