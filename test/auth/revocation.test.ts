import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { FEED } from '../_util/feed.js';
import { createHome, startCook, type TestHome } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { openRawSocket, type RawSocket } from '../_util/raw-socket.js';
import { postGraphQL, startInstance, startTestServer, type TestServer } from '../_util/server.js';

const LIMIT_MS = 2_000;

/** Two instances, of which the other hears nothing over the bus: what is revoked must reach it all the same. */
describe('a live connection', () => {
  let server: TestServer;
  let other: App;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    other = await startInstance(server.database);
  });
  afterAll(async () => {
    await other.stop();
    await server.stop();
  });

  /** A socket on each instance, both following a cook. */
  async function watchOnBoth(token: string, sessionId: string): Promise<RawSocket[]> {
    const sockets = await Promise.all([server.url, other.url].map((url) => openRawSocket(url, token)));
    for (const socket of sockets) {
      socket.send({ type: 'subscribe', id: 'x', payload: { query: FEED, variables: { sessionId } } });
      await expect.poll(() => socket.messages.length).toBe(1);
    }
    return sockets;
  }

  async function expectClosed(sockets: RawSocket[], change: () => Promise<unknown>) {
    await change();
    const at = performance.now();
    for (const socket of sockets) expect((await socket.closed).code).toBe(4403);
    expect(performance.now() - at).toBeLessThan(LIMIT_MS);
    for (const socket of sockets) expect(socket.messages.every(({ type }) => type === 'next')).toBe(true);
  }

  const sql = (text: string, id: string) => server.database.pool.query(text, [uuidOf(id)]);

  it.each([
    ['deactivation', (id: string) => sql('UPDATE users SET is_active = false WHERE id = $1', id)],
    ['a change of role', (id: string) => sql("UPDATE users SET role = 'admin' WHERE id = $1", id)],
    ['another password', (id: string) => sql("UPDATE users SET password_hash = 'x' WHERE id = $1", id)],
  ])('of a person ends within 2 seconds after %s, on every instance', async (_what, change) => {
    home = await createHome(server);
    const sockets = await watchOnBoth(home.userToken, await startCook(server, home));
    await expectClosed(sockets, () => change(home.userId));
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
    const sockets = await watchOnBoth(data.login.accessToken, sessionId);
    const [stays] = await watchOnBoth(home.userToken, sessionId);
    await expectClosed(sockets, () =>
      server.post('mutation ($token: String!) { logout(input: { refreshToken: $token }) { loggedOut } }', {
        token: data.login.refreshToken,
      }),
    );
    expect(stays?.ws.readyState).toBe(stays?.ws.OPEN);
    stays?.ws.close();
  });

  it('of a device ends within 2 seconds after its appliance was unpaired, or it registered anew', async () => {
    for (const change of [
      () => sql('UPDATE appliances SET unpaired_at = now() WHERE id = $1', home.applianceId),
      () =>
        server.database.pool.query(
          "UPDATE device_registrations SET token_hash = '\\x00' WHERE device_id = $1",
          [home.deviceId],
        ),
    ]) {
      home = await createHome(server);
      const sockets = await Promise.all(
        [server.url, other.url].map((url) => openRawSocket(url, home.deviceToken)),
      );
      await expectClosed(sockets, change);
    }
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
    await server.post(
      'mutation ($code: String!) { pairAppliance(input: { pairingCode: $code }) { appliance { id } } }',
      { code: unpaired.pairingCode },
      person.userToken,
    );
    let tries = 0;
    await expect.poll(() => ask(`after ${tries++}`), { timeout: LIMIT_MS }).toEqual({ deviceId: 'EPIC-77' });
    socket.ws.close();
  });

  it('of a device that connects right after it came to a home goes on', async () => {
    home = await createHome(server);
    const device = await openRawSocket(server.url, home.deviceToken);
    // What was told of before a change that came later has been told.
    const other = await createHome(server);
    const person = await openRawSocket(server.url, other.userToken);
    await expectClosed([person], () => sql('UPDATE users SET is_active = false WHERE id = $1', other.userId));
    expect(device.ws.readyState).toBe(device.ws.OPEN);
    device.ws.close();
  });

  it('over SSE breaks off within 2 seconds, without complete', async () => {
    home = await createHome(server);
    const sessionId = await startCook(server, home);
    const response = await fetch(`${other.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${home.userToken}`,
      },
      body: JSON.stringify({ query: FEED, variables: { sessionId } }),
    });
    const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    let text = '';
    const read = (async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        text += Buffer.from(value).toString();
      }
    })().catch(() => {});
    await expect.poll(() => text).toContain('SessionSnapshot');
    await sql('UPDATE users SET is_active = false WHERE id = $1', home.userId);
    const at = performance.now();
    await read;
    expect(performance.now() - at).toBeLessThan(LIMIT_MS);
    expect(text).not.toContain('event: complete');
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
    await sql('UPDATE appliances SET unpaired_at = now() WHERE id = $1', sold.applianceId);
    for (const url of urls) await expect.poll(() => ask(url), { timeout: LIMIT_MS }).toBeNull();
    await server.database.pool.query(
      'UPDATE device_registrations SET token_hash = NULL WHERE appliance_id = $1',
      [uuidOf(sold.applianceId)],
    );
    for (const url of urls) expect(await ask(url)).toBe('UNAUTHENTICATED');
  });
});
