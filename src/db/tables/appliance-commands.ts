import { sql } from 'drizzle-orm';
import { check, index, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { appliances } from './appliances.js';
import { createdAt, instant, updatedAt } from './columns.js';
import { cookingSessions } from './cooking-sessions.js';
import { users } from './users.js';

export const COMMAND_KINDS = ['cook', 'pause', 'resume', 'stop', 'recipe_sync', 'ota'] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

export const COMMAND_STATES = ['pending', 'delivered', 'acknowledged', 'rejected', 'expired'] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

/** What people and administrators want of appliances, and what became of it. The first of the last three states stays. */
export const applianceCommands = pgTable(
  'appliance_commands',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    applianceId: uuid('appliance_id')
      .notNull()
      .references(() => appliances.id),
    /** Whose appliance it was when the command was given: no other home sees it, and its device obeys it in no other. */
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    sessionId: uuid('session_id').references(() => cookingSessions.id),
    kind: varchar('kind', { length: 20, enum: COMMAND_KINDS }).notNull(),
    state: varchar('state', { length: 20, enum: COMMAND_STATES }).notNull().default('pending'),
    payload: jsonb('payload').$type<Record<string, unknown>>(),
    /** The device's word on it. */
    message: text('message'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    /** A yes that comes later is void. */
    expiresAt: instant('expires_at').notNull(),
    /** Of a COOK that came to nothing: until when an instance is at ending its cook, and when that was done. */
    claimedUntil: instant('claimed_until'),
    settledAt: instant('settled_at'),
  },
  (t) => [
    index('idx_appliance_commands_open')
      .on(t.applianceId, t.createdAt)
      .where(sql`${t.state} in ('pending', 'delivered')`),
    index('idx_appliance_commands_expiry').on(t.expiresAt).where(sql`${t.state} in ('pending', 'delivered')`),
    index('idx_appliance_commands_unsettled')
      .on(t.updatedAt)
      .where(sql`${t.kind} = 'cook' and ${t.state} in ('rejected', 'expired') and ${t.settledAt} is null`),
    index('idx_appliance_commands_ended')
      .on(t.updatedAt)
      .where(sql`${t.state} in ('acknowledged', 'rejected', 'expired')`),
    index('idx_appliance_commands_session')
      .on(t.sessionId, t.createdAt)
      .where(sql`${t.sessionId} is not null`),
    check(
      'appliance_commands_kind_known',
      sql`${t.kind} in ('cook', 'pause', 'resume', 'stop', 'recipe_sync', 'ota')`,
    ),
    check(
      'appliance_commands_state_known',
      sql`${t.state} in ('pending', 'delivered', 'acknowledged', 'rejected', 'expired')`,
    ),
    check(
      'appliance_commands_names_cook',
      sql`${t.kind} not in ('cook', 'pause', 'resume') or ${t.sessionId} is not null`,
    ),
    check(
      'appliance_commands_payload_given',
      sql`(${t.kind} in ('cook', 'ota')) = (${t.payload} is not null)`,
    ),
    check('appliance_commands_expire', sql`${t.expiresAt} > ${t.createdAt}`),
  ],
);
