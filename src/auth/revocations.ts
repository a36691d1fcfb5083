import type pg from 'pg';
import type { Instant } from '../instant.js';
import type { Logger } from '../logger.js';
import { ACCESS_TOKEN_SECONDS } from './access-tokens.js';
import type { Viewer } from './viewer.js';

/** How often each instance asks what was revoked, and how long it waits for the answer. */
const POLL_MS = 1_000;
/** Rows are read again for so long: one that was written before another may become visible after it. */
const OVERLAP_SECONDS = 30;
/** A little longer than any token lives. */
const KEPT_SECONDS = ACCESS_TOKEN_SECONDS + 60;

interface Row {
  id: number;
  createdAt: Instant;
  userId: string | null;
  authVersion: number | null;
  familyId: string | null;
  registrationId: string | null;
}

/**
 * What every instance knows of tokens that ended before their time: it asks the database once a second, so that nothing
 * depends on the bus. In memory is what was revoked within the life of an access token; older tokens expired anyway.
 */
export class Revocations {
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  readonly #seen = new Map<number, number>();
  readonly #versions = new Map<string, { least: number; at: number }>();
  readonly #families = new Map<string, number>();
  /** When this process heard that a device had changed, by `performance.now()`. */
  readonly #devices = new Map<string, number>();
  readonly #listeners: ((registrationIds: ReadonlySet<string>) => void)[] = [];
  #since: Instant | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(pool: pg.Pool, log: Logger) {
    this.#pool = pool;
    this.#log = log;
  }

  /** Reads what was revoked lately, and goes on asking until `stop`. */
  async start(): Promise<void> {
    await this.#read();
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /**
   * Calls `listener` after each change, with the devices whose token or home has changed; whoever holds connections open
   * then asks `isRevoked` for each.
   */
  onChange(listener: (registrationIds: ReadonlySet<string>) => void): void {
    this.#listeners.push(listener);
  }

  /** Asks now: for what this instance itself has just revoked. Never rejects; where it fails, the next poll tells. */
  async look(): Promise<void> {
    try {
      await this.#read();
    } catch (err) {
      this.#log.warn({ err }, 'could not ask what was revoked');
    }
  }

  /**
   * Whether a person's token, which is good by itself, was revoked; or whether a device, which is looked up each time that
   * it presents its token, may be another by now.
   */
  isRevoked(viewer: Viewer): boolean {
    if (viewer.kind === 'device') return (this.#devices.get(viewer.registrationId) ?? 0) > viewer.knownAt;
    if (viewer.kind !== 'user') return false;
    const version = this.#versions.get(viewer.id);
    return (
      (version !== undefined && viewer.authVersion < version.least) || this.#families.has(viewer.familyId)
    );
  }

  #later(): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  async #poll(): Promise<void> {
    await this.look();
    this.#later();
  }

  async #read(): Promise<void> {
    const { rows } = await this.#pool.query<Row>({
      name: 'revocations',
      text: `SELECT id, created_at AS "createdAt", user_id AS "userId", auth_version AS "authVersion",
                    family_id AS "familyId", registration_id AS "registrationId"
             FROM revocations
             WHERE created_at > coalesce($1::timestamptz - make_interval(secs => $2), now() - make_interval(secs => $3))
             ORDER BY created_at`,
      values: [this.#since, OVERLAP_SECONDS, KEPT_SECONDS],
      query_timeout: POLL_MS,
    } as pg.QueryConfig); // node-postgres knows `query_timeout` of a query; its types do not
    const fresh = rows.filter(({ id }) => !this.#seen.has(id));
    this.#since = rows.at(-1)?.createdAt ?? this.#since;
    if (fresh.length === 0) return;
    const devices = new Set<string>();
    for (const row of fresh) this.#take(row, devices);
    this.#forget();
    for (const listener of this.#listeners) listener(devices);
  }

  #take({ id, userId, authVersion, familyId, registrationId }: Row, devices: Set<string>): void {
    const now = Date.now();
    this.#seen.set(id, now);
    if (userId) {
      const least = Math.max(authVersion ?? 0, this.#versions.get(userId)?.least ?? 0);
      this.#versions.set(userId, { least, at: now });
    }
    if (familyId) this.#families.set(familyId, now);
    if (registrationId) {
      this.#devices.set(registrationId, performance.now());
      devices.add(registrationId);
    }
  }

  #forget(): void {
    const oldest = Date.now() - KEPT_SECONDS * 1000;
    for (const [id, at] of this.#seen) if (at < oldest) this.#seen.delete(id);
    for (const [id, { at }] of this.#versions) if (at < oldest) this.#versions.delete(id);
    for (const [id, at] of this.#families) if (at < oldest) this.#families.delete(id);
    const longAgo = performance.now() - KEPT_SECONDS * 1000;
    for (const [id, at] of this.#devices) if (at < longAgo) this.#devices.delete(id);
  }
}
