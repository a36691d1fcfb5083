import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, deviceClock, insertRecipe, type TestHome } from '../_util/home.js';
import { startInstance, startTestServer, type TestServer } from '../_util/server.js';

const RECORD =
  'mutation ($events: [TelemetryEventInput!]!) { recordTelemetry(input: { events: $events }) { accepted } }';

describe('an operation that takes too long', () => {
  let server: TestServer;
  let home: TestHome;
  let recipeId: string;

  beforeAll(async () => {
    server = await startTestServer({ OPERATION_TIMEOUT_SECONDS: '2' });
    home = await createHome(server);
    recipeId = await insertRecipe(server);
  });
  afterAll(() => server.stop());

  /** Does `work` while nobody else may look into the table. */
  async function whileLocked<T>(table: string, work: () => Promise<T>): Promise<T> {
    const client = await server.database.pool.connect();
    try {
      await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      return await work();
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  const isBusy = async () => {
    const { rows } = await server.database.pool.query<{ busy: number }>(
      `SELECT count(*)::int AS busy FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'active' AND wait_event_type = 'Lock'`,
    );
    return (rows[0]?.busy ?? 0) > 0;
  };

  it('because a table is locked is SERVICE_UNAVAILABLE in time, over HTTP and WebSocket, and PostgreSQL gives it up too', async () => {
    const startedAt = performance.now();
    const query = 'query ($id: ID!) { recipe(id: $id) { name } }';
    await whileLocked('recipes', async () => {
      const answers = await Promise.all([
        server.post(query, { id: recipeId }, home.userToken),
        server.ask(query, { id: recipeId }, home.userToken),
      ]);
      for (const { data, errors } of answers) {
        expect(data?.recipe ?? null).toBeNull();
        expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
      }
      await expect.poll(isBusy, { timeout: 10_000 }).toBe(false);
    });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect((await server.post(query, { id: recipeId }, home.userToken)).data.recipe.name).toBe('Dal Tadka');
  });

  it('of several statements, each short enough, is given up as a whole', async () => {
    const { services } = server.app;
    const seen: number[] = [];
    await whileLocked('recipes', async () => {
      const fields = ['a', 'b', 'c', 'd'].map(
        (name) =>
          `${name}: rateCookingSession(input: { sessionId: "${globalId()}", rating: 5 }) { session { id } }`,
      );
      const startedAt = performance.now();
      await whileLocked('cooking_sessions', async () => {
        const { errors } = await server.post(`mutation { ${fields.join(' ')} }`, {}, home.userToken);
        seen.push(performance.now() - startedAt);
        expect(errors?.every(({ extensions }) => extensions.code === 'SERVICE_UNAVAILABLE')).toBe(true);
        expect(errors).toMatchObject([{ message: expect.stringContaining('in time') }]);
      });
    });
    expect(seen[0]).toBeLessThan(5_000); // four statements of a second and a half would take six
    expect(services.db.pool.waitingCount).toBe(0);
  });

  it('of a device does not lose its report: the same again is stored, each event once', async () => {
    const event = deviceClock().heartbeat();
    const first = await whileLocked('telemetry_events', () =>
      server.post(RECORD, { events: [event] }, home.deviceToken),
    );
    expect(first.errors?.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
    expect((await server.post(RECORD, { events: [event] }, home.deviceToken)).errors).toBeUndefined();
    const { rows } = await server.database.pool.query('SELECT FROM telemetry_events');
    expect(rows).toHaveLength(1);
  });

  it('is bounded for the statements of the pool, and for nobody else', async () => {
    const { rows } = await server.app.services.db.pool.query('SHOW statement_timeout');
    expect(rows).toEqual([{ statement_timeout: '1500ms' }]);
    const others = await server.database.pool.query('SHOW statement_timeout');
    expect(others.rows).toEqual([{ statement_timeout: '0' }]);
  });

  const globalId = () => Buffer.from(`CookingSession:${randomUUID()}`).toString('base64');
});

describe('behind a transaction pooler', () => {
  it('the connections keep the settings that the pooler gives them', async () => {
    const direct = await startTestServer();
    const pooled = new URL(direct.database.url);
    pooled.searchParams.set('application_name', 'pooled'); // another address of the same database
    const app = await startInstance(
      { url: pooled.href },
      { DATABASE_URL: pooled.href, DATABASE_DIRECT_URL: direct.database.url },
    );
    try {
      const { rows } = await app.services.db.pool.query('SHOW statement_timeout');
      expect(rows).toEqual([{ statement_timeout: '0' }]);
    } finally {
      await app.stop();
      await direct.stop();
    }
  });
});
