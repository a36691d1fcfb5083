import { z } from 'zod';
import type { DeviceViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { SESSION_STATUSES } from '../db/tables/cooking-sessions.js';
import { DomainError, type ErrorCode, forbidden } from '../errors.js';
import { type Instant, parseInstant } from '../instant.js';
import { storableNumber } from '../live/events.js';
import { isRunning } from '../live/fold.js';
import type { CookingLog } from '../live/logs.js';
import { customizations, toStored } from './cooking.js';
import { isUuid } from './ids.js';
import { idOf, personText } from './rules.js';

/** Most logs of one upload. */
export const MAX_LOGS = 200;
const MAX_STAGES = 250;
const HOUR_MS = 3_600_000;
const MAX_HOURS_AHEAD = 24;
/** A robot that does not know the time yet begins to count here. */
const EARLIEST: Instant = '1970-01-01T00:00:00.000000Z';

function number(least: number, most: number) {
  const message = `must be from ${least} to ${most}`;
  return z.number(message).min(least, message).max(most, message);
}

function wholeNumber(least: number, most: number) {
  return number(least, most).int('must be a whole number');
}

const duration = wholeNumber(0, 604_800);

const instant = z.string('must be an instant by RFC 3339').transform((text, context): Instant => {
  const value = parseInstant(text);
  if (value === undefined) context.addIssue('must be an instant by RFC 3339 with a zone');
  else if (value < EARLIEST) context.addIssue('must not lie before 1970');
  else if (value > latestInstant()) context.addIssue(`must not lie more than ${MAX_HOURS_AHEAD} hours ahead`);
  return value ?? EARLIEST;
});

function latestInstant(): Instant {
  return parseInstant(new Date(Date.now() + MAX_HOURS_AHEAD * HOUR_MS).toISOString()) as Instant;
}

const stage = z.object({
  stage: personText(1, 200),
  durationSeconds: duration.nullish(),
  result: personText(1, 100).nullish(),
  cvConfidence: number(0, 1).nullish(),
});

const rules = z
  .object(
    {
      sessionUuid: z.string('must be a UUID').refine(isUuid, 'must be a UUID'),
      revision: wholeNumber(0, 2_147_483_647).nullish(),
      recipeId: idOf('Recipe'),
      status: z.enum(SESSION_STATUSES, `must be one of ${SESSION_STATUSES.join(', ')}`),
      startedAt: instant,
      completedAt: instant.nullish(),
      stagesLog: z.array(stage, 'must be a list').max(MAX_STAGES, `must be at most ${MAX_STAGES}`).nullish(),
      customizations: customizations.nullish(),
      peakTemperature: number(-50, 500).transform(storableNumber).nullish(),
      totalDurationSeconds: duration.nullish(),
    },
    'must be an object',
  )
  .superRefine(({ status, startedAt, completedAt }, context) => {
    if (!completedAt) return;
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['completedAt'], message });
    if (isRunning(status)) refuse('must not be given while the cook goes on');
    else if (completedAt < startedAt) refuse('must not lie before the start');
  });

/** A log as the API takes it. */
export type CookingLogInput = z.input<typeof rules>;

export interface RejectedLog {
  /** As it was sent. */
  sessionUuid: string;
  code: ErrorCode;
  message: string;
}

export interface UploadResult {
  /** The ids of the logs that need not be sent again, as they were sent, each once. */
  synced: string[];
  rejected: RejectedLog[];
}

/** How the fields of a log are called where it came from; absent ones are called as in `CookingLogInput`. */
export type FieldNames = Readonly<Record<string, string>>;

/**
 * Stores what a device logged of its cooks; see `storeLogs()`. Each log is judged alone: what breaks a rule is refused,
 * naming its fields by `names`, and the others are kept. Throws `FORBIDDEN` for a device without a home, and
 * `PAYLOAD_TOO_LARGE` for too many.
 */
export async function uploadCookingLogs(
  { live }: Services,
  viewer: DeviceViewer,
  logs: readonly unknown[],
  names: FieldNames = {},
): Promise<UploadResult> {
  if (!viewer.applianceId) throw forbidden('Pair the appliance with a home first.');
  if (logs.length > MAX_LOGS) {
    throw new DomainError('PAYLOAD_TOO_LARGE', `logs: must be at most ${MAX_LOGS}`);
  }
  const sound: CookingLog[] = [];
  const flaws = logs.map((log) => {
    const parsed = rules.safeParse(log);
    if (parsed.success) sound.push(toLog(parsed.data));
    return parsed.success ? null : messageOf(parsed.error, names);
  });
  const outcomes = sound.length > 0 ? await live.storeLogs(viewer.applianceId, sound) : [];

  const synced = new Set<string>();
  const rejected: RejectedLog[] = [];
  let next = 0;
  logs.forEach((log, i) => {
    const sessionUuid = sentId(log);
    const flaw = flaws[i];
    if (flaw) {
      rejected.push({ sessionUuid, code: 'VALIDATION_ERROR', message: flaw });
      return;
    }
    const outcome = outcomes[next++];
    if (outcome?.kind !== 'rejected') synced.add(sessionUuid);
    else {
      const field = outcome.field === 'sessionId' ? 'sessionUuid' : outcome.field;
      const message = `${names[field] ?? field}: ${outcome.message}`;
      rejected.push({ sessionUuid, code: outcome.code, message });
    }
  });
  return { synced: [...synced], rejected };
}

function sentId(log: unknown): string {
  const { sessionUuid } = (log ?? {}) as { sessionUuid?: unknown };
  return typeof sessionUuid === 'string' ? sessionUuid : '';
}

function messageOf({ issues }: z.ZodError, names: FieldNames): string {
  return issues
    .map(({ path, message }) => {
      const field = path.map((part) => names[String(part)] ?? String(part)).join('.');
      return field === '' ? message : `${field}: ${message}`;
    })
    .join('; ');
}

function toLog(log: z.output<typeof rules>): CookingLog {
  return {
    sessionId: log.sessionUuid.toLowerCase(),
    revision: log.revision ?? 0,
    recipeId: log.recipeId,
    status: log.status,
    startedAt: log.startedAt,
    completedAt: log.completedAt ?? null,
    stagesLog:
      log.stagesLog?.map(({ stage, durationSeconds, result, cvConfidence }) => ({
        stage,
        duration_s: durationSeconds ?? null,
        result: result ?? null,
        cv_confidence: cvConfidence ?? null,
      })) ?? null,
    customizations: log.customizations ? toStored(log.customizations) : null,
    peakTemperature: log.peakTemperature ?? null,
    totalDurationS: log.totalDurationSeconds ?? null,
  };
}
