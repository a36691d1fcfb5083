import type pg from 'pg';
import { inTransaction } from '../client.js';
import { insertFirmware, insertRecipes } from './demo-catalogue.js';
import { insertHistory } from './demo-history.js';
import {
  COOK,
  type DemoRobot,
  type DemoSeedTools,
  demoRobots,
  insertHome,
  insertPeople,
} from './demo-home.js';

export { type DemoRobot, type DemoSeedTools, demoRobots };

export interface DemoSeed {
  robots: DemoRobot[];
}

const SEED_LOCK = `hashtext('epicura_demo_seed')`;

/**
 * Fills the database with the demo data, all of it or nothing: two people, the catalogue, three appliances paired with
 * the cook, three weeks of finished cooks with their journals, and firmware. Where the cook's account exists already,
 * it changes nothing and returns `undefined`. Any number of instances may call it at once; one of them seeds.
 */
export async function seedDemo(pool: pg.Pool, tools: DemoSeedTools): Promise<DemoSeed | undefined> {
  if (await isSeeded(pool)) return undefined;
  // Before the transaction: hashing is slow on purpose, and other instances wait for the lock meanwhile.
  const people = await hashPasswords(tools);
  return inTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(${SEED_LOCK})`);
    if (await isSeeded(client)) return undefined;
    const { rows } = await client.query<{ nowMs: number }>(
      `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"`,
    );
    const nowMs = Math.floor((rows[0] as { nowMs: number }).nowMs);
    const { cookId, adminId } = await insertPeople(client, people, nowMs);
    await insertRecipes(client, adminId, nowMs);
    await insertFirmware(client, nowMs);
    const { robots, appliances } = await insertHome(client, cookId, tools, nowMs);
    await insertHistory(client, cookId, appliances, nowMs);
    return { robots };
  });
}

async function isSeeded(client: Pick<pg.ClientBase, 'query'>): Promise<boolean> {
  const { rows } = await client.query('SELECT 1 FROM users WHERE email = $1', [COOK.email]);
  return rows.length > 0;
}

async function hashPasswords({ hashPassword }: DemoSeedTools): Promise<{ cook: string; admin: string }> {
  const [cook, admin] = await Promise.all([hashPassword('cook-along-42'), hashPassword('season-well-42')]);
  return { cook, admin };
}
