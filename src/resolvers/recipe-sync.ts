import type pg from 'pg';
import { isAdmin } from '../auth/policies.js';
import type { DeviceViewer, UserViewer, Viewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import type { Instant } from '../instant.js';

/** Most changes that one answer lists, recipes and deletions together. */
export const SYNC_PAGE = 500;

/** What a device must change in its copy of the catalogue. */
export interface RecipeChanges {
  /** The stamps of the first and the last recipe to be put in place; null where there is none. */
  firstStamp: Instant | null;
  lastStamp: Instant | null;
  deletedIds: string[];
  /** The value of `since` that goes on from here. */
  serverTimestamp: Instant;
  hasMore: boolean;
  /** The copy cannot be brought up to date: it is to be emptied first. */
  reset: boolean;
}

/**
 * One page of changes after $1, in the order of their stamps, all in one statement. Stamps become visible in their order
 * (the triggers on `recipes`), so nothing can appear later below the last one that is seen here.
 *
 * A `since` from before the beginning of the records, or later than anything that was ever listed, says nothing about
 * the copy that it stands for: it gets everything, like none at all. What was deleted is left out of that. While there
 * is more, the page's last stamp goes on from it; else the newest one of all does.
 */
const changes = (pageSize: number) => `
  state AS MATERIALIZED (
    SELECT complete_since, greatest(
      complete_since,
      (SELECT updated_at FROM recipes WHERE published_at IS NOT NULL ORDER BY updated_at DESC LIMIT 1),
      (SELECT removed_at FROM recipe_tombstones ORDER BY removed_at DESC LIMIT 1)) AS newest
    FROM recipe_sync
  ), start AS MATERIALIZED (
    SELECT newest, coalesce($1::timestamptz NOT BETWEEN complete_since AND newest, false) AS reset,
           coalesce($1 BETWEEN complete_since AND newest, false) AS is_known,
           CASE WHEN $1 BETWEEN complete_since AND newest THEN $1 ELSE '-infinity' END AS stamp
    FROM state
  ), found AS MATERIALIZED (
    (SELECT id, updated_at AS stamp, is_published AND deleted_at IS NULL AS is_live FROM recipes
     WHERE published_at IS NOT NULL AND updated_at > (SELECT stamp FROM start)
       AND ((SELECT is_known FROM start) OR (is_published AND deleted_at IS NULL))
     ORDER BY updated_at LIMIT ${pageSize + 1})
    UNION ALL
    (SELECT recipe_id, removed_at, false FROM recipe_tombstones
     WHERE removed_at > (SELECT stamp FROM start) AND (SELECT is_known FROM start)
     ORDER BY removed_at LIMIT ${pageSize + 1})
  ), page AS MATERIALIZED (
    SELECT * FROM found ORDER BY stamp LIMIT ${pageSize}
  ), told AS MATERIALIZED (
    SELECT (SELECT count(*) FROM found) > ${pageSize} AS has_more, reset,
           CASE WHEN (SELECT count(*) FROM found) > ${pageSize} THEN (SELECT max(stamp) FROM page) ELSE newest END
             AS server_timestamp
    FROM start
  )`;

/** What changed after `since`; without it, the whole catalogue. At most `pageSize` changes, recipes and deletions together. */
export async function readRecipeChanges(
  { db }: Pick<Services, 'db'>,
  since: Instant | null | undefined,
  pageSize = SYNC_PAGE,
): Promise<RecipeChanges> {
  const { rows } = await db.pool.query<RecipeChanges>({
    name: `recipe-changes-${pageSize}`,
    text: `WITH ${changes(pageSize)}
      SELECT (SELECT min(stamp) FROM page WHERE is_live) AS "firstStamp",
             (SELECT max(stamp) FROM page WHERE is_live) AS "lastStamp",
             (SELECT coalesce(json_agg(id ORDER BY stamp), '[]') FROM page WHERE NOT is_live) AS "deletedIds",
             server_timestamp AS "serverTimestamp", has_more AS "hasMore", reset
      FROM told`,
    values: [since ?? null],
  });
  return rows[0] as RecipeChanges;
}

/** The same for a viewer, whose syncs are counted. Throws `RATE_LIMITED`. */
export async function syncRecipes(
  services: Services,
  viewer: UserViewer | DeviceViewer,
  since: Instant | null | undefined,
): Promise<RecipeChanges> {
  await services.limits.countSync(viewer);
  return readRecipeChanges(services, since);
}

/** An instant as JSON, in UTC whatever the connection's time zone is. */
const rfc3339 = (instant: string) =>
  `to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** A recipe as devices store it: the row of the table. Who wrote it is for administrators ($2). */
const RECIPE_ROW = `
  SELECT r.id, r.name, r.category, r.cuisine, r.recipe_data, coalesce(r.tags, '{}') AS tags, r.difficulty, r.time_minutes,
         r.servings, r.calories, r.protein_g, r.carbs_g, r.fats_g, r.image_url, r.version, r.is_published,
         CASE WHEN $2 THEN r.created_by END AS created_by, ${rfc3339('r.created_at')} AS created_at,
         ${rfc3339('r.updated_at')} AS updated_at
  FROM recipes AS r WHERE r.id = page.id`;

/** An answer to `GET /recipes/sync`: its tag, and its text unless the client has it. */
export interface SyncAnswer {
  /** Names what the answer lists: the same tag, the same answer. */
  tag: string;
  /** JSON; null when the client holds the answer with this tag. */
  body: string | null;
}

/**
 * The same as JSON for devices, made by the database and passed on as it comes: recipes as rows, with raw UUIDs. It is not
 * made where its tag is among `heldTags`.
 */
export async function readSyncAnswer(
  { db }: Pick<Services, 'db'>,
  viewer: Viewer,
  since: Instant | null,
  heldTags: readonly string[],
  pageSize = SYNC_PAGE,
): Promise<SyncAnswer> {
  const { rows } = await db.pool.query<SyncAnswer>({
    name: `recipe-sync-${pageSize}`,
    text: `WITH ${changes(pageSize)}, tagged AS MATERIALIZED (
        SELECT *, encode(sha256(convert_to(concat_ws(' ', reset, $2::boolean, has_more, extract(epoch FROM server_timestamp),
                 (SELECT string_agg(id || '=' || extract(epoch FROM stamp), ' ' ORDER BY stamp) FROM page)), 'UTF8')), 'hex')
                 AS tag
        FROM told
      )
      SELECT tag, CASE WHEN NOT tag = ANY($3::text[]) THEN concat(
          '{"recipes":[',
          (SELECT string_agg((SELECT row_to_json(shown)::text FROM (${RECIPE_ROW}) AS shown), ',')
           FROM (SELECT id FROM page WHERE is_live ORDER BY stamp) AS page),
          '],"deleted_ids":',
          coalesce((SELECT json_agg(id ORDER BY stamp)::text FROM page WHERE NOT is_live), '[]'),
          ',"server_timestamp":"', ${rfc3339('server_timestamp')},
          '","has_more":', has_more::text, ',"reset":', reset::text, '}') END AS body
      FROM tagged`,
    values: [since, isAdmin(viewer), heldTags],
  } satisfies pg.QueryConfig);
  return rows[0] as SyncAnswer;
}
