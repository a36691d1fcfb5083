import { type Client, createClient } from 'graphql-sse';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FEED } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { readMetric } from '../_util/metrics.js';
import { startTestServer, type TestServer } from '../_util/server.js';

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever their document asks for
type Result = any;

/** Each operation over a connection of its own, by the client that others use. */
describe('the client of graphql-sse', () => {
  let server: TestServer;
  let home: TestHome;
  const clients: Client[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.dispose();
  });
  afterAll(() => server.stop());

  function connect(token?: string): Client {
    const client = createClient({
      url: `${server.url}/graphql`,
      retryAttempts: 0,
      ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
    });
    clients.push(client);
    return client;
  }

  /** Subscribes; `done` resolves when the stream is complete. */
  function subscribe(client: Client, query: string, variables: Record<string, unknown> = {}) {
    const results: Result[] = [];
    let stop = () => {};
    const done = new Promise<void>((resolve, reject) => {
      stop = client.subscribe(
        { query, variables },
        { next: (result) => results.push(result), error: reject, complete: resolve },
      );
    });
    return { results, done, stop };
  }

  it('follows a cook from the snapshot to its end', async () => {
    const sessionId = await startCook(server, home);
    const clock = deviceClock();
    const { results, done } = subscribe(connect(home.userToken), FEED, { sessionId });
    await expect.poll(() => results.length, { timeout: 10_000 }).toBe(1);
    await record(server, home, [
      clock.status(sessionId, 'COOKING'),
      clock.temperature(sessionId, 120),
      clock.status(sessionId, 'COMPLETED'),
    ]);
    await done;
    const entries = results.map(({ data }) => data.cookingSessionEvents);
    expect(entries.map(({ __typename }) => __typename)).toEqual([
      'SessionSnapshot',
      'StatusEvent',
      'TemperatureEvent',
      'StatusEvent',
    ]);
    expect(entries.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
  });

  it('gets the answer to a query, and completes', async () => {
    const { results, done } = subscribe(connect(home.userToken), '{ viewer { name } }');
    await done;
    expect(results).toEqual([{ data: { viewer: { name: expect.any(String) } } }]);
  });

  it.each([
    ['a cook of nobody', () => FEED, { sessionId: 'x' }],
    ['a syntax error', () => '{', {}],
  ])('is told of %s by a code', async (_, document, variables) => {
    const { results, done } = subscribe(connect(home.userToken), document(), variables);
    const failure = await done.catch((error: unknown) => error);
    const codes = JSON.stringify([failure, results]);
    expect(codes).toMatch(/"code":"(VALIDATION_ERROR|NOT_FOUND|GRAPHQL_PARSE_FAILED)"/);
  });

  it('lets its feed go when it goes away', async () => {
    const other = await createHome(server);
    const sessionId = await startCook(server, other);
    const { results, stop } = subscribe(connect(other.userToken), FEED, { sessionId });
    await expect.poll(() => results.length, { timeout: 10_000 }).toBe(1);
    expect(await readMetric(server.url, 'epicura_viewers')).toBe(1);
    stop();
    await expect.poll(() => readMetric(server.url, 'epicura_viewers'), { timeout: 10_000 }).toBe(0);
  });
});
