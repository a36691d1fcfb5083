import type { TemperatureReading } from '../_util/readings.js';

/** The bytes of a reading as the feed's document asks for it, before and after the operation id of its message. */
export function entryMessage(
  event: { sequence: number; recordedAt: string; receivedAt: string; reading: TemperatureReading },
  sessionId: string,
): [head: string, tail: string] {
  const entry = {
    __typename: 'TemperatureEvent',
    id: `${sessionId}:${event.sequence}`,
    cursor: `${sessionId.slice(0, 22)}.${event.sequence.toString(36)}.abcdefghijk`,
    sequence: event.sequence,
    recordedAt: event.recordedAt,
    receivedAt: event.receivedAt,
    ...event.reading,
  };
  return ['{"id":"', `","type":"next","payload":{"data":{"cookingSessionEvents":${JSON.stringify(entry)}}}}`];
}
