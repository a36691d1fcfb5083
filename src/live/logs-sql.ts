import type pg from 'pg';
import type { Customizations, SessionStatus, StageLogEntry } from '../db/tables/cooking-sessions.js';
import type { Instant } from '../instant.js';
import type { CookingLog } from './logs.js';

/** The statements by which uploaded logs are stored, all in one transaction. */

/** Whose the appliance is, and since when its cooks are theirs: null where nobody had it before. */
export interface Home {
  userId: string;
  notBefore: Instant | null;
}

/** Locks the appliance; `undefined` when it has no home. No later lock of the transaction is waited for longer. */
export async function lockHome(
  client: pg.ClientBase,
  applianceId: string,
  waitMs: number,
): Promise<Home | undefined> {
  await client.query(`SELECT set_config('lock_timeout', $1, true)`, [String(waitMs)]);
  const { rows } = await client.query<Home>(
    `SELECT user_id AS "userId", CASE WHEN paired_at > created_at THEN paired_at END AS "notBefore"
     FROM appliances WHERE id = $1 AND unpaired_at IS NULL FOR NO KEY UPDATE`,
    [applianceId],
  );
  return rows[0];
}

/** What is known of a session before its log is taken over. */
export interface HeldSession {
  id: string;
  userId: string;
  status: SessionStatus;
  completedAt: Instant | null;
  lastRecordedAt: Instant | null;
  stagesLog: StageLogEntry[] | null;
  logRevision: number | null;
  endedByLog: boolean;
}

const HELD = `id, user_id AS "userId", status, completed_at AS "completedAt", last_recorded_at AS "lastRecordedAt",
              stages_log AS "stagesLog", log_revision AS "logRevision", ended_by_log AS "endedByLog"`;

/** Locks those of the sessions that are the appliance's, whoever's they are, in the order of their ids. */
export async function lockSessions(
  client: pg.ClientBase,
  applianceId: string,
  ids: readonly string[],
): Promise<Map<string, HeldSession>> {
  const { rows } = await client.query<HeldSession>(
    `SELECT ${HELD} FROM cooking_sessions
     WHERE id = ANY($1::uuid[]) AND appliance_id = $2 ORDER BY id FOR NO KEY UPDATE`,
    [ids, applianceId],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Which of these are recipes, drafts and deleted ones too: a device logs what it has cooked. */
export async function findRecipes(client: pg.ClientBase, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM recipes WHERE id = ANY($1::uuid[])', [
    ids,
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** Begins the cooks that the cloud has not heard of; returns those whose id was free. */
export async function insertSessions(
  client: pg.ClientBase,
  applianceId: string,
  userId: string,
  logs: readonly CookingLog[],
): Promise<HeldSession[]> {
  const { rows } = await client.query<HeldSession>(
    `INSERT INTO cooking_sessions (id, user_id, appliance_id, recipe_id, started_at)
     SELECT l.id, $2, $1, l.recipe_id, l.started_at
     FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[]) AS l(id, recipe_id, started_at)
     ORDER BY l.id
     ON CONFLICT (id) DO NOTHING
     RETURNING ${HELD}`,
    [
      applianceId,
      userId,
      logs.map(({ sessionId }) => sessionId),
      logs.map(({ recipeId }) => recipeId),
      logs.map(({ startedAt }) => startedAt),
    ],
  );
  return rows;
}

/** What a log makes of a row; what is absent stays. With `status` it ends the cook. */
export interface LoggedRow {
  id: string;
  revision: number;
  recipe_id: string;
  started_at?: Instant;
  customizations?: Customizations;
  stages_log?: StageLogEntry[];
  peak_temperature?: number;
  status?: SessionStatus;
  ended_at?: Instant;
  total_duration_s?: number;
}

/** Takes logs over into their rows. What people made of the cook, rating and notes, is theirs. */
export async function updateSessions(client: pg.ClientBase, rows: readonly LoggedRow[]): Promise<void> {
  await client.query(
    `UPDATE cooking_sessions s
     SET log_revision = l.revision,
         ended_by_log = s.ended_by_log OR l.status IS NOT NULL,
         recipe_id = l.recipe_id,
         recipe_name = CASE WHEN s.recipe_id = l.recipe_id THEN s.recipe_name ELSE r.name END,
         recipe_version = CASE WHEN s.recipe_id = l.recipe_id THEN s.recipe_version ELSE r.version END,
         started_at = coalesce(l.started_at, s.started_at),
         customizations = coalesce(l.customizations, s.customizations),
         stages_log = coalesce(l.stages_log, s.stages_log),
         peak_temperature = coalesce(l.peak_temperature, s.peak_temperature),
         status = coalesce(l.status, s.status),
         completed_at = CASE WHEN l.status IS NULL THEN s.completed_at ELSE l.ended_at END,
         end_recorded_at = CASE WHEN l.status IS NULL THEN s.end_recorded_at ELSE l.ended_at END,
         total_duration_s = CASE WHEN l.status IS NULL THEN s.total_duration_s ELSE l.total_duration_s END
     FROM jsonb_to_recordset($1)
            AS l(id uuid, revision int, recipe_id uuid, started_at timestamptz, customizations jsonb, stages_log jsonb,
                 peak_temperature real, status text, ended_at timestamptz, total_duration_s int)
     JOIN recipes r ON r.id = l.recipe_id
     WHERE s.id = l.id`,
    [JSON.stringify(rows)],
  );
}

/** The device was heard of; one whose only cook has ended is idle. */
export async function showAppliance(client: pg.ClientBase, applianceId: string): Promise<void> {
  await client.query(
    `UPDATE appliances a
     SET last_seen_at = greatest(a.last_seen_at, clock_timestamp()),
         status = CASE
           WHEN a.status = 'offline' THEN 'online'
           WHEN a.status = 'cooking' AND NOT EXISTS (
             SELECT FROM cooking_sessions s
             WHERE s.appliance_id = a.id AND s.status IN ('started', 'cooking', 'paused')
           ) THEN 'online'
           ELSE a.status END
     WHERE a.id = $1`,
    [applianceId],
  );
}
