import { type SQL, sql } from 'drizzle-orm';
import {
  boolean,
  check,
  index,
  integer,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt } from './columns.js';

/** Firmware that devices may install. */
export const firmwareReleases = pgTable(
  'firmware_releases',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    target: varchar('target', { length: 10, enum: ['cm5', 'stm32'] }).notNull(),
    version: varchar('version', { length: 20 }).notNull(),
    channel: varchar('channel', { length: 20, enum: ['stable', 'beta', 'alpha'] })
      .notNull()
      .default('stable'),
    binaryUrl: text('binary_url').notNull(),
    checksumSha256: varchar('checksum_sha256', { length: 64 }).notNull(),
    fileSizeBytes: integer('file_size_bytes').notNull(),
    releaseNotes: text('release_notes'),
    isMandatory: boolean('is_mandatory').notNull().default(false),
    minVersion: varchar('min_version', { length: 20 }),
    createdAt: createdAt(),
    /** Sorts as the semantic versions do, by bytes: the migration says COLLATE "C". Null for what is none. */
    versionKey: text('version_key').generatedAlwaysAs((): SQL => sql`semver_key(version)`),
    minVersionKey: text('min_version_key').generatedAlwaysAs((): SQL => sql`semver_key(min_version)`),
  },
  (t) => [
    uniqueIndex('idx_firmware_target_version').on(t.target, t.version),
    index('idx_firmware_channel').on(t.target, t.channel, t.createdAt.desc().nullsFirst()),
    index('idx_firmware_version_key').on(
      t.target,
      t.versionKey.desc().nullsFirst(),
      t.id.desc().nullsFirst(),
    ),
    check('firmware_releases_min_version', sql`${t.minVersionKey} < ${t.versionKey}`),
    check('firmware_releases_target_known', sql`${t.target} in ('cm5', 'stm32')`),
    check('firmware_releases_channel_known', sql`${t.channel} in ('stable', 'beta', 'alpha')`),
  ],
);
