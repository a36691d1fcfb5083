import { createHmac, hash, randomBytes, randomInt } from 'node:crypto';

/** Device tokens are told from people's JWTs by this prefix. */
export const DEVICE_TOKEN_PREFIX = 'epd';
export const REFRESH_TOKEN_PREFIX = 'epr';
export const FACTORY_SECRET_PREFIX = 'epf';

/** A secret of 256 random bits that its holder presents as it is; the database keeps `hashSecret` of it. */
export function createSecret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** SHA-256. No salt and no stretching: the input is a random secret, not a password. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/**
 * The token of a demo device: the same at every start, so that the simulated kitchen finds it again without keeping it.
 * Nobody can make it without the server's own secret.
 */
export function demoDeviceToken(prefix: string, serverSecret: string, deviceId: string): string {
  return `${prefix}_${createHmac('sha256', serverSecret).update(`demo device ${deviceId}`).digest('base64url')}`;
}

/** Six random digits. */
export function createPairingCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0');
}
