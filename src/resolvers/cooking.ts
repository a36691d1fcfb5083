import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { commandableAppliances } from '../auth/policies.js';
import type { DeviceViewer, UserViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { inTransaction } from '../db/client.js';
import { ACCEPTED_HOURS_AHEAD } from '../db/partitions.js';
import type { Customizations } from '../db/tables/cooking-sessions.js';
import { conflict, forbidden, notFound, ValidationError } from '../errors.js';
import type { Instant } from '../instant.js';
import { insertCommand } from './command-store.js';
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

const dish = z.object({
  recipeId: idOf('Recipe'),
  customizations: customizations.nullish(),
  sessionUuid: z.string().refine(isUuid, 'must be a UUID').nullish(),
});
const ownStart = dish.extend({
  applianceId: z.null('must not be given by a device').optional(),
  startedAt: z.string().nullish(),
});
const orderedStart = dish.extend({
  applianceId: z.string('must be given').pipe(idOf('Appliance')),
  startedAt: z.null('must not be given by a person').optional(),
});

export interface StartCookingInput {
  applianceId?: string | null;
  recipeId: string;
  customizations?: z.input<typeof customizations> | null;
  sessionUuid?: string | null;
  startedAt?: Instant | null;
}

/**
 * A device starts a cook on itself, a person on an appliance of their home; returns the session's id. With a `sessionUuid`
 * that was used before, the same session again, and nothing else is done. Throws `NOT_FOUND` for a recipe that is not in
 * the catalogue and an appliance that is not the person's, and `CONFLICT` while another cook of the appliance goes on.
 */
export function startCooking(
  services: Services,
  viewer: DeviceViewer | UserViewer,
  input: StartCookingInput,
): Promise<string> {
  return viewer.kind === 'device' ? startOwn(services, viewer, input) : order(services, viewer, input);
}

/** A device that lost a cook reports its end before it starts the next. */
async function startOwn(services: Services, viewer: DeviceViewer, input: StartCookingInput): Promise<string> {
  if (!viewer.applianceId) throw forbidden('Pair the appliance with a home first.');
  const wanted = check(ownStart, input);
  const { applianceId } = viewer;
  const sessionId = idOfCook(wanted);

  const isNew = await inTransaction(services.db.pool, async (client) => {
    const ownerId = await lockOwner(client, applianceId);
    if (ownerId === undefined) throw forbidden('Pair the appliance with a home first.');
    if (await isOwnSession(client, sessionId, applianceId, ownerId)) return false;
    await requireFree(
      client,
      applianceId,
      'The appliance is busy: report the end of its present cook first.',
    );
    const startedAt = await acceptedStart(client, wanted.startedAt, services.config.telemetryRetentionMonths);
    await insertCook(client, { ...wanted, sessionId, ownerId, applianceId, startedAt });
    await client.query(`UPDATE appliances SET status = 'cooking', last_seen_at = now() WHERE id = $1`, [
      applianceId,
    ]);
    return true;
  });
  if (isNew) services.live.appliancesChanged([applianceId]);
  return sessionId;
}

/** The cook exists as `started` from here on; the device begins it when its yes to the COOK was accepted. */
async function order(services: Services, viewer: UserViewer, input: StartCookingInput): Promise<string> {
  const wanted = check(orderedStart, input);
  const { applianceId } = wanted;
  const sessionId = idOfCook(wanted);
  await requireOwnAppliance(services, viewer, applianceId);

  const commandId = await inTransaction(services.db.pool, async (client) => {
    const ownerId = await lockOwner(client, applianceId);
    if (ownerId !== viewer.id) throw notFound('appliance'); // it changed hands meanwhile
    if (await isOwnSession(client, sessionId, applianceId, ownerId)) return null;
    await requireFree(client, applianceId, 'The appliance is busy with another cook.');
    const cook = await insertCook(client, { ...wanted, sessionId, ownerId, applianceId, startedAt: null });
    return insertCommand(client, {
      ...{ applianceId, userId: ownerId, sessionId, kind: 'cook' },
      payload: {
        session_uuid: sessionId,
        recipe_id: wanted.recipeId,
        recipe_version: cook.recipeVersion,
        customizations: cook.customizations,
      },
    });
  });
  if (commandId !== null) {
    services.live.commandsChanged([{ id: commandId, applianceId }]);
    services.live.appliancesChanged([applianceId]);
  }
  return sessionId;
}

function idOfCook({ sessionUuid }: z.output<typeof dish>): string {
  return sessionUuid?.toLowerCase() ?? randomUUID();
}

async function requireOwnAppliance({ db }: Services, viewer: UserViewer, id: string): Promise<void> {
  const own = await db.orm.query.appliances.findFirst({
    columns: { id: true },
    where: { AND: [{ id }, commandableAppliances(viewer)] },
  });
  if (!own) throw notFound('appliance');
}

async function insertCook(
  client: pg.ClientBase,
  cook: {
    sessionId: string;
    ownerId: string;
    applianceId: string;
    recipeId: string;
    startedAt: Instant | null;
    customizations?: z.output<typeof customizations> | null | undefined;
  },
): Promise<{ recipeVersion: number; customizations: Customizations | null }> {
  const { rows } = await client.query<{ recipeVersion: number; customizations: Customizations | null }>(
    `INSERT INTO cooking_sessions (id, user_id, appliance_id, recipe_id, started_at, customizations)
     SELECT $1, $2, $3, id, coalesce($5::timestamptz, now()), $6
     FROM recipes WHERE id = $4 AND is_published AND deleted_at IS NULL
     RETURNING recipe_version AS "recipeVersion", customizations`,
    [
      cook.sessionId,
      cook.ownerId,
      cook.applianceId,
      cook.recipeId,
      cook.startedAt,
      cook.customizations ? toStored(cook.customizations) : null,
    ],
  );
  if (!rows[0]) throw notFound('recipe');
  return rows[0];
}

/** Locks the appliance before any session of it, as every writer does; returns whose it is, if anybody's. */
async function lockOwner(client: pg.ClientBase, applianceId: string): Promise<string | undefined> {
  const { rows } = await client.query<{ userId: string }>(
    `SELECT user_id AS "userId" FROM appliances WHERE id = $1 AND unpaired_at IS NULL FOR NO KEY UPDATE`,
    [applianceId],
  );
  return rows[0]?.userId;
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

async function requireFree(client: pg.ClientBase, applianceId: string, message: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT 1 FROM cooking_sessions
     WHERE appliance_id = $1 AND status IN ('started', 'cooking', 'paused') LIMIT 1`,
    [applianceId],
  );
  if (rows.length > 0) throw conflict(message);
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
