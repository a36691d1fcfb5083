import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hear, orderCook } from '../_util/commands.js';
import { createHome } from '../_util/home.js';
import { createSocketClient, startTestServer, type TestServer } from '../_util/server.js';
import { recordAllStatements } from '../_util/statements.js';
import { scannedTables } from '../screens/plans.js';

/** A fleet whose past is large, and of which little is to be done now. */
const FLEET = `
  WITH person AS (SELECT id FROM users LIMIT 1),
       recipe AS (INSERT INTO recipes (name, category, difficulty, time_minutes, recipe_data)
                  VALUES ('Dal', 'dal', 'easy', 30, '{"stages": [{"name": "Boil"}]}') RETURNING id),
       fleet AS (INSERT INTO appliances (user_id, device_id, serial_number, status, last_seen_at)
                 SELECT person.id, 'F-' || n, 'F-' || n, CASE WHEN n % 50 = 0 THEN 'online' ELSE 'offline' END, now()
                 FROM person, generate_series(1, 5000) AS n RETURNING id, user_id),
       cooks AS (INSERT INTO cooking_sessions (user_id, appliance_id, recipe_id, status, started_at)
                 SELECT f.user_id, f.id, recipe.id, CASE WHEN n = 1 AND random() < 0.1 THEN 'cooking' ELSE 'completed' END,
                        now() - make_interval(days => n)
                 FROM fleet f, recipe, generate_series(1, 4) AS n RETURNING id, user_id, appliance_id)
  INSERT INTO appliance_commands (appliance_id, user_id, session_id, kind, state, payload, created_at, expires_at, settled_at)
  SELECT appliance_id, user_id, id, 'cook', 'expired', '{}', now() - interval '1 day', now() - interval '1 day' + interval '2 minutes',
         now()
  FROM cooks`;

describe('the keeping of commands and presence', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it('reads no large table from end to end', async () => {
    const home = await createHome(server);
    await server.database.pool.query(FLEET);
    await server.database.pool.query('ANALYZE');
    const client = createSocketClient(server.url, home.deviceToken);
    const statements = await recordAllStatements(async () => {
      const device = hear(client);
      await orderCook(server, home);
      await device.until(1);
      for (const job of server.app.services.live.jobs) await job.run();
      await client.dispose();
    });
    const own = statements.filter(({ text }) =>
      /appliance_commands|^UPDATE appliances|^WITH slice/.test(text),
    );
    for (const name of ['late', 'due', 'slice', 'handed']) {
      expect(
        own.filter(({ text }) => text.startsWith(`WITH ${name} AS`)),
        name,
      ).not.toEqual([]);
    }
    for (const statement of own) {
      const { scanned, forced } = await scannedTables(server.database.pool, statement);
      expect({ text: statement.text, scanned, forced }).toEqual({
        text: statement.text,
        scanned: [],
        forced: [],
      });
    }
  }, 120_000);
});
