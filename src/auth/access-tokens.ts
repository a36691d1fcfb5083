import { jwtVerify, SignJWT } from 'jose';
import { unauthenticated } from '../errors.js';
import type { UserViewer } from './viewer.js';

const ALGORITHM = 'HS256';
const ISSUER = 'epicura';
const AUDIENCE = 'epicura-api';
const LIFETIME_SECONDS = 15 * 60;

/** Signs and verifies the JWTs that people sign in with. Algorithm, issuer, audience and purpose are pinned. */
export class AccessTokens {
  readonly #key: Uint8Array;

  constructor(secret: string) {
    this.#key = new TextEncoder().encode(secret);
  }

  async sign(user: { id: string; role: 'user' | 'admin' }): Promise<{ token: string; expiresAt: Date }> {
    const issuedAt = Math.floor(Date.now() / 1000);
    const expiresAt = issuedAt + LIFETIME_SECONDS;
    const token = await new SignJWT({ role: user.role })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(user.id)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(this.#key);
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }

  /** Throws `UNAUTHENTICATED` for a token that is malformed, expired, or not one of these. */
  async verify(token: string): Promise<UserViewer> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: 'at+jwt',
        requiredClaims: ['sub', 'exp', 'role'],
      });
      const role = payload.role === 'admin' ? 'admin' : 'user';
      return { kind: 'user', id: payload.sub as string, role, expiresAt: (payload.exp as number) * 1000 };
    } catch {
      throw unauthenticated('The token is not valid, or has expired.');
    }
  }
}
