import DataLoader from 'dataloader';
import { z } from 'zod';
import { visibleChannels } from '../auth/policies.js';
import type { Context, Services } from '../context.js';
import { databaseError, isUniqueViolation } from '../db/errors.js';
import { conflict, notFound, ValidationError } from '../errors.js';
import { isStorableText } from '../text.js';
import { onceARequest } from './once-a-request.js';
import { check, idOf } from './rules.js';

const CHANNELS = ['stable', 'beta', 'alpha'] as const;
const TARGETS = ['cm5', 'stm32'] as const;

export type FirmwareChannel = (typeof CHANNELS)[number];
export type FirmwareTarget = (typeof TARGETS)[number];

// https://semver.org, without build metadata: two releases that differ in it alone would have no order.
const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?$/;

const version = z.string().refine((text) => text.length <= 20 && SEMVER.test(text), {
  message: 'must be a semantic version of at most 20 characters, such as 1.10.0 or 2.0.0-beta.1',
});
const releaseNotes = z
  .string()
  .max(20_000, 'must be at most 20000 characters')
  .refine(isStorableText, 'must not hold U+0000 or lone surrogates')
  .nullish();
const channel = z.enum(CHANNELS).nullish();

const creation = z.object({
  target: z.enum(TARGETS),
  version,
  channel,
  binaryUrl: z
    .string()
    .max(2000, 'must be at most 2000 characters')
    .refine(isHttps, 'must be an https:// address'),
  checksumSha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be a SHA-256: 64 hexadecimal digits')
    .transform((digits) => digits.toLowerCase()),
  fileSizeBytes: z.number().min(1, 'must be at least 1'),
  releaseNotes,
  isMandatory: z.boolean().nullish(),
  minVersion: version.nullish(),
});

const change = z.object({
  releaseId: idOf('FirmwareRelease'),
  channel,
  isMandatory: z.boolean().nullish(),
  releaseNotes,
  minVersion: version.nullish(),
});

const question = z.object({
  currentVersion: z
    .string()
    .refine((text) => text.length <= 50 && SEMVER.test(text.replace(/\+[0-9A-Za-z.-]+$/, '')), {
      message: 'must be a semantic version, such as 1.10.0 or 2.0.0-beta.1',
    }),
});

