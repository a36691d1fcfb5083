import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { appliances } from './appliances.js';
import { instant } from './columns.js';
import { cookingSessions } from './cooking-sessions.js';

export const EVENT_TYPES = ['temperature', 'status', 'stage_change', 'alert', 'heartbeat'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * Everything that appliances reported, partitioned by the month of `recorded_at`; the rows of a session, in the order
 * of `sequence`, are its journal. Drizzle cannot say `PARTITION BY`: the migration does.
 */
export const telemetryEvents = pgTable(
  'telemetry_events',
  {
    id: bigserial('id', { mode: 'number' }).notNull(),
    applianceId: uuid('appliance_id')
      .notNull()
      .references(() => appliances.id),
    sessionId: uuid('session_id').references(() => cookingSessions.id),
    eventType: varchar('event_type', { length: 50, enum: EVENT_TYPES }).notNull(),
    payload: jsonb('payload').$type<Record<string, unknown>>().notNull(),
    /** By the device's clock, exactly as it was sent. */
    recordedAt: instant('recorded_at').notNull().default(sql`now()`),
    /** Position in the session's journal, from 1, in the order of commit. */
    sequence: integer('sequence'),
    /** The device's own counter; with appliance and `recorded_at` the key of the event. Null: the server made it. */
    deviceSequence: integer('device_sequence'),
    receivedAt: instant('received_at').notNull().default(sql`clock_timestamp()`),
    /** How far the device's clock was behind the server's, in milliseconds; null where the device did not tell. */
    clockOffsetMs: bigint('clock_offset_ms', { mode: 'number' }),
  },
  (t) => [
    primaryKey({ columns: [t.id, t.recordedAt] }),
    index('idx_telemetry_appliance_time').on(t.applianceId, t.recordedAt.desc().nullsFirst()),
    index('idx_telemetry_session').on(t.sessionId).where(sql`${t.sessionId} is not null`),
    index('idx_telemetry_payload').using('gin', t.payload.op('jsonb_path_ops')),
    uniqueIndex('idx_telemetry_event_key')
      .on(t.applianceId, t.deviceSequence, t.recordedAt)
      .where(sql`${t.deviceSequence} is not null`),
    uniqueIndex('idx_telemetry_session_sequence')
      .on(t.sessionId, t.sequence, t.recordedAt)
      .where(sql`${t.sequence} is not null`),
    index('idx_telemetry_session_transitions')
      .on(t.sessionId, t.recordedAt)
      .where(sql`${t.eventType} in ('status', 'stage_change', 'alert')`),
    check(
      'telemetry_events_type_known',
      sql`${t.eventType} in ('temperature', 'status', 'stage_change', 'alert', 'heartbeat')`,
    ),
  ],
);
