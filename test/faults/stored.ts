import type { TestCluster } from './cluster.js';
import type { StoredEvent, StoredSession } from './history.js';

/** All that is stored, read by SQL: the server has no say in it. */
export async function readStored(
  cluster: TestCluster,
): Promise<{ stored: StoredEvent[]; sessions: StoredSession[] }> {
  const stored = await cluster.query<StoredEvent>(
    `SELECT appliance_id AS "applianceId", device_sequence AS "deviceSequence", recorded_at AS "recordedAt",
            session_id AS "sessionId", sequence, event_type AS type, payload, received_at AS "receivedAt",
            clock_offset_ms AS "clockOffsetMs"
     FROM telemetry_events ORDER BY session_id, sequence`,
  );
  const sessions = await cluster.query<StoredSession>(
    `SELECT id, status, last_sequence AS "lastSequence", first_recorded_at AS "firstRecordedAt",
            last_recorded_at AS "lastRecordedAt"
     FROM cooking_sessions ORDER BY started_at`,
  );
  return { stored, sessions };
}
