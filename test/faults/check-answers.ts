import type { Report } from './checker.js';
import { contentOf, keyOf } from './comparing.js';
import type { Answer, Attempt, StoredEvent } from './history.js';

/** When each event was sent, every time, and when it was first acknowledged, in the order of the whole run. */
interface Milestones {
  sent: Map<string, number[]>;
  acknowledged: Map<string, number>;
}

/** Whether each answer counts what it can: nothing new as a duplicate, nothing acknowledged as new. */
export function checkAnswers(attempts: readonly Attempt[], report: Report): void {
  const milestones = milestonesOf(attempts);
  for (const attempt of attempts) {
    if (attempt.answer) checkAnswer(attempt, attempt.answer, milestones, report);
  }
}

function milestonesOf(attempts: readonly Attempt[]): Milestones {
  const sent = new Map<string, number[]>();
  const acknowledged = new Map<string, number>();
  for (const { order, events, answer } of attempts) {
    for (const key of new Set(events.map(keyOf))) {
      sent.set(key, [...(sent.get(key) ?? []), order]);
      if (!answer) continue;
      acknowledged.set(key, Math.min(acknowledged.get(key) ?? Number.POSITIVE_INFINITY, answer.order));
    }
  }
  return { sent, acknowledged };
}

function checkAnswer(
  { device, order, events }: Attempt,
  answer: Answer,
  { sent, acknowledged }: Milestones,
  report: Report,
): void {
  const { accepted, duplicates, rejected } = answer;
  const where = `answer ${answer.order} to request ${order} of ${device}`;
  for (const { deviceSequence, recordedAt, code } of rejected) {
    report('rejected', `${where}: event ${deviceSequence} of ${recordedAt} was rejected as ${code}`);
  }
  const counted = accepted + duplicates + rejected.length;
  if (counted !== events.length) {
    report('miscounted', `${where}: ${events.length} events were sent, ${counted} counted`);
  }
  const keys = [...new Set(events.map(keyOf))];
  const fresh = keys.filter((key) => (acknowledged.get(key) ?? Number.POSITIVE_INFINITY) > order).length;
  if (accepted > fresh) {
    report('miscounted', `${where}: ${accepted} accepted, but only ${fresh} were not acknowledged before`);
  }
  // Of requests that are under way at the same time the later one may be stored first.
  const wasSent = (key: string) => sent.get(key)?.some((other) => other !== order && other < answer.order);
  const known = keys.filter(wasSent).length + events.length - keys.length;
  if (duplicates > known) {
    report('miscounted', `${where}: ${duplicates} duplicates, but only ${known} were sent before`);
  }
}

/** Whether what was acknowledged is stored, with the content that was sent; and not more accepted than is stored. */
export function checkAcknowledged(
  attempts: readonly Attempt[],
  stored: readonly StoredEvent[],
  report: Report,
): void {
  const rows = new Map(stored.map((event) => [keyOf(event), event]));
  const judged = new Set<string>();
  let accepted = 0;
  for (const { device, events, answer } of attempts) {
    if (!answer) continue;
    accepted += answer.accepted;
    const rejected = new Set(answer.rejected.map((event) => `${event.deviceSequence} ${event.recordedAt}`));
    for (const event of events) {
      const key = keyOf(event);
      if (judged.has(key) || rejected.has(`${event.deviceSequence} ${event.recordedAt}`)) continue;
      judged.add(key);
      const row = rows.get(key);
      const what = `event ${event.deviceSequence} of ${event.recordedAt}, acknowledged to ${device} by answer ${answer.order}`;
      if (!row) report('lost', `${what}, is not stored`);
      else if (contentOf(row) !== contentOf(event))
        report('altered', `${what}: sent ${contentOf(event)}, stored ${contentOf(row)}`);
    }
  }
  if (accepted > stored.length)
    report('miscounted', `${accepted} events were accepted, but ${stored.length} are stored`);
}
