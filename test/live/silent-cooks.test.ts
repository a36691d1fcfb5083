import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { readCook } from '../_util/commands.js';
import { watch } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { createSocketClient, startInstance, startTestServer, type TestServer } from '../_util/server.js';

const MINUTES = 60;

describe('a cook that nobody is at any more', () => {
  let server: TestServer;
  let other: App;

  beforeAll(async () => {
    // Looks are the tests' own.
    const timing = { silentCooks: { firstMs: 3_600_000 } };
    server = await startTestServer({}, timing);
    other = await startInstance(server.database, {}, timing);
  });
  afterAll(async () => {
    await other.stop();
    await server.stop();
  });

  /** Lets so many seconds pass in which nothing is heard of the cook: all that was recorded and received is so much older. */
  async function pass(sessionId: string, seconds: number): Promise<void> {
    await server.database.pool.query(
      `UPDATE cooking_sessions
       SET last_received_at = last_received_at - make_interval(secs => $2),
           announced_at = announced_at - make_interval(secs => $2)
       WHERE id = $1`,
      [uuidOf(sessionId), seconds],
    );
    await server.database.pool.query(
      `UPDATE telemetry_events SET received_at = received_at - make_interval(secs => $2) WHERE session_id = $1`,
      [uuidOf(sessionId), seconds],
    );
  }

  const look = (...apps: App[]) =>
    Promise.all(apps.map((app) => app.services.live.jobs.find(({ name }) => name === 'silent cooks')?.run()));

  async function cook(...statuses: string[]) {
    const home = await createHome(server);
    const sessionId = await startCook(server, home);
    const device = deviceClock(Date.now() - 60_000);
    const events = statuses.map((status) => device.status(sessionId, status));
    if (events.length > 0) await record(server, home, events);
    return { home, sessionId, device };
  }

  const of = (home: TestHome, sessionId: string) => readCook(server, home, sessionId);

  it('goes on for 30 minutes of silence, and then ends as an error, of which its viewers hear', async () => {
    const { home, sessionId, device } = await cook('COOKING');
    await record(server, home, [device.temperature(sessionId, 90)]);
    const clients = [server.url, other.url].map((url) => createSocketClient(url, home.userToken));
    const viewers = clients.map((client) => watch(client, { sessionId }));
    for (const viewer of viewers) await viewer.until(1);
    await pass(sessionId, 29 * MINUTES);
    await look(server.app, other);
    expect(await of(home, sessionId)).toMatchObject({ status: 'COOKING' });
    await pass(sessionId, 2 * MINUTES);
    await look(server.app);
    for (const viewer of viewers) {
      await viewer.done;
      expect(viewer.entries.at(-1)).toMatchObject({ __typename: 'StatusEvent', sessionStatus: 'ERROR' });
    }
    const { status, events, completedAt } = await of(home, sessionId);
    expect([status, events]).toEqual(['ERROR', ['COOKING ', 'ERROR DEVICE_SILENT']]);
    expect(Math.abs(Date.now() - Date.parse(completedAt ?? ''))).toBeLessThan(20_000);
    for (const client of clients) await client.dispose();
  });

  it.each([[[]], [['COOKING']], [['COOKING', 'PAUSED']]])(
    'ends after silence behind %j',
    async (statuses) => {
      const { home, sessionId } = await cook(...statuses);
      await pass(sessionId, 31 * MINUTES);
      await look(other);
      expect(await of(home, sessionId)).toMatchObject({ status: 'ERROR' });
    },
  );

  it('is ended once, however many instances notice it at the same moment', async () => {
    const cooks = await Promise.all(Array.from({ length: 5 }, () => cook('COOKING')));
    for (const { sessionId } of cooks) await pass(sessionId, 31 * MINUTES);
    await look(server.app, other, server.app, other);
    await look(server.app, other);
    for (const { home, sessionId } of cooks) {
      expect(await of(home, sessionId)).toMatchObject({
        status: 'ERROR',
        events: ['COOKING ', 'ERROR DEVICE_SILENT'],
      });
    }
  });

  it('goes on as if nothing had been when the device has more to tell', async () => {
    const { home, sessionId } = await cook('COOKING');
    await pass(sessionId, 31 * MINUTES);
    await look(server.app);
    const later = deviceClock(Date.now() + 60_000);
    await record(server, home, [later.temperature(sessionId, 95)]);
    expect(await of(home, sessionId)).toMatchObject({ status: 'COOKING', completedAt: null });
    await look(server.app, other);
    expect(await of(home, sessionId)).toMatchObject({ status: 'COOKING' });
    await record(server, home, [later.status(sessionId, 'COMPLETED')]);
    expect(await of(home, sessionId)).toMatchObject({ status: 'COMPLETED' });
  });

  it.each([
    ['behind', -2 * 3_600_000],
    ['ahead', 2 * 3_600_000],
  ])('is ended, and taken up again, by a device whose clock is two hours %s', async (_, offMs) => {
    const home = await createHome(server);
    const sessionId = await startCook(server, home);
    const device = deviceClock(Date.now() + offMs - 60_000);
    const now = () => new Date(Date.now() + offMs).toISOString();
    await record(server, home, [device.status(sessionId, 'COOKING')], now());
    await pass(sessionId, 31 * MINUTES);
    await look(server.app);
    const { status, completedAt } = await of(home, sessionId);
    expect(status).toBe('ERROR');
    expect(Math.abs(Date.now() - Date.parse(completedAt ?? ''))).toBeLessThan(20_000);
    const later = deviceClock(Date.now() + offMs + 60_000);
    await record(server, home, [later.temperature(sessionId, 95)], now());
    expect(await of(home, sessionId)).toMatchObject({ status: 'COOKING' });
  });

  it('is not ended while its device speaks of it, and is when it only speaks of other things', async () => {
    const { home, sessionId, device } = await cook('COOKING');
    await pass(sessionId, 31 * MINUTES);
    await record(server, home, [device.temperature(sessionId, 90)]);
    await look(server.app);
    expect(await of(home, sessionId)).toMatchObject({ status: 'COOKING' });
    await pass(sessionId, 31 * MINUTES);
    await record(server, home, [device.heartbeat()]);
    await look(server.app);
    expect(await of(home, sessionId)).toMatchObject({ status: 'ERROR' });
  });

  it('is ended after 30 minutes of pause although its device speaks, and not a second time when it goes on so', async () => {
    const { home, sessionId, device } = await cook('COOKING', 'PAUSED');
    await pass(sessionId, 20 * MINUTES);
    await record(server, home, [device.temperature(sessionId, 60)]);
    await look(server.app, other);
    expect(await of(home, sessionId)).toMatchObject({ status: 'PAUSED' });
    await pass(sessionId, 11 * MINUTES);
    await record(server, home, [device.temperature(sessionId, 50)]);
    await look(server.app, other);
    expect(await of(home, sessionId)).toMatchObject({
      status: 'ERROR',
      events: ['COOKING ', 'PAUSED ', 'ERROR PAUSE_TIMEOUT'],
    });
    const free = await server.post(
      '{ viewer { appliances { edges { node { status } } } } }',
      {},
      home.userToken,
    );
    expect(free.data.viewer.appliances.edges).toEqual([{ node: { status: 'ONLINE' } }]);
    const later = deviceClock(Date.now() + 60_000);
    await record(server, home, [later.temperature(sessionId, 40)]);
    await look(server.app, other);
    expect(await of(home, sessionId)).toMatchObject({ status: 'PAUSED' });
  });

  it('counts a pause from its begin, and each pause anew', async () => {
    const { home, sessionId, device } = await cook('COOKING', 'PAUSED');
    await pass(sessionId, 20 * MINUTES);
    await record(server, home, [device.status(sessionId, 'COOKING'), device.status(sessionId, 'PAUSED')]);
    await pass(sessionId, 20 * MINUTES);
    await record(server, home, [device.status(sessionId, 'PAUSED')]);
    await look(server.app);
    expect(await of(home, sessionId)).toMatchObject({ status: 'PAUSED' });
    await pass(sessionId, 11 * MINUTES);
    await look(server.app);
    expect(await of(home, sessionId)).toMatchObject({ status: 'ERROR' });
  });
});
