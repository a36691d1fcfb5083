import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { purgeExpired } from '../../src/db/retention.js';
import { expectCode, expectInvalid } from '../_util/answers.js';
import {
  age,
  answer,
  BECAME,
  hear,
  orderCook,
  readCommand,
  readCook,
  send,
  stateAfter,
  told,
} from '../_util/commands.js';
import { watch } from '../_util/feed.js';
import { createHome, deviceClock, insertRecipe, record, startCookIn, type TestHome } from '../_util/home.js';
import { createAdmin, sell, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { statementsOf } from '../_util/statements.js';

const SOON = { timeout: 10_000 };

describe('commands', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const home = () => createHome(server);
  const cook = (own: TestHome, ...statuses: string[]) => startCookIn(server, own, ...statuses);

  describe('startCooking by a person', () => {
    it('makes a started cook at once, and a COOK with all that the device needs', async () => {
      const own = await home();
      const recipeId = await insertRecipe(server);
      const sessionUuid = randomUUID();
      const { sessionId, commandId } = await orderCook(server, own, {
        recipeId,
        sessionUuid,
        customizations: { spiceLevel: 4, servings: 2 },
      });
      expect(uuidOf(sessionId)).toBe(sessionUuid);
      expect((await readCook(server, own, sessionId)).status).toBe('STARTED');
      const device = hear(server.socket(own.deviceToken));
      const [command] = await device.until(1);
      expect(command).toMatchObject({
        id: commandId,
        kind: 'COOK',
        state: 'DELIVERED',
        session: { id: sessionId, uuid: sessionUuid },
        payload: {
          session_uuid: sessionUuid,
          recipe_id: recipeId,
          recipe_version: 1,
          customizations: { spice_level: 4, servings: 2 },
        },
      });
      const left = Date.parse(command.expiresAt) - Date.now();
      expect(left).toBeGreaterThan(60_000);
      expect(left).toBeLessThanOrEqual(121_000);
      device.stop();
    });

    it('gives the same cook and no second COOK for the same sessionUuid, also many times at once', async () => {
      const own = await home();
      const input = { sessionUuid: randomUUID(), recipeId: await insertRecipe(server) };
      const orders = await Promise.all([0, 1, 2, 3].map(() => orderCook(server, own, input)));
      expect(new Set(orders.map(({ commandId }) => commandId)).size).toBe(1);
      expect(new Set(orders.map(({ sessionId }) => sessionId)).size).toBe(1);
    });

    it('is a CONFLICT while the appliance is busy, and makes neither cook nor command', async () => {
      const own = await home();
      await orderCook(server, own);
      await expect(orderCook(server, own)).rejects.toThrow('CONFLICT');
      const { rows } = await server.database.pool.query(
        `SELECT (SELECT count(*)::int FROM cooking_sessions WHERE appliance_id = $1) AS cooks,
                (SELECT count(*)::int FROM appliance_commands WHERE appliance_id = $1) AS commands`,
        [uuidOf(own.applianceId)],
      );
      expect(rows).toEqual([{ cooks: 1, commands: 1 }]);
    });

    it('names what is wrong: no appliance, a start of one’s own, an unknown recipe', async () => {
      const own = await home();
      const start = (input: object) =>
        server.post(
          'mutation ($input: StartCookingInput!) { startCooking(input: $input) { session { id } } }',
          { input: { recipeId: randomUUID(), ...input } },
          own.userToken,
        );
      expectInvalid(await start({}), 'input.applianceId');
      expectInvalid(await start({ applianceId: null }), 'input.applianceId');
      expectInvalid(await start({ applianceId: 'nonsense' }), 'input.applianceId');
      expectInvalid(
        await start({ applianceId: own.applianceId, startedAt: new Date().toISOString() }),
        'input.startedAt',
      );
      expectCode(await start({ applianceId: own.applianceId }), 'NOT_FOUND');
    });
  });

  it('reach a connected device at once, and what becomes of them is told to who asked', async () => {
    const own = await home();
    const device = hear(server.socket(own.deviceToken));
    await expect.poll(() => server.app.services.live.mailboxes.size, SOON).toBeGreaterThan(0);
    const { sessionId, commandId } = await orderCook(server, own);
    const person = watch(server.socket(own.userToken), { commandId }, BECAME);
    expect((await device.until(1))[0]).toMatchObject({ id: commandId, kind: 'COOK' });
    await person.until(1);
    expect(await stateAfter(server, own, commandId)).toBe('ACKNOWLEDGED');
    await person.done;
    expect(person.entries.at(-1)).toMatchObject({ state: 'ACKNOWLEDGED', session: { status: 'STARTED' } });
    await record(server, own, [deviceClock().status(sessionId, 'COOKING')]);
    expect((await readCook(server, own, sessionId)).status).toBe('COOKING');
    device.stop();
  });

  it('that the device rejects carry its message, and abort the cook that was to begin', async () => {
    const own = await home();
    const { sessionId, commandId } = await orderCook(server, own);
    const person = watch(server.socket(own.userToken), { commandId }, BECAME);
    const feed = watch(server.socket(own.userToken), { sessionId });
    await Promise.all([person.until(1), feed.until(1)]);
    const { data } = await answer(server, own, commandId, false, ' The pot is missing. ');
    expect(data.acknowledgeCommand.command).toMatchObject({
      state: 'REJECTED',
      message: 'The pot is missing.',
      session: { status: 'ABORTED' },
    });
    await Promise.all([person.done, feed.done]);
    expect(person.entries.at(-1)).toMatchObject({ state: 'REJECTED', message: 'The pot is missing.' });
    expect(feed.entries.at(-1)).toMatchObject({ __typename: 'StatusEvent', sessionStatus: 'ABORTED' });
    expect((await readCook(server, own, sessionId)).events).toEqual(['ABORTED COMMAND_REJECTED']);
    expect((await orderCook(server, own)).sessionId).not.toBe(sessionId); // the appliance is free
  });

  it('have one effect and one answer, however often they are answered', async () => {
    const own = await home();
    const { sessionId, commandId } = await orderCook(server, own);
    const answers = await Promise.all([0, 1, 2, 3].map(() => answer(server, own, commandId, true, 'on it')));
    const [first] = answers;
    expect(first?.data.acknowledgeCommand.command).toMatchObject({ state: 'ACKNOWLEDGED', message: 'on it' });
    for (const other of answers) expect(other).toEqual(first);
    const { rows: before } = await server.database.pool.query(
      'SELECT updated_at FROM appliance_commands WHERE id = $1',
      [uuidOf(commandId)],
    );
    expect(await answer(server, own, commandId, true, 'on it')).toEqual(first);
    // Another answer changes nothing any more, and the answer to it says so.
    expect(await stateAfter(server, own, commandId, false)).toBe('ACKNOWLEDGED');
    const { rows: after } = await server.database.pool.query(
      'SELECT updated_at FROM appliance_commands WHERE id = $1',
      [uuidOf(commandId)],
    );
    expect(after).toEqual(before);
    await age(server, commandId, 600);
    expect(await answer(server, own, commandId, true, 'on it')).toEqual(first); // its answer was lost for a while
    expect((await readCook(server, own, sessionId)).status).toBe('STARTED');
  });

  describe('a COOK that comes late', () => {
    it('never starts a pot: the yes is void, and the cook aborted', async () => {
      const own = await home();
      const { sessionId, commandId } = await orderCook(server, own);
      await age(server, commandId, 121);
      expect(await stateAfter(server, own, commandId)).toBe('EXPIRED');
      expect(await stateAfter(server, own, commandId)).toBe('EXPIRED');
      await expect.poll(async () => (await readCook(server, own, sessionId)).status, SOON).toBe('ABORTED');
      expect((await readCook(server, own, sessionId)).events).toEqual(['ABORTED COMMAND_EXPIRED']);
    });

    it('is judged when its row is free, not when the answer began to wait for it', async () => {
      const own = await home();
      const { commandId } = await orderCook(server, own);
      const client = await server.database.pool.connect();
      await client.query('BEGIN');
      await client.query(`UPDATE appliance_commands SET message = NULL WHERE id = $1`, [uuidOf(commandId)]);
      const late = stateAfter(server, own, commandId);
      await expect
        .poll(
          async () => {
            const { rows } = await server.database.pool.query(
              `SELECT count(*)::int AS waiting FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%appliance_commands%'`,
            );
            return rows[0].waiting;
          },
          { timeout: 10_000 },
        )
        .toBe(1);
      await client.query(
        `UPDATE appliance_commands SET created_at = now() - interval '3 minutes', expires_at = clock_timestamp()
         WHERE id = $1`,
        [uuidOf(commandId)],
      );
      await client.query('COMMIT');
      client.release();
      expect(await late).toBe('EXPIRED');
    });

    it('reaches nobody: a device that connects after its time does not hear of it', async () => {
      const own = await home();
      const { sessionId, commandId } = await orderCook(server, own);
      await age(server, commandId, 121);
      const device = hear(server.socket(own.deviceToken));
      const person = watch(server.socket(own.userToken), { commandId }, BECAME);
      await person.done;
      expect(person.entries.at(-1)).toMatchObject({ state: 'EXPIRED' });
      const next = await orderCookWhenFree(own, sessionId);
      expect((await device.until(1)).map(({ id }) => id)).toEqual([next]);
      device.stop();
    });

    it('reaches a device that connects in time', async () => {
      const own = await home();
      const { commandId } = await orderCook(server, own);
      await age(server, commandId, 100);
      const device = hear(server.socket(own.deviceToken));
      expect((await device.until(1))[0]).toMatchObject({ id: commandId });
      expect(await stateAfter(server, own, commandId)).toBe('ACKNOWLEDGED');
      device.stop();
    });

    it('and its answer in a race with the clock end in one of two ways, and never both', async () => {
      const own = await home();
      const outcomes = new Set<string>();
      for (let i = 0; i < 12; i++) {
        const { sessionId, commandId } = await orderCook(server, own);
        await server.database.pool.query(
          `UPDATE appliance_commands SET created_at = now() - interval '3 minutes',
                  expires_at = clock_timestamp() + make_interval(secs => $2) WHERE id = $1`,
          [uuidOf(commandId), (i % 4) * 0.004],
        );
        const [state] = await Promise.all([
          stateAfter(server, own, commandId),
          ...server.app.services.live.jobs.filter(({ name }) => name === 'commands').map((job) => job.run()),
        ]);
        outcomes.add(state);
        if (state === 'ACKNOWLEDGED') {
          expect((await readCook(server, own, sessionId)).status).toBe('STARTED');
          await record(server, own, [deviceClock(Date.now() + i * 1_000).status(sessionId, 'ABORTED')]);
        } else {
          expect(state).toBe('EXPIRED');
          await expect
            .poll(async () => (await readCook(server, own, sessionId)).status, SOON)
            .toBe('ABORTED');
          expect((await readCook(server, own, sessionId)).events).toEqual(['ABORTED COMMAND_EXPIRED']);
        }
      }
      expect(outcomes).toContain('EXPIRED');
    });
  });

  async function orderCookWhenFree(own: TestHome, sessionId: string): Promise<string> {
    await expect.poll(async () => (await readCook(server, own, sessionId)).status, SOON).toBe('ABORTED');
    return (await orderCook(server, own)).commandId;
  }

  it('come again with the next connection until they are answered, and not after that', async () => {
    const own = await home();
    const { commandId } = await orderCook(server, own);
    for (let i = 0; i < 3; i++) {
      const device = hear(server.socket(own.deviceToken));
      expect((await device.until(1))[0]).toMatchObject({ id: commandId, kind: 'COOK' });
      device.stop();
    }
    await stateAfter(server, own, commandId);
    const stop = await told(
      server,
      own,
      'stop',
      (await readCommand(server, own, commandId)).session?.id ?? '',
    );
    const device = hear(server.socket(own.deviceToken));
    expect((await device.until(1)).map(({ id }) => id)).toEqual([stop.id]);
    device.stop();
  });

  it('cost telemetry nothing: what a device reports wakes nobody who waits for its commands', async () => {
    const own = await home();
    const device = hear(server.socket(own.deviceToken));
    const { sessionId, device: clock } = await cook(own, 'COOKING');
    await expect.poll(() => server.app.services.live.mailboxes.size, SOON).toBeGreaterThan(0);
    const startedAt = performance.now();
    const statements = await statementsOf(async () => {
      for (let i = 0; i < 60; i++) await record(server, own, [clock.temperature(sessionId, 50 + i)]);
    });
    const polls = (performance.now() - startedAt) / 2_000 + 1;
    const reads = statements.filter((text) => text.includes('appliance_commands'));
    expect(reads.length).toBeLessThanOrEqual(polls);
    // One more where somebody else changes its rows meanwhile, as who notes that it is connected.
    const appends = statements.filter((text) => text.includes('journal_append_v1'));
    expect(appends.length).toBeGreaterThanOrEqual(60);
    device.stop();
  });

  it('of many cooks are read in the statement that reads the cooks', async () => {
    const own = await home();
    for (let i = 0; i < 3; i++) {
      const { commandId } = await orderCook(server, own);
      await stateAfter(server, own, commandId, false);
    }
    const statements = await statementsOf(async () => {
      const { data } = await server.post(
        `{ viewer { cookingSessions { edges { node { commands { kind state message session { id } } } } } } }`,
        {},
        own.userToken,
      );
      expect(data.viewer.cookingSessions.edges.map(({ node }: { node: object }) => node)).toMatchObject(
        Array(3).fill({ commands: [{ kind: 'COOK', state: 'REJECTED' }] }),
      );
    });
    expect(statements.filter((text) => text.includes('cooking_sessions'))).toHaveLength(1);
  });

  it('are forgotten 90 days after their end, and their cooks go on as if nothing were', async () => {
    const own = await home();
    const { sessionId, commandId } = await orderCook(server, own);
    await answer(server, own, commandId, false);
    const { device: clock, sessionId: second } = await cook(own, 'COOKING');
    const pause = await told(server, own, 'pause', second);
    await answer(server, own, pause.id, true);
    const ids = [commandId, pause.id].map(uuidOf);
    const { pool } = server.database;
    await pool.query(
      `UPDATE appliance_commands SET updated_at = now() - interval '91 days' WHERE id = ANY($1)`,
      [ids],
    );
    await purgeExpired(pool);

    const { data, errors } = await server.post(
      `query ($id: ID!, $second: ID!, $gone: [ID!]!) {
        cookingSession(id: $id) { status recipeName commands { id } }
        second: cookingSession(id: $second) { status commands { id } }
        nodes(ids: $gone) { id }
      }`,
      { id: sessionId, second, gone: [commandId, pause.id] },
      own.userToken,
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      cookingSession: { status: 'ABORTED', recipeName: expect.any(String), commands: [] },
      second: { status: 'COOKING', commands: [] },
      nodes: [null, null],
    });
    expectCode(await answer(server, own, pause.id, true), 'NOT_FOUND');
    await record(server, own, [clock.temperature(second, 90)]);
    expect((await told(server, own, 'stop', second)).state).toBe('PENDING');
  });

  it('do not follow the appliance into another home', async () => {
    const [own, buyer] = await Promise.all([home(), home()]);
    const { commandId } = await orderCook(server, own);
    await sell(server, own, buyer.userToken);
    expectCode(await answer(server, own, commandId, true), 'NOT_FOUND');
    const admin = await createAdmin(server);
    const { data } = await send(server, admin.userToken, {
      applianceId: own.applianceId,
      kind: 'RECIPE_SYNC',
    });
    const device = hear(server.socket(own.deviceToken));
    expect((await device.until(1)).map(({ id }) => id)).toEqual([data.sendApplianceCommand.command.id]);
    device.stop();
  });
});
