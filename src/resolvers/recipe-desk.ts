import type pg from 'pg';
import { z } from 'zod';
import type { UserViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { inTransaction } from '../db/client.js';
import { conflict, notFound } from '../errors.js';
import { recipeDataErrors } from './recipe-rules.js';
import { check, idOf, personText } from './rules.js';

/** What administrators do with the catalogue. The triggers on `recipes` stamp, count and note it. */

/** Another editor's transaction may keep the catalogue; who waits longer for it is told to come back. */
const LOCK_TIMEOUT = '5s';

const wholeNumber = (least: number, most: number) =>
  z
    .number(`must be from ${least} to ${most}`)
    .min(least, `must be from ${least} to ${most}`)
    .max(most, `must be from ${least} to ${most}`);

/** A word of an open list, as filters compare it: `dal`, `gluten-free`. */
const word = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?=.{1,50}$)[a-z0-9]+(-[a-z0-9]+)*$/, 'must be at most 50 letters, digits and dashes');

const amount = z
  .number()
  .min(0, 'must be from 0 to 100000')
  .max(100_000, 'must be from 0 to 100000')
  .nullish();

const nutrition = z
  .object({ calories: amount, proteinGrams: amount, carbsGrams: amount, fatsGrams: amount })
  .nullish();

const imageUrl = personText(1, 2048)
  .refine(
    (url) => /^https?:\/\//i.test(url) && URL.canParse(url),
    'must be a URL that begins with https:// or http://',
  )
  .nullish();

const recipeData = z.unknown().superRefine((data, context) => {
  for (const { field, message } of recipeDataErrors(data)) {
    context.addIssue({ code: 'custom', message, path: field === '' ? [] : field.split('.') });
  }
});

const difficulty = z.enum(['easy', 'medium', 'hard'], 'must not be null');

const newRecipe = z.object({
  name: personText(1, 200),
  category: word,
  cuisine: word.nullish(),
  tags: z.array(word).max(20, 'must be at most 20').nullish(),
  difficulty,
  timeMinutes: wholeNumber(1, 1440),
  servings: wholeNumber(1, 100).nullish(),
  nutrition,
  imageUrl,
  recipeData,
});

const changedRecipe = newRecipe
  .partial({ name: true, category: true, difficulty: true, timeMinutes: true })
  .extend({
    recipeId: idOf('Recipe'),
    version: z.number(),
    servings: wholeNumber(1, 100).optional(),
    recipeData: recipeData.optional(),
  });

type Given<Rules extends z.ZodType> = { [K in keyof z.input<Rules>]?: z.input<Rules>[K] | null };
/** As GraphQL gives them; the rules tell what must be given and what may be null. */
export type NewRecipeInput = Given<typeof newRecipe>;
export type ChangedRecipeInput = Given<typeof changedRecipe>;

/** Writes a draft; returns its id. Throws a `ValidationError` that names every rule which it breaks. */
export async function createRecipe(
  services: Services,
  viewer: UserViewer,
  input: NewRecipeInput,
): Promise<string> {
  const row = toRow(check(newRecipe, input));
  const filled = {
    ...row,
    tags: row.tags ?? [],
    servings: row.servings ?? 4,
    cuisine: row.cuisine === undefined ? 'indian' : row.cuisine,
  };
  return edit(services, viewer, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO recipes (name, category, cuisine, tags, difficulty, time_minutes, servings, calories, protein_g, carbs_g,
                            fats_g, image_url, recipe_data, created_by)
       SELECT name, category, cuisine, tags, difficulty, time_minutes, servings, calories, protein_g, carbs_g, fats_g,
              image_url, recipe_data, $2
       FROM jsonb_populate_record(NULL::recipes, $1)
       RETURNING id`,
      [filled, viewer.id],
    );
    return (rows[0] as { id: string }).id;
  });
}

/**
 * Edits a recipe: what is absent stays, null clears what may be without a value. Returns its id. Throws `CONFLICT` when
 * the stored version is another than the one that the editor read.
 */
export async function updateRecipe(
  services: Services,
  viewer: UserViewer,
  input: ChangedRecipeInput,
): Promise<string> {
  const { recipeId, version, ...changes } = check(changedRecipe, input);
  return edit(services, viewer, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE recipes AS r
       SET (name, category, cuisine, tags, difficulty, time_minutes, servings, calories, protein_g, carbs_g, fats_g,
            image_url, recipe_data) =
           (SELECT name, category, cuisine, tags, difficulty, time_minutes, servings, calories, protein_g, carbs_g, fats_g,
                   image_url, recipe_data
            FROM jsonb_populate_record(r, $3))
       WHERE id = $1 AND version = $2 AND deleted_at IS NULL`,
      [recipeId, version, toRow(changes)],
    );
    if (rowCount === 0) {
      const { rows } = await client.query<{ version: number }>(
        'SELECT version FROM recipes WHERE id = $1 AND deleted_at IS NULL',
        [recipeId],
      );
      if (!rows[0]) throw notFound('recipe');
      throw conflict(`input.version: the recipe is at version ${rows[0].version}; read it again.`);
    }
    return recipeId;
  });
}

/** Shows a recipe to everybody; returns its id. One that is published already stays as it is. */
export function publishRecipe(services: Services, viewer: UserViewer, input: { recipeId: string }) {
  return setColumns(services, viewer, input, 'is_published = true');
}

/** Takes a recipe back to the drafts; returns its id. Devices remove it at their next sync. */
export function unpublishRecipe(services: Services, viewer: UserViewer, input: { recipeId: string }) {
  return setColumns(services, viewer, input, 'is_published = false');
}

/** Deletes a recipe softly: its cooks keep pointing at it. Returns its id. */
export function deleteRecipe(services: Services, viewer: UserViewer, input: { recipeId: string }) {
  return setColumns(services, viewer, input, 'deleted_at = now()');
}

function setColumns(
  services: Services,
  viewer: UserViewer,
  input: { recipeId: string },
  assignment: string,
): Promise<string> {
  const { recipeId } = check(z.object({ recipeId: idOf('Recipe') }), input);
  return edit(services, viewer, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE recipes SET ${assignment} WHERE id = $1 AND deleted_at IS NULL`,
      [recipeId],
    );
    if (rowCount === 0) throw notFound('recipe');
    return recipeId;
  });
}

/** Runs a change in the name of the viewer, which the history takes down. */
function edit<T>(
  { db }: Services,
  viewer: UserViewer,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(db.pool, async (client) => {
    await client.query(
      `SELECT set_config('epicura.editor', $1, true), set_config('lock_timeout', $2, true)`,
      [viewer.id, LOCK_TIMEOUT],
    );
    return work(client);
  });
}

/** The columns that an input names, for `jsonb_populate_record`. */
function toRow(input: Partial<z.output<typeof newRecipe>>) {
  const { timeMinutes, nutrition, imageUrl, recipeData, ...same } = input;
  const parts =
    nutrition === null
      ? { calories: null, proteinGrams: null, carbsGrams: null, fatsGrams: null }
      : nutrition;
  return {
    ...same,
    time_minutes: timeMinutes,
    calories: parts?.calories,
    protein_g: parts?.proteinGrams,
    carbs_g: parts?.carbsGrams,
    fats_g: parts?.fatsGrams,
    image_url: imageUrl,
    recipe_data: recipeData,
  };
}
