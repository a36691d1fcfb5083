import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, drawInteger, type Random } from '../../src/kitchen/random.js';
import { pick } from './chance.js';
import { checkHistory, type ViolationKind } from './checker.js';
import { goodHistory, type MutableEvidence } from './good-history.js';
import type { Answer, Entry, StoredEvent, Stream, Subscription } from './history.js';

const kindsOf = (evidence: MutableEvidence) => new Set(checkHistory(evidence).map(({ kind }) => kind));

const seeds = fc.integer({ min: 0, max: 0xffffffff });

function streamOf(evidence: MutableEvidence, viewer: string): Stream {
  return evidence.streams.find((stream) => stream.viewer === viewer) as Stream;
}

function partOf(evidence: MutableEvidence, viewer: string, index = 0): Subscription {
  return streamOf(evidence, viewer).subscriptions[index] as Subscription;
}

function answerOf(evidence: MutableEvidence): Answer {
  return evidence.attempts.find(({ answer }) => answer)?.answer as Answer;
}

function reading(evidence: MutableEvidence): StoredEvent {
  return evidence.stored.find(({ type }) => type === 'temperature') as StoredEvent;
}

function seenReading(part: Subscription): Entry & { kind: 'event' } {
  return part.entries.find((entry) => entry.kind === 'event' && entry.type === 'temperature') as Entry & {
    kind: 'event';
  };
}

function snapshotOf(evidence: MutableEvidence): Entry & { kind: 'snapshot' } {
  return partOf(evidence, 'late').entries[0] as Entry & { kind: 'snapshot' };
}

function skipOf(evidence: MutableEvidence): Entry & { kind: 'skipped' } {
  const { entries } = partOf(evidence, 'slow');
  return entries.find(({ kind }) => kind === 'skipped') as Entry & { kind: 'skipped' };
}

/** One history for each kind of violation: what is wrong, and what must be said of it. */
const WRONGS: [string, ViolationKind, (evidence: MutableEvidence) => void][] = [
  ['an acknowledged event that is not stored', 'lost', (e) => e.stored.splice(3, 1)],
  ['a stored event that is other than the one sent', 'altered', (e) => swapPayload(reading(e), 999)],
  ['an event of another session than it was sent for', 'altered', (e) => (reading(e).sessionId = null)],
  ['an event that nobody sent', 'invented', (e) => (reading(e).deviceSequence = 4711)],
  [
    'an event that is stored twice',
    'stored-twice',
    (e) => e.stored.push({ ...reading(e), sequence: e.stored.length + 1 }),
  ],
  ['a hole in a journal', 'hole', (e) => ((e.stored.at(-1) as StoredEvent).sequence = 99)],
  ['a sequence that was given twice', 'hole', (e) => ((e.stored[4] as StoredEvent).sequence = 4)],
  [
    'times of receipt that go back',
    'received-out-of-order',
    (e) => ((e.stored.at(-1) as StoredEvent).receivedAt = '2026-01-01T00:00:00.000000Z'),
  ],
  ['an answer that forgets an event', 'miscounted', (e) => (answerOf(e).accepted -= 1)],
  [
    'an answer that takes a new event for a duplicate',
    'miscounted',
    ({ attempts: [first] }) => {
      const { events } = first as MutableEvidence['attempts'][number];
      if (first) first.answer = { order: 0.5, accepted: 0, duplicates: events.length, rejected: [] };
    },
  ],
  [
    'an answer that accepts what was acknowledged',
    'miscounted',
    (e) => {
      const first = e.attempts.find(({ answer }) => answer) as MutableEvidence['attempts'][number];
      e.attempts.push({
        ...first,
        order: 900,
        answer: { order: 901, accepted: first.events.length, duplicates: 0, rejected: [] },
      });
    },
  ],
  [
    'an event that was rejected',
    'rejected',
    (e) => {
      const { deviceSequence, recordedAt } = reading(e);
      answerOf(e).rejected.push({ deviceSequence: deviceSequence as number, recordedAt, code: 'CONFLICT' });
    },
  ],
  ['a session with a wrong last sequence', 'session', (e) => rowOf(e, 'lastSequence', 3)],
  ['a session with a wrong status', 'session', (e) => rowOf(e, 'status', 'aborted')],
  ['a session with a wrong range of time', 'session', (e) => rowOf(e, 'lastRecordedAt', null)],
  ['a session without a row', 'session', (e) => e.sessions.splice(0)],
  ['a session that does not end', 'unfinished', (e) => rowOf(e, 'status', 'cooking')],
  ['a feed that leaves out an event', 'feed-gap', (e) => partOf(e, 'resuming').entries.splice(1, 1)],
  [
    'a feed that repeats an event',
    'feed-gap',
    (e) => {
      const { entries } = partOf(e, 'resuming', 1);
      entries.push(entries[0] as Entry);
    },
  ],
  ['a feed that changes the order', 'feed-gap', (e) => partOf(e, 'resuming').entries.reverse()],
  ['a feed that begins behind the cursor', 'feed-gap', (e) => partOf(e, 'resuming', 1).entries.splice(0, 1)],
  ['a replay that ends too soon', 'feed-gap', (e) => partOf(e, 'replaying').entries.pop()],
  [
    'a thinned feed without an alert',
    'feed-gap',
    (e) => {
      const part = partOf(e, 'thinned');
      part.entries = part.entries.filter((entry) => entry.kind === 'event' && entry.type !== 'alert');
    },
  ],
  ['other content in a feed', 'feed-content', (e) => swapPayload(seenReading(partOf(e, 'late')), 999)],
  [
    'another time in a feed',
    'feed-content',
    (e) => (seenReading(partOf(e, 'resuming')).receivedAt = '2026-01-01T00:00:00.000000Z'),
  ],
  ['a snapshot with a wrong status', 'snapshot', (e) => (snapshotOf(e).status = 'paused')],
  ['a snapshot that says reset', 'snapshot', (e) => (snapshotOf(e).reset = true)],
  ['a feed that begins without a snapshot', 'snapshot', (e) => partOf(e, 'late').entries.shift()],
  [
    'a snapshot that is not followed by the next event',
    'feed-gap',
    (e) => partOf(e, 'late').entries.splice(1, 1),
  ],
  ['a skip that is not reported', 'feed-gap', (e) => removeFrom(partOf(e, 'slow'), skipOf(e))],
  ['a skip that names too few', 'feed-gap', (e) => (skipOf(e).toSequence -= 1)],
  ['a skip that names an alert', 'skipped', (e) => (skipOf(e).toSequence = e.stored.length)],
  ['a skip for another reason', 'skipped', (e) => (skipOf(e).reason = 'RETENTION')],
  ['a complete before the end', 'completed-early', (e) => (partOf(e, 'resuming').completed = true)],
  [
    'a feed of an ended cook without complete',
    'not-completed',
    (e) => (partOf(e, 'resuming', 1).completed = false),
  ],
];

