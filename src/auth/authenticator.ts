import type pg from 'pg';
import { unauthenticated } from '../errors.js';
import type { AccessTokens } from './access-tokens.js';
import { DEVICE_TOKEN_PREFIX, hashSecret } from './secrets.js';
import { ANONYMOUS, type DeviceViewer, type Viewer } from './viewer.js';

/** Finds out who presents a token. */
export class Authenticator {
  readonly #pool: pg.Pool;
  readonly #accessTokens: AccessTokens;

  constructor(pool: pg.Pool, accessTokens: AccessTokens) {
    this.#pool = pool;
    this.#accessTokens = accessTokens;
  }

  /**
   * The viewer behind an `Authorization` value, anonymous without one. Throws `UNAUTHENTICATED` for one that is not
   * `Bearer` and a good token.
   */
  async authenticate(authorization: string | null | undefined): Promise<Viewer> {
    if (authorization === null || authorization === undefined) return ANONYMOUS;
    const token = /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(authorization)?.[1];
    if (!token) throw unauthenticated('The authorization must be "Bearer <token>".');
    return token.startsWith(`${DEVICE_TOKEN_PREFIX}_`)
      ? this.#device(token)
      : this.#accessTokens.verify(token);
  }

  async #device(token: string): Promise<DeviceViewer> {
    const { rows } = await this.#pool.query<Omit<DeviceViewer, 'kind'>>({
      name: 'authenticate-device',
      text: `SELECT r.id AS "registrationId", r.device_id AS "deviceId", a.id AS "applianceId", a.user_id AS "ownerId"
             FROM device_registrations r
             LEFT JOIN appliances a ON a.id = r.appliance_id AND a.unpaired_at IS NULL
             WHERE r.token_hash = $1`,
      values: [hashSecret(token)],
    });
    const device = rows[0];
    if (!device) throw unauthenticated('The token is not valid, or was revoked.');
    return { kind: 'device', ...device };
  }
}
