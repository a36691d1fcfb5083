import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEED } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook } from '../_util/home.js';
import { readMetric } from '../_util/metrics.js';
import { connectRawSocket, openRawSocket, type RawSocket } from '../_util/raw-socket.js';
import { startTestServer, type TestServer } from '../_util/server.js';

/** The cases of the protocol's own document, message by message over a bare socket. */
describe('graphql-transport-ws', () => {
  let server: TestServer;
  const open: RawSocket[] = [];

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    for (const { ws } of open) ws.terminate();
    await server.stop();
  });

  async function connect(): Promise<RawSocket> {
    const socket = await connectRawSocket(server.url);
    open.push(socket);
    return socket;
  }

  async function acknowledged(token?: string): Promise<RawSocket> {
    const socket = await openRawSocket(server.url, token);
    open.push(socket);
    return socket;
  }

  const until = (socket: RawSocket, count: number) =>
    expect.poll(() => socket.messages.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);

  const query = (id: string, text = '{ __typename }') => ({
    id,
    type: 'subscribe',
    payload: { query: text },
  });
  const answer = (id: string) => ({ id, type: 'next', payload: { data: { __typename: 'Query' } } });

  describe('closes', () => {
    it('with 4408 when no init comes within ten seconds', async () => {
      const socket = await connect();
      expect((await socket.closed).code).toBe(4408);
    }, 20_000);

    it('with 4429 at a second init', async () => {
      const socket = await acknowledged();
      socket.send({ type: 'connection_init' });
      expect((await socket.closed).code).toBe(4429);
    });

    it('with 4401 at a subscribe before the acknowledgement', async () => {
      const socket = await connect();
      socket.send(query('1'));
      expect((await socket.closed).code).toBe(4401);
    });

    it('with 4409 at an id that is in use', async () => {
      const home = await createHome(server);
      const sessionId = await startCook(server, home);
      const socket = await acknowledged(home.userToken);
      const feed = { id: 'x', type: 'subscribe', payload: { query: FEED, variables: { sessionId } } };
      socket.send(feed);
      await until(socket, 1);
      socket.send(feed);
      expect((await socket.closed).code).toBe(4409);
    });

    it.each(['Bearer nonsense', 'Basic dXNlcjpwYXNz', '', 7, null])(
      'with 4403 at an init whose authorization is %j',
      async (authorization) => {
        const socket = await connect();
        socket.send({ type: 'connection_init', payload: { authorization } });
        expect((await socket.closed).code).toBe(4403);
      },
    );

    it('with 1009 at a frame of more than 256 KB, and takes one of 250 KB', async () => {
      const socket = await acknowledged();
      socket.send(query('1', `{ __typename } #${' '.repeat(250 * 1024)}`));
      await until(socket, 2);
      socket.ws.send('x'.repeat(256 * 1024 + 1));
      expect((await socket.closed).code).toBe(1009);
    });

    it.each([
      ['no JSON', 'nonsense'],
      ['an empty text', ''],
      ['an array', '[]'],
      ['null', 'null'],
      ['no type', '{}'],
      ['an unknown type', '{ "type": "start" }'],
      ['a type that is no text', '{ "type": 1 }'],
      ['a payload of the init that is no object', '{ "type": "connection_init", "payload": [] }'],
      ['a ping with a payload that is no object', '{ "type": "ping", "payload": "x" }'],
      ['a subscribe without an id', '{ "type": "subscribe", "payload": { "query": "{ __typename }" } }'],
      [
        'a subscribe with an empty id',
        '{ "id": "", "type": "subscribe", "payload": { "query": "{ __typename }" } }',
      ],
      [
        'a subscribe with an id that is no text',
        '{ "id": 1, "type": "subscribe", "payload": { "query": "{ __typename }" } }',
      ],
      ['a subscribe without a payload', '{ "id": "1", "type": "subscribe" }'],
      ['a subscribe without a query', '{ "id": "1", "type": "subscribe", "payload": {} }'],
      ['a query that is no text', '{ "id": "1", "type": "subscribe", "payload": { "query": 1 } }'],
      [
        'variables that are no object',
        '{ "id": "1", "type": "subscribe", "payload": { "query": "{ __typename }", "variables": "x" } }',
      ],
      [
        'an operation name that is no text',
        '{ "id": "1", "type": "subscribe", "payload": { "query": "{ __typename }", "operationName": 1 } }',
      ],
      ['a complete without an id', '{ "type": "complete" }'],
      ['a next, which is the server’s', '{ "id": "1", "type": "next", "payload": { "data": null } }'],
      ['an acknowledgement, which is the server’s', '{ "type": "connection_ack" }'],
    ])('with 4400 at %s', async (_, text) => {
      const socket = await acknowledged();
      socket.ws.send(text);
      expect((await socket.closed).code).toBe(4400);
    });
  });

  it.each([['graphql-ws'], ['nonsense'], [[] as string[]]])(
    'is the only subprotocol: %j is refused',
    async (protocols) => {
      const socket = await connectRawSocket(server.url, protocols).catch((error: Error) => error);
      if (socket instanceof Error) return; // at the handshake
      expect((await socket.closed).code).toBe(4406);
    },
  );

  it('is chosen among several subprotocols', async () => {
    const socket = await connectRawSocket(server.url, ['graphql-ws', 'graphql-transport-ws']);
    open.push(socket);
    expect(socket.ws.protocol).toBe('graphql-transport-ws');
  });

  it('acknowledges an init without a payload, as anonymous', async () => {
    const socket = await connect();
    socket.send({ type: 'connection_init' });
    await until(socket, 1);
    expect(socket.messages).toEqual([{ type: 'connection_ack' }]);
    socket.send(query('1', '{ viewer { id } }'));
    await until(socket, 3);
    expect(socket.messages[1]).toEqual({ id: '1', type: 'next', payload: { data: { viewer: null } } });
  });

  it('answers a ping with a pong that carries its payload, before and after the init', async () => {
    const socket = await connect();
    socket.send({ type: 'ping' });
    socket.send({ type: 'ping', payload: { at: 1 } });
    await until(socket, 2);
    expect(socket.messages).toEqual([{ type: 'pong' }, { type: 'pong', payload: { at: 1 } }]);
    socket.send({ type: 'connection_init' });
    socket.send({ type: 'ping' });
    socket.send({ type: 'pong' }); // unasked, and nobody minds
    await until(socket, 4);
    expect(
      socket.messages
        .slice(2)
        .map(({ type }) => type)
        .sort(),
    ).toEqual(['connection_ack', 'pong']);
  });

  it('answers a query with one next and a complete', async () => {
    const socket = await acknowledged();
    socket.send(query('a'));
    await until(socket, 2);
    expect(socket.messages).toEqual([answer('a'), { id: 'a', type: 'complete' }]);
  });

  it('takes an id again once its operation is complete', async () => {
    const socket = await acknowledged();
    for (let i = 1; i <= 3; i++) {
      socket.send(query('again'));
      await until(socket, 2 * i);
    }
    expect(socket.messages).toEqual(
      [1, 2, 3].flatMap(() => [answer('again'), { id: 'again', type: 'complete' }]),
    );
  });

  it.each([
    ['a syntax error', '{', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a missing variable', 'query ($id: ID!) { recipe(id: $id) { id } }', 'BAD_USER_INPUT'],
    [
      'a subscription that could have no field',
      'subscription { ...F } fragment F on Subscription { applianceUpdated @skip(if: true) { id } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a subscription of nobody', 'subscription { applianceUpdated { id } }', 'UNAUTHENTICATED'],
    [
      'a cook that is not there',
      'subscription { cookingSessionEvents(sessionId: "x") { sequence } }',
      'UNAUTHENTICATED',
    ],
  ])('tells %s by an error, without a complete, and lives on', async (_, text, code) => {
    const socket = await acknowledged();
    socket.send(query('bad', text));
    socket.send(query('good'));
    await until(socket, 3);
    const told = socket.messages.filter(({ id }) => id === 'bad');
    if (told[0].type === 'next') {
      // An error of execution comes inside of the answer.
      expect(told[0].payload.errors[0].extensions.code).toBe(code);
    } else {
      expect(told).toEqual([{ id: 'bad', type: 'error', payload: expect.any(Array) }]);
      expect(told[0].payload[0].extensions.code).toBe(code);
    }
    await expect.poll(() => socket.messages).toContainEqual(answer('good'));
    socket.send(query('bad')); // the id is free again
    await expect.poll(() => socket.messages).toContainEqual(answer('bad'));
  });

  it('carries many operations at once, each answered under its id', async () => {
    const socket = await acknowledged();
    const ids = Array.from({ length: 20 }, (_, i) => `op ${i}`);
    for (const id of ids) socket.send(query(id, '{ recipes(first: 1) { edges { node { name } } } }'));
    await until(socket, 40);
    for (const id of ids) {
      expect(socket.messages.filter((message) => message.id === id).map(({ type }) => type)).toEqual([
        'next',
        'complete',
      ]);
    }
  });

  it('ends a feed at the client’s complete, says nothing more of it, and lets it go', async () => {
    const home = await createHome(server);
    const sessionId = await startCook(server, home);
    const clock = deviceClock();
    const socket = await acknowledged(home.userToken);
    const subscribe = (id: string) =>
      socket.send({ id, type: 'subscribe', payload: { query: FEED, variables: { sessionId } } });
    subscribe('ends');
    subscribe('stays');
    await until(socket, 2);
    socket.send({ id: 'ends', type: 'complete' });
    socket.send({ id: 'never was', type: 'complete' });
    await expect.poll(() => readMetric(server.url, 'epicura_viewers'), { timeout: 10_000 }).toBe(1);
    await record(server, home, [clock.temperature(sessionId, 90)]);
    await until(socket, 3);
    expect(socket.messages.slice(2).map(({ id }) => id)).toEqual(['stays']);
    subscribe('ends'); // the id is free again
    await until(socket, 4);
    expect(socket.messages.at(-1)).toMatchObject({ id: 'ends', type: 'next' });
  });

  it('survives a complete that crosses its answer', async () => {
    const socket = await acknowledged();
    for (let i = 0; i < 50; i++) {
      socket.send(query(`${i}`, '{ recipes(first: 1) { edges { node { name } } } }'));
      socket.send({ id: `${i}`, type: 'complete' });
    }
    socket.send(query('after'));
    await expect.poll(() => socket.messages, { timeout: 10_000 }).toContainEqual(answer('after'));
    expect(socket.messages.every(({ type }) => type !== 'error')).toBe(true);
  });

  it('takes a subscribe and its complete in one turn without leaving a feed behind', async () => {
    const home = await createHome(server);
    const sessionId = await startCook(server, home);
    const socket = await acknowledged(home.userToken);
    const before = await readMetric(server.url, 'epicura_viewers');
    for (let i = 0; i < 20; i++) {
      socket.send({ id: `${i}`, type: 'subscribe', payload: { query: FEED, variables: { sessionId } } });
      socket.send({ id: `${i}`, type: 'complete' });
    }
    socket.send(query('after'));
    await expect.poll(() => socket.messages, { timeout: 10_000 }).toContainEqual(answer('after'));
    await expect.poll(() => readMetric(server.url, 'epicura_viewers'), { timeout: 10_000 }).toBe(before);
  });

  it('reads a binary frame like a text', async () => {
    const socket = await acknowledged();
    socket.ws.send(Buffer.from(JSON.stringify(query('b'))));
    await until(socket, 2);
    expect(socket.messages[0]).toEqual(answer('b'));
  });
});
