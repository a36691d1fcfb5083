import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.js';
import { users } from './users.js';

/** Kitchen robots that were paired with a home at least once. */
export const appliances = pgTable(
  'appliances',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    deviceId: varchar('device_id', { length: 50 }).notNull(),
    serialNumber: varchar('serial_number', { length: 50 }).notNull().unique(),
    name: varchar('name', { length: 100 }).default('My Epicura'),
    firmwareVersionCm5: varchar('firmware_version_cm5', { length: 20 }),
    firmwareVersionStm32: varchar('firmware_version_stm32', { length: 20 }),
    wifiMac: varchar('wifi_mac', { length: 17 }),
    pairingCode: varchar('pairing_code', { length: 6 }),
    status: varchar('status', { length: 20, enum: ['online', 'offline', 'cooking', 'error'] }).default(
      'offline',
    ),
    lastSeenAt: instant('last_seen_at'),
    pairedAt: instant('paired_at').notNull().default(sql`now()`),
    createdAt: createdAt(),
    /** Set while the appliance belongs to nobody; people do not see such rows. */
    unpairedAt: instant('unpaired_at'),
    /**
     * Where the newest event that status and firmware were taken from stands in the device's own order, so that one
     * that arrives late does not turn them back.
     */
    reportedAt: instant('reported_at'),
    reportedSequence: integer('reported_sequence'),
    /** The device's newest connection for commands: the end of an older one says nothing. */
    connectionId: uuid('connection_id'),
  },
  (t) => [
    uniqueIndex('idx_appliances_device_id').on(t.deviceId),
    index('idx_appliances_user').on(t.userId),
    index('idx_appliances_user_paired')
      .on(t.userId, t.pairedAt.desc().nullsFirst(), t.id.desc().nullsFirst())
      .where(sql`${t.unpairedAt} is null`),
    // Keyed by what telemetry never changes, so that its updates of the row stay cheap.
    index('idx_appliances_reachable').on(t.id).where(sql`${t.status} <> 'offline'`),
    index('idx_appliances_paired')
      .on(t.pairedAt.desc().nullsFirst(), t.id.desc().nullsFirst())
      .where(sql`${t.unpairedAt} is null`),
    index('idx_appliances_status')
      .on(t.status, t.pairedAt.desc().nullsFirst(), t.id.desc().nullsFirst())
      .where(sql`${t.unpairedAt} is null`),
    index('idx_appliances_search').using(
      'gin',
      sql`lower(${t.deviceId}) gin_trgm_ops`,
      sql`lower(${t.serialNumber}) gin_trgm_ops`,
      sql`lower(${t.name}) gin_trgm_ops`,
    ),
    index('idx_appliances_firmware_cm5').on(t.firmwareVersionCm5).where(sql`${t.unpairedAt} is null`),
    index('idx_appliances_firmware_stm32').on(t.firmwareVersionStm32).where(sql`${t.unpairedAt} is null`),
    check('appliances_status_known', sql`${t.status} in ('online', 'offline', 'cooking', 'error')`),
  ],
);
