import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import type { DeviceViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { inTransaction } from '../db/client.js';
import { ACCEPTED_HOURS_AHEAD } from '../db/partitions.js';
import type { Customizations } from '../db/tables/cooking-sessions.js';
import { conflict, forbidden, notFound, ValidationError } from '../errors.js';
import type { Instant } from '../instant.js';
import { isUuid } from './ids.js';
import { check, idOf, personText } from './rules.js';

const level = z.number().int().min(1, 'must be from 1 to 5').max(5, 'must be from 1 to 5').nullish();

/** What a cook may change about its recipe. */
export const customizations = z.object({
  spiceLevel: level,
  saltLevel: level,
  oilLevel: level,
  servings: z.number().int().min(1, 'must be from 1 to 20').max(20, 'must be from 1 to 20').nullish(),
  substitutions: z
    .array(z.object({ from: personText(1, 100), to: personText(1, 100) }))
    .max(50, 'must be at most 50')
    .nullish(),
});

const start = z.object({
  applianceId: z.null('must not be given by a device').optional(),
  recipeId: idOf('Recipe'),
  customizations: customizations.nullish(),
  sessionUuid: z.string().refine(isUuid, 'must be a UUID').nullish(),
  startedAt: z.string().nullish(),
});

export interface StartCookingInput {
  applianceId?: string | null;
  recipeId: string;
  customizations?: z.input<typeof customizations> | null;
  sessionUuid?: string | null;
  startedAt?: Instant | null;
}

/**
 * A device starts a cook on itself; returns the session's id. With a `sessionUuid` that it used before, the same session
 * again. Throws `NOT_FOUND` for a recipe that is not in the catalogue, and `CONFLICT` while another cook of the
 * appliance goes on: a device that lost one reports its end first.
 */
export async function startCooking(
  services: Services,
  viewer: DeviceViewer,
  input: StartCookingInput,
): Promise<string> {
  if (!viewer.applianceId) throw forbidden('Pair the appliance with a home first.');
  const wanted = check(start, input);
  const { applianceId } = viewer;
  const sessionId = wanted.sessionUuid?.toLowerCase() ?? randomUUID();

  const isNew = await inTransaction(services.db.pool, async (client) => {
    const ownerId = await lockOwner(client, applianceId);
    if (await isOwnSession(client, sessionId, applianceId, ownerId)) return false;
    await requireFree(client, applianceId);
    const stored = wanted.customizations ? toStored(wanted.customizations) : null;
    const { rowCount } = await client.query(
      `INSERT INTO cooking_sessions (id, user_id, appliance_id, recipe_id, started_at, customizations)
       SELECT $1, $2, $3, id, coalesce($5::timestamptz, now()), $6
       FROM recipes WHERE id = $4 AND is_published AND deleted_at IS NULL`,
      [
        sessionId,
        ownerId,
        applianceId,
        wanted.recipeId,
        await acceptedStart(client, wanted.startedAt, services.config.telemetryRetentionMonths),
        stored,
      ],
    );
    if (rowCount === 0) throw notFound('recipe');
    await client.query(`UPDATE appliances SET status = 'cooking', last_seen_at = now() WHERE id = $1`, [
      applianceId,
    ]);
    return true;
  });
  if (isNew) services.live.appliancesChanged([applianceId]);
  return sessionId;
}

/** Locks the appliance before any session of it, as every writer does; returns whose it is. */
async function lockOwner(client: pg.ClientBase, applianceId: string): Promise<string> {
  const { rows } = await client.query<{ userId: string }>(
    `SELECT user_id AS "userId" FROM appliances WHERE id = $1 AND unpaired_at IS NULL FOR NO KEY UPDATE`,
    [applianceId],
  );
  if (!rows[0]) throw forbidden('Pair the appliance with a home first.');
  return rows[0].userId;
}

/** A cook of a former owner is as taken as one of another appliance: the present home may not see it. */
async function isOwnSession(
  client: pg.ClientBase,
  sessionId: string,
  applianceId: string,
  ownerId: string,
): Promise<boolean> {
  const { rows } = await client.query<{ isOwn: boolean }>(
    `SELECT appliance_id = $2 AND user_id = $3 AS "isOwn" FROM cooking_sessions WHERE id = $1`,
    [sessionId, applianceId, ownerId],
  );
  if (rows[0] && !rows[0].isOwn) throw conflict('input.sessionUuid: is taken');
  return rows[0] !== undefined;
}

async function requireFree(client: pg.ClientBase, applianceId: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT 1 FROM cooking_sessions
     WHERE appliance_id = $1 AND status IN ('started', 'cooking', 'paused') LIMIT 1`,
    [applianceId],
  );
  if (rows.length > 0) throw conflict('The appliance is busy: report the end of its present cook first.');
}

/** The start that the device named, if it lies in the window in which its events would be accepted. */
async function acceptedStart(
  client: pg.ClientBase,
  startedAt: Instant | null | undefined,
  monthsBack: number,
): Promise<Instant | null> {
  if (!startedAt) return null;
  const { rows } = await client.query<{ accepted: boolean }>(
    `SELECT $1::timestamptz BETWEEN now() - make_interval(months => $2) AND now() + make_interval(hours => $3) AS accepted`,
    [startedAt, monthsBack, ACCEPTED_HOURS_AHEAD],
  );
  if (!rows[0]?.accepted) {
    throw ValidationError.of(
      'input.startedAt',
      'must not be older than telemetry is kept, nor more than 24 hours ahead',
    );
  }
  return startedAt;
}

/** The stored form of customizations. */
export function toStored(input: z.output<typeof customizations>): Customizations {
  const { spiceLevel, saltLevel, oilLevel, servings, substitutions } = input;
  return {
    ...(spiceLevel ? { spice_level: spiceLevel } : {}),
    ...(saltLevel ? { salt_level: saltLevel } : {}),
    ...(oilLevel ? { oil_level: oilLevel } : {}),
    ...(servings ? { servings } : {}),
    ...(substitutions ? { substitutions } : {}),
  };
}
