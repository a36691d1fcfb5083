import pg from 'pg';
import { POOL_SIZE } from '../_util/database.js';
import type { DeviceEvent } from '../_util/readings.js';

/**
 * One autocommit statement that stores what the product stores of a request's readings: the rows, the head of the
 * session with its progress, and when the appliance was seen. It neither looks for duplicates nor checks a value.
 */
const STORE = `
  WITH head AS (
    UPDATE cooking_sessions
    SET last_sequence = last_sequence + cardinality($2::int[]), last_received_at = clock_timestamp(),
        first_recorded_at = coalesce(first_recorded_at, ($3::timestamptz[])[1]),
        last_recorded_at = ($3::timestamptz[])[cardinality($3)], progress = $5,
        peak_temperature = greatest(peak_temperature, $6)
    WHERE id = $1
    RETURNING id, appliance_id, last_sequence - cardinality($2::int[]) AS before, last_received_at
  ), seen AS (
    UPDATE appliances a SET last_seen_at = head.last_received_at, reported_at = ($3::timestamptz[])[cardinality($3)],
                            reported_sequence = ($2::int[])[cardinality($2)]
    FROM head WHERE a.id = head.appliance_id
  )
  INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, sequence, device_sequence,
                                received_at)
  SELECT head.appliance_id, head.id, 'temperature', e.payload, e.recorded_at, head.before + e.place, e.device_sequence,
         head.last_received_at
  FROM head, unnest($2::int[], $3::timestamptz[], $4::jsonb[])
               WITH ORDINALITY AS e(device_sequence, recorded_at, payload, place)
  RETURNING sequence, received_at`;

export interface StoredEvent {
  sequence: number;
  receivedAt: string;
}

export function createPool(databaseUrl: string): pg.Pool {
  return new pg.Pool({
    connectionString: databaseUrl,
    max: POOL_SIZE,
    types: { getTypeParser: (oid: number) => (oid === pg.types.builtins.INT4 ? Number : String) },
  });
}

/** Stores the readings of one request. When it resolves they are on disk. */
export async function store(
  pool: pg.Pool,
  sessionId: string,
  events: readonly DeviceEvent[],
): Promise<StoredEvent[]> {
  const last = events.at(-1);
  if (!last) return [];
  const newest = last.reading.temperature;
  const { rows } = await pool.query<{ sequence: number; received_at: string }>({
    name: 'store',
    text: STORE,
    values: [
      sessionId,
      events.map(({ deviceSequence }) => deviceSequence),
      events.map(({ recordedAt }) => recordedAt),
      events.map(({ reading }) => JSON.stringify(reading.temperature)),
      JSON.stringify({
        temperature: newest.temperature,
        target_temperature: newest.targetTemperature,
        progress_percent: newest.progressPercent,
        seconds_remaining: newest.secondsRemaining,
        stir_active: newest.stirActive,
        stir_pattern: newest.stirPattern,
        updated_at: last.recordedAt,
        reading_position: [last.recordedAt, last.deviceSequence],
      }),
      newest.temperature,
    ],
  });
  return rows.map((row) => ({ sequence: row.sequence, receivedAt: row.received_at }));
}

/** The UUID in a global id. */
export function uuidOf(globalId: string): string {
  return Buffer.from(globalId, 'base64').toString().slice(-36);
}
