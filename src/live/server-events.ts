import type { Instant } from '../instant.js';
import type { AppendRequest } from './append.js';

/** An end of a cook that the server makes: provisional, until the device tells something later. */
export interface InferredEnd {
  applianceId: string;
  sessionId: string;
  status: 'aborted' | 'error';
  /** Why, in capitals, for clients. */
  reason: string;
  /** By the device's clock, as well as that is known, and not before anything that the device told. */
  recordedAt: Instant;
  clockOffsetMs: number | null;
}

/** What appends it to the cook's journal. */
export function inferredEnd({
  applianceId,
  sessionId,
  status,
  reason,
  recordedAt,
  clockOffsetMs,
}: InferredEnd): AppendRequest {
  return {
    applianceId,
    clockOffsetMs,
    origin: 'server',
    events: [
      {
        deviceSequence: null,
        recordedAt,
        sessionId,
        type: 'status',
        payload: { session_status: status, reason },
      },
    ],
  };
}
