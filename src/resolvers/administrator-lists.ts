import { type SQL, sql } from 'drizzle-orm';
import { visibleAppliances, visibleUsers } from '../auth/policies.js';
import type { Context } from '../context.js';
import type { appliances, users } from '../db/tables/index.js';
import { ValidationError } from '../errors.js';
import type { Instant } from '../instant.js';
import { isStorableText } from '../text.js';
import { type ShownStatus, showsStatus } from './appliance-status.js';

/** How administrators find people and appliances: each word must be in one of the columns, in any case. */

const MAX_CHARACTERS = 100;
const MAX_WORDS = 5;
/** Shorter words have no trigram of their own: the index finds them at the beginning alone. */
const MIN_INSIDE = 3;

/** The newest account or pairing first. */
export const newestAccountFirst = { createdAt: 'desc', id: 'desc' } as const;
export const newestPairingFirst = { pairedAt: 'desc', id: 'desc' } as const;

export interface UserListArgs {
  search?: string | null;
}

/** Which accounts a list holds. Throws `VALIDATION_ERROR`. */
export function userConditions({ viewer }: Pick<Context, 'viewer'>, { search }: UserListArgs): object {
  const matches = patternsOf(search).map((pattern) => ({
    RAW: (t: typeof users) => sql`(${t.email} LIKE ${pattern} OR lower(${t.name}) LIKE ${pattern})`,
  }));
  return { AND: [visibleUsers(viewer), ...matches] };
}

export interface ApplianceListArgs {
  search?: string | null;
  status?: ShownStatus | null;
  firmwareVersion?: string | null;
  silentSince?: Instant | null;
}

/** Which appliances a list holds. Throws `VALIDATION_ERROR`. */
export function applianceConditions(
  { viewer }: Pick<Context, 'viewer'>,
  { search, status, firmwareVersion, silentSince }: ApplianceListArgs,
): object {
  const matches = patternsOf(search).map((pattern) => ({
    RAW: (t: typeof appliances) => matchesAppliance(t, pattern),
  }));
  return {
    AND: [
      visibleAppliances(viewer),
      ...matches,
      ...(status ? [showsStatus(status)] : []),
      ...(typeof firmwareVersion === 'string' ? [hasFirmware(firmwareVersion)] : []),
      ...(silentSince ? [silentFrom(silentSince)] : []),
    ],
  };
}

/** Among those that fell silent, which an index knows: one by the time itself would make every reading dearer. */
function silentFrom(silentSince: Instant): object {
  return { status: 'offline', OR: [{ lastSeenAt: { lt: silentSince } }, { lastSeenAt: { isNull: true } }] };
}

function hasFirmware(version: string): object {
  if (!isStorableText(version))
    throw ValidationError.of('firmwareVersion', 'must not hold U+0000 or lone surrogates');
  return { OR: [{ firmwareVersionCm5: version }, { firmwareVersionStm32: version }] };
}

function matchesAppliance(t: typeof appliances, pattern: string): SQL {
  return sql`(lower(${t.deviceId}) LIKE ${pattern} OR lower(${t.serialNumber}) LIKE ${pattern}
              OR lower(${t.name}) LIKE ${pattern})`;
}

function patternsOf(search: string | null | undefined): string[] {
  if (search === null || search === undefined) return [];
  if (search.length > MAX_CHARACTERS)
    throw ValidationError.of('search', `must be at most ${MAX_CHARACTERS} characters`);
  if (!isStorableText(search)) throw ValidationError.of('search', 'must not hold U+0000 or lone surrogates');
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length > MAX_WORDS) throw ValidationError.of('search', `must be at most ${MAX_WORDS} words`);
  return words.map((word) => {
    const literal = word.replaceAll(/[\\%_]/g, '\\$&');
    return word.length < MIN_INSIDE ? `${literal}%` : `%${literal}%`;
  });
}
