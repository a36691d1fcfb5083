import type pg from 'pg';
import type { SessionStatus } from '../db/tables/cooking-sessions.js';
import type { Instant } from '../instant.js';
import type { JournalEvent } from './events.js';
import { isRunning } from './fold.js';

/** A stretch of a session's journal, read in one statement with the session's state. */
export interface JournalPage {
  events: JournalEvent[];
  /** The journal's last sequence at that moment. */
  lastSequence: number;
  /** Whether the cook had ended at that moment. */
  ended: boolean;
}

interface PageRow {
  status: SessionStatus;
  lastSequence: number;
  sequence: number | null;
  type: JournalEvent['type'];
  recordedAt: Instant;
  receivedAt: Instant;
  payload: JournalEvent['payload'];
}

/**
 * The events after `after`, at most `limit`, in order; `undefined` when there is no such session. The session's least
 * and greatest `recorded_at` keep the query out of the months that hold nothing of it.
 */
export async function readJournal(
  pool: pg.Pool,
  sessionId: string,
  after: number,
  limit: number,
): Promise<JournalPage | undefined> {
  const { rows } = await pool.query<PageRow>({
    name: 'journal-page',
    text: `SELECT s.status, s.last_sequence AS "lastSequence", e.sequence, e.event_type AS type,
                  e.recorded_at AS "recordedAt", e.received_at AS "receivedAt", e.payload
           FROM cooking_sessions s
           LEFT JOIN LATERAL (
             SELECT t.sequence, t.event_type, t.recorded_at, t.received_at, t.payload
             FROM telemetry_events t
             WHERE t.session_id = s.id AND t.sequence > $2
               AND t.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at
             ORDER BY t.sequence LIMIT $3
           ) e ON true
           WHERE s.id = $1`,
    values: [sessionId, after, limit],
  });
  const [first] = rows;
  if (!first) return undefined;
  return {
    lastSequence: first.lastSequence,
    ended: !isRunning(first.status),
    events: rows.flatMap(({ sequence, type, recordedAt, receivedAt, payload }) =>
      sequence === null
        ? []
        : [{ kind: 'event', sessionId, sequence, type, recordedAt, receivedAt, payload }],
    ),
  };
}

/**
 * When the event of that sequence was received, the fingerprint that its cursors carry; beyond the journal's end, when
 * its last event was. Null where retention removed the event, and in an empty journal.
 */
export async function readFingerprint(
  pool: pg.Pool,
  sessionId: string,
  sequence: number,
): Promise<{ lastSequence: number; receivedAt: Instant | null } | undefined> {
  const { rows } = await pool.query<{ lastSequence: number; receivedAt: Instant | null }>({
    name: 'journal-fingerprint',
    text: `SELECT s.last_sequence AS "lastSequence", e.received_at AS "receivedAt"
           FROM cooking_sessions s
           LEFT JOIN telemetry_events e ON e.session_id = s.id AND e.sequence = least($2, s.last_sequence)
             AND e.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at
           WHERE s.id = $1`,
    values: [sessionId, sequence],
  });
  return rows[0];
}

/** Whether an event of the session was received at that instant. */
export async function hasReceivedAt(pool: pg.Pool, sessionId: string, receivedAt: Instant): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>({
    name: 'journal-received-at',
    text: `SELECT EXISTS (
             SELECT FROM telemetry_events e JOIN cooking_sessions s ON s.id = e.session_id
             WHERE e.session_id = $1 AND e.received_at = $2
               AND e.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at) AS found`,
    values: [sessionId, receivedAt],
  });
  return rows[0]?.found ?? false;
}

/**
 * Where the journals of these sessions end, and whether their cooks have: what the poll compares. Throws when the
 * database has not answered after `timeoutMs`.
 */
export async function readHeads(
  pool: pg.Pool,
  sessionIds: readonly string[],
  timeoutMs: number,
): Promise<{ id: string; lastSequence: number; ended: boolean }[]> {
  const { rows } = await pool.query<{ id: string; lastSequence: number; status: SessionStatus }>({
    name: 'journal-heads',
    text: `SELECT id, last_sequence AS "lastSequence", status FROM cooking_sessions WHERE id = ANY($1::uuid[])`,
    values: [sessionIds],
    query_timeout: timeoutMs,
  } as pg.QueryConfig); // node-postgres knows `query_timeout` of a query; its types do not
  return rows.map(({ id, lastSequence, status }) => ({ id, lastSequence, ended: !isRunning(status) }));
}
