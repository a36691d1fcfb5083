import pg from 'pg';
import { serve } from '../_util/child.js';
import { DeviceClock, payloadAt } from '../_util/readings.js';
import { copyIn } from './_copy.js';

/** Two ways to store readings without a server around them, both on one connection, a commit a group. */

/** A cook, and where its device and its journal stand. */
interface Cook {
  applianceId: string;
  sessionId: string;
  clock: DeviceClock;
  sequence: number;
}

interface Row {
  applianceId: string;
  sessionId: string;
  payload: string;
  recordedAt: string;
  deviceSequence: number;
}

export interface Stored {
  events: number;
  seconds: number;
}

const COPY = `COPY telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, sequence, device_sequence,
                                     received_at) FROM STDIN`;

let client: pg.Client;
let cooks: Cook[] = [];
let turn = 0;

const methods = {
  async start(
    databaseUrl: string,
    homes: readonly { applianceId: string; sessionId: string }[],
  ): Promise<void> {
    client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    cooks = homes.map(({ applianceId, sessionId }) => ({
      applianceId,
      sessionId,
      clock: new DeviceClock(),
      sequence: 0,
    }));
  },

  /** COPY in groups: the rows alone, numbered here; nothing is locked, looked up or updated. */
  copy(seconds: number, groupEvents: number, batch: number): Promise<Stored> {
    return repeat(seconds, async () => {
      const receivedAt = new Date().toISOString();
      const lines = nextGroup(groupEvents, batch).map((row) => {
        const sequence = row.cook.sequence++ + 1;
        return `${row.applianceId}\t${row.sessionId}\ttemperature\t${row.payload}\t${row.recordedAt}\t${sequence}\t${row.deviceSequence}\t${receivedAt}\n`;
      });
      await copyIn(client, COPY, lines.join(''));
      return lines.length;
    });
  },

  /** Transactions that lock appliances and sessions, look the keys up, insert, and update the heads. */
  unnest(seconds: number, groupEvents: number, batch: number): Promise<Stored> {
    return repeat(seconds, async () => {
      const rows = nextGroup(groupEvents, batch);
      await client.query('BEGIN');
      await client.query({
        name: 'lock-appliances',
        text: LOCK_APPLIANCES,
        values: [unique(rows, 'applianceId')],
      });
      await client.query({ name: 'lock-sessions', text: LOCK_SESSIONS, values: [unique(rows, 'sessionId')] });
      const keys = [
        rows.map(({ applianceId }) => applianceId),
        rows.map(({ deviceSequence }) => deviceSequence),
        rows.map(({ recordedAt }) => recordedAt),
      ];
      const instants = rows.map(({ recordedAt }) => recordedAt).sort();
      const found = await client.query({
        name: 'find-keys',
        text: FIND_KEYS,
        values: [...keys, instants[0], instants.at(-1)],
      });
      if (found.rowCount !== 0) throw new Error('the floor stored an event twice');
      await client.query({
        name: 'insert',
        text: INSERT,
        values: [...keys, rows.map(({ sessionId }) => sessionId), rows.map(({ payload }) => payload)],
      });
      await client.query('COMMIT');
      return rows.length;
    });
  },
};

export type RecordFloor = typeof methods;

serve(methods);

const LOCK_APPLIANCES = 'SELECT id FROM appliances WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE';
const LOCK_SESSIONS =
  'SELECT id FROM cooking_sessions WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE';
const FIND_KEYS = `
  SELECT 1 FROM unnest($1::uuid[], $2::int[], $3::timestamptz[]) AS k(appliance_id, device_sequence, recorded_at)
  JOIN telemetry_events e ON e.appliance_id = k.appliance_id AND e.device_sequence = k.device_sequence
                         AND e.recorded_at = k.recorded_at
  WHERE e.recorded_at BETWEEN $4::timestamptz AND $5::timestamptz`;
/** The heads are updated in the statement that inserts: one round trip less than two statements take. */
const INSERT = `
  WITH sent AS (
    SELECT *, row_number() OVER (PARTITION BY session_id ORDER BY place) AS nth
    FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::uuid[], $5::jsonb[])
           WITH ORDINALITY AS e(appliance_id, device_sequence, recorded_at, session_id, payload, place)
  ), newest AS (
    SELECT DISTINCT ON (session_id) session_id, appliance_id, nth, recorded_at, device_sequence, payload
    FROM sent ORDER BY session_id, nth DESC
  ), heads AS (
    UPDATE cooking_sessions s
    SET last_sequence = s.last_sequence + n.nth, last_recorded_at = n.recorded_at, last_received_at = clock_timestamp(),
        first_recorded_at = coalesce(s.first_recorded_at, n.recorded_at), progress = n.payload
    FROM newest n WHERE s.id = n.session_id
    RETURNING s.id, s.last_sequence - n.nth AS before
  ), seen AS (
    UPDATE appliances a SET last_seen_at = now(), reported_at = n.recorded_at, reported_sequence = n.device_sequence
    FROM newest n WHERE a.id = n.appliance_id
  )
  INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, sequence, device_sequence)
  SELECT e.appliance_id, e.session_id, 'temperature', e.payload, e.recorded_at, h.before + e.nth, e.device_sequence
  FROM sent e JOIN heads h ON h.id = e.session_id`;

/** The next events of as many devices as it takes, each with a batch. */
function nextGroup(events: number, batch: number): (Row & { cook: Cook })[] {
  const rows: (Row & { cook: Cook })[] = [];
  while (rows.length < events) {
    const cook = cooks[turn++ % cooks.length] as Cook;
    for (let n = Math.min(batch, events - rows.length); n > 0; n--) {
      const { i, recordedAt } = cook.clock.next();
      rows.push({
        cook,
        applianceId: cook.applianceId,
        sessionId: cook.sessionId,
        payload: payloadAt(i),
        recordedAt,
        deviceSequence: i,
      });
    }
  }
  return rows;
}

async function repeat(seconds: number, storeGroup: () => Promise<number>): Promise<Stored> {
  const start = performance.now();
  let events = 0;
  while (performance.now() - start < seconds * 1000) events += await storeGroup();
  return { events, seconds: (performance.now() - start) / 1000 };
}

function unique(rows: readonly Row[], name: 'applianceId' | 'sessionId'): string[] {
  return [...new Set(rows.map((row) => row[name]))];
}
