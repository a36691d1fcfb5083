import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { TestCluster } from '../faults/cluster.js';
import { type FleetResult, runFleet } from './fleet.js';

/** What nobody but us can have done to the database. */
const TAMPERINGS: Record<string, string> = {
  recipes: `UPDATE recipes SET name = 'Other'
            WHERE id = (SELECT id FROM recipes WHERE is_published AND deleted_at IS NULL LIMIT 1)`,
  'cooking logs': `UPDATE cooking_sessions SET total_duration_s = total_duration_s + 1
                   WHERE id = (SELECT id FROM cooking_sessions WHERE log_revision IS NOT NULL LIMIT 1)`,
  preferences: 'UPDATE user_preferences SET salt_level = 1 + coalesce(salt_level, 3) % 5',
  events: `DELETE FROM telemetry_events WHERE id = (SELECT id FROM telemetry_events WHERE event_type = 'heartbeat' LIMIT 1)`,
};

describe('a fleet that vanishes and comes back', () => {
  let result: FleetResult | undefined;

  afterEach(async () => {
    if (result) await rm(result.folder, { recursive: true, force: true });
  });

  const run = async (tamper?: (cluster: TestCluster) => Promise<void>) => {
    result = await runFleet({
      ...{ seed: 7, robots: 8, seconds: 12, print: () => {}, signal: new AbortController().signal },
      ...(tamper ? { tamper } : {}),
    });
    return result;
  };

  it('ends with everything equal on both sides', async () => {
    const { compared, incidents } = await run();
    expect(incidents).toEqual([]);
    for (const { what, robots, cloud, differences } of compared) {
      expect(differences, what).toEqual([]);
      expect(robots, what).toBe(cloud);
    }
    expect(compared.find(({ what }) => what === 'events')?.robots).toBeGreaterThan(50);
  }, 400_000);

  it('does not, where something was changed behind its back', async () => {
    const { compared } = await run(async (cluster) => {
      for (const statement of Object.values(TAMPERINGS)) {
        await cluster.query(`SET session_replication_role = replica; ${statement}`);
      }
    });
    for (const what of Object.keys(TAMPERINGS)) {
      expect(compared.find((one) => one.what === what)?.differences.length, what).toBeGreaterThan(0);
    }
  }, 400_000);
});
