import { z } from 'zod';
import { commandableSessions, visibleAppliances, visibleCommands } from '../auth/policies.js';
import type { DeviceViewer, UserViewer, Viewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { inTransaction } from '../db/client.js';
import type { CommandKind, CommandState } from '../db/tables/appliance-commands.js';
import type { SessionStatus } from '../db/tables/cooking-sessions.js';
import { conflict, forbidden, notFound, ValidationError } from '../errors.js';
import { CLAIM_SECONDS } from '../live/command-ends.js';
import { isStorableText } from '../text.js';
import { insertCommand, voidCommands } from './command-store.js';
import { check, idOf } from './rules.js';

/** The states of a cook in which a person may ask for each of these. */
const ALLOWED: Record<'pause' | 'resume' | 'stop', readonly SessionStatus[]> = {
  pause: ['cooking'],
  resume: ['paused'],
  stop: ['started', 'cooking', 'paused'],
};

const cookCommand = z.object({ sessionId: idOf('CookingSession') });

const acknowledgement = z.object({
  commandId: idOf('ApplianceCommand'),
  accepted: z.boolean(),
  message: z
    .string()
    .trim()
    .max(500, 'must be at most 500 characters')
    .refine(isStorableText, 'must not hold U+0000 or lone surrogates')
    .nullish(),
});

const sending = z.object({
  applianceId: idOf('Appliance'),
  kind: z.enum(['recipe_sync', 'ota', 'stop'], 'must be RECIPE_SYNC, OTA or STOP'),
  firmwareReleaseId: idOf('FirmwareRelease').nullish(),
});

/**
 * A person wants their cook paused, resumed or stopped: stores the command for its device and returns its id. Throws
 * `NOT_FOUND` for a cook that is not theirs, and `CONFLICT` when its state does not allow that, or when its appliance has
 * left their home.
 */
export async function commandCook(
  services: Services,
  viewer: UserViewer,
  kind: keyof typeof ALLOWED,
  input: { sessionId: string },
): Promise<string> {
  const { sessionId } = check(cookCommand, input);
  const session = await services.db.orm.query.cookingSessions.findFirst({
    columns: { status: true, applianceId: true },
    with: { appliance: { columns: { userId: true, unpairedAt: true } } },
    where: { AND: [{ id: sessionId }, commandableSessions(viewer)] },
  });
  if (!session) throw notFound('cooking session');
  const { status, applianceId, appliance } = session;
  if (appliance.userId !== viewer.id || appliance.unpairedAt !== null)
    throw conflict('The appliance is not in your home any more.');
  if (!ALLOWED[kind].includes(status)) throw conflict(`A cook that is ${status} cannot be told to ${kind}.`);

  const command = { applianceId, userId: viewer.id, sessionId, kind, payload: null };
  const { id, overtaken } = await inTransaction(services.db.pool, async (client) => ({
    overtaken: kind === 'stop' ? await voidCommands(client, sessionId) : [],
    id: await insertCommand(client, command),
  }));
  services.live.commandsChanged([id, ...overtaken].map((commandId) => ({ id: commandId, applianceId })));
  await settle(services, overtaken);
  return id;
}

/**
 * An administrator sends an appliance a command and gets its id. A STOP is for the cook that goes on, or where the cloud
 * knows of none, for whatever the appliance may be cooking. Throws `NOT_FOUND` when no home has the appliance, or for an
 * unknown release.
 */
export async function sendCommand(
  services: Services,
  viewer: UserViewer,
  input: { applianceId: string; kind: CommandKind; firmwareReleaseId?: string | null },
): Promise<string> {
  const { applianceId, kind, firmwareReleaseId } = check(sending, input);
  if ((kind === 'ota') !== Boolean(firmwareReleaseId)) {
    const message = kind === 'ota' ? 'must be given for OTA' : 'is for OTA alone';
    throw ValidationError.of('input.firmwareReleaseId', message);
  }
  const appliance = await services.db.orm.query.appliances.findFirst({
    columns: { userId: true },
    with: { currentSession: { columns: { id: true, userId: true }, orderBy: { startedAt: 'desc' } } },
    where: { AND: [{ id: applianceId }, visibleAppliances(viewer)] },
  });
  if (!appliance) throw notFound('appliance');
  const payload = firmwareReleaseId ? await releasePayload(services, firmwareReleaseId) : null;
  const session = kind === 'stop' ? appliance.currentSession : null;
  const sessionId = session?.userId === appliance.userId ? session.id : null;

  const command = { applianceId, userId: appliance.userId, sessionId, kind, payload };
  const { id, overtaken } = await inTransaction(services.db.pool, async (client) => ({
    overtaken: sessionId ? await voidCommands(client, sessionId) : [],
    id: await insertCommand(client, command),
  }));
  services.live.commandsChanged([id, ...overtaken].map((commandId) => ({ id: commandId, applianceId })));
  await settle(services, overtaken);
  return id;
}

async function releasePayload({ db }: Services, id: string): Promise<Record<string, unknown>> {
  const release = await db.orm.query.firmwareReleases.findFirst({ where: { id } });
  if (!release) throw notFound('firmware release');
  return {
    release_id: release.id,
    target: release.target,
    version: release.version,
    binary_url: release.binaryUrl,
    checksum_sha256: release.checksumSha256,
  };
}

/**
 * The device's answer to a command; returns the command's id. The first answer in time stands, whatever comes later: the
 * state of the command tells whether it was this one. A yes to a COOK whose cook has ended meanwhile is void like a late
 * one. Throws `NOT_FOUND` for a command that is not for this device in its present home.
 */
export async function acknowledgeCommand(
  services: Services,
  viewer: DeviceViewer,
  input: { commandId: string; accepted: boolean; message?: string | null },
): Promise<string> {
  const { applianceId } = viewer;
  if (!applianceId) throw forbidden('Pair the appliance with a home first.');
  const { commandId, accepted, message } = check(acknowledgement, input);
  const answer = await inTransaction(services.db.pool, async (client) => {
    // The clock is read when the row is locked, however long that took.
    const { rows } = await client.query<{ kind: CommandKind; state: CommandState }>(
      `WITH command AS MATERIALIZED (
         SELECT c.id FROM appliance_commands c
         JOIN appliances a ON a.id = c.appliance_id AND a.user_id = c.user_id AND a.unpaired_at IS NULL
         WHERE c.id = $1 AND c.appliance_id = $2 AND c.state IN ('pending', 'delivered')
         FOR NO KEY UPDATE OF c
       )
       UPDATE appliance_commands c
       SET state = CASE
             WHEN c.expires_at <= clock_timestamp() THEN 'expired'
             WHEN c.kind = 'cook' AND NOT EXISTS (
               SELECT FROM cooking_sessions s WHERE s.id = c.session_id AND s.status IN ('started', 'cooking', 'paused'))
               THEN 'expired'
             WHEN $3 THEN 'acknowledged'
             ELSE 'rejected' END,
           message = $4, updated_at = clock_timestamp(), claimed_until = clock_timestamp() + make_interval(secs => $5)
       FROM command WHERE c.id = command.id
       RETURNING c.kind, c.state`,
      [commandId, applianceId, accepted, message || null, CLAIM_SECONDS],
    );
    const [first] = rows;
    if (first?.kind === 'cook' && first.state === 'acknowledged') {
      await client.query(
        `UPDATE appliances SET status = 'cooking', last_seen_at = greatest(last_seen_at, now()) WHERE id = $1`,
        [applianceId],
      );
    }
    return first;
  });
  if (!answer) {
    await requireVisible(services, viewer, commandId);
    return commandId;
  }
  services.live.commandsChanged([{ id: commandId, applianceId }]);
  if (answer.kind === 'cook') {
    if (answer.state === 'acknowledged') services.live.appliancesChanged([applianceId]);
    else await settle(services, [commandId]);
  }
  return commandId;
}

/** Throws `NOT_FOUND` for a command that the viewer may not see. */
export async function requireVisible({ db }: Services, viewer: Viewer, commandId: string): Promise<void> {
  const visible = await db.orm.query.applianceCommands.findFirst({
    columns: { id: true },
    where: { AND: [{ id: commandId }, visibleCommands(viewer)] },
  });
  if (!visible) throw notFound('command');
}

/** Ends the cooks of COOKs that came to nothing at once. What fails here is done within seconds by the periodic work. */
async function settle({ live, log }: Services, commandIds: readonly string[]): Promise<void> {
  if (commandIds.length === 0) return;
  try {
    await live.commandEnds.settleClaimed(commandIds);
  } catch (err) {
    log.warn({ err }, 'the cook of a command that came to nothing is not ended yet');
  }
}
