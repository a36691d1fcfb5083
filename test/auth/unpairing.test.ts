import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid, expectNothing } from '../_util/answers.js';
import { watch } from '../_util/feed.js';
import { createHome, createPerson, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { createAdmin, globalId, PAIR, showCode, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const UNPAIR = 'mutation ($id: ID!) { unpairAppliance(input: { applianceId: $id }) { unpairedId } }';
const ONE = 'query ($id: ID!) { appliance(id: $id) { id } }';

describe('unpairAppliance', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const unpair = (id: string, token?: string) => server.post(UNPAIR, { id }, token);
  const row = async ({ applianceId }: TestHome) =>
    (await server.database.pool.query('SELECT * FROM appliances WHERE id = $1', [uuidOf(applianceId)]))
      .rows[0];

  it('takes the appliance out of the home; its row stays, marked', async () => {
    const home = await createHome(server);
    const { data } = await unpair(home.applianceId, home.userToken);
    expect(data.unpairAppliance.unpairedId).toBe(home.applianceId);
    expectNothing(await server.post(ONE, { id: home.applianceId }, home.userToken));
    expectNothing(await server.post('{ thisAppliance { id } }', {}, home.deviceToken));
    const mine = await server.post('{ viewer { appliances { totalCount } } }', {}, home.userToken);
    expect(mine.data.viewer.appliances.totalCount).toBe(0);
    expect(await row(home)).toMatchObject({ unpaired_at: expect.anything(), device_id: home.deviceId });
  });

  it('is for its owner alone, by global id or UUID, and once', async () => {
    const home = await createHome(server);
    const [stranger, admin] = await Promise.all([createHome(server), createAdmin(server)]);
    for (const token of [stranger.userToken, admin.userToken]) {
      expectCode(await unpair(home.applianceId, token), 'NOT_FOUND');
    }
    expectCode(await unpair(home.applianceId, home.deviceToken), 'FORBIDDEN');
    expectCode(await unpair(home.applianceId), 'UNAUTHENTICATED');
    expectInvalid(await unpair(home.userId, home.userToken), 'input.applianceId');
    expectCode(await unpair(globalId('Appliance', randomUUID()), home.userToken), 'NOT_FOUND');
    expect((await unpair(uuidOf(home.applianceId), home.userToken)).errors).toBeUndefined();
    expectCode(await unpair(home.applianceId, home.userToken), 'NOT_FOUND');
  });

  it('lets somebody else pair it in place, by a code that it shows then', async () => {
    const home = await createHome(server);
    const buyer = await createPerson(server);
    expectCode(
      await server.post(PAIR, { code: await showCode(server, home.deviceToken) }, buyer.userToken),
      'CONFLICT',
    );
    await unpair(home.applianceId, home.userToken);
    const { data } = await server.post(
      PAIR,
      { code: await showCode(server, home.deviceToken) },
      buyer.userToken,
    );
    expect(data.pairAppliance.appliance).toMatchObject({
      id: home.applianceId,
      name: 'My Epicura',
      owner: { id: buyer.userId },
    });
  });

  it('tells a former owner who watches, and shows nothing more', async () => {
    const home = await createHome(server);
    const updates = watch(
      server.socket(home.userToken),
      { id: home.applianceId },
      'subscription ($id: ID!) { applianceUpdated(applianceId: $id) { id } }',
    );
    await updates.until(1);
    await unpair(home.applianceId, home.userToken);
    expect((await updates.until(2)).at(-1)).toBeNull();
    updates.stop();
  });

  it('ends the cook that goes on as aborted, and leaves it to the owner: the feed completes', async () => {
    const home = await createHome(server);
    const session = await startCook(server, home);
    const device = deviceClock(Date.now() - 60_000);
    await record(server, home, [device.status(session, 'COOKING'), device.temperature(session, 120)]);
    const feed = watch(server.socket(home.userToken), { sessionId: session });
    await feed.until(1);
    await unpair(home.applianceId, home.userToken);
    await feed.done;
    expect(feed.entries.at(-1)).toMatchObject({
      __typename: 'StatusEvent',
      sessionStatus: 'ABORTED',
      sequence: 3,
    });
    const { data } = await server.post(
      'query ($id: ID!) { cookingSession(id: $id) { status completedAt appliance { id } } }',
      { id: session },
      home.userToken,
    );
    expect(data.cookingSession).toMatchObject({ status: 'ABORTED', appliance: null });
    expect(data.cookingSession.completedAt).not.toBeNull();
  });

  it('ends it even where the clock of the device is ahead', async () => {
    const home = await createHome(server);
    const session = await startCook(server, home);
    const device = deviceClock(Date.now() + 3_600_000);
    await record(server, home, [device.status(session, 'COOKING'), device.temperature(session, 120)]);
    await unpair(home.applianceId, home.userToken);
    const { data } = await server.post(
      'query ($id: ID!) { cookingSession(id: $id) { status } }',
      { id: session },
      home.userToken,
    );
    expect(data.cookingSession.status).toBe('ABORTED');
  });

  it('leaves the device without a say, until it has a home again: then it may tell the end of that cook', async () => {
    const home = await createHome(server);
    const session = await startCook(server, home);
    const device = deviceClock(Date.now() - 60_000);
    await record(server, home, [device.status(session, 'COOKING')]);
    await unpair(home.applianceId, home.userToken);
    const last = [device.temperature(session, 140), device.status(session, 'COMPLETED')];
    await expect(record(server, home, last)).rejects.toThrow('FORBIDDEN');

    const buyer = await createPerson(server);
    await server.post(PAIR, { code: await showCode(server, home.deviceToken) }, buyer.userToken);
    expect(await record(server, home, last)).toMatchObject({ accepted: 2 });
    const query = 'query ($id: ID!) { cookingSession(id: $id) { status peakTemperature } }';
    const { data } = await server.post(query, { id: session }, home.userToken);
    expect(data.cookingSession).toEqual({ status: 'COMPLETED', peakTemperature: 140 });
    expectNothing(await server.post(query, { id: session }, buyer.userToken));
    // The pot is free for whoever owns it now.
    await startCook(server, home);
  });

  it('shows the seller nothing of what its device records in another home, by whatever clock', async () => {
    const home = await createHome(server);
    const session = await startCook(server, home);
    const seller = watch(server.socket(home.userToken), { sessionId: session });
    await seller.until(1);
    const device = deviceClock(Date.now() - 60_000);
    await record(server, home, [device.status(session, 'COOKING')]);
    await seller.until(2);
    await unpair(home.applianceId, home.userToken);
    await seller.done;
    const buyer = await createPerson(server);
    await server.post(PAIR, { code: await showCode(server, home.deviceToken) }, buyer.userToken);

    const now = deviceClock(Date.now() + 1_000);
    const slow = deviceClock(Date.now() - 3_600_000);
    const refused = { accepted: 0, rejected: [{ code: 'NOT_FOUND' }] };
    expect(await record(server, home, [now.temperature(session, 99)])).toMatchObject(refused);
    const sentAt = new Date(Date.now() - 3_600_000).toISOString();
    expect(await record(server, home, [slow.temperature(session, 99)], sentAt)).toMatchObject(refused);
    const { data } = await server.post(
      'query ($id: ID!) { cookingSession(id: $id) { status peakTemperature } }',
      { id: session },
      home.userToken,
    );
    expect(data.cookingSession).toEqual({ status: 'ABORTED', peakTemperature: null });
  });
});
