import type { Services } from '../context.js';
import type { SessionStatus } from '../db/tables/cooking-sessions.js';
import { type FieldError, ValidationError } from '../errors.js';
import { type Instant, secondsBetween } from '../instant.js';
import type { FirmwareTarget } from './firmware.js';

/** Longest time that is looked at: a year, its leap day included. */
export const MAX_DAYS = 366;
const MAX_RECIPES = 100;
const MAX_VERSIONS = 1_000;

/** From the one instant to before the other. */
export interface Period {
  from: Instant;
  to: Instant;
}

export interface DailyCount {
  day: string;
  count: number;
}

/** Checks a period. Throws a `ValidationError` when it is empty or longer than a year. */
export function checkPeriod({ from, to }: Period): Period {
  const errors: FieldError[] = [];
  if (to <= from) errors.push({ field: 'to', message: 'must be later than from' });
  else if (secondsBetween(from, to) > MAX_DAYS * 86_400) {
    errors.push({ field: 'to', message: `must be at most ${MAX_DAYS} days after from` });
  }
  if (errors.length > 0) throw new ValidationError(errors);
  return { from, to };
}

/** How many cooks began on each day (of UTC), days without one included. */
export function sessionsPerDay(services: Services, period: Period): Promise<DailyCount[]> {
  return countPerDay(services, period, 'cooking_sessions', 'started_at');
}

/** How many accounts were opened on each day (of UTC), days without one included. */
export function newUsersPerDay(services: Services, period: Period): Promise<DailyCount[]> {
  return countPerDay(services, period, 'users', 'created_at');
}

async function countPerDay(
  { db }: Services,
  { from, to }: Period,
  table: 'cooking_sessions' | 'users',
  column: 'started_at' | 'created_at',
): Promise<DailyCount[]> {
  const { rows } = await db.pool.query<DailyCount>(
    // A range of the index for each day: to work out the day of every row would take five times as long as to read it.
    `SELECT to_char(day, 'YYYY-MM-DD') AS day,
            (SELECT count(*)::int FROM ${table}
             WHERE ${column} >= greatest(day AT TIME ZONE 'UTC', $1)
               AND ${column} < least((day + interval '1 day') AT TIME ZONE 'UTC', $2)) AS count
     FROM generate_series(date_trunc('day', $1::timestamptz AT TIME ZONE 'UTC'),
                          $2::timestamptz AT TIME ZONE 'UTC' - interval '1 microsecond', interval '1 day') AS day
     ORDER BY day`,
    [from, to],
  );
  return rows;
}

/** How the cooks that began in this time stand: each status that occurs, the most frequent first. */
export async function sessionOutcomes(
  { db }: Services,
  { from, to }: Period,
): Promise<{ status: SessionStatus; count: number }[]> {
  const { rows } = await db.pool.query<{ status: SessionStatus; count: number }>(
    `SELECT status, count(*)::int AS count FROM cooking_sessions
     WHERE started_at >= $1 AND started_at < $2 GROUP BY status ORDER BY count DESC, status`,
    [from, to],
  );
  return rows;
}

export interface RecipePopularity {
  recipeId: string;
  cookCount: number;
  averageRating: number | null;
  averageDurationSeconds: number | null;
}

/** What was cooked most in this time, of what is in the catalogue. Throws a `ValidationError` for a `first` out of range. */
export async function popularRecipes(
  { db }: Services,
  { from, to }: Period,
  first: number,
): Promise<RecipePopularity[]> {
  if (first < 1 || first > MAX_RECIPES) throw ValidationError.of('first', `must be from 1 to ${MAX_RECIPES}`);
  const { rows } = await db.pool.query<RecipePopularity>(
    `SELECT cooked.* FROM (
       SELECT recipe_id AS "recipeId", count(*)::int AS "cookCount", avg(user_rating)::float8 AS "averageRating",
              (avg(total_duration_s) FILTER (WHERE status = 'completed'))::float8 AS "averageDurationSeconds"
       FROM cooking_sessions WHERE started_at >= $1 AND started_at < $2 GROUP BY recipe_id
     ) AS cooked
     JOIN recipes r ON r.id = cooked."recipeId" AND r.deleted_at IS NULL
     ORDER BY "cookCount" DESC, "recipeId" LIMIT $3`,
    [from, to, first],
  );
  return rows;
}

/** What the appliances that have a home run now, the most frequent first; null for those that never told. */
export async function firmwareVersions(
  { db }: Services,
  target: FirmwareTarget,
): Promise<{ version: string | null; count: number }[]> {
  const column = target === 'cm5' ? 'firmware_version_cm5' : 'firmware_version_stm32';
  const { rows } = await db.pool.query<{ version: string | null; count: number }>(
    `SELECT ${column} AS version, count(*)::int AS count FROM appliances WHERE unpaired_at IS NULL
     GROUP BY ${column} ORDER BY count DESC, ${column} LIMIT ${MAX_VERSIONS}`,
  );
  return rows;
}
