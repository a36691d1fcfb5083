import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { watch } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { createSocketClient, startInstance, startTestServer, type TestServer } from '../_util/server.js';

describe('two instances on one database', () => {
  let server: TestServer;
  let other: App;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    other = await startInstance(server.database);
    home = await createHome(server);
  });
  afterAll(async () => {
    await other.stop();
    await server.stop();
  });

  it('show a viewer on one what a device tells the other, well before the poll would', async () => {
    const sessionId = await startCook(server, home);
    const device = deviceClock();
    const client = createSocketClient(other.url, home.userToken);
    const viewer = watch(client, { sessionId });
    await viewer.until(1);
    const lags: number[] = [];
    for (let i = 1; i <= 10; i++) {
      const sentAt = performance.now();
      await record(server, home, [device.temperature(sessionId, 50 + i)]);
      await viewer.until(1 + i);
      lags.push(performance.now() - sentAt);
    }
    expect(Math.max(...lags)).toBeLessThan(1000);
    expect(viewer.entries.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await record(server, home, [device.status(sessionId, 'ABORTED')]);
    await viewer.done;
    await client.dispose();
  });

  it('lose nothing when the LISTEN connection is killed, and find it again', async () => {
    const sessionId = await startCook(server, home);
    const device = deviceClock();
    const client = createSocketClient(other.url, home.userToken);
    const viewer = watch(client, { sessionId });
    await viewer.until(1);
    await server.database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' OR query LIKE 'SELECT 1%' AND datname = current_database() AND pid <> pg_backend_pid()`,
    );
    for (let i = 0; i < 20; i++) await record(server, home, [device.temperature(sessionId, 50 + i)]);
    const entries = await viewer.until(21);
    expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 21 }, (_, i) => i));
    await expect.poll(() => other.services.live.isConnected(), { timeout: 5000 }).toBe(true);
    await record(server, home, [device.status(sessionId, 'ABORTED')]);
    await viewer.done;
    await client.dispose();
  });
});
