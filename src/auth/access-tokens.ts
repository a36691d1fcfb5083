import { errors, jwtVerify, SignJWT } from 'jose';
import { unauthenticated } from '../errors.js';
import { Recent } from '../recent.js';
import type { Keys } from './keys.js';
import { hashSecret } from './secrets.js';
import type { UserViewer } from './viewer.js';

const ALGORITHM = 'HS256';
const ISSUER = 'epicura';
const AUDIENCE = 'epicura-api';
/** How long an access token is good for. What voids one before its time must be remembered for as long. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

/** Tokens that are remembered as good, so that an app's next request costs no signature. */
const MAX_REMEMBERED = 20_000;

/** For whom a token is made. */
export interface TokenSubject {
  id: string;
  role: 'user' | 'admin';
  authVersion: number;
  /** The sign-in that it descends from. */
  familyId: string;
}

/** Signs and verifies the JWTs that people sign in with. Algorithm, issuer, audience and purpose are pinned. */
export class AccessTokens {
  readonly #keys: Keys;
  /** By the hashes of the tokens. Whether one was revoked is not known here. */
  readonly #verified = new Recent<string, UserViewer>(MAX_REMEMBERED);

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  async sign(subject: TokenSubject): Promise<{ token: string; expiresAt: Date }> {
    const issuedAt = Math.floor(Date.now() / 1000);
    const expiresAt = issuedAt + ACCESS_TOKEN_SECONDS;
    const { id, bytes } = this.#keys.signing;
    const token = await new SignJWT({ role: subject.role, ver: subject.authVersion, sid: subject.familyId })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid: id })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(subject.id)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(bytes);
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }

  /** Throws `UNAUTHENTICATED` for a token that is malformed, expired, or not one of these. */
  async verify(token: string): Promise<UserViewer> {
    const hash = hashSecret(token).toString('base64');
    const known = this.#verified.get(hash);
    if (known && known.expiresAt > Date.now()) return known;
    const viewer = await this.#verify(token);
    this.#verified.set(hash, viewer);
    return viewer;
  }

  async #verify(token: string): Promise<UserViewer> {
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid }) => {
          const key = this.#keys.byId(kid);
          if (!key) throw new errors.JWSInvalid('signed by nobody known');
          return key.bytes;
        },
        {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience: AUDIENCE,
          typ: 'at+jwt',
          requiredClaims: ['sub', 'exp', 'role', 'ver', 'sid'],
        },
      );
      return {
        kind: 'user',
        id: payload.sub as string,
        role: payload.role === 'admin' ? 'admin' : 'user',
        authVersion: Number(payload.ver),
        familyId: String(payload.sid),
        expiresAt: (payload.exp as number) * 1000,
      };
    } catch {
      throw unauthenticated('The token is not valid, or has expired.');
    }
  }
}
