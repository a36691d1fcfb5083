import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEED } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { readMetric } from '../_util/metrics.js';
import { openRawSocket, type RawSocket } from '../_util/raw-socket.js';
import { startTestServer, type TestServer } from '../_util/server.js';

describe('an id that is used again right after its operation was taken back', () => {
  let server: TestServer;
  let home: TestHome;
  const sockets: RawSocket[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterAll(async () => {
    for (const { ws } of sockets) ws.terminate();
    await server.stop();
  });

  async function open(): Promise<RawSocket> {
    const socket = await openRawSocket(server.url, home.userToken);
    sockets.push(socket);
    return socket;
  }

  /** Sends messages so that they arrive in one piece. */
  function sendTogether({ ws }: RawSocket, ...messages: object[]): void {
    // biome-ignore lint/suspicious/noExplicitAny: the types do not know the socket below
    const { _socket: stream } = ws as any;
    stream.cork();
    for (const message of messages) ws.send(JSON.stringify(message));
    stream.uncork();
  }

  const subscribe = (id: string, query: string, variables: object = {}) => ({
    id,
    type: 'subscribe',
    payload: { query, variables },
  });
  const complete = (id: string) => ({ id, type: 'complete' });
  const until = (socket: RawSocket, count: number) =>
    expect.poll(() => socket.messages.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);

  it('names the new feed alone, which sees each event once, and leaves nothing of the former', async () => {
    const owner = await createHome(server);
    const sessionId = await startCook(server, owner);
    const clock = deviceClock();
    const socket = await openRawSocket(server.url, owner.userToken);
    sockets.push(socket);
    const feed = subscribe('1', FEED, { sessionId });
    sendTogether(socket, feed, complete('1'), feed, complete('1'), feed);
    await until(socket, 1);
    await record(server, owner, [clock.temperature(sessionId, 80), clock.temperature(sessionId, 81)]);
    await until(socket, 3);
    expect(await readMetric(server.url, 'epicura_viewers')).toBe(1);
    // While it runs, it is taken back and asked for again in one piece.
    sendTogether(socket, complete('1'), feed);
    await until(socket, 4);
    await record(server, owner, [clock.temperature(sessionId, 82)]);
    await until(socket, 5);
    const entries = socket.messages.map(({ type, payload }) => [
      type,
      payload?.data.cookingSessionEvents.sequence,
    ]);
    expect(entries).toEqual([
      ['next', 0],
      ['next', 1],
      ['next', 2],
      ['next', 2],
      ['next', 3],
    ]);
    expect(await readMetric(server.url, 'epicura_viewers')).toBe(1);
    socket.ws.close();
    await expect.poll(() => readMetric(server.url, 'epicura_viewers'), { timeout: 10_000 }).toBe(0);
  });

  it('gets the answer to the new query, not to the former', async () => {
    const socket = await open();
    for (let i = 0; i < 20; i++) {
      sendTogether(
        socket,
        subscribe('q', '{ former: viewer { name } recipes(first: 1) { totalCount } }'),
        complete('q'),
        subscribe('q', '{ __typename }'),
      );
      await expect.poll(() => socket.messages.at(-1)?.type, { timeout: 10_000 }).toBe('complete');
      const answers = socket.messages.splice(0).filter(({ type }) => type === 'next');
      expect(answers.at(-1).payload).toEqual({ data: { __typename: 'Query' } });
      expect(answers).toHaveLength(1);
    }
  });

  it('does not hold up other operations', async () => {
    const socket = await open();
    const blocker = await server.database.pool.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE recipes IN ACCESS EXCLUSIVE MODE');
    const slow = subscribe('slow', '{ recipes(first: 1) { totalCount } }');
    sendTogether(socket, slow, complete('slow'), slow, subscribe('other', '{ __typename }'));
    await until(socket, 2);
    expect(socket.messages.map(({ id }) => id)).toEqual(['other', 'other']);
    await blocker.query('ROLLBACK');
    blocker.release();
    await until(socket, 4);
    expect(socket.messages.slice(2).map(({ id, type }) => [id, type])).toEqual([
      ['slow', 'next'],
      ['slow', 'complete'],
    ]);
  });
});
