import type pg from 'pg';
import { unauthenticated } from '../errors.js';
import { Recent } from '../recent.js';
import type { AccessTokens } from './access-tokens.js';
import type { Revocations } from './revocations.js';
import { DEVICE_TOKEN_PREFIX, hashSecret } from './secrets.js';
import { ANONYMOUS, type DeviceViewer, type Viewer } from './viewer.js';

/** Devices that are remembered, and for how long at most: revocations tell of changes within a second. */
const MAX_REMEMBERED = 20_000;
const REMEMBERED_MS = 60_000;

/** Finds out who presents a token. */
export class Authenticator {
  readonly #pool: pg.Pool;
  readonly #accessTokens: AccessTokens;
  readonly #revocations: Revocations;
  /** Devices of a home by the hashes of their tokens, so that a robot that reports costs no look-up. */
  readonly #devices = new Recent<string, { viewer: DeviceViewer; until: number }>(MAX_REMEMBERED);
  readonly #hashes = new Recent<string, string>(MAX_REMEMBERED);
  #changes = 0;

  constructor(pool: pg.Pool, accessTokens: AccessTokens, revocations: Revocations) {
    this.#pool = pool;
    this.#accessTokens = accessTokens;
    this.#revocations = revocations;
    revocations.onChange((registrationIds) => {
      this.#changes += 1;
      for (const id of registrationIds) this.#devices.delete(this.#hashes.get(id) ?? '');
    });
  }

  /**
   * The viewer behind an `Authorization` value, anonymous without one. Throws `UNAUTHENTICATED` for one that is not
   * `Bearer` and a good token.
   */
  async authenticate(authorization: string | null | undefined): Promise<Viewer> {
    if (authorization === null || authorization === undefined) return ANONYMOUS;
    const token = /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(authorization)?.[1];
    if (!token) throw unauthenticated('The authorization must be "Bearer <token>".');
    if (token.startsWith(`${DEVICE_TOKEN_PREFIX}_`)) return this.#deviceBehind(hashSecret(token));
    const viewer = await this.#accessTokens.verify(token);
    if (this.#revocations.isRevoked(viewer)) throw unauthenticated('The token was revoked.');
    return viewer;
  }

  /** The device of a registration as it is now. Throws `UNAUTHENTICATED` when there is none. */
  device(registrationId: string): Promise<DeviceViewer> {
    return this.#device('id', registrationId);
  }

  async #deviceBehind(tokenHash: Buffer): Promise<DeviceViewer> {
    const key = tokenHash.toString('base64');
    const known = this.#devices.get(key);
    if (known && known.until > performance.now()) return known.viewer;
    const changes = this.#changes;
    const viewer = await this.#device('token_hash', tokenHash);
    // Pairing must be seen at once, and what was read while something changed may be what was before.
    if (viewer.applianceId !== null && changes === this.#changes) {
      this.#devices.set(key, { viewer, until: performance.now() + REMEMBERED_MS });
      this.#hashes.set(viewer.registrationId, key);
    }
    return viewer;
  }

  async #device(column: 'token_hash' | 'id', value: Buffer | string): Promise<DeviceViewer> {
    const knownAt = performance.now();
    const { rows } = await this.#pool.query<Omit<DeviceViewer, 'kind' | 'knownAt'>>({
      name: `authenticate-device-${column}`,
      text: `SELECT r.id AS "registrationId", r.device_id AS "deviceId", r.token_hash AS "tokenHash", a.id AS "applianceId", a.user_id AS "ownerId"
             FROM device_registrations r
             LEFT JOIN appliances a ON a.id = r.appliance_id AND a.unpaired_at IS NULL
             WHERE r.${column} = $1 AND r.token_hash IS NOT NULL`,
      values: [value],
    });
    const device = rows[0];
    if (!device) throw unauthenticated('The token is not valid, or was revoked.');
    const viewer: DeviceViewer = { kind: 'device', ...device, knownAt };
    // It changed while it was looked up: what was read may be from before.
    return this.#revocations.isRevoked(viewer) ? this.#device(column, value) : viewer;
  }
}
