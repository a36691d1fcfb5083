import type pg from 'pg';
import { z } from 'zod';
import { createPairingCode, createSecret, DEVICE_TOKEN_PREFIX, hashSecret } from '../auth/secrets.js';
import type { DeviceViewer, UserViewer, Viewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { inTransaction } from '../db/client.js';
import { isUniqueViolation } from '../db/errors.js';
import { conflict, type DomainError, forbidden, notFound } from '../errors.js';
import type { Instant } from '../instant.js';
import type { Client } from '../limits/client.js';
import { isStorableText } from '../text.js';
import { check, hardwareId, personText } from './rules.js';

const PAIRING_CODE_MINUTES = 10;
const PAIRING_CODE_TRIES = 20;
const UNIQUE_CODE = 'idx_device_registrations_code';

const firmwareVersion = z
  .string()
  .regex(/^[0-9A-Za-z.+-]{1,20}$/, 'must be a version of at most 20 characters')
  .nullish();

const registration = z.object({
  registrationSecret: z
    .string()
    .max(200, 'must be at most 200 characters')
    .refine(isStorableText, 'must not hold U+0000 or lone surrogates')
    .nullish(),
  deviceId: hardwareId,
  serialNumber: hardwareId,
  firmwareVersionCm5: firmwareVersion,
  firmwareVersionStm32: firmwareVersion,
  wifiMac: z
    .string()
    .regex(/^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/, 'must be a MAC address such as 02:00:5e:10:00:01')
    .nullish(),
});
type Registration = z.input<typeof registration>;

const pairing = z.object({
  pairingCode: z.string().regex(/^[0-9]{6}$/, 'must be six digits'),
  name: personText(1, 100).nullish(),
});

export interface PairingCode {
  pairingCode: string;
  pairingCodeExpiresAt: Instant;
}

interface KnownDevice {
  id: string;
  serialNumber: string;
  secretHash: Buffer | null;
  tokenHash: Buffer | null;
}

/**
 * Makes a device known, gives it its token and a pairing code to show. A device that has a token registers again only
 * with it; one that was enrolled needs the factory's secret, and where registration is not open every device does.
 * Throws `FORBIDDEN` for all of these alike, and `CONFLICT` when the serial number belongs to another device.
 */
export async function registerAppliance(
  services: Services,
  viewer: Viewer,
  input: Registration,
): Promise<PairingCode & { deviceToken: string }> {
  const device = check(registration, input);
  const deviceToken = createSecret(DEVICE_TOKEN_PREFIX);
  try {
    const registered = await inTransaction(services.db.pool, async (client) => {
      const known = await findDevice(client, device.deviceId);
      requireAdmission(services, viewer, device, known);
      // Two that claim the same new device at once find nobody to lock: the token that was seen decides.
      const { rowCount } = await client.query(
        `INSERT INTO device_registrations (device_id, serial_number, token_hash, firmware_version_cm5,
                                           firmware_version_stm32, wifi_mac)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (device_id) DO UPDATE
         SET token_hash = excluded.token_hash, updated_at = now(),
             firmware_version_cm5 = coalesce(excluded.firmware_version_cm5, device_registrations.firmware_version_cm5),
             firmware_version_stm32 = coalesce(excluded.firmware_version_stm32,
                                               device_registrations.firmware_version_stm32),
             wifi_mac = coalesce(excluded.wifi_mac, device_registrations.wifi_mac)
         WHERE device_registrations.token_hash IS NOT DISTINCT FROM $7`,
        [
          device.deviceId,
          device.serialNumber,
          hashSecret(deviceToken),
          device.firmwareVersionCm5,
          device.firmwareVersionStm32,
          device.wifiMac,
          known?.tokenHash,
        ],
      );
      if (rowCount === 0) throw refusal();
      return { deviceToken, ...(await showPairingCode(client, device.deviceId)) };
    });
    await services.revocations.look(); // its former token is void
    return registered;
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('serialNumber: belongs to another device');
    throw error;
  }
}

async function findDevice(client: pg.ClientBase, deviceId: string): Promise<KnownDevice | undefined> {
  const { rows } = await client.query<KnownDevice>(
    `SELECT id, serial_number AS "serialNumber", secret_hash AS "secretHash", token_hash AS "tokenHash"
     FROM device_registrations WHERE device_id = $1 FOR UPDATE`,
    [deviceId],
  );
  return rows[0];
}

function requireAdmission(
  services: Services,
  viewer: Viewer,
  device: Registration,
  known: KnownDevice | undefined,
): void {
  if (known && known.serialNumber !== device.serialNumber) throw refusal();
  if (known?.tokenHash) {
    if (viewer.kind === 'device' && viewer.registrationId === known.id) return;
    throw refusal();
  }
  if (known?.secretHash) {
    const presented = device.registrationSecret ? hashSecret(device.registrationSecret) : undefined;
    if (!presented?.equals(known.secretHash)) throw refusal();
  } else if (services.config.deviceRegistration === 'enrolled') {
    throw refusal();
  }
}

function refusal(): DomainError {
  return forbidden('This device may not register: its secret, token or serial number does not fit.');
}

/** Gives a device a fresh code to show; the one before is void. */
export async function rotatePairingCode(services: Services, viewer: DeviceViewer): Promise<PairingCode> {
  return inTransaction(services.db.pool, (client) => showPairingCode(client, viewer.deviceId));
}

/** Draws codes until one is free: the unique index decides, and codes that nobody shows any more make room first. */
async function showPairingCode(client: pg.ClientBase, deviceId: string): Promise<PairingCode> {
  await client.query(
    'UPDATE device_registrations SET pairing_code = NULL, pairing_code_expires_at = NULL WHERE pairing_code_expires_at < now()',
  );
  for (let tries = 1; ; tries++) {
    await client.query('SAVEPOINT draw');
    try {
      const { rows } = await client.query<PairingCode>(
        `UPDATE device_registrations
         SET pairing_code = $2, pairing_code_expires_at = now() + make_interval(mins => $3), updated_at = now()
         WHERE device_id = $1
         RETURNING pairing_code AS "pairingCode", pairing_code_expires_at AS "pairingCodeExpiresAt"`,
        [deviceId, createPairingCode(), PAIRING_CODE_MINUTES],
      );
      return rows[0] as PairingCode;
    } catch (error) {
      if (!isUniqueViolation(error, UNIQUE_CODE) || tries === PAIRING_CODE_TRIES) throw error;
      await client.query('ROLLBACK TO SAVEPOINT draw');
    }
  }
}

/**
 * Pairs the device that shows this code with the viewer's home and returns the appliance's id. The code works once.
 * Throws `NOT_FOUND` when no device shows it, `CONFLICT` when the appliance belongs to a home already, and `RATE_LIMITED`
 * when there were too many tries or wrong codes.
 */
export async function pairAppliance(
  services: Services,
  viewer: UserViewer,
  from: Client,
  input: { pairingCode: string; name?: string | null },
): Promise<string> {
  await services.limits.tryPairing(viewer, from);
  const { pairingCode, name } = check(pairing, input);
  const codeWasRight = await services.limits.tryPairingCode(viewer, from);
  const applianceId = await inTransaction(services.db.pool, async (client) => {
    const claimed = await client.query<{ id: string; applianceId: string | null }>(
      `UPDATE device_registrations
       SET pairing_code = NULL, pairing_code_expires_at = NULL, updated_at = now()
       WHERE pairing_code = $1 AND pairing_code_expires_at > now()
       RETURNING id, appliance_id AS "applianceId"`,
      [pairingCode],
    );
    const device = claimed.rows[0];
    if (!device) throw notFound('pairing code');
    return device.applianceId
      ? pairAgain(client, viewer, device.applianceId, name)
      : pairFirst(client, viewer, device.id, name);
  });
  await codeWasRight();
  await services.revocations.look(); // what its device was before, it is no more
  services.live.appliancesChanged([applianceId]);
  return applianceId;
}

async function pairFirst(
  client: pg.ClientBase,
  viewer: UserViewer,
  registrationId: string,
  name: string | null | undefined,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `WITH appliance AS (
       INSERT INTO appliances (user_id, device_id, serial_number, name, firmware_version_cm5, firmware_version_stm32,
                               wifi_mac)
       SELECT $1, device_id, serial_number, coalesce($3, 'My Epicura'), firmware_version_cm5, firmware_version_stm32,
              wifi_mac
       FROM device_registrations WHERE id = $2
       RETURNING id
     )
     UPDATE device_registrations SET appliance_id = (SELECT id FROM appliance) WHERE id = $2
     RETURNING appliance_id AS id`,
    [viewer.id, registrationId, name],
  );
  return (rows[0] as { id: string }).id;
}

async function pairAgain(
  client: pg.ClientBase,
  viewer: UserViewer,
  applianceId: string,
  name: string | null | undefined,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE appliances
     SET user_id = $1, unpaired_at = NULL, paired_at = now(), name = coalesce($3, 'My Epicura')
     WHERE id = $2 AND unpaired_at IS NOT NULL
     RETURNING id`,
    [viewer.id, applianceId, name],
  );
  if (!rows[0]) throw conflict('This appliance belongs to a home already; it must be unpaired there first.');
  return rows[0].id;
}