function swapPayload(event: { payload: StoredEvent['payload'] }, temperature: number): void {
  event.payload = { ...event.payload, temperature };
}

function removeFrom(part: Subscription, entry: Entry): void {
  part.entries = part.entries.filter((other) => other !== entry);
}

function rowOf<K extends keyof MutableEvidence['sessions'][number]>(
  { sessions: [row] }: MutableEvidence,
  name: K,
  value: MutableEvidence['sessions'][number][K],
): void {
  if (row) row[name] = value;
}

/** What may happen to one entry of a list, as long as the list is one without which nothing else is true. */
const MUTATIONS: Record<string, <T>(random: Random, list: T[], alter: (item: T) => T) => void> = {
  drop: (random, list) => list.splice(drawInteger(random, 0, list.length - 1), 1),
  repeat: (random, list) => {
    const at = drawInteger(random, 0, list.length - 1);
    list.splice(at, 0, list[at] as never);
  },
  swap: (random, list) => {
    const at = drawInteger(random, 0, list.length - 2);
    [list[at], list[at + 1]] = [list[at + 1] as never, list[at] as never];
  },
  alter: (random, list, alter) => {
    const at = drawInteger(random, 0, list.length - 1);
    list[at] = alter(list[at] as never);
  },
};

describe('the checker', () => {
  it('has nothing to say about a good history', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(checkHistory(goodHistory(createRandom(seed)))).toEqual([]);
      }),
    );
  });

  it.each(WRONGS)('reports %s', (_, kind, spoil) => {
    for (const seed of [1, 2, 3]) {
      const evidence = goodHistory(createRandom(seed));
      spoil(evidence);
      expect(kindsOf(evidence)).toContain(kind);
    }
  });

  it.each(Object.keys(MUTATIONS))('notices when a random entry of a feed meets with: %s', (name) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = createRandom(seed);
        const evidence = goodHistory(random);
        // Nobody can tell whether a subscription that is repeated from its beginning got a last entry or not.
        const viewer = pick(random, [
          'replaying',
          'resuming',
          'late',
          ...(name === 'drop' ? [] : ['repeating']),
        ]);
        const { entries } = pick(
          random,
          streamOf(evidence, viewer).subscriptions.filter((part) => part.entries.length > 1),
        );
        MUTATIONS[name]?.(random, entries, (entry) =>
          entry.kind === 'event'
            ? { ...entry, payload: { ...entry.payload, extra: 1 } }
            : ({ ...entry, sequence: 1e6 } as Entry),
        );
        expect(checkHistory(evidence)).not.toEqual([]);
      }),
    );
  });

  it.each(Object.keys(MUTATIONS))('notices when a random row meets with: %s', (name) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = createRandom(seed);
        const evidence = goodHistory(random);
        const sequences = evidence.stored.map(({ sequence }) => sequence);
        MUTATIONS[name]?.(random, evidence.stored, (row) => ({
          ...row,
          payload: { ...row.payload, extra: 1 },
        }));
        if (name === 'swap') {
          // The order of rows means nothing; that of their sequences does.
          evidence.stored = evidence.stored.map((row, i) => ({ ...row, sequence: sequences[i] as number }));
        }
        expect(checkHistory(evidence)).not.toEqual([]);
      }),
    );
  });
});
