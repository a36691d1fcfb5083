import type pg from 'pg';
import type { Instant } from '../instant.js';
import type { AppendRequest, EventOutcome } from './append.js';
import type { Job } from './scheduler.js';
import { inferredEnd } from './server-events.js';

const EVERY_MS = 1_000;
/** Most commands that one statement touches. */
const MAX_COMMANDS = 200;
/** An instance that began to end a cook and is not heard of for so long has died over it: another one does it. */
export const CLAIM_SECONDS = 10;

/** A command and its appliance, for whoever watches either. */
export interface CommandRef {
  id: string;
  applianceId: string;
}

interface Unsettled extends CommandRef {
  sessionId: string;
  reason: string;
  recordedAt: Instant;
}

/** Of a command `c` and its cook `s`. */
const UNSETTLED = `c.id, c.appliance_id AS "applianceId", c.session_id AS "sessionId",
  greatest(clock_timestamp(), s.last_recorded_at) AS "recordedAt",
  CASE WHEN c.state = 'rejected' THEN 'COMMAND_REJECTED'
       WHEN EXISTS (SELECT FROM appliance_commands stop WHERE stop.session_id = c.session_id AND stop.kind = 'stop')
         THEN 'USER_STOPPED'
       ELSE 'COMMAND_EXPIRED' END AS reason`;

/** What ends commands that nobody answers, and the cooks that were to begin with a COOK that came to nothing. */
export class CommandEnds {
  readonly #pool: pg.Pool;
  readonly #append: (request: AppendRequest) => Promise<EventOutcome[]>;
  readonly #onChange: (commands: readonly CommandRef[]) => void;

  constructor(
    pool: pg.Pool,
    append: (request: AppendRequest) => Promise<EventOutcome[]>,
    onChange: (commands: readonly CommandRef[]) => void,
  ) {
    this.#pool = pool;
    this.#append = append;
    this.#onChange = onChange;
  }

  readonly job: Job = {
    name: 'commands',
    everyMs: EVERY_MS,
    run: async () => {
      const expired = await this.#expire();
      const settled = await this.settle();
      return expired === MAX_COMMANDS || settled === MAX_COMMANDS;
    },
  };

  /** Each instance passes over those that another one, or their device, is at. */
  async #expire(): Promise<number> {
    const { rows } = await this.#pool.query<CommandRef>({
      name: 'expire-commands',
      text: `WITH late AS (
               SELECT id FROM appliance_commands
               WHERE state IN ('pending', 'delivered') AND expires_at <= clock_timestamp()
               ORDER BY expires_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
             )
             UPDATE appliance_commands c SET state = 'expired', updated_at = clock_timestamp()
             FROM late WHERE c.id = late.id
             RETURNING c.id, c.appliance_id AS "applianceId"`,
      values: [MAX_COMMANDS],
    });
    if (rows.length > 0) this.#onChange(rows);
    return rows.length;
  }

  /**
   * Aborts the cooks whose COOK was rejected, expired or overtaken by a STOP; returns how many. Of many instances one does
   * it for each; if it dies in between, another one does it again, which changes nothing where it was done.
   */
  async settle(): Promise<number> {
    const claimed = await this.#claim();
    await this.#abort(claimed);
    return claimed.length;
  }

  /** The same for those of these commands that are COOKs, which whoever ended them claimed in the same statement. */
  async settleClaimed(ids: readonly string[]): Promise<void> {
    const { rows } = await this.#pool.query<Unsettled>({
      name: 'read-unsettled-commands',
      text: `SELECT ${UNSETTLED}
             FROM appliance_commands c JOIN cooking_sessions s ON s.id = c.session_id
             WHERE c.id = ANY($1::uuid[]) AND c.kind = 'cook' AND c.state IN ('rejected', 'expired')
               AND c.settled_at IS NULL`,
      values: [ids],
    });
    await this.#abort(rows);
  }

  async #abort(unsettled: readonly Unsettled[]): Promise<void> {
    const done = await Promise.allSettled(
      unsettled.map(async ({ id, applianceId, sessionId, reason, recordedAt }) => {
        await this.#append(
          inferredEnd({
            ...{ applianceId, sessionId, reason, recordedAt },
            status: 'aborted',
            clockOffsetMs: null,
          }),
        );
        return id;
      }),
    );
    const ids = done.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (ids.length > 0) {
      await this.#pool.query({
        name: 'settle-commands',
        text: 'UPDATE appliance_commands SET settled_at = clock_timestamp() WHERE id = ANY($1::uuid[])',
        values: [ids],
      });
    }
    for (const result of done) if (result.status === 'rejected') throw result.reason;
  }

  async #claim(): Promise<Unsettled[]> {
    const { rows } = await this.#pool.query<Unsettled>({
      name: 'claim-unsettled-commands',
      text: `WITH due AS (
               SELECT id FROM appliance_commands
               WHERE kind = 'cook' AND state IN ('rejected', 'expired') AND settled_at IS NULL
                 AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
               ORDER BY updated_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
             )
             UPDATE appliance_commands c SET claimed_until = clock_timestamp() + make_interval(secs => $2)
             FROM due, cooking_sessions s
             WHERE c.id = due.id AND s.id = c.session_id
             RETURNING ${UNSETTLED}`,
      values: [MAX_COMMANDS, CLAIM_SECONDS],
    });
    return rows;
  }
}
