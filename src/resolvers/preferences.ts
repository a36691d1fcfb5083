import { z } from 'zod';
import type { DeviceViewer, UserViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { forbidden, notFound, ValidationError } from '../errors.js';
import type { Instant } from '../instant.js';
import { check, personText } from './rules.js';

const MAX_WORDS = 50;

const level = z.number().min(1, 'must be from 1 to 5').max(5, 'must be from 1 to 5').nullish();
const words = z
  .array(personText(1, 50))
  .max(MAX_WORDS, `must be at most ${MAX_WORDS}`)
  .transform((list) => [...new Set(list)])
  .nullish();

const rules = z.object({
  updatedAt: z.string().nullish(),
  language: z
    .string()
    .regex(/^(?=.{2,10}$)[a-z]{2,3}([_-][A-Za-z]{4})?([_-][A-Z]{2})?$/, 'must be a locale such as en_IN')
    .nullish(),
  spiceLevel: level,
  saltLevel: level,
  oilLevel: level,
  diet: z.string().nullish(),
  cuisines: words,
  defaultServings: z.number().min(1, 'must be from 1 to 4').max(4, 'must be from 1 to 4').nullish(),
  allergens: words,
  theme: z.string().nullish(),
  notificationsEnabled: z.boolean().nullish(),
});

export type PreferencesChange = z.input<typeof rules>;

/** The columns by the names of the API, with the type in which two values of one time are compared: by bytes, for texts. */
const COLUMNS = {
  language: ['language', 'text COLLATE "C"'],
  spiceLevel: ['spice_level', 'int'],
  saltLevel: ['salt_level', 'int'],
  oilLevel: ['oil_level', 'int'],
  diet: ['diet', 'text COLLATE "C"'],
  cuisines: ['cuisines', 'text[] COLLATE "C"'],
  defaultServings: ['default_servings', 'int'],
  allergens: ['allergens', 'text[] COLLATE "C"'],
  theme: ['theme', 'text COLLATE "C"'],
  notificationsEnabled: ['notifications_enabled', 'boolean'],
} as const;

const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

/**
 * A change that is older than the one that stands does not apply, and one from the future counts as of now. Of changes of
 * the same time all apply; where they set the same column, the greater value stays. So the order of arrival never tells.
 */
const UPDATE = `
  WITH change AS (
    SELECT least(coalesce($2::timestamptz, now()), now()) AS at
  ), applied AS (
    UPDATE user_preferences p
    SET ${NAMES.map(assignment).join(',\n        ')},
        changed_together = CASE
          WHEN p.updated_at < change.at THEN $3::text[]
          ELSE ARRAY(SELECT unnest(p.changed_together) UNION SELECT unnest($3::text[]) ORDER BY 1) END,
        updated_at = change.at
    FROM change
    WHERE p.user_id = $1 AND p.updated_at <= change.at
    RETURNING p.id, ${NAMES.map(stands).join(' AND ')} AS stands
  )
  SELECT p.id, coalesce((SELECT stands FROM applied), false) AS applied FROM user_preferences p WHERE p.user_id = $1`;

function parameter(name: keyof typeof COLUMNS): string {
  return `$${NAMES.indexOf(name) + 4}::${COLUMNS[name][1]}`;
}

function assignment(name: keyof typeof COLUMNS): string {
  const [column] = COLUMNS[name];
  const value = parameter(name);
  return `${column} = CASE
          WHEN ${value} IS NULL THEN p.${column}
          WHEN p.updated_at = change.at AND '${column}' = ANY(p.changed_together) THEN greatest(p.${column}, ${value})
          ELSE ${value} END`;
}

function stands(name: keyof typeof COLUMNS): string {
  const [column] = COLUMNS[name];
  return `(${parameter(name)} IS NULL OR p.${column} = ${parameter(name)})`;
}

/**
 * Changes preferences: a person's own, or those of a device's owner. Says whether the change stands as a whole, and
 * whose they are now. Throws `FORBIDDEN` for a device without a home, and `VALIDATION_ERROR`.
 */
export async function updatePreferences(
  { db }: Services,
  viewer: UserViewer | DeviceViewer,
  input: PreferencesChange,
): Promise<{ preferencesId: string; applied: boolean }> {
  const userId = viewer.kind === 'user' ? viewer.id : viewer.ownerId;
  if (userId === null) throw forbidden('Pair the appliance with a home first.');
  const change = check(rules, input);
  const given = NAMES.filter((name) => change[name] !== undefined && change[name] !== null);
  if (given.length === 0) throw ValidationError.of('input', 'must change something');
  const updatedAt: Instant | null = change.updatedAt ?? null;
  const { rows } = await db.pool.query<{ id: string; applied: boolean }>({
    name: 'update-preferences',
    text: UPDATE,
    values: [
      userId,
      updatedAt,
      given.map((name) => COLUMNS[name][0]),
      ...NAMES.map((name) => change[name] ?? null),
    ],
  });
  const [row] = rows;
  if (!row) throw notFound('account');
  return { preferencesId: row.id, applied: row.applied };
}
