import { drawChance, drawInteger, type Random } from '../../src/kitchen/random.js';
import { shuffled } from './chance.js';
import { isThinnable } from './comparing.js';
import type { Attempt, Entry, Evidence, SentEvent, StoredEvent, Stream } from './history.js';

export const SESSION = '0b0c3a5e-5d53-4c0b-9d0f-6d2f3b1a7c11';
const APPLIANCE = '5f0f7d0e-1c53-4f0e-8a55-c1b0c7f2d9aa';

/** Evidence whose parts tests may change. */
export interface MutableEvidence extends Evidence {
  attempts: Attempt[];
  stored: StoredEvent[];
  sessions: { -readonly [name in keyof Evidence['sessions'][number]]: Evidence['sessions'][number][name] }[];
  streams: Stream[];
}

function instant(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1, 12, 0, seconds)).toISOString().replace('Z', '000Z');
}

function makeEvents(random: Random): SentEvent[] {
  const count = drawInteger(random, 12, 30);
  return Array.from({ length: count }, (_, i): SentEvent => {
    const base = {
      applianceId: APPLIANCE,
      deviceSequence: i + 1,
      recordedAt: instant(i),
      sessionId: SESSION,
    };
    if (i === 0 || i === count - 1) {
      const status = i === 0 ? 'cooking' : 'completed';
      return { ...base, type: 'status', payload: { session_status: status } };
    }
    if (i % 5 === 3) return { ...base, type: 'alert', payload: { code: 'POT_REMOVED', message: `${i}` } };
    return { ...base, type: 'temperature', payload: { temperature: 20 + i, target_temperature: 180 } };
  });
}

/**
 * What a sound server leaves behind after one cook: requests with overlaps, lost answers and a shuffled backlog, the
 * journal that they make, and viewers that resume, thin, read slowly and replay.
 */
export function goodHistory(random: Random): MutableEvidence {
  const events = makeEvents(random);
  const attempts: Attempt[] = [];
  const stored: StoredEvent[] = [];
  let order = 0;
  const send = (batch: SentEvent[], isAnswered: boolean) => {
    const attempt: Attempt = { order: order++, device: 'device 1', events: batch };
    attempts.push(attempt);
    let accepted = 0;
    for (const event of batch) {
      if (stored.some(({ deviceSequence }) => deviceSequence === event.deviceSequence)) continue;
      accepted += 1;
      const sequence = stored.length + 1;
      stored.push({ ...event, sequence, receivedAt: instant(100 + attempt.order), clockOffsetMs: null });
    }
    if (isAnswered)
      attempt.answer = { order: order++, accepted, duplicates: batch.length - accepted, rejected: [] };
  };

  const last = events.length - 1;
  for (let i = 0; i < last; ) {
    const size = drawInteger(random, 1, 6);
    const batch = events.slice(i, Math.min(last, i + size));
    const overlapping = [...events.slice(Math.max(0, i - 2), i), ...batch];
    if (drawChance(random, 0.3)) send(batch, false);
    send(drawChance(random, 0.5) ? shuffled(random, batch) : overlapping, true);
    i += size;
  }
  send([events[last] as SentEvent], true);

  const sessions = [
    {
      id: SESSION,
      status: 'completed' as const,
      lastSequence: stored.length,
      firstRecordedAt: instant(0),
      lastRecordedAt: instant(last),
    },
  ];
  return { attempts, stored, sessions, streams: makeStreams(random, stored) };
}

export function entryOf(event: StoredEvent): Entry & { kind: 'event' } {
  const { type, recordedAt, receivedAt, payload } = event;
  return { kind: 'event', sequence: event.sequence as number, type, recordedAt, receivedAt, payload };
}

function makeStreams(random: Random, stored: readonly StoredEvent[]): Stream[] {
  const entries = stored.map(entryOf);
  const cut = drawInteger(random, 3, stored.length - 2);
  const stream = (viewer: string, more: Partial<Stream>): Stream => ({
    viewer,
    sessionId: SESSION,
    minTelemetryIntervalMs: 0,
    isAudit: false,
    subscriptions: [],
    ...more,
  });
  const part = (after: number | null, seen: Entry[], completed: boolean) => ({
    after,
    instance: 0,
    entries: seen,
    completed,
  });
  const statusAt = (stored.findIndex(({ type }) => type === 'status') < cut ? 'cooking' : 'started') as
    | 'cooking'
    | 'started';
  const snapshot: Entry = { kind: 'snapshot', sequence: cut, status: statusAt, reset: false };
  return [
    stream('replaying', { isAudit: true, subscriptions: [part(0, entries, true)] }),
    stream('resuming', {
      subscriptions: [part(0, entries.slice(0, cut), false), part(cut, entries.slice(cut), true)],
    }),
    stream('late', { subscriptions: [part(null, [snapshot, ...entries.slice(cut)], true)] }),
    stream('repeating', { subscriptions: [part(0, entries.slice(0, cut), false), part(0, entries, true)] }),
    stream('thinned', {
      minTelemetryIntervalMs: 1000,
      subscriptions: [
        part(
          0,
          entries.filter((entry) => !isThinnable(entry) || drawChance(random, 0.3)),
          true,
        ),
      ],
    }),
    stream('slow', { subscriptions: [part(0, withSkips(entries), true)] }),
  ];
}

/** Leaves out each run of readings, and says so. */
function withSkips(entries: readonly (Entry & { kind: 'event' })[]): Entry[] {
  const seen: Entry[] = [];
  for (const entry of entries) {
    const previous = seen.at(-1);
    if (!isThinnable(entry)) seen.push(entry);
    else if (previous?.kind === 'skipped') previous.toSequence = entry.sequence;
    else
      seen.push({
        kind: 'skipped',
        fromSequence: entry.sequence,
        toSequence: entry.sequence,
        reason: 'SLOW_READER',
      });
  }
  return seen;
}
