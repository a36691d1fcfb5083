import { index, pgTable, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { appliances } from './appliances.js';
import { bytea, createdAt, instant, updatedAt } from './columns.js';

/**
 * Every device that the cloud knows, paired or not: its credentials, and the pairing code while it shows one. A device
 * that was never paired is here alone, because a row in `appliances` has an owner.
 */
export const deviceRegistrations = pgTable(
  'device_registrations',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    deviceId: varchar('device_id', { length: 50 }).notNull().unique(),
    serialNumber: varchar('serial_number', { length: 50 }).notNull().unique(),
    /** SHA-256 of the factory's secret; null where the device was never enrolled. */
    secretHash: bytea('secret_hash'),
    /** SHA-256 of the device's token; null until it registers. */
    tokenHash: bytea('token_hash'),
    pairingCode: varchar('pairing_code', { length: 6 }),
    pairingCodeExpiresAt: instant('pairing_code_expires_at'),
    firmwareVersionCm5: varchar('firmware_version_cm5', { length: 20 }),
    firmwareVersionStm32: varchar('firmware_version_stm32', { length: 20 }),
    wifiMac: varchar('wifi_mac', { length: 17 }),
    applianceId: uuid('appliance_id')
      .unique()
      .references(() => appliances.id),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    uniqueIndex('idx_device_registrations_token').on(t.tokenHash),
    uniqueIndex('idx_device_registrations_code').on(t.pairingCode),
    index('idx_device_registrations_code_expiry').on(t.pairingCodeExpiresAt),
  ],
);
