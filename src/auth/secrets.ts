import { createHash, randomBytes, randomInt } from 'node:crypto';

/** A secret of 256 random bits that its holder presents as it is; the database keeps `hashSecret` of it. */
export function createSecret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** SHA-256. No salt and no stretching: the input is a random secret, not a password. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Six random digits. */
export function createPairingCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0');
}
