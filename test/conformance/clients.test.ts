import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App as Server } from '../../src/app.js';
import { createHome, deviceClock, insertRecipe, record, startCook } from '../_util/home.js';
import { uuidOf } from '../_util/people.js';
import { startInstance, startTestServer, type TestServer } from '../_util/server.js';
import { stablePort } from '../faults/ports.js';
import { createApolloApp } from './apps/apollo.js';
import { type Entry, SignIn } from './apps/app.js';
import { createUrqlApp } from './apps/urql.js';

const RECIPES = 23;

/** Two servers on one database: robots report to the first, apps are connected to the second, which is restarted. */
describe.each([
  ['Apollo Client', createApolloApp],
  ['urql', createUrqlApp],
])('an app on %s', (_, createApp) => {
  let robots: TestServer;
  let port: number;
  let server: Server;

  const start = () => startInstance(robots.database, { PORT: String(port) });

  beforeAll(async () => {
    robots = await startTestServer();
    for (let i = 0; i < RECIPES; i++) await insertRecipe(robots, `Dish ${String(i).padStart(2, '0')}`);
    port = await stablePort();
    server = await start();
  });
  afterAll(async () => {
    await server.stop();
    await robots.stop();
  });

  it('signs in, pages through recipes, and follows a cook through lost rights and a restart', async () => {
    const home = await createHome(robots);
    const signIn = new SignIn(server.url);
    const app = createApp(server.url, signIn);
    try {
      await app.login(home.email, 'long enough 1');
      const names = await app.readRecipes(5);
      expect(names).toHaveLength(RECIPES);
      expect(new Set(names).size).toBe(RECIPES);

      const sessionId = await startCook(robots, home);
      const clock = deviceClock();
      const report = (count: number) =>
        record(
          robots,
          home,
          Array.from({ length: count }, (_, i) => clock.temperature(sessionId, 100 + i)),
        );
      await record(robots, home, [clock.status(sessionId, 'COOKING')]);
      await report(3);

      const snapshots: Entry[] = [];
      const first = app.watch(sessionId, null, (entry) => snapshots.push(entry));
      await expect.poll(() => snapshots.length, { timeout: 20_000 }).toBe(1);
      const { sequence: at, cursor } = snapshots[0] as Entry;
      expect(at).toBe(4);
      const seen: number[] = [];
      // What the library asks for again by itself begins where it began before: what is known already is passed over.
      const resumed = app.watch(sessionId, cursor, ({ sequence }) => {
        if (sequence > (seen.at(-1) ?? at)) seen.push(sequence);
      });
      const has = (sequence: number) =>
        expect.poll(() => seen.at(-1), { timeout: 20_000, interval: 20 }).toBe(sequence);
      await report(3);
      await has(7);

      // Another role voids the access token: the socket is closed with 4403, and the refresh token gets another.
      await robots.database.pool.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [
        uuidOf(home.userId),
      ]);
      await expect.poll(() => signIn.renewals, { timeout: 20_000 }).toBe(1);
      await report(3);
      await has(10);

      await server.stop();
      await report(3);
      server = await start();
      await report(3);
      await has(16);

      await record(robots, home, [clock.status(sessionId, 'COMPLETED')]);
      await Promise.all([first, resumed]);
      expect(seen).toEqual(Array.from({ length: 13 }, (_, i) => i + 5));
    } finally {
      app.dispose();
    }
  }, 60_000);
});
