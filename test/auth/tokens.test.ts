import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Keys } from '../../src/auth/keys.js';
import { refusalOf } from '../_util/answers.js';
import { createHome, type TestHome } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { TEST_SECRET as SECRET, signToken } from '../_util/tokens.js';

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  let server: TestServer;
  let home: TestHome;
  let refreshToken: string;
  let bad: Record<string, string>;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    const { data } = await server.post(
      'mutation ($email: String!) { login(input: { email: $email, password: "long enough 1" }) { refreshToken } }',
      { email: home.email },
    );
    refreshToken = data.login.refreshToken;
    bad = await badAuthorizations();
  });
  afterAll(() => server.stop());

  const claims = () => ({
    sub: uuidOf(home.userId),
    role: 'admin',
    ver: 1,
    sid: randomUUID(),
    iss: 'epicura',
    aud: 'epicura-api',
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(Date.now() / 1000) + 900,
  });

  const sign = (change: object, key = SECRET, header: object = {}) =>
    signToken({ ...claims(), ...change }, key, header);

  async function badAuthorizations(): Promise<Record<string, string>> {
    const good = home.userToken;
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const none = { alg: 'none', typ: 'at+jwt' };
    const hs512 = `${base64url({ alg: 'HS512', typ: 'at+jwt' })}.${base64url(claims())}`;
    const second = Math.floor(Date.now() / 1000);
    return {
      'an empty one': '',
      'a bare scheme': 'Bearer',
      'a scheme and a space': 'Bearer ',
      'one without the scheme': good,
      'one of another scheme': `Basic ${good}`,
      'two in one': `Bearer ${good}, Bearer ${good}`,
      'one that is cut': `Bearer ${good.slice(0, -1)}`,
      'one without its signature': `Bearer ${header}.${payload}.`,
      'one of two parts': `Bearer ${header}.${payload}`,
      'alg none': `Bearer ${base64url(none)}.${base64url(claims())}.`,
      'alg none with a signature': `Bearer ${base64url(none)}.${base64url(claims())}.${signature}`,
      'alg NONE': `Bearer ${base64url({ ...none, alg: 'NONE' })}.${base64url(claims())}.`,
      'another algorithm': `Bearer ${hs512}.${createHmac('sha512', SECRET).update(hs512).digest('base64url')}`,
      'changed claims': `Bearer ${header}.${base64url(claims())}.${signature}`,
      'another key': `Bearer ${await sign({}, 'another secret that is also long enough')}`,
      'an empty issuer': `Bearer ${await sign({ iss: '' })}`,
      'another issuer': `Bearer ${await sign({ iss: 'somebody' })}`,
      'another audience': `Bearer ${await sign({ aud: 'epicura-refresh' })}`,
      'another purpose': `Bearer ${await sign({}, SECRET, { typ: 'JWT' })}`,
      'no subject': `Bearer ${await sign({ sub: undefined })}`,
      'no expiry': `Bearer ${await sign({ exp: undefined })}`,
      'no role': `Bearer ${await sign({ role: undefined })}`,
      'no version': `Bearer ${await sign({ ver: undefined })}`,
      'no sign-in': `Bearer ${await sign({ sid: undefined })}`,
      'no key': `Bearer ${await sign({}, SECRET, { kid: undefined })}`,
      'the name of our key, but another': `Bearer ${await sign({}, 'another secret that is also long enough', { kid: new Keys(SECRET).signing.id })}`,
      'an expired one': `Bearer ${await sign({ iat: second - 1000, exp: second - 1 })}`,
      'a critical header': `Bearer ${await sign({}, SECRET, { crit: ['exp'], exp: 1 }).catch(() => 'x')}`,
      'a refresh token': `Bearer ${refreshToken}`,
      'an unknown device token': `Bearer epd_${'A'.repeat(43)}`,
      'a device token that is cut': `Bearer ${home.deviceToken.slice(0, -1)}`,
      'a device token without its prefix': `Bearer ${home.deviceToken.slice(4)}`,
      'a huge one': `Bearer ${'x'.repeat(8_000)}`,
    };
  }

  const FIELDS = '{ viewer { id } recipes(first: 1) { edges { cursor } } }';

  it('of a person and of a device signs in, over HTTP and over WebSocket, in any case of "Bearer"', async () => {
    for (const token of [home.userToken, home.deviceToken]) {
      for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
        const answer = await post(`${scheme} ${token}`);
        expect(answer).toMatchObject({ status: 200 });
        expect(await closeCodeOf({ authorization: `${scheme} ${token}` })).toBe('acknowledged');
      }
    }
    expect(await closeCodeOf(undefined)).toBe('acknowledged');
    expect(await closeCodeOf({})).toBe('acknowledged');
  });

  it('that is bad is UNAUTHENTICATED over HTTP, whatever was asked for', async () => {
    for (const [what, authorization] of Object.entries(bad)) {
      if (authorization === '') continue; // HTTP has no difference between an empty header and none
      const { status, body } = await post(authorization);
      expect(status, what).toBe(401);
      expect(body.data, what).toBeUndefined();
      expect(refusalOf(body).code, what).toBe('UNAUTHENTICATED');
    }
  });

  it('that is bad is UNAUTHENTICATED over SSE', async () => {
    for (const [what, authorization] of Object.entries(bad)) {
      if (authorization === '') continue;
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization },
        body: JSON.stringify({ query: 'subscription { applianceUpdated { id } }' }),
      });
      expect(response.status, what).toBe(401);
      expect(await response.text(), what).toContain('UNAUTHENTICATED');
    }
  });

  it('that is bad closes a WebSocket with 4403', async () => {
    for (const [what, authorization] of Object.entries(bad)) {
      expect(await closeCodeOf({ authorization }), what).toBe(4403);
    }
  });

  it('that is no text closes a WebSocket with 4403', async () => {
    for (const authorization of [5, true, ['Bearer x'], { token: 'x' }]) {
      expect(await closeCodeOf({ authorization }), JSON.stringify(authorization)).toBe(4403);
    }
  });

  it('does not make an administrator of somebody by a role that does not exist', async () => {
    const token = await sign({ role: 'superuser', sub: randomUUID() });
    const { data } = await server.post(
      'query ($id: ID!) { node(id: $id) { id } }',
      { id: home.userId },
      token,
    );
    expect(data).toEqual({ node: null });
  });

  it('of a person who is gone gives no viewer', async () => {
    const token = await sign({ role: 'user', sub: randomUUID() });
    expect(await server.post('{ viewer { id } }', {}, token)).toEqual({ data: { viewer: null } });
  });

  it('of a device that registered anew is void', async () => {
    const other = await createHome(server);
    const again = await server.post(
      `mutation ($deviceId: String!, $serialNumber: String!) {
         registerAppliance(input: { deviceId: $deviceId, serialNumber: $serialNumber }) { deviceToken }
       }`,
      { deviceId: other.deviceId, serialNumber: `SN-${other.deviceId}` },
      other.deviceToken,
    );
    const { deviceToken } = again.data.registerAppliance;
    expect((await post(`Bearer ${other.deviceToken}`)).status).toBe(401);
    const { data } = await server.post('{ thisAppliance { id } }', {}, deviceToken);
    expect(data.thisAppliance.id).toBe(other.applianceId);
  });

  async function post(authorization: string) {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        authorization,
      },
      body: JSON.stringify({ query: FIELDS }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** How the server takes a `connection_init`: its close code, or 'acknowledged'. */
  function closeCodeOf(payload: object | undefined): Promise<number | 'acknowledged'> {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    return new Promise((resolve, reject) => {
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })));
      socket.on('message', () => {
        resolve('acknowledged');
        socket.close();
      });
      socket.on('close', (code) => resolve(code));
      socket.on('error', reject);
    });
  }
});
