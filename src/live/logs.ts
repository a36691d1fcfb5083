import type pg from 'pg';
import { inTransaction } from '../db/client.js';
import { databaseError } from '../db/errors.js';
import type { Customizations, SessionStatus, StageLogEntry } from '../db/tables/cooking-sessions.js';
import { type ErrorCode, forbidden } from '../errors.js';
import { fromMicroseconds, type Instant, secondsBetween, toMicroseconds } from '../instant.js';
import { type AppendResult, appendGroup } from './append.js';
import type { Patience } from './append-sql.js';
import type { NewEvent } from './events.js';
import { isRunning, LOG_UPLOADED } from './fold.js';
import { Heads } from './heads.js';
import {
  findRecipes,
  type HeldSession,
  insertSessions,
  type LoggedRow,
  lockHome,
  lockSessions,
  showAppliance,
  updateSessions,
} from './logs-sql.js';

/** What a device logged of a whole cook, checked. What is null it does not tell. */
export interface CookingLog {
  sessionId: string;
  revision: number;
  recipeId: string;
  status: SessionStatus;
  startedAt: Instant;
  completedAt: Instant | null;
  stagesLog: StageLogEntry[] | null;
  customizations: Customizations | null;
  peakTemperature: number | null;
  totalDurationS: number | null;
}

/** What became of a log. A refusal names the part of the log that it is about. */
export type LogOutcome =
  | { kind: 'synced' }
  | {
      kind: 'rejected';
      code: ErrorCode;
      field: 'sessionId' | 'recipeId' | 'startedAt';
      message: string;
    };

const SYNCED: LogOutcome = { kind: 'synced' };
const NO_SESSION: LogOutcome = {
  kind: 'rejected',
  code: 'NOT_FOUND',
  field: 'sessionId',
  message: 'no such session of this appliance',
};
const NO_RECIPE: LogOutcome = {
  kind: 'rejected',
  code: 'NOT_FOUND',
  field: 'recipeId',
  message: 'no such recipe',
};
const FOREIGN_START: LogOutcome = {
  kind: 'rejected',
  code: 'VALIDATION_ERROR',
  field: 'startedAt',
  message: 'lies before the appliance came to this home',
};

const PATIENCE: Patience = { skipLocked: false, waitMs: 3_000 };
const MAX_TRIES = 3;
const MAX_SECONDS = 2_147_483_647;

/**
 * Stores the logs of an appliance's cooks: each replaces what was known of its cook, unless a log of a higher revision
 * came before. A status that it changes becomes an event of the journal, in the same transaction, so that feeds hear of
 * it and the journal agrees, unless the end is older than `monthsBack`. Each log is judged alone. Throws `FORBIDDEN` for an appliance without a home.
 */
export async function storeLogs(
  pool: pg.Pool,
  applianceId: string,
  logs: readonly CookingLog[],
  monthsBack?: number,
): Promise<{ outcomes: LogOutcome[]; result: AppendResult }> {
  for (let tries = 1; ; tries++) {
    try {
      return await inTransaction(pool, (client) =>
        storeAll(client, applianceId, logs, new Heads(monthsBack)),
      );
    } catch (error) {
      // Deadlock: triggers lock rows of statistics in the order of the sessions, not in their own.
      if (tries === MAX_TRIES || databaseError(error)?.code !== '40P01') throw error;
    }
  }
}

/** `heads` are fresh: the rows are locked, and what the journal of this process remembers of them is of no use here. */
async function storeAll(
  client: pg.ClientBase,
  applianceId: string,
  logs: readonly CookingLog[],
  heads: Heads,
) {
  // The appliance before its sessions, as every writer locks them.
  const home = await lockHome(client, applianceId, PATIENCE.waitMs);
  if (!home) throw forbidden('Pair the appliance with a home first.');
  const held = await lockSessions(
    client,
    applianceId,
    logs.map(({ sessionId }) => sessionId),
  );
  const recipes = await findRecipes(
    client,
    logs.map(({ recipeId }) => recipeId),
  );
  const judge = ({ sessionId, recipeId, startedAt }: CookingLog): LogOutcome => {
    const session = held.get(sessionId);
    if (session && session.userId !== home.userId) return NO_SESSION;
    if (!recipes.has(recipeId)) return NO_RECIPE;
    if (!session && home.notBefore !== null && startedAt < home.notBefore) return FOREIGN_START;
    return SYNCED;
  };
  const outcomes = logs.map(judge);

  const unknown = logs.filter((log, i) => outcomes[i] === SYNCED && !held.has(log.sessionId));
  if (unknown.length > 0) {
    const fresh = await insertSessions(client, applianceId, home.userId, lastOfEach(unknown));
    for (const session of fresh) held.set(session.id, session);
    // What was not inserted exists: on another appliance.
    logs.forEach(({ sessionId }, i) => {
      if (!held.has(sessionId) && outcomes[i] === SYNCED) outcomes[i] = NO_SESSION;
    });
  }

  const effective = effectiveLogs(logs, outcomes, held);
  const result = await appendEvents(client, heads, applianceId, effective);
  if (effective.length > 0) await updateSessions(client, effective.map(toRow));
  await showAppliance(client, applianceId);
  return { outcomes, result: { ...result, appliances: [{ applianceId }] } };
}

