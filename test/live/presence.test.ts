import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { answer, hear, orderCook } from '../_util/commands.js';
import { watch } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { createSocketClient, startInstance, startTestServer, type TestServer } from '../_util/server.js';

const SOON = { timeout: 15_000 };
const UPDATES = `subscription ($applianceId: ID) {
  applianceUpdated(applianceId: $applianceId) { status lastSeenAt currentSession { status } }
}`;

describe('an appliance', () => {
  let server: TestServer;
  let other: App;
  const timing = { presence: { everyMs: 50, goneAfterMs: 200 } };

  beforeAll(async () => {
    server = await startTestServer({}, timing);
    other = await startInstance(server.database, {}, timing);
  });
  afterAll(async () => {
    await other.stop();
    await server.stop();
  });

  const read = async (home: TestHome) =>
    (
      await server.post(
        'query ($id: ID!) { appliance(id: $id) { status lastSeenAt currentSession { status } } }',
        { id: home.applianceId },
        home.userToken,
      )
    ).data.appliance;
  const stored = async (home: TestHome) => {
    const { rows } = await server.database.pool.query(
      'SELECT status, last_seen_at FROM appliances WHERE id = $1',
      [uuidOf(home.applianceId)],
    );
    return rows[0] as { status: string; last_seen_at: string };
  };
  /** Lets so many seconds pass for an appliance of which nothing is heard. */
  const beSilent = (home: TestHome, seconds: number) =>
    server.database.pool.query(
      'UPDATE appliances SET last_seen_at = last_seen_at - make_interval(secs => $2) WHERE id = $1',
      [uuidOf(home.applianceId), seconds],
    );

  it('is online when it is heard, offline after 90 seconds of silence, and online again at its next word', async () => {
    const home = await createHome(server);
    const device = deviceClock();
    const viewer = watch(server.socket(home.userToken), { applianceId: home.applianceId }, UPDATES);
    expect(await viewer.until(1)).toMatchObject([{ status: 'OFFLINE', lastSeenAt: null }]);
    await record(server, home, [device.heartbeat()]);
    expect((await viewer.until(2)).at(-1)).toMatchObject({ status: 'ONLINE' });
    const seenAt = viewer.entries.at(-1).lastSeenAt;
    expect(Math.abs(Date.now() - Date.parse(seenAt))).toBeLessThan(20_000);

    await beSilent(home, 60);
    const watched = await createHome(server);
    await record(server, watched, [deviceClock().heartbeat()]);
    await beSilent(watched, 91);
    await expect.poll(async () => (await stored(watched)).status, SOON).toBe('offline');
    expect((await stored(home)).status).toBe('online'); // whoever looked at one looked at both

    await beSilent(home, 31);
    expect((await viewer.until(3)).at(-1)).toMatchObject({ status: 'OFFLINE' });
    await record(server, home, [device.heartbeat()]);
    expect((await viewer.until(4)).at(-1)).toMatchObject({ status: 'ONLINE' });
    viewer.stop();
  });

  it('that is cooking is shown as offline when it is silent, its cook goes on, and cooking again at its next word', async () => {
    const home = await createHome(server);
    const device = deviceClock();
    const sessionId = await startCook(server, home);
    await record(server, home, [device.status(sessionId, 'COOKING')]);
    const viewer = watch(server.socket(home.userToken), {}, UPDATES);
    expect(await viewer.until(1)).toMatchObject([
      { status: 'COOKING', currentSession: { status: 'COOKING' } },
    ]);
    await beSilent(home, 91);
    expect((await viewer.until(2)).at(-1)).toMatchObject({
      status: 'OFFLINE',
      currentSession: { status: 'COOKING' },
    });
    await record(server, home, [device.temperature(sessionId, 120)]);
    expect((await viewer.until(3)).at(-1)).toMatchObject({ status: 'COOKING' });
    viewer.stop();
  });

  it('that reports a fault is in error until it is silent', async () => {
    const home = await createHome(server);
    const fault = deviceClock().heartbeat();
    await record(server, home, [
      { ...fault, reading: { status: { applianceStatus: 'ERROR', reason: 'MOTOR_STALL' } } },
    ]);
    expect(await read(home)).toMatchObject({ status: 'ERROR' });
    await beSilent(home, 91);
    await expect.poll(() => stored(home), SOON).toMatchObject({ status: 'offline' });
  });

  it('is online while it listens for commands, and offline when its connection has ended', async () => {
    const home = await createHome(server);
    const client = createSocketClient(server.url, home.deviceToken);
    const viewer = watch(server.socket(home.userToken), {}, UPDATES);
    await viewer.until(1);
    hear(client);
    const [, online] = await viewer.until(2);
    expect(online).toMatchObject({ status: 'ONLINE' });
    expect(Date.parse(online.lastSeenAt)).not.toBeNaN();
    await client.dispose();
    expect((await viewer.until(3)).at(-1)).toMatchObject({ status: 'OFFLINE' });
    viewer.stop();
  });

  it('stays online when it has come back to another instance before its old connection ended', async () => {
    const [home, witness] = await Promise.all([createHome(server), createHome(server)]);
    const old = createSocketClient(server.url, home.deviceToken);
    hear(old);
    await expect.poll(() => stored(home), SOON).toMatchObject({ status: 'online' });
    const { last_seen_at: before } = await stored(home);
    const next = createSocketClient(other.url, home.deviceToken);
    hear(next);
    await expect.poll(async () => (await stored(home)).last_seen_at > before, SOON).toBe(true);
    await beSilent(home, 60);
    await old.dispose();
    await expectEndsTold(witness);
    expect((await stored(home)).status).toBe('online');
    await next.dispose();
    await expect.poll(() => stored(home), SOON).toMatchObject({ status: 'offline' });
  });

  it('stays online when it is heard of after its connection ended', async () => {
    const [home, witness] = await Promise.all([createHome(server), createHome(server)]);
    const client = createSocketClient(server.url, home.deviceToken);
    hear(client);
    await expect.poll(() => stored(home), SOON).toMatchObject({ status: 'online' });
    const { mailboxes } = server.app.services.live;
    const connected = mailboxes.size;
    await client.dispose();
    await expect.poll(() => mailboxes.size, { ...SOON, interval: 5 }).toBe(connected - 1);
    await record(server, home, [deviceClock().heartbeat()]);
    await expectEndsTold(witness);
    expect((await stored(home)).status).toBe('online');
  });

  /** What connections ended before this has been told when the end of this one has. */
  async function expectEndsTold(witness: TestHome): Promise<void> {
    const client = createSocketClient(server.url, witness.deviceToken);
    hear(client);
    await expect.poll(() => stored(witness), SOON).toMatchObject({ status: 'online' });
    await client.dispose();
    await expect.poll(() => stored(witness), SOON).toMatchObject({ status: 'offline' });
  }

  it('is not cooking because of an order, but from its yes on', async () => {
    const home = await createHome(server);
    const device = deviceClock();
    await record(server, home, [device.heartbeat()]);
    const { commandId } = await orderCook(server, home);
    expect(await read(home)).toMatchObject({ status: 'ONLINE', currentSession: { status: 'STARTED' } });
    await answer(server, home, commandId, true);
    expect(await read(home)).toMatchObject({ status: 'COOKING', currentSession: { status: 'STARTED' } });
  });

  it('is told by whichever instance sees that it is silent, to viewers of both, once', async () => {
    const home = await createHome(server);
    await record(server, home, [deviceClock().heartbeat()]);
    const clients = [server.url, other.url].map((url) => createSocketClient(url, home.userToken));
    const viewers = clients.map((client) => watch(client, {}, UPDATES));
    for (const viewer of viewers) await viewer.until(1);
    await beSilent(home, 91);
    for (const viewer of viewers) expect((await viewer.until(2)).at(-1)).toMatchObject({ status: 'OFFLINE' });
    await record(server, home, [deviceClock(Date.now() + 5_000).heartbeat()]);
    for (const viewer of viewers) {
      expect((await viewer.until(3)).map(({ status }) => status)).toEqual(['ONLINE', 'OFFLINE', 'ONLINE']);
    }
    for (const client of clients) await client.dispose();
  });
});
