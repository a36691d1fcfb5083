import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  real,
  text,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { appliances } from './appliances.js';
import { instant } from './columns.js';
import { recipes } from './recipes.js';
import { users } from './users.js';

export const SESSION_STATUSES = ['started', 'cooking', 'paused', 'completed', 'aborted', 'error'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** A finished stage of a cook, as the log keeps it. */
export interface StageLogEntry {
  stage: string;
  duration_s: number | null;
  result: string | null;
  cv_confidence: number | null;
}

/** What the cook changed about the recipe. */
export interface Customizations {
  spice_level?: number;
  salt_level?: number;
  oil_level?: number;
  servings?: number;
  substitutions?: { from: string; to: string }[];
}

/**
 * Where a cook stands: the newest stage change and the newest reading in the device's order. `position` fields tell
 * which events these were, so that a late one does not turn the progress back.
 */
export interface Progress {
  stage_index?: number;
  stage_name?: string;
  total_stages?: number;
  /** When the stage began, by the device's clock. */
  stage_at?: string;
  progress_percent?: number;
  temperature?: number;
  target_temperature?: number;
  seconds_remaining?: number;
  stir_active?: boolean;
  stir_pattern?: string;
  updated_at: string;
  reading_position?: readonly [recordedAt: string, deviceSequence: number | null];
}

/** Cooks: the person's view of them, and the head of each one's journal. */
export const cookingSessions = pgTable(
  'cooking_sessions',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    applianceId: uuid('appliance_id')
      .notNull()
      .references(() => appliances.id),
    recipeId: uuid('recipe_id')
      .notNull()
      .references(() => recipes.id),
    status: varchar('status', { length: 20, enum: SESSION_STATUSES }).notNull().default('started'),
    startedAt: instant('started_at').notNull().default(sql`now()`),
    completedAt: instant('completed_at'),
    stagesLog: jsonb('stages_log').$type<StageLogEntry[]>(),
    customizations: jsonb('customizations').$type<Customizations>(),
    peakTemperature: real('peak_temperature'),
    totalDurationS: integer('total_duration_s'),
    userRating: integer('user_rating'),
    notes: text('notes'),
    /** As they were when the cook began; a trigger fills them from the recipe where the writer does not. */
    recipeName: varchar('recipe_name', { length: 200 }).notNull().default(''),
    recipeVersion: integer('recipe_version'),
    /** The sequence of the journal's last event; 0 before the first. */
    lastSequence: integer('last_sequence').notNull().default(0),
    /** The least and greatest `recorded_at` of the journal: they bound its queries to the months that hold it. */
    firstRecordedAt: instant('first_recorded_at'),
    lastRecordedAt: instant('last_recorded_at'),
    /** When the journal's last event was received: the fingerprint of the cursor there. */
    lastReceivedAt: instant('last_received_at'),
    /** `recorded_at` of the event that ended the cook, by the device's clock. */
    endRecordedAt: instant('end_recorded_at'),
    progress: jsonb('progress').$type<Progress>(),
    /** When the cloud first heard of the cook: before the first event, its silence counts from there. */
    announcedAt: instant('announced_at').notNull().default(sql`now()`),
    /** The revision of the device's log that the row was last taken from; null where it uploaded none. */
    logRevision: integer('log_revision'),
    /** Whether a log told how the cook ended: no event changes that any more, nor the figures beside it. */
    endedByLog: boolean('ended_by_log').notNull().default(false),
  },
  (t) => [
    index('idx_sessions_user').on(t.userId),
    index('idx_sessions_appliance').on(t.applianceId),
    index('idx_sessions_started').on(t.startedAt.desc().nullsFirst()),
    index('idx_sessions_user_started').on(
      t.userId,
      t.startedAt.desc().nullsFirst(),
      t.id.desc().nullsFirst(),
    ),
    index('idx_sessions_appliance_started').on(
      t.applianceId,
      t.startedAt.desc().nullsFirst(),
      t.id.desc().nullsFirst(),
    ),
    index('idx_sessions_analytics').on(t.startedAt, t.status, t.recipeId, t.userRating, t.totalDurationS),
    index('idx_sessions_recipe').on(t.recipeId),
    index('idx_sessions_running')
      .on(t.applianceId, t.startedAt.desc().nullsFirst())
      .where(sql`${t.status} in ('started', 'cooking', 'paused')`),
    check(
      'cooking_sessions_status_known',
      sql`${t.status} in ('started', 'cooking', 'paused', 'completed', 'aborted', 'error')`,
    ),
    check('cooking_sessions_user_rating', sql`${t.userRating} between 1 and 5`),
  ],
);
