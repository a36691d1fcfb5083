import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { type ServerProcess, startProcess } from '../_util/process.js';

const SOCKETS = 200;
const MUTE = 20;
const SECRET = 'a secret that only tests know, long enough';

describe('SIGTERM with many sockets open', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let url: string;
  const mute: Socket[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    server = startProcess({ DATABASE_URL: database.url, JWT_SECRET: SECRET, RATE_LIMITS: 'off' });
    url = await server.url;
  });
  afterAll(async () => {
    for (const socket of mute) socket.destroy();
    if (server.child.exitCode === null) server.child.kill('SIGKILL');
    await server.exited;
    await database.drop();
  });

  it('makes /ready 503 at once, closes them with 1001 bit by bit, cuts off those that do not answer, and ends with 0 within 10 seconds', async () => {
    const sockets = Array.from(
      { length: SOCKETS },
      () => new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws'),
    );
    const closings = sockets.map(
      (socket) =>
        new Promise<{ code: number; at: number }>((resolve) =>
          socket.once('close', (code) => resolve({ code, at: performance.now() })),
        ),
    );
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('open', resolve))));
    for (let i = 0; i < MUTE; i += 1) mute.push(await openMute(url));

    // It waits for a lock while the server goes down.
    const client = await database.pool.connect();
    await client.query('BEGIN; LOCK TABLE recipes IN ACCESS EXCLUSIVE MODE');
    const underWay = fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ recipes { totalCount } }' }),
    }).then((response) => response.json());
    await expect
      .poll(
        async () =>
          (
            await database.pool.query(
              `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
            )
          ).rowCount,
        { timeout: 10_000 },
      )
      .toBe(1);

    const startedAt = performance.now();
    server.child.kill('SIGTERM');
    await expect
      .poll(async () => (await fetch(`${url}/ready`)).status, { interval: 20, timeout: 1_000 })
      .toBe(503);
    const answer = await fetch(`${url}/health`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await refusalOf(url)).toBe(503);
    await client.query('ROLLBACK');
    client.release();
    expect(await underWay).toEqual({ data: { recipes: { totalCount: 0 } } });

    const closed = await Promise.all(closings);
    expect(new Set(closed.map(({ code }) => code))).toEqual(new Set([1001]));
    const times = closed.map(({ at }) => at - startedAt).sort((a, b) => a - b);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(2_000);
    const perSecond = Array.from(
      { length: 10 },
      (_, second) => times.filter((ms) => Math.floor(ms / 1000) === second).length,
    );
    expect(Math.max(...perSecond), `${perSecond}`).toBeLessThan(SOCKETS / 2);

    expect(await server.exited).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(server.log()).not.toMatch(/"level":(50|60)/);
    expect(server.stderr()).toBe('');
  }, 40_000);
});

/** A WebSocket by hand, whose client never answers anything. */
function openMute(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on('error', reject);
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    );
    socket.once('data', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

function refusalOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.on('open', () => reject(new Error('a socket was opened')));
    socket.on('error', reject);
  });
}
