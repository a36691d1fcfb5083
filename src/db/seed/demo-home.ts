import type pg from 'pg';
import { fromMicroseconds, type Instant } from '../../instant.js';

/** What the seed needs from the layers above it. */
export interface DemoSeedTools {
  hashPassword(password: string): Promise<string>;
  createDeviceToken(deviceId: string): string;
  hashDeviceToken(token: string): Buffer;
}

/** A device that was seeded as paired, with its token, of which the database holds a hash alone. */
export interface DemoRobot {
  deviceId: string;
  serialNumber: string;
  token: string;
  firmwareVersionCm5: string;
  firmwareVersionStm32: string;
}

/** The owner of the demo home. */
export const COOK = { email: 'cook@epicura.example', name: 'Asha Raman' } as const;
const ADMIN = { email: 'admin@epicura.example', name: 'Meera Joshi' } as const;

const DAY_MS = 24 * 60 * 60 * 1000;
/** The home is older than its first cook, three weeks ago. */
const JOINED_DAYS_AGO = 27;
const PAIRED_DAYS_AGO = 25;

/** The three robots of the home; the last one waits for an update of its firmware. */
const APPLIANCES = [
  {
    deviceId: 'EPIC-001',
    serial: 'EPC-2026-000117',
    name: 'Kitchen',
    cm5: '1.4.2',
    stm32: '0.9.7',
    mac: '01',
  },
  {
    deviceId: 'EPIC-002',
    serial: 'EPC-2026-000254',
    name: 'Terrace',
    cm5: '1.4.2',
    stm32: '0.9.7',
    mac: '02',
  },
  {
    deviceId: 'EPIC-003',
    serial: 'EPC-2026-000431',
    name: 'Studio',
    cm5: '1.3.0',
    stm32: '0.9.4',
    mac: '03',
  },
] as const;

/** The instant so many milliseconds after 1970. */
export function instantOf(ms: number): Instant {
  return fromMicroseconds(Math.floor(ms) * 1000);
}

/** Inserts the cook and the administrator with their preferences. */
export async function insertPeople(
  client: pg.ClientBase,
  passwordHashes: { cook: string; admin: string },
  nowMs: number,
): Promise<{ cookId: string; adminId: string }> {
  const joinedAt = instantOf(nowMs - JOINED_DAYS_AGO * DAY_MS);
  const { rows } = await client.query<{ id: string; role: string }>(
    `INSERT INTO users (email, name, password_hash, role, created_at, updated_at)
     VALUES ($1, $2, $3, 'user', $7, $7), ($4, $5, $6, 'admin', $7, $7)
     RETURNING id, role`,
    [COOK.email, COOK.name, passwordHashes.cook, ADMIN.email, ADMIN.name, passwordHashes.admin, joinedAt],
  );
  const idOf = (role: string) => (rows.find((row) => row.role === role) as { id: string }).id;
  const [cookId, adminId] = [idOf('user'), idOf('admin')];
  await client.query(
    `INSERT INTO user_preferences (user_id, spice_level, salt_level, oil_level, cuisines, default_servings, allergens,
                                   updated_at)
     VALUES ($1, 4, 3, 2, '{indian,thai,italian}', 2, '{peanut}', $3),
            ($2, 3, 3, 3, '{indian,mexican,korean}', 4, '{}', $3)`,
    [cookId, adminId, joinedAt],
  );
  return { cookId, adminId };
}

/** The three robots of the demo home, with the tokens that `createDeviceToken` gives them, seeded or not. */
export function demoRobots(createDeviceToken: DemoSeedTools['createDeviceToken']): DemoRobot[] {
  return APPLIANCES.map(({ deviceId, serial, cm5, stm32 }) => ({
    deviceId,
    serialNumber: serial,
    token: createDeviceToken(deviceId),
    firmwareVersionCm5: cm5,
    firmwareVersionStm32: stm32,
  }));
}

/**
 * Pairs the three robots with the cook, each with a fresh token. Returns the robots with their tokens, and the ids of
 * their appliances in the same order.
 */
export async function insertHome(
  client: pg.ClientBase,
  ownerId: string,
  { createDeviceToken, hashDeviceToken }: DemoSeedTools,
  nowMs: number,
): Promise<{ robots: DemoRobot[]; appliances: string[] }> {
  const robots = demoRobots(createDeviceToken);
  const { rows } = await client.query<{ id: string }>(
    `WITH robot AS (
       SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[])
         WITH ORDINALITY AS r(device_id, serial_number, name, cm5, stm32, mac, token_hash, place)
     ), appliance AS (
       INSERT INTO appliances (user_id, device_id, serial_number, name, firmware_version_cm5, firmware_version_stm32,
                               wifi_mac, paired_at, created_at)
       SELECT $1, device_id, serial_number, name, cm5, stm32, mac, $9::timestamptz, $9::timestamptz FROM robot
       RETURNING id, device_id
     ), registration AS (
       INSERT INTO device_registrations (device_id, serial_number, token_hash, firmware_version_cm5,
                                         firmware_version_stm32, wifi_mac, appliance_id, created_at, updated_at)
       SELECT device_id, serial_number, token_hash, cm5, stm32, mac, appliance.id, $9::timestamptz, $9::timestamptz
       FROM robot JOIN appliance USING (device_id)
     )
     SELECT appliance.id FROM robot JOIN appliance USING (device_id) ORDER BY place`,
    [
      ownerId,
      APPLIANCES.map(({ deviceId }) => deviceId),
      APPLIANCES.map(({ serial }) => serial),
      APPLIANCES.map(({ name }) => name),
      APPLIANCES.map(({ cm5 }) => cm5),
      APPLIANCES.map(({ stm32 }) => stm32),
      APPLIANCES.map(({ mac }) => `02:00:5e:10:00:${mac}`),
      robots.map(({ token }) => hashDeviceToken(token)),
      instantOf(nowMs - PAIRED_DAYS_AGO * DAY_MS),
    ],
  );
  return { robots, appliances: rows.map(({ id }) => id) };
}
