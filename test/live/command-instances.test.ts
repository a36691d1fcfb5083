import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { age, BECAME, hear, orderCook, readCook, stateAfter } from '../_util/commands.js';
import { watch } from '../_util/feed.js';
import { createHome, deviceClock, record } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { startProxy, type TcpProxy } from '../_util/proxy.js';
import {
  createSocketClient,
  postGraphQL,
  startInstance,
  startTestServer,
  type TestServer,
} from '../_util/server.js';

const SOON = { timeout: 20_000 };

describe('commands with two instances', () => {
  let server: TestServer;
  let other: App;
  let proxy: TcpProxy;

  beforeAll(async () => {
    server = await startTestServer();
    proxy = await startProxy(server.database.url);
    other = await startInstance(server.database, {
      DATABASE_DIRECT_URL: proxy.through(server.database.url),
    });
  });
  afterAll(async () => {
    await other.stop();
    await proxy.stop();
    await server.stop();
  });

  const runJobs = (name: string, ...apps: App[]) =>
    Promise.all(apps.map((app) => app.services.live.jobs.find((job) => job.name === name)?.run()));

  it('reach a device on the other one, and what becomes of them who asked on this one, well before the poll', async () => {
    const home = await createHome(server);
    const client = createSocketClient(other.url, home.deviceToken);
    const device = hear(client);
    await expect.poll(() => other.services.live.mailboxes.size, SOON).toBe(1);
    const lags: number[] = [];
    for (let i = 1; i <= 6; i++) {
      const startedAt = performance.now();
      const { sessionId, commandId } = await orderCook(server, home);
      await device.until(i);
      const person = watch(server.socket(home.userToken), { commandId }, BECAME);
      await postGraphQL(
        other.url,
        'mutation ($id: ID!) { acknowledgeCommand(input: { commandId: $id, accepted: false }) { command { id } } }',
        { id: commandId },
        home.deviceToken,
      );
      await person.done;
      lags.push(performance.now() - startedAt);
      expect(device.entries.at(-1)).toMatchObject({ id: commandId });
      expect(person.entries.at(-1)).toMatchObject({ state: 'REJECTED' });
      expect((await readCook(server, home, sessionId)).status).toBe('ABORTED');
    }
    expect(Math.min(...lags)).toBeLessThan(1_000);
    await client.dispose();
  });

  it('lose nothing when the bus is dead: the device hears within 5 seconds, and so does who asked', async () => {
    const home = await createHome(server);
    const client = createSocketClient(other.url, home.deviceToken);
    const device = hear(client);
    await expect.poll(() => other.services.live.mailboxes.size, SOON).toBe(1);
    proxy.swallow();
    try {
      await expect.poll(() => other.services.live.isConnected(), SOON).toBe(false);
      const asked = performance.now();
      const { commandId } = await orderCook(server, home);
      await device.until(1);
      expect(performance.now() - asked).toBeLessThan(5_000);
      const person = createSocketClient(other.url, home.userToken);
      const watched = watch(person, { commandId }, BECAME);
      await watched.until(1);
      const answered = performance.now();
      expect(await stateAfter(server, home, commandId)).toBe('ACKNOWLEDGED');
      await watched.done;
      expect(performance.now() - answered).toBeLessThan(5_000);
      await person.dispose();
    } finally {
      proxy.repair();
    }
    await expect.poll(() => other.services.live.isConnected(), SOON).toBe(true);
    await client.dispose();
  });

  it('expire once, and end the cooks that were to begin once, whoever sees it', async () => {
    const homes = await Promise.all(Array.from({ length: 6 }, () => createHome(server)));
    const orders = await Promise.all(homes.map((home) => orderCook(server, home)));
    for (const { commandId } of orders) await age(server, commandId, 121);
    await runJobs('commands', server.app, other, server.app, other);
    for (const [i, { sessionId }] of orders.entries()) {
      const read = () => readCook(server, homes[i] as (typeof homes)[0], sessionId);
      await expect.poll(async () => (await read()).status, SOON).toBe('ABORTED');
      expect((await read()).events).toEqual(['ABORTED COMMAND_EXPIRED']);
    }
  });

  it('leave the cook to the instance that is ending it, and to another one when that died over it', async () => {
    const home = await createHome(server);
    const { sessionId, commandId } = await orderCook(server, home);
    const claim = (seconds: number) =>
      server.database.pool.query(
        `UPDATE appliance_commands SET state = 'expired', claimed_until = now() + make_interval(secs => $2) WHERE id = $1`,
        [uuidOf(commandId), seconds],
      );
    await claim(3_600);
    await runJobs('commands', server.app, other);
    expect((await readCook(server, home, sessionId)).status).toBe('STARTED');
    await claim(-1);
    await runJobs('commands', server.app, other);
    await expect.poll(async () => (await readCook(server, home, sessionId)).status, SOON).toBe('ABORTED');
    expect((await readCook(server, home, sessionId)).events).toEqual(['ABORTED COMMAND_EXPIRED']);
  });

  it('end a cook once, also when the device told something of it meanwhile', async () => {
    const home = await createHome(server);
    const { sessionId, commandId } = await orderCook(server, home);
    await stateAfter(server, home, commandId, false);
    await record(server, home, [deviceClock(Date.now() + 60_000).temperature(sessionId, 30)]);
    expect((await readCook(server, home, sessionId)).status).toBe('STARTED'); // the device is the authority
    await runJobs('commands', server.app, other);
    expect((await readCook(server, home, sessionId)).status).toBe('STARTED');
  });
});
