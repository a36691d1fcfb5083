import { createHash } from 'node:crypto';
import type pg from 'pg';
import { instantOf } from './demo-home.js';
import { type SeedRecipe, seedRecipes } from './recipes/index.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const WRITTEN_DAYS_AGO = 30;

/** Publishes the catalogue in the name of `authorId`. The database stamps each recipe, in the order of the list. */
export async function insertRecipes(client: pg.ClientBase, authorId: string, nowMs: number): Promise<void> {
  await client.query(
    `INSERT INTO recipes (id, name, category, cuisine, tags, difficulty, time_minutes, servings, calories, protein_g,
                          carbs_g, fats_g, image_url, recipe_data, is_published, created_by, created_at)
     SELECT r.id, r.name, r.category, r.cuisine, ARRAY(SELECT jsonb_array_elements_text(r.tags)), r.difficulty,
            r.time_minutes, r.servings, r.calories, r.protein_g, r.carbs_g, r.fats_g, r.image_url, r.recipe_data, true,
            $2, $3::timestamptz
     FROM jsonb_to_recordset($1::jsonb) AS r(
            place int, id uuid, name text, category text, cuisine text, tags jsonb, difficulty text, time_minutes int,
            servings int, calories real, protein_g real, carbs_g real, fats_g real, image_url text, recipe_data jsonb)
     ORDER BY r.place`,
    [JSON.stringify(seedRecipes.map(toRow)), authorId, instantOf(nowMs - WRITTEN_DAYS_AGO * DAY_MS)],
  );
}

function toRow(recipe: SeedRecipe, index: number) {
  const { id, name, category, cuisine, tags, difficulty, servings, calories, stages } = recipe;
  return {
    place: index + 1,
    ...{ id, name, category, cuisine, tags, difficulty, servings, calories },
    time_minutes: recipe.timeMinutes,
    protein_g: recipe.proteinG,
    carbs_g: recipe.carbsG,
    fats_g: recipe.fatsG,
    image_url: recipe.imageUrl,
    recipe_data: { name, servings, total_time_minutes: recipe.timeMinutes, stages },
  };
}

/** Two releases for each processor: the one the home runs, and one to come. */
const FIRMWARE = [
  { target: 'cm5', version: '1.3.0', channel: 'stable', daysAgo: 120, bytes: 188_743_680 },
  { target: 'cm5', version: '1.4.2', channel: 'stable', daysAgo: 40, bytes: 191_889_408 },
  { target: 'cm5', version: '1.5.0-beta.1', channel: 'beta', daysAgo: 4, bytes: 194_510_848 },
  { target: 'stm32', version: '0.9.7', channel: 'stable', daysAgo: 45, bytes: 401_408 },
  { target: 'stm32', version: '0.10.0-beta.2', channel: 'beta', daysAgo: 6, bytes: 417_792 },
] as const;

const RELEASE_NOTES: Record<(typeof FIRMWARE)[number]['version'], string> = {
  '1.3.0': 'Recipe sync over slow Wi-Fi.',
  '1.4.2':
    'The camera tells golden brown from burnt in dim kitchens. Fewer false pauses when the pot is lifted.',
  '1.5.0-beta.1': 'Two dishes in a row without a restart.',
  '0.9.7': 'Gentler folding for rice dishes.',
  '0.10.0-beta.2': 'Quieter induction below 400 W.',
};

/** Inserts the releases; their addresses and checksums are made up. */
export async function insertFirmware(client: pg.ClientBase, nowMs: number): Promise<void> {
  const releases = FIRMWARE.map(({ target, version, channel, daysAgo, bytes }) => ({
    ...{ target, version, channel },
    binary_url: `https://firmware.epicura.example/${target}/${version}.bin`,
    checksum_sha256: createHash('sha256').update(`${target} ${version}`).digest('hex'),
    file_size_bytes: bytes,
    release_notes: RELEASE_NOTES[version],
    created_at: instantOf(nowMs - daysAgo * DAY_MS),
  }));
  await client.query(
    `INSERT INTO firmware_releases (target, version, channel, binary_url, checksum_sha256, file_size_bytes,
                                    release_notes, created_at)
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS f(
       target text, version text, channel text, binary_url text, checksum_sha256 text, file_size_bytes int,
       release_notes text, created_at timestamptz)`,
    [JSON.stringify(releases)],
  );
}
