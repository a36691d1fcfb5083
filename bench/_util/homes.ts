import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import pg from 'pg';
import { Keys } from '../../src/auth/keys.js';

/** One person with one robot and one cook under way. */
export interface Home {
  userId: string;
  applianceId: string;
  deviceToken: string;
  /** The cook's UUID. */
  sessionId: string;
  /** The cook's global id, as clients send it. */
  sessionGlobalId: string;
}

const RECIPE = {
  name: 'Dal Tadka',
  stages: [
    { name: 'Heat Oil', temp_target: 180, duration_seconds: 120 },
    { name: 'Simmer', temp_target: 98, duration_seconds: 1200 },
  ],
};
const TOKEN_LIFETIME = '12h';

/** Makes homes by SQL, which is the set-up and not what is measured. */
export async function createHomes(databaseUrl: string, count: number): Promise<Home[]> {
  const homes = Array.from({ length: count }, (): Home => {
    const sessionId = randomUUID();
    return {
      userId: randomUUID(),
      applianceId: randomUUID(),
      deviceToken: `epd_${randomBytes(32).toString('base64url')}`,
      sessionId,
      sessionGlobalId: Buffer.from(`CookingSession:${sessionId}`).toString('base64'),
    };
  });
  const column = <K extends keyof Home>(name: K) => homes.map((home) => home[name]);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
       VALUES ('Dal Tadka', 'dal', 'easy', 35, true, $1) RETURNING id`,
      [RECIPE],
    );
    await client.query(
      `INSERT INTO users (id, email, password_hash, name)
       SELECT id, id || '@epicura.example', '-', 'Asha' FROM unnest($1::uuid[]) AS id`,
      [column('userId')],
    );
    await client.query(
      `INSERT INTO appliances (id, user_id, device_id, serial_number, status)
       SELECT a, u, left(a::text, 13), 'SN-' || left(a::text, 13), 'online' FROM unnest($1::uuid[], $2::uuid[]) AS n(a, u)`,
      [column('applianceId'), column('userId')],
    );
    await client.query(
      `INSERT INTO device_registrations (device_id, serial_number, token_hash, appliance_id)
       SELECT left(a::text, 13), 'SN-' || left(a::text, 13), decode(t, 'hex'), a
       FROM unnest($1::uuid[], $2::text[]) AS n(a, t)`,
      [
        column('applianceId'),
        homes.map(({ deviceToken }) => createHash('sha256').update(deviceToken).digest('hex')),
      ],
    );
    await client.query(
      `INSERT INTO cooking_sessions (id, user_id, appliance_id, recipe_id, started_at)
       SELECT s, u, a, $4, now() - interval '13 hours' FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS n(s, u, a)`,
      [column('sessionId'), column('userId'), column('applianceId'), rows[0]?.id],
    );
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
  return homes;
}

/**
 * An access token as the server itself signs them (`src/auth/access-tokens.ts`), for longer. Tokens of one person differ
 * by `issuedSecondsAgo`.
 */
export function signToken(
  secret: string,
  userId: string,
  issuedSecondsAgo = 0,
  role: 'user' | 'admin' = 'user',
): Promise<string> {
  return new SignJWT({ role, ver: 1, sid: userId })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: new Keys(secret).signing.id })
    .setIssuer('epicura')
    .setAudience('epicura-api')
    .setSubject(userId)
    .setIssuedAt(Math.floor(Date.now() / 1000) - issuedSecondsAgo)
    .setExpirationTime(TOKEN_LIFETIME)
    .sign(new TextEncoder().encode(secret));
}