function isHttps(text: string): boolean {
  if (!isStorableText(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && username === '' && password === '';
}

/**
 * Announces a firmware; returns its id. Throws `CONFLICT` when the target has this version already, and
 * `VALIDATION_ERROR`.
 */
export async function createFirmwareRelease(
  { db }: Services,
  input: z.input<typeof creation>,
): Promise<string> {
  const release = check(creation, input);
  try {
    const { rows } = await db.pool.query<{ id: string }>(
      `INSERT INTO firmware_releases (target, version, channel, binary_url, checksum_sha256, file_size_bytes,
                                      release_notes, is_mandatory, min_version)
       VALUES ($1, $2, coalesce($3, 'stable'), $4, $5, $6, $7, coalesce($8, false), $9) RETURNING id`,
      [
        release.target,
        release.version,
        release.channel,
        release.binaryUrl,
        release.checksumSha256,
        release.fileSizeBytes,
        release.releaseNotes,
        release.isMandatory,
        release.minVersion,
      ],
    );
    return (rows[0] as { id: string }).id;
  } catch (error) {
    if (isUniqueViolation(error, 'idx_firmware_target_version')) {
      throw conflict(`input.version: ${release.version} of this target is there already`);
    }
    throw asRefusal(error);
  }
}

/**
 * Moves a firmware to another channel, or changes what is said of it: what is absent stays, `null` clears notes and
 * minimum. Returns its id. Throws `NOT_FOUND`, and `VALIDATION_ERROR`.
 */
export async function updateFirmwareRelease(
  { db }: Services,
  input: z.input<typeof change>,
): Promise<string> {
  const { releaseId, channel, isMandatory, releaseNotes, minVersion } = check(change, input);
  try {
    const { rowCount } = await db.pool.query(
      `UPDATE firmware_releases
       SET channel = coalesce($2, channel), is_mandatory = coalesce($3, is_mandatory),
           release_notes = CASE WHEN $4 THEN $5 ELSE release_notes END,
           min_version = CASE WHEN $6 THEN $7 ELSE min_version END
       WHERE id = $1`,
      [
        releaseId,
        channel,
        isMandatory,
        releaseNotes !== undefined,
        releaseNotes,
        minVersion !== undefined,
        minVersion,
      ],
    );
    if (rowCount === 0) throw notFound('firmware release');
    return releaseId;
  } catch (error) {
    throw asRefusal(error);
  }
}

function asRefusal(error: unknown): unknown {
  if (databaseError(error)?.constraint !== 'firmware_releases_min_version') return error;
  return ValidationError.of('input.minVersion', 'must be lower than the version');
}

/** Which releases a list of administrators holds. */
export function releaseConditions({
  target,
  channel,
}: {
  target?: FirmwareTarget | null;
  channel?: FirmwareChannel | null;
}) {
  return { ...(target ? { target } : {}), ...(channel ? { channel } : {}) };
}

interface Question {
  target: FirmwareTarget;
  currentVersion: string;
}

/**
 * The newest release that a device of this version may install now, or null when it is up to date: of its channel or a
 * more stable one, that takes this version as it is, and with no mandatory one between. Throws `VALIDATION_ERROR`.
 */
export async function findFirmwareUpdate(
  context: Context,
  args: Question & { channel?: FirmwareChannel | null },
): Promise<string | null> {
  const parsed = question.safeParse(args);
  if (!parsed.success) throw ValidationError.of('currentVersion', parsed.error.issues[0]?.message ?? '');
  const followed = CHANNELS.slice(0, CHANNELS.indexOf(args.channel ?? 'stable') + 1);
  const channels = followed.filter((channel) => visibleChannels(context.viewer).includes(channel));
  const [id] = await findUpdates(context, channels, [args]);
  return id ?? null;
}

/** For each question the id of the release to install next, where there is one. */
async function findUpdates(
  { db }: Services,
  channels: readonly FirmwareChannel[],
  questions: readonly Question[],
): Promise<(string | undefined)[]> {
  const { rows } = await db.pool.query<{ place: number; id: string }>({
    name: 'firmware-updates',
    text: `SELECT q.place - 1 AS place, f.id
           FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS q(target, version, place)
           CROSS JOIN LATERAL (
             SELECT r.id FROM firmware_releases r
             WHERE r.target = q.target AND r.channel = ANY($1::text[]) AND r.version_key > semver_key(q.version)
               AND (r.min_version IS NULL OR r.min_version_key <= semver_key(q.version))
               AND NOT EXISTS (
                 SELECT FROM firmware_releases m
                 WHERE m.target = q.target AND m.channel = ANY($1::text[]) AND m.is_mandatory
                   AND m.version_key > semver_key(q.version) AND m.version_key < r.version_key)
             ORDER BY r.version_key DESC LIMIT 1
           ) f`,
    values: [channels, questions.map(({ target }) => target), questions.map((q) => q.currentVersion)],
  });
  const ids = new Map(rows.map(({ place, id }) => [place, id]));
  return questions.map((_, place) => ids.get(place));
}

const loaderOf = onceARequest(
  (context: Context) =>
    new DataLoader<Question, string | undefined, string>(
      (questions) => findUpdates(context, ['stable'], questions),
      { cacheKeyFn: ({ target, currentVersion }) => `${target} ${currentVersion}` },
    ),
);

/** What an appliance may install now, one at most for each target; one statement for all appliances of a request. */
export async function availableFirmware(
  context: Context,
  appliance: { firmwareVersionCm5: string | null; firmwareVersionStm32: string | null },
): Promise<{ id: string }[]> {
  const loader = loaderOf(context);
  const questions: Question[] = [
    { target: 'cm5', currentVersion: appliance.firmwareVersionCm5 ?? '' },
    { target: 'stm32', currentVersion: appliance.firmwareVersionStm32 ?? '' },
  ];
  const ids = await Promise.all(questions.map((q) => loader.load(q)));
  return ids.flatMap((id) => (id === undefined ? [] : { id }));
}
