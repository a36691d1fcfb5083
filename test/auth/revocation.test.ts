import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { FEED } from '../_util/feed.js';
import { createHome, startCook, type TestHome } from '../_util/home.js';
import { createAdmin, globalId, uuidOf } from '../_util/people.js';
import { startProxy, type TcpProxy } from '../_util/proxy.js';
import { openRawSocket, type RawSocket } from '../_util/raw-socket.js';
import { postGraphQL, startInstance, startTestServer, type TestServer } from '../_util/server.js';
import { type EventStream, openStream } from '../_util/sse.js';

const LIMIT_MS = 2_000;
const UPDATES = 'subscription { applianceUpdated { id } }';

/** Two instances, of which the other hears nothing over the bus: what is revoked must reach it all the same. */
describe('a live connection', () => {
  let server: TestServer;
  let other: App;
  let proxy: TcpProxy;
  let admin: { userToken: string };
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    proxy = await startProxy(server.database.url);
    other = await startInstance(server.database, { DATABASE_DIRECT_URL: proxy.through(server.database.url) });
    expect(proxy.swallow()).toBeGreaterThan(0);
    admin = await createAdmin(server);
  });
  afterAll(async () => {
    await other.stop();
    await proxy.stop();
    await server.stop();
  });

  interface Connections {
    sockets: RawSocket[];
    streams: EventStream[];
  }

  /** A socket and a stream on each instance, all of them following something. */
  async function openOnBoth(token: string, query: string, variables: object = {}): Promise<Connections> {
    const urls = [server.url, other.url];
    const sockets = await Promise.all(urls.map((url) => openRawSocket(url, token)));
    for (const socket of sockets) {
      socket.send({ type: 'subscribe', id: 'x', payload: { query, variables } });
      await expect.poll(() => socket.messages.length, { timeout: 10_000 }).toBeGreaterThan(0);
    }
    const streams = await Promise.all(urls.map((url) => openStream(url, query, variables, token)));
    for (const stream of streams)
      await expect.poll(stream.text, { timeout: 10_000 }).toContain('event: next');
    return { sockets, streams };
  }

  async function expectClosed({ sockets, streams }: Connections, change: () => Promise<unknown>) {
    await change();
    const at = performance.now();
    for (const socket of sockets) expect((await socket.closed).code).toBe(4403);
    for (const stream of streams) await stream.ended;
    expect(performance.now() - at).toBeLessThan(LIMIT_MS);
    for (const socket of sockets) expect(socket.messages.every(({ type }) => type === 'next')).toBe(true);
    for (const stream of streams) expect(stream.text()).not.toContain('event: complete');
  }

  async function mutate(mutation: string, variables: object, token?: string): Promise<void> {
    const answer = await server.post(mutation, variables, token);
    expect(answer.errors, JSON.stringify(answer)).toBeUndefined();
  }

  it.each([
    [
      'deactivation',
      (userId: string) =>
        mutate(
          'mutation ($userId: ID!) { setUserActive(input: { userId: $userId, isActive: false }) { user { id } } }',
          { userId },
          admin.userToken,
        ),
    ],
    [
      'a change of role',
      (userId: string) =>
        mutate(
          'mutation ($userId: ID!) { setUserRole(input: { userId: $userId, role: ADMIN }) { user { id } } }',
          { userId },
          admin.userToken,
        ),
    ],
    [
      'another password',
      () =>
        mutate(
          `mutation { changePassword(input: { currentPassword: "long enough 1", newPassword: "long enough 2" }) {
             accessToken } }`,
          {},
          home.userToken,
        ),
    ],
    ['logoutEverywhere', () => mutate('mutation { logoutEverywhere { loggedOut } }', {}, home.userToken)],
    [
      'a change of role by hand',
      (id: string) =>
        server.database.pool.query("UPDATE users SET role = 'admin' WHERE id = $1", [uuidOf(id)]),
    ],
  ])('of a person ends within 2 seconds after %s, on every instance', async (_what, change) => {
    home = await createHome(server);
    const sessionId = await startCook(server, home);
    const connections = await openOnBoth(home.userToken, FEED, { sessionId });
    await expectClosed(connections, () => change(home.userId) as Promise<unknown>);
    expect((await server.post('{ viewer { id } }', {}, home.userToken)).errors?.[0]?.extensions.code).toBe(
      'UNAUTHENTICATED',
    );
  });

  it('of a sign-in ends within 2 seconds after logout, others go on', async () => {
    home = await createHome(server);
    const sessionId = await startCook(server, home);
    const { data } = await server.post(
      'mutation ($email: String!) { login(input: { email: $email, password: "long enough 1" }) { accessToken refreshToken } }',
      { email: home.email },
    );
    const connections = await openOnBoth(data.login.accessToken, FEED, { sessionId });
    const stay = await openOnBoth(home.userToken, FEED, { sessionId });
    await expectClosed(connections, () =>
      mutate('mutation ($token: String!) { logout(input: { refreshToken: $token }) { loggedOut } }', {
        token: data.login.refreshToken,
      }),
    );
    for (const { ws } of stay.sockets) expect(ws.readyState).toBe(ws.OPEN);
    for (const { ws } of stay.sockets) ws.close();
    for (const stream of stay.streams) stream.stop();
  });

  it.each([
    [
      'its appliance was unpaired',
      () =>
        mutate(
          'mutation ($id: ID!) { unpairAppliance(input: { applianceId: $id }) { unpairedId } }',
          { id: home.applianceId },
          home.userToken,
        ),
    ],
    [
      'it was enrolled again',
      () =>
        mutate(
          'mutation ($device: EnrollApplianceInput!) { enrollAppliances(input: { appliances: [$device] }) { enrolled { deviceId } } }',
          { device: { deviceId: home.deviceId, serialNumber: `SN-${home.deviceId}` } },
          admin.userToken,
        ),
    ],
    [
      'it registered anew',
      () =>
        mutate(
          'mutation ($input: RegisterApplianceInput!) { registerAppliance(input: $input) { deviceToken } }',
          { input: { deviceId: home.deviceId, serialNumber: `SN-${home.deviceId}` } },
          home.deviceToken,
        ),
    ],
    [
      'it was given to somebody else by hand',
      async () => {
        const buyer = await createHome(server);
        await server.database.pool.query('UPDATE appliances SET user_id = $2 WHERE id = $1', [
          uuidOf(home.applianceId),
          uuidOf(buyer.userId),
        ]);
      },
    ],
  ])('of a device ends within 2 seconds after %s, on every instance', async (_what, change) => {
    home = await createHome(server);
    const connections = await openOnBoth(home.deviceToken, UPDATES);
    await expectClosed(connections, change);
  });

  it('of a device that comes to a home goes on, with what it may do now', async () => {
    const unpaired = (
      await server.post(
        'mutation { registerAppliance(input: { deviceId: "EPIC-77", serialNumber: "SN-77" }) { deviceToken pairingCode } }',
      )
    ).data.registerAppliance;
    const socket = await openRawSocket(server.url, unpaired.deviceToken);
    const query = '{ thisAppliance { deviceId } }';
    const ask = async (id: string) => {
      socket.send({ type: 'subscribe', id, payload: { query } });
      await expect.poll(() => socket.messages.some((message) => message.id === id)).toBe(true);
      return socket.messages.find((message) => message.id === id)?.payload.data?.thisAppliance ?? null;
    };
    expect(await ask('before')).toBeNull();
    const person = await createHome(server);
    await mutate(
      'mutation ($code: String!) { pairAppliance(input: { pairingCode: $code }) { appliance { id } } }',
      { code: unpaired.pairingCode },
      person.userToken,
    );
    let tries = 0;
    await expect.poll(() => ask(`after ${tries++}`), { timeout: LIMIT_MS }).toEqual({ deviceId: 'EPIC-77' });
    socket.ws.close();
  });

  it('of a device that was paired a moment ago is not closed for that', async () => {
    home = await createHome(server);
    const socket = await openRawSocket(server.url, home.deviceToken);
    // By the time that another change has closed a socket, the pairing has been heard of too.
    const witness = await createHome(server);
    const connections = await openOnBoth(witness.deviceToken, UPDATES);
    await expectClosed(connections, () =>
      server.database.pool.query('UPDATE appliances SET unpaired_at = now() WHERE id = $1', [
        uuidOf(witness.applianceId),
      ]),
    );
    expect(socket.ws.readyState).toBe(socket.ws.OPEN);
    socket.ws.close();
  });

  it.each([
    [
      'a person',
      () => home.userToken,
      () =>
        server.database.pool.query('UPDATE users SET is_active = false WHERE id = $1', [uuidOf(home.userId)]),
    ],
    [
      'a device',
      () => home.deviceToken,
      () =>
        server.database.pool.query('UPDATE appliances SET unpaired_at = now() WHERE id = $1', [
          uuidOf(home.applianceId),
        ]),
    ],
  ])(
    'of %s that is still being opened when the right to it ends does not last',
    async (_who, token, change) => {
      home = await createHome(server);
      const sessionId = await startCook(server, home);
      const witness = await createHome(server);
      const connections = await openOnBoth(witness.userToken, UPDATES);
      const blocker = await server.database.pool.connect();
      await blocker.query('BEGIN');
      // Who is asking is known by then; what they may see is looked up here.
      await blocker.query('LOCK TABLE cooking_sessions IN ACCESS EXCLUSIVE MODE');
      const opening = openStream(other.url, FEED, { sessionId }, token());
      await expect
        .poll(async () => {
          const { rows } = await server.database.pool.query(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
          );
          return rows.length;
        })
        .toBeGreaterThan(0);
      await change();
      await expectClosed(connections, () =>
        server.database.pool.query('UPDATE users SET is_active = false WHERE id = $1', [
          uuidOf(witness.userId),
        ]),
      );
      await blocker.query('ROLLBACK');
      blocker.release();
      const stream = await opening.catch(() => undefined); // broken off before its head was sent
      await stream?.ended;
      expect(stream?.text() ?? '').not.toContain('event: complete');
    },
  );

  it('is not closed for what concerns somebody else', async () => {
    home = await createHome(server);
    const { sockets, streams } = await openOnBoth(home.userToken, UPDATES);
    const witness = await createHome(server);
    const connections = await openOnBoth(witness.userToken, UPDATES);
    await expectClosed(connections, () =>
      mutate(
        'mutation ($userId: ID!) { setUserActive(input: { userId: $userId, isActive: false }) { user { id } } }',
        { userId: globalId('User', uuidOf(witness.userId)) },
        admin.userToken,
      ),
    );
    for (const { ws } of sockets) expect(ws.readyState).toBe(ws.OPEN);
    for (const { ws } of sockets) ws.close();
    for (const stream of streams) stream.stop();
  });

  it('is not needed for a device to be refused: its HTTP requests are too within 2 seconds, on every instance', async () => {
    const sold = await createHome(server);
    const ask = async (url: string) => {
      const { data, errors } = await postGraphQL<{ thisAppliance: { id: string } | null }>(
        url,
        '{ thisAppliance { id } }',
        {},
        sold.deviceToken,
      );
      return data?.thisAppliance?.id ?? errors?.[0]?.extensions.code ?? null;
    };
    const urls = [server.url, other.url];
    for (const url of urls) expect(await ask(url)).toBe(sold.applianceId); // and remembered
    await server.database.pool.query('UPDATE appliances SET unpaired_at = now() WHERE id = $1', [
      uuidOf(sold.applianceId),
    ]);
    for (const url of urls) await expect.poll(() => ask(url), { timeout: LIMIT_MS }).toBeNull();
    await server.database.pool.query(
      'UPDATE device_registrations SET token_hash = NULL WHERE appliance_id = $1',
      [uuidOf(sold.applianceId)],
    );
    for (const url of urls) expect(await ask(url)).toBe('UNAUTHENTICATED');
  });
});
