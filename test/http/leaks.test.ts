import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { FEED } from '../_util/feed.js';
import { createHome, startCook, type TestHome } from '../_util/home.js';
import { readMetric } from '../_util/metrics.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const CONNECTS = 1_000;
const AT_ONCE = 50;

describe('sockets that are killed', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterAll(() => server.stop());

  /** Goes as many steps as are asked for, on to the next as soon as the server has answered, then vanishes. */
  async function connectAndVanish(sessionId: string, steps: number): Promise<void> {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const gone = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => {});
    let heard = 0;
    let hear = () => {};
    socket.on('message', () => {
      heard += 1;
      hear();
    });
    const hears = async (messages: number) => {
      while (heard < messages) {
        await new Promise<void>((resolve) => {
          hear = resolve;
        });
      }
    };
    await new Promise<void>((resolve) => socket.once('open', () => resolve()));
    const authorization = `Bearer ${home.userToken}`;
    const walk: (() => unknown)[] = [
      () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })),
      () => hears(1),
      () => subscribe(socket, 'feed', FEED, { sessionId }),
      () => pause(Math.random() * 5),
      () => hears(2),
      () => subscribe(socket, 'home', 'subscription { applianceUpdated { id } }', {}),
      () => subscribe(socket, 'query', '{ viewer { name } }', {}),
    ];
    for (const step of walk.slice(0, steps)) await step();
    socket.terminate();
    await gone;
  }

  it(`${CONNECTS} times, in every state, leave no socket, feed, tail, timer or connection of the pool behind`, async () => {
    const sessions = await Promise.all([1, 2, 3].map(async () => createHome(server)));
    const cooks = await Promise.all([home, ...sessions].map((owner) => startCook(server, owner)));
    await connectAndVanish(cooks[0] as string, 7); // whatever is made once is made
    await settled();
    const before = resources();
    for (let done = 0; done < CONNECTS; done += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => connectAndVanish(cooks[i % 4] as string, i % 8)),
      );
    }
    await settled();
    await expect.poll(() => resources().timers, { timeout: 20_000 }).toBeLessThanOrEqual(before.timers);
    await expect.poll(() => resources().listeners, { timeout: 20_000 }).toEqual(before.listeners);
  }, 60_000);

  it('while their streams over SSE are opened, or later, leave no feed behind', async () => {
    const sessionId = await startCook(server, await createHome(server));
    const owner = await createHome(server);
    const own = await startCook(server, owner);
    for (let i = 0; i < 60; i++) {
      const abort = new AbortController();
      const asked = fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${owner.userToken}`,
        },
        body: JSON.stringify({ query: FEED, variables: { sessionId: i % 3 === 0 ? sessionId : own } }),
        signal: abort.signal,
      }).catch(() => {});
      await pause(Math.random() * 25);
      abort.abort();
      await asked;
    }
    await settled();
  }, 60_000);

  async function settled() {
    for (const name of ['epicura_sockets', 'epicura_viewers', 'epicura_watched_sessions']) {
      await expect.poll(() => readMetric(server.url, name), { message: name, timeout: 5_000 }).toBe(0);
    }
    const { pool } = server.app.services.db;
    await expect.poll(() => pool.totalCount - pool.idleCount).toBe(0);
    expect(server.app.services.live.appliances.size).toBe(0);
  }

  /** What keeps this process busy, connections of the pool apart, and who listens to it. */
  /** The timers that are nobody's: the pool has one for each idle connection, and lets go of both after minutes. */
  function resources() {
    const kinds = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    const { idleCount } = server.app.services.db.pool;
    const listeners = process.eventNames().map((name) => [name, process.listenerCount(name)]);
    return { timers: kinds.length - idleCount, listeners };
  }
});

function subscribe(socket: WebSocket, id: string, query: string, variables: object): void {
  socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query, variables } }));
}
