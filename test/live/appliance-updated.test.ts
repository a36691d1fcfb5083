import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watch } from '../_util/feed.js';
import { createHome, createPerson, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const UPDATES = `subscription ($applianceId: ID) {
  applianceUpdated(applianceId: $applianceId) {
    id name status currentSession { status recipeName progress { stageName temperature } }
  }
}`;

describe('applianceUpdated', () => {
  let server: TestServer;
  let home: TestHome;
  const device = deviceClock();

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterAll(() => server.stop());

  it('gives the current state at once, then each change, but no bare heartbeat', async () => {
    const viewer = watch(server.socket(home.userToken), { applianceId: home.applianceId }, UPDATES);
    const [first] = await viewer.until(1);
    expect(first).toMatchObject({ id: home.applianceId, status: 'OFFLINE', currentSession: null });

    const sessionId = await startCook(server, home);
    await viewer.until(2);
    await record(server, home, [device.status(sessionId, 'COOKING'), device.stage(sessionId, 0, 'Heat Oil')]);
    await viewer.until(3);
    await record(server, home, [device.heartbeat(sessionId), device.heartbeat()]);
    await record(server, home, [device.temperature(sessionId, 150)]);
    const entries = await viewer.until(4);
    expect(entries.slice(1).map(({ currentSession }) => currentSession)).toMatchObject([
      { status: 'STARTED', progress: null },
      { status: 'COOKING', progress: { stageName: 'Heat Oil', temperature: null } },
      { status: 'COOKING', progress: { stageName: 'Heat Oil', temperature: 150 } },
    ]);
    await record(server, home, [device.status(sessionId, 'COMPLETED')]);
    expect((await viewer.until(5)).at(-1)).toMatchObject({ status: 'ONLINE', currentSession: null });
    viewer.stop();
    await expect.poll(() => server.app.services.live.appliances.size).toBe(0);
  });

  it('follows all appliances of the home when none is named, for the person and for the device', async () => {
    for (const token of [home.userToken, home.deviceToken]) {
      const viewer = watch(server.socket(token), {}, UPDATES);
      expect(await viewer.until(1)).toMatchObject([{ id: home.applianceId }]);
      viewer.stop();
    }
  });

  it('knows no appliance of another home', async () => {
    const stranger = await createPerson(server);
    const refused = watch(server.socket(stranger.userToken), { applianceId: home.applianceId }, UPDATES);
    await expect(refused.done).rejects.toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    const anonymous = watch(server.socket(), {}, UPDATES);
    await expect(anonymous.done).rejects.toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});
