import { z } from 'zod';
import { createSecret, FACTORY_SECRET_PREFIX, hashSecret } from '../auth/secrets.js';
import type { Services } from '../context.js';
import { inTransaction } from '../db/client.js';
import { databaseError, isUniqueViolation } from '../db/errors.js';
import { conflict } from '../errors.js';
import { check, hardwareId } from './rules.js';

/** Most devices of one request. */
export const MAX_ENROLLED = 250;

const enrolment = z.object({
  appliances: z
    .array(z.object({ deviceId: hardwareId, serialNumber: hardwareId }))
    .max(MAX_ENROLLED, `must be at most ${MAX_ENROLLED}`)
    .superRefine((devices, context) => {
      for (const field of ['deviceId', 'serialNumber'] as const) {
        const seen = new Set<string>();
        devices.forEach((device, i) => {
          if (seen.has(device[field]))
            context.addIssue({ code: 'custom', path: [i, field], message: 'is there twice' });
          seen.add(device[field]);
        });
      }
    }),
});

/** A device with the secret that its factory writes into it; it is told only once. */
export interface EnrolledDevice {
  deviceId: string;
  registrationSecret: string;
}

/**
 * Makes devices known, each with a secret of its own that lets it register once: all of them, or none. One that is known
 * starts anew: its token and pairing code are void from now on, its home stays. Throws `VALIDATION_ERROR`, and `CONFLICT`
 * when a serial number belongs to another device, or an appliance that has a home would get another serial number.
 */
export async function enrollAppliances(
  { db, revocations }: Services,
  input: { appliances: readonly { deviceId: string; serialNumber: string }[] },
): Promise<EnrolledDevice[]> {
  const { appliances } = check(enrolment, input);
  const devices = appliances.map((device) => ({
    ...device,
    registrationSecret: createSecret(FACTORY_SECRET_PREFIX),
  }));
  try {
    await inTransaction(db.pool, async (client) => {
      // In one order, so that two who enroll the same devices wait for each other instead of locking each other out.
      const { rows } = await client.query<{ deviceId: string }>(
        `INSERT INTO device_registrations (device_id, serial_number, secret_hash)
         SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[]) AS t (device_id, serial_number, secret_hash)
         ORDER BY device_id
         ON CONFLICT (device_id) DO UPDATE
         SET secret_hash = excluded.secret_hash, serial_number = excluded.serial_number, updated_at = now(),
             token_hash = NULL, pairing_code = NULL, pairing_code_expires_at = NULL
         WHERE device_registrations.appliance_id IS NULL
            OR device_registrations.serial_number = excluded.serial_number
         RETURNING device_id AS "deviceId"`,
        [
          devices.map(({ deviceId }) => deviceId),
          devices.map(({ serialNumber }) => serialNumber),
          devices.map(({ registrationSecret }) => hashSecret(registrationSecret)),
        ],
      );
      const enrolled = new Set(rows.map(({ deviceId }) => deviceId));
      const refused = devices.find(({ deviceId }) => !enrolled.has(deviceId));
      if (refused) throw conflict(`The appliance ${refused.deviceId} has another serial number.`);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const serialNumber = /\(serial_number\)=\((.*)\) already/.exec(databaseError(error)?.detail ?? '')?.[1];
    throw conflict(`The serial number ${serialNumber ?? 'of one of them'} belongs to another device.`);
  }
  await revocations.look(); // former tokens are void
  return devices.map(({ deviceId, registrationSecret }) => ({ deviceId, registrationSecret }));
}
