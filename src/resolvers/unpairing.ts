import type { UserViewer } from '../auth/viewer.js';
import type { Services } from '../context.js';
import { notFound } from '../errors.js';
import type { Instant } from '../instant.js';
import { parseId } from './ids.js';

/**
 * Takes an appliance out of the viewer's home; returns its id. Its row stays, marked, until somebody pairs it again; what
 * was cooked on it stays with the viewer. Its device is nobody's: its connections end. Throws `NOT_FOUND` for any other
 * appliance.
 *
 * A cook that goes on ends as aborted, because its device has no say any more and nobody should watch for it in vain.
 * That end is the server's, and so provisional: what the device recorded before it came to another home still goes into
 * the journal of the viewer, and nothing from after.
 */
export async function unpairAppliance(
  services: Services,
  viewer: UserViewer,
  input: { applianceId: string },
): Promise<string> {
  const { db, live, log, revocations } = services;
  const id = parseId('Appliance', input.applianceId, 'input.applianceId');
  const { rowCount } = await db.pool.query(
    `UPDATE appliances SET unpaired_at = now(), status = 'offline'
     WHERE id = $1 AND user_id = $2 AND unpaired_at IS NULL`,
    [id, viewer.id],
  );
  if (rowCount === 0) throw notFound('appliance');
  await revocations.look(); // its device is not at home any more
  live.appliancesChanged([id]);
  await endCooks(services, id).catch((err: unknown) => {
    // The appliance is unpaired, come what may; its cook ends when it has been silent for long enough.
    log.warn({ err, applianceId: id }, 'could not end the cook of an appliance that was unpaired');
  });
  return id;
}

async function endCooks({ db, live }: Services, applianceId: string): Promise<void> {
  const { rows } = await db.pool.query<{ sessionId: string; endsAt: Instant }>(
    // Not before what the device has reported already, by whose clock ever.
    `SELECT id AS "sessionId", greatest(now(), last_recorded_at) AS "endsAt"
     FROM cooking_sessions WHERE appliance_id = $1 AND status IN ('started', 'cooking', 'paused')`,
    [applianceId],
  );
  if (rows.length === 0) return;
  await live.append({
    applianceId,
    clockOffsetMs: null,
    origin: 'server',
    events: rows.map(({ sessionId, endsAt }) => ({
      deviceSequence: null,
      recordedAt: endsAt,
      sessionId,
      type: 'status',
      payload: { session_status: 'aborted', reason: 'UNPAIRED' },
    })),
  });
}
