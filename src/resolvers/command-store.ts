import type pg from 'pg';
import type { CommandKind } from '../db/tables/appliance-commands.js';
import { conflict } from '../errors.js';
import { CLAIM_SECONDS } from '../live/command-ends.js';

/** Most commands of one appliance that may wait for its answer; a STOP finds room always. */
const MAX_OPEN = 50;

/**
 * How long a device has to say yes, in seconds. Late, a COOK or RESUME heats a pot that nobody watches any more, and a
 * PAUSE holds a cook that the person has given up holding. A STOP names its cook, so it does no harm while that may go on.
 * A device that was away fetches the catalogue by itself when it is back; firmware is worth a week's wait.
 */
const LIFETIME_SECONDS: Record<CommandKind, number> = {
  cook: 120,
  pause: 60,
  resume: 60,
  stop: 3_600,
  recipe_sync: 86_400,
  ota: 604_800,
};
/** A STOP for whatever cooks at the moment must not meet the cook after it. */
const BARE_STOP_SECONDS = 120;

export interface NewCommand {
  applianceId: string;
  /** Whose appliance it is now. */
  userId: string;
  sessionId: string | null;
  kind: CommandKind;
  payload: Record<string, unknown> | null;
}

/** Stores a command and returns its id; after the commit, `Live.commandsChanged`. Throws `CONFLICT` when too many wait. */
export async function insertCommand(
  client: pg.ClientBase,
  { applianceId, userId, sessionId, kind, payload }: NewCommand,
): Promise<string> {
  const seconds = kind === 'stop' && sessionId === null ? BARE_STOP_SECONDS : LIFETIME_SECONDS[kind];
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO appliance_commands (appliance_id, user_id, session_id, kind, payload, expires_at)
     SELECT $1::uuid, $2::uuid, $3::uuid, $4::text, $5::jsonb, now() + make_interval(secs => $6)
     WHERE $4::text = 'stop' OR (SELECT count(*) FROM (
             SELECT FROM appliance_commands WHERE appliance_id = $1 AND state IN ('pending', 'delivered') LIMIT $7) AS o) < $7
     RETURNING id`,
    [applianceId, userId, sessionId, kind, payload, seconds, MAX_OPEN],
  );
  if (!rows[0]) throw conflict('Too many commands wait for this appliance.');
  return rows[0].id;
}

/**
 * A STOP overtakes what was wanted of its cook before it: none of that may take effect after it. Returns the ids of the
 * commands that are void now, claimed for `CommandEnds.settleClaimed`.
 */
export async function voidCommands(client: pg.ClientBase, sessionId: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `WITH overtaken AS (
       SELECT id FROM appliance_commands
       WHERE session_id = $1 AND kind IN ('cook', 'pause', 'resume') AND state IN ('pending', 'delivered')
       ORDER BY id FOR NO KEY UPDATE
     )
     UPDATE appliance_commands c
     SET state = 'expired', updated_at = clock_timestamp(), claimed_until = clock_timestamp() + make_interval(secs => $2)
     FROM overtaken WHERE c.id = overtaken.id
     RETURNING c.id`,
    [sessionId, CLAIM_SECONDS],
  );
  return rows.map(({ id }) => id);
}
