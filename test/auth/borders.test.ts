import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectNothing, refusalOf } from '../_util/answers.js';
import { watch } from '../_util/feed.js';
import {
  createHome,
  createPerson,
  deviceClock,
  record,
  registerDevice,
  startCook,
  type TestHome,
} from '../_util/home.js';
import { createAdmin, globalId, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

/** Everything of a home that has an id, by its type. */
type Belongings = Record<'User' | 'UserPreferences' | 'PushToken' | 'Appliance' | 'CookingSession', string>;

const DEVICE_SEES = new Set(['UserPreferences', 'Appliance', 'CookingSession']);

describe('the border between homes', () => {
  let server: TestServer;
  let mine: TestHome;
  let theirs: TestHome;
  let owned: Belongings;
  let outsiders: Record<string, string | undefined>;
  let admin: string;

  beforeAll(async () => {
    server = await startTestServer();
    [mine, theirs] = await Promise.all([createHome(server), createHome(server)]);
    const [outsider, unpaired, administrator] = await Promise.all([
      createPerson(server),
      registerDevice(server),
      createAdmin(server),
    ]);
    admin = administrator.userToken;
    outsiders = {
      nobody: undefined,
      'a person without a home': outsider.userToken,
      'the owner of another home': theirs.userToken,
      'the device of another home': theirs.deviceToken,
      'a device that is not paired': unpaired.deviceToken,
    };
    owned = await belongingsOf(mine);
    await startCook(server, theirs);
  });
  afterAll(() => server.stop());

  async function belongingsOf(home: TestHome): Promise<Belongings> {
    const CookingSession = await startCook(server, home);
    const { rows } = await server.database.pool.query<{ preferences: string; token: string }>(
      `WITH token AS (
         INSERT INTO push_tokens (user_id, platform, token) VALUES ($1, 'ios', $2) RETURNING id
       )
       SELECT (SELECT id FROM user_preferences WHERE user_id = $1) AS preferences, (SELECT id FROM token) AS token`,
      [uuidOf(home.userId), randomUUID()],
    );
    return {
      User: home.userId,
      UserPreferences: globalId('UserPreferences', rows[0]?.preferences ?? ''),
      PushToken: globalId('PushToken', rows[0]?.token ?? ''),
      Appliance: home.applianceId,
      CookingSession,
    };
  }

  const node = (id: string, token?: string) =>
    server.post('query ($id: ID!) { node(id: $id) { __typename id } }', { id }, token);
  const nodes = (ids: string[], token?: string) =>
    server.post('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids }, token);

  it('lets the owner see each thing of the home by node, nodes and its own query', async () => {
    for (const [type, id] of Object.entries(owned)) {
      expect((await node(id, mine.userToken)).data).toEqual({ node: { __typename: type, id } });
    }
    const { data } = await nodes(Object.values(owned), mine.userToken);
    expect(data.nodes.map(({ id }: { id: string }) => id)).toEqual(Object.values(owned));
  });

  it('lets an administrator see each thing of every home', async () => {
    for (const [type, id] of Object.entries(owned)) {
      expect((await node(id, admin)).data).toEqual({ node: { __typename: type, id } });
    }
  });

  it("lets the device see itself, its cooks and its owner's preferences, but neither owner nor phones", async () => {
    for (const [type, id] of Object.entries(owned)) {
      const { data, errors } = await node(id, mine.deviceToken);
      expect(errors).toBeUndefined();
      expect(data.node?.id, type).toBe(DEVICE_SEES.has(type) ? id : undefined);
    }
    const { data } = await server.post(
      `query ($session: ID!) {
         viewer { id }
         thisAppliance { id owner { id } ownerPreferences { id } currentSession { id user { id } }
           cookingSessions { totalCount edges { node { id } } } }
         cookingSession(id: $session) { user { id } appliance { id owner { email } } }
       }`,
      { session: owned.CookingSession },
      mine.deviceToken,
    );
    expect(data).toEqual({
      viewer: null,
      thisAppliance: {
        id: owned.Appliance,
        owner: null,
        ownerPreferences: { id: owned.UserPreferences },
        currentSession: { id: owned.CookingSession, user: null },
        cookingSessions: { totalCount: 1, edges: [{ node: { id: owned.CookingSession } }] },
      },
      cookingSession: { user: null, appliance: { id: owned.Appliance, owner: null } },
    });
  });

  it('answers everybody else with null, and exactly so for what does not exist', async () => {
    for (const [who, token] of Object.entries(outsiders)) {
      for (const [type, id] of Object.entries(owned)) {
        const existing = await node(id, token);
        expectNothing(existing);
        expect(existing, `${type} for ${who}`).toEqual(await node(globalId(type, randomUUID()), token));
      }
      const { data, errors } = await nodes(Object.values(owned), token);
      expect(errors).toBeUndefined();
      expect(new Set(data.nodes)).toEqual(new Set([null]));
    }
  });

  it('gives no appliance and no cook across it by their own queries, by global id or UUID', async () => {
    for (const token of Object.values(outsiders)) {
      for (const id of [owned.Appliance, uuidOf(owned.Appliance)]) {
        expectNothing(await server.post('query ($id: ID!) { appliance(id: $id) { id } }', { id }, token));
      }
      for (const id of [owned.CookingSession, uuidOf(owned.CookingSession)]) {
        expectNothing(
          await server.post('query ($id: ID!) { cookingSession(id: $id) { id } }', { id }, token),
        );
      }
    }
  });

  it('opens no feed across it, in the same words as for a session that does not exist', async () => {
    const feed = 'subscription ($id: ID!) { cookingSessionEvents(sessionId: $id) { id } }';
    const updates = 'subscription ($id: ID) { applianceUpdated(applianceId: $id) { id } }';
    for (const [who, token] of Object.entries(outsiders)) {
      const socket = server.socket(token);
      for (const [query, type] of [
        [feed, 'CookingSession'],
        [updates, 'Appliance'],
      ] as const) {
        const refusals = await Promise.all(
          [owned[type], globalId(type, randomUUID())].map((id) =>
            watch(socket, { id }, query).done.then(
              () => undefined,
              (errors) => refusalOf({ errors }),
            ),
          ),
        );
        expect(refusals[0], who).toEqual(refusals[1]);
        expect(refusals[0]?.code).toBe(token ? 'NOT_FOUND' : 'UNAUTHENTICATED');
      }
    }
  });

  it('keeps the homes apart in every list', async () => {
    const { data } = await server.post(
      `{ viewer { appliances { totalCount edges { node { id } } }
                  cookingSessions { totalCount edges { node { user { id } } } } pushTokens { id } } }`,
      {},
      theirs.userToken,
    );
    expect(data.viewer).toEqual({
      appliances: { totalCount: 1, edges: [{ node: { id: theirs.applianceId } }] },
      cookingSessions: { totalCount: 1, edges: [{ node: { user: { id: theirs.userId } } }] },
      pushTokens: [],
    });
  });

  it("rejects telemetry for another home's cook, as for one that does not exist, and stores nothing", async () => {
    const device = deviceClock();
    const answer = await record(server, theirs, [
      device.temperature(owned.CookingSession, 100),
      device.temperature(globalId('CookingSession', randomUUID()), 100),
    ]);
    expect(answer).toMatchObject({ accepted: 0, duplicates: 0 });
    expect(answer.rejected.map(({ code, message }) => ({ code, message }))).toEqual(
      Array(2).fill({ code: 'NOT_FOUND', message: answer.rejected[0]?.message }),
    );
    const { rowCount } = await server.database.pool.query('SELECT 1 FROM telemetry_events');
    expect(rowCount).toBe(0);
  });

  it('leaves what devices do to devices, and what people do to people', async () => {
    const RECORD = 'mutation { recordTelemetry(input: { events: [] }) { accepted } }';
    const ROTATE = 'mutation { rotatePairingCode { pairingCode } }';
    const START = `mutation { startCooking(input: { recipeId: "${randomUUID()}" }) { session { id } } }`;
    const PAIRING = 'mutation { pairAppliance(input: { pairingCode: "123456" }) { appliance { id } } }';
    expectCode(await server.post(START), 'UNAUTHENTICATED');
    for (const query of [RECORD, ROTATE]) {
      expectCode(await server.post(query), 'UNAUTHENTICATED');
      for (const token of [mine.userToken, admin])
        expectCode(await server.post(query, {}, token), 'FORBIDDEN');
    }
    expectCode(await server.post(PAIRING), 'UNAUTHENTICATED');
    expectCode(await server.post(PAIRING, {}, mine.deviceToken), 'FORBIDDEN');
    for (const query of [RECORD, START]) {
      expectCode(await server.post(query, {}, outsiders['a device that is not paired']), 'FORBIDDEN');
    }
  });
});
