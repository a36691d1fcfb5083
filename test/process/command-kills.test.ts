import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hear, orderCook, readCook, stateAfter, told } from '../_util/commands.js';
import { createHome } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { startProcess } from '../_util/process.js';
import { postGraphQL, startTestServer, type TestServer } from '../_util/server.js';
import { TEST_SECRET } from '../_util/tokens.js';

const SOON = { timeout: 30_000 };

describe('an instance that is killed', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  /** An instance in a process of its own, and how to ask it. */
  async function startVictim() {
    const victim = startProcess({ DATABASE_URL: server.database.url, JWT_SECRET: TEST_SECRET });
    const url = await victim.url;
    const asked: TestServer = {
      ...server,
      post: (query, variables, token) => postGraphQL(url, query, variables, token),
    };
    const kill = async () => {
      victim.child.kill('SIGKILL');
      await victim.exited;
    };
    return { url, asked, kill };
  }

  it('between storing a command and handing it over, loses nothing: the device hears it from another', async () => {
    const home = await createHome(server);
    const { asked, kill } = await startVictim();
    try {
      const device = hear(server.socket(home.deviceToken));
      await expect.poll(() => server.app.services.live.mailboxes.size, SOON).toBe(1);
      const answered = orderCook(asked, home).catch(() => undefined); // killed before it could say so, perhaps
      const stored = async () => {
        const { rows } = await server.database.pool.query<{ id: string }>(
          'SELECT id FROM appliance_commands WHERE appliance_id = $1',
          [uuidOf(home.applianceId)],
        );
        return rows[0]?.id;
      };
      await expect.poll(stored, { ...SOON, interval: 1 }).toBeDefined();
      await kill();
      const [command] = await device.until(1);
      expect(uuidOf(command.id)).toBe(await stored());
      expect(await stateAfter(server, home, command.id)).toBe('ACKNOWLEDGED');
      const again = await told(server, home, 'stop', command.session.id);
      expect((await device.until(2)).at(-1)).toMatchObject({ id: again.id });
      await answered;
      device.stop();
    } finally {
      await kill();
    }
  });

  it('after a rejection and before the end of its cook, leaves that to another, which does it once', async () => {
    const home = await createHome(server);
    const { asked, kill } = await startVictim();
    const { sessionId, commandId } = await orderCook(asked, home);
    const holder = await server.database.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM cooking_sessions WHERE id = $1 FOR UPDATE', [uuidOf(sessionId)]);
      const answered = stateAfter(asked, home, commandId, false).catch(() => undefined);
      const claimed = async () => {
        const { rows } = await server.database.pool.query<{ claimed: boolean }>(
          `SELECT claimed_until IS NOT NULL AND settled_at IS NULL AS claimed FROM appliance_commands WHERE id = $1`,
          [uuidOf(commandId)],
        );
        return rows[0]?.claimed;
      };
      await expect.poll(claimed, SOON).toBe(true);
      await kill();
      await answered;
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
      await kill();
    }
    await expect.poll(async () => (await readCook(server, home, sessionId)).status, SOON).toBe('ABORTED');
    expect((await readCook(server, home, sessionId)).events).toEqual(['ABORTED COMMAND_REJECTED']);
  });
});