interface Effective {
  log: CookingLog;
  session: HeldSession;
  /** When the cook ended; null where the log does not end it. */
  endedAt: Instant | null;
}

/** For each session the log that stands: the last of those that no higher revision came before. */
function effectiveLogs(
  logs: readonly CookingLog[],
  outcomes: readonly LogOutcome[],
  held: ReadonlyMap<string, HeldSession>,
): Effective[] {
  const standing = new Map<string, CookingLog>();
  logs.forEach((log, i) => {
    if (outcomes[i] !== SYNCED) return;
    const known = standing.get(log.sessionId)?.revision ?? held.get(log.sessionId)?.logRevision ?? 0;
    if (log.revision >= known) standing.set(log.sessionId, log);
  });
  return [...standing.values()].map((log) => {
    const session = held.get(log.sessionId) as HeldSession;
    return { log, session, endedAt: isRunning(log.status) ? null : endOf(log, session) };
  });
}

/** When a cook ended by its log, else by what is known of it: never before it began. */
function endOf({ completedAt, startedAt, totalDurationS }: CookingLog, session: HeldSession): Instant {
  if (completedAt !== null) return completedAt;
  if (totalDurationS !== null)
    return fromMicroseconds(toMicroseconds(startedAt) + totalDurationS * 1_000_000);
  const known = session.completedAt ?? session.lastRecordedAt ?? startedAt;
  return known > startedAt ? known : startedAt;
}

/** A running cook's log is as new as the last event; one that ended stands where it did. */
function appendEvents(
  client: pg.ClientBase,
  heads: Heads,
  applianceId: string,
  effective: readonly Effective[],
): Promise<AppendResult> {
  const events = effective
    .filter(({ session, endedAt }) => endedAt !== null || isRunning(session.status))
    .map(
      ({ log: { sessionId, status, startedAt }, session: { lastRecordedAt }, endedAt }): NewEvent => ({
        deviceSequence: null,
        recordedAt:
          endedAt ?? (lastRecordedAt !== null && lastRecordedAt > startedAt ? lastRecordedAt : startedAt),
        sessionId,
        type: 'status',
        payload: { session_status: status, reason: LOG_UPLOADED },
      }),
    );
  if (events.length === 0) return Promise.resolve({ outcomes: [], sessions: [], appliances: [] });
  const request = { applianceId, clockOffsetMs: null, events, origin: 'server' } as const;
  return appendGroup(client, heads, [request], PATIENCE).then(({ result }) => result);
}

/** What a log that does not end an ended cook leaves alone is absent. */
function toRow({ log, session, endedAt }: Effective): LoggedRow {
  const stagesLog = log.stagesLog ?? (session.endedByLog ? session.stagesLog : null);
  return {
    id: log.sessionId,
    revision: log.revision,
    recipe_id: log.recipeId,
    ...(endedAt !== null || isRunning(session.status) ? { started_at: log.startedAt } : {}),
    ...(log.customizations === null ? {} : { customizations: log.customizations }),
    ...(stagesLog === null ? {} : { stages_log: stagesLog }),
    ...(log.peakTemperature === null ? {} : { peak_temperature: log.peakTemperature }),
    ...(endedAt === null
      ? {}
      : {
          status: log.status,
          ended_at: endedAt,
          total_duration_s: log.totalDurationS ?? durationOf(log.startedAt, endedAt),
        }),
  };
}

function durationOf(startedAt: Instant, endedAt: Instant): number {
  return Math.min(MAX_SECONDS, Math.max(0, Math.round(secondsBetween(startedAt, endedAt))));
}

/** One log for each session: the last. */
function lastOfEach(logs: readonly CookingLog[]): CookingLog[] {
  return [...new Map(logs.map((log) => [log.sessionId, log])).values()];
}
