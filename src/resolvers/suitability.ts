import type { Context } from '../context.js';
import { type Diet, judge, type Suitability, unsuitableNames } from '../food/suitability.js';
import { onceARequest } from './once-a-request.js';

interface Tastes {
  diet: Diet;
  allergens: string[];
  /** The distinct ingredients of the whole catalogue. */
  ingredientNames: string[];
}

/** What the viewer of a request does not eat, read at most once for it. */
const readTastes = onceARequest(query);

async function query({ db, viewer }: Context): Promise<Tastes | undefined> {
  if (viewer.kind !== 'user') return undefined;
  const { rows } = await db.pool.query<Tastes>({
    name: 'viewer-tastes',
    text: `SELECT coalesce(p.diet, 'no_restrictions') AS diet, coalesce(p.allergens, '{}') AS allergens,
                  (SELECT coalesce(array_agg(DISTINCT ingredient), '{}')
                   FROM recipes, unnest(ingredient_names) AS ingredient WHERE deleted_at IS NULL) AS "ingredientNames"
           FROM users u LEFT JOIN user_preferences p ON p.user_id = u.id
           WHERE u.id = $1`,
    values: [viewer.id],
  });
  return rows[0];
}

/** How a dish with these ingredients fits the viewer; null when nobody is signed in. */
export async function suitabilityFor(
  context: Context,
  ingredientNames: readonly string[],
): Promise<Suitability | null> {
  const tastes = await readTastes(context);
  if (!tastes) return null;
  if (ingredientNames.length === 0 && isRestricted(tastes)) {
    return { suitable: false, conflicts: ['its ingredients are not listed'] };
  }
  return judge(ingredientNames, tastes);
}

function isRestricted({ diet, allergens }: Tastes): boolean {
  return diet !== 'no_restrictions' || allergens.length > 0;
}

/**
 * The ingredients of the catalogue that keep a dish from the viewer; `undefined` when everything may be eaten, or nobody
 * is signed in.
 */
export async function unsuitableForViewer(context: Context): Promise<string[] | undefined> {
  const tastes = await readTastes(context);
  if (!tastes || !isRestricted(tastes)) return undefined;
  return unsuitableNames(tastes.diet, tastes.allergens, tastes.ingredientNames);
}
