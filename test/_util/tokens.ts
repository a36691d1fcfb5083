import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { Keys } from '../../src/auth/keys.js';

/** The key of the test servers, as they get it from the environment. */
export const TEST_SECRET = 'a secret that only tests know, long enough';

/** An access token as a server would make it, for fifteen minutes, changed in what is given; `undefined` leaves out. */
export function signToken(claims: object, key = TEST_SECRET, header: object = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = {
    role: 'user',
    ver: 1,
    sid: randomUUID(),
    iss: 'epicura',
    aud: 'epicura-api',
    iat: now,
    exp: now + 900,
    ...claims,
  };
  return new SignJWT(all)
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: new Keys(key).signing.id, ...header })
    .sign(new TextEncoder().encode(key));
}
