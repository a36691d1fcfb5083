import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectNothing } from '../_util/answers.js';
import { watch } from '../_util/feed.js';
import {
  createHome,
  createPerson,
  deviceClock,
  insertRecipe,
  record,
  startCook,
  type TestHome,
} from '../_util/home.js';
import { createAdmin, sell, showCode, unpair, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const HOME = `{ viewer { appliances { totalCount edges { node { id } } }
                         cookingSessions { totalCount edges { node { id appliance { id } } } } } }`;

describe('an appliance that was sold', () => {
  let server: TestServer;
  let seller: TestHome;
  let buyer: { userToken: string; userId: string };
  let before: string;
  let after: string;
  let beforeUuid: string;

  beforeAll(async () => {
    server = await startTestServer();
    [seller, buyer] = await Promise.all([createHome(server), createPerson(server)]);
    before = await startCook(server, seller);
    beforeUuid = uuidOf(before);
    const device = deviceClock();
    await record(server, seller, [device.status(before, 'COOKING'), device.status(before, 'COMPLETED')]);
    await sell(server, seller, buyer.userToken);
    after = await startCook(server, seller);
  });
  afterAll(() => server.stop());

  it('leaves the seller the cooks from before, without the appliance, and shows nothing from after', async () => {
    const { data } = await server.post(HOME, {}, seller.userToken);
    expect(data.viewer).toEqual({
      appliances: { totalCount: 0, edges: [] },
      cookingSessions: { totalCount: 1, edges: [{ node: { id: before, appliance: null } }] },
    });
    const one = 'query ($id: ID!) { cookingSession(id: $id) { id user { id } appliance { id } } }';
    expect((await server.post(one, { id: before }, seller.userToken)).data.cookingSession).toEqual({
      id: before,
      user: { id: seller.userId },
      appliance: null,
    });
    expectNothing(await server.post(one, { id: after }, seller.userToken));
    for (const id of [seller.applianceId, after]) {
      expectNothing(await server.post('query ($id: ID!) { node(id: $id) { id } }', { id }, seller.userToken));
    }
    expectNothing(
      await server.post(
        'query ($id: ID!) { appliance(id: $id) { id } }',
        { id: seller.applianceId },
        seller.userToken,
      ),
    );
  });

  it('shows the buyer the appliance and the cooks from after, and nothing from before', async () => {
    const { data } = await server.post(
      `query ($id: ID!) {
         appliance(id: $id) { id owner { id } currentSession { id }
           cookingSessions { totalCount edges { node { id } } } }
         viewer { cookingSessions { totalCount edges { node { id appliance { id } } } } }
       }`,
      { id: seller.applianceId },
      buyer.userToken,
    );
    expect(data).toEqual({
      appliance: {
        id: seller.applianceId,
        owner: { id: buyer.userId },
        currentSession: { id: after },
        cookingSessions: { totalCount: 1, edges: [{ node: { id: after } }] },
      },
      viewer: {
        cookingSessions: {
          totalCount: 1,
          edges: [{ node: { id: after, appliance: { id: seller.applianceId } } }],
        },
      },
    });
    for (const query of [
      'query ($id: ID!) { node(id: $id) { id } }',
      'query ($id: ID!) { cookingSession(id: $id) { id } }',
    ]) {
      expectNothing(await server.post(query, { id: before }, buyer.userToken));
    }
    const feed = watch(server.socket(buyer.userToken), { sessionId: before });
    const errors = await feed.done.catch((failure) => failure);
    expectCode({ errors }, 'NOT_FOUND');
  });

  it("lets the device see the present owner's cooks and preferences only", async () => {
    const { data } = await server.post(
      `query ($before: ID!, $after: ID!) {
         thisAppliance { ownerPreferences { id } cookingSessions { edges { node { id } } } }
         before: cookingSession(id: $before) { id }
         after: cookingSession(id: $after) { id }
       }`,
      { before, after },
      seller.deviceToken,
    );
    const { rows } = await server.database.pool.query('SELECT id FROM user_preferences WHERE user_id = $1', [
      uuidOf(buyer.userId),
    ]);
    expect(uuidOf(data.thisAppliance.ownerPreferences.id)).toBe(rows[0].id);
    expect(data.thisAppliance.cookingSessions.edges).toEqual([{ node: { id: after } }]);
    expect(data).toMatchObject({ before: null, after: { id: after } });
  });

  it('does not hand the device a cook of the former owner for its UUID', async () => {
    const answer = await server.post(
      `mutation ($recipeId: ID!, $uuid: String!) {
         startCooking(input: { recipeId: $recipeId, sessionUuid: $uuid }) { session { id notes } }
       }`,
      { recipeId: await insertRecipe(server), uuid: beforeUuid },
      seller.deviceToken,
    );
    expectCode(answer, 'CONFLICT');
  });

  it('shows an administrator all of it', async () => {
    const admin = await createAdmin(server);
    const { data } = await server.post(
      'query ($id: ID!) { appliance(id: $id) { owner { id } cookingSessions { totalCount edges { node { id user { id } } } } } }',
      { id: seller.applianceId },
      admin.userToken,
    );
    expect(data.appliance).toEqual({
      owner: { id: buyer.userId },
      cookingSessions: {
        totalCount: 2,
        edges: [
          { node: { id: after, user: { id: buyer.userId } } },
          { node: { id: before, user: { id: seller.userId } } },
        ],
      },
    });
  });
});

describe('an appliance that is unpaired', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it('is nobody’s: neither its owner nor an administrator nor its device sees it, and it starts no cook', async () => {
    const home = await createHome(server);
    const admin = await createAdmin(server);
    const session = await startCook(server, home);
    await unpair(server, home);
    for (const token of [home.userToken, admin.userToken, home.deviceToken]) {
      expectNothing(
        await server.post('query ($id: ID!) { appliance(id: $id) { id } }', { id: home.applianceId }, token),
      );
    }
    expectNothing(await server.post('{ thisAppliance { id } }', {}, home.deviceToken));
    expectNothing(
      await server.post(
        'query ($id: ID!) { cookingSession(id: $id) { id } }',
        { id: session },
        home.deviceToken,
      ),
    );
    const start = `mutation { startCooking(input: { recipeId: "${randomUUID()}" }) { session { id } } }`;
    expectCode(await server.post(start, {}, home.deviceToken), 'FORBIDDEN');
  });

  it('shows a former owner who still watches it nothing of the home that pairs it next', async () => {
    const home = await createHome(server);
    const buyer = await createPerson(server);
    const updates = watch(
      server.socket(home.userToken),
      {},
      'subscription { applianceUpdated { id name owner { id } currentSession { id } } }',
    );
    await updates.until(1);
    await unpair(server, home);
    const code = await showCode(server, home.deviceToken);
    await server.post(
      'mutation ($code: String!) { pairAppliance(input: { pairingCode: $code, name: "Secret name" }) { appliance { id } } }',
      { code },
      buyer.userToken,
    );
    // What the buyer sees has reached all who watch by the time that the buyer's own watch has told it twice.
    const theirs = watch(
      server.socket(buyer.userToken),
      {},
      'subscription { applianceUpdated { name status } }',
    );
    await theirs.until(1);
    await startCook(server, home);
    await theirs.until(2);
    expect(JSON.stringify(updates.entries)).not.toContain('Secret name');
    updates.stop();
    theirs.stop();
  });
});
