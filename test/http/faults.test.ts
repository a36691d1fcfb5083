import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watch } from '../_util/feed.js';
import { createHome, deviceClock, insertRecipe, startCook } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

/** What a fault may tell: a code, a sentence for people, and the number of the log line. */
const INSIDE =
  /\b(select|insert|update)\b|column "|relation|recipes_gone|secret detail|\.[jt]s\b|node_modules|127\.0\.0\.1|epicura_/i;

describe('a fault of the server', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await server.stop();
  });

  it('in a statement is INTERNAL_ERROR with a request id, and nothing of the inside', async () => {
    await server.database.pool.query('ALTER TABLE recipes RENAME TO recipes_gone');
    for (const query of [
      '{ recipes { edges { node { name } } } }',
      `{ recipe(id: "${randomUUID()}") { name } }`,
      `{ node(id: "${Buffer.from(`Recipe:${randomUUID()}`).toString('base64')}") { id } }`,
    ]) {
      const answer = await server.post(query);
      expect(answer.errors).toMatchObject([
        { message: 'Something went wrong.', extensions: { code: 'INTERNAL_ERROR' } },
      ]);
      expect(answer.errors?.[0]?.extensions.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(Object.keys(answer.errors?.[0]?.extensions ?? {}).sort()).toEqual(['code', 'requestId']);
      expect(JSON.stringify(answer.errors)).not.toMatch(INSIDE);
    }
    await server.database.pool.query('ALTER TABLE recipes_gone RENAME TO recipes');
    expect((await server.post('{ recipes { edges { node { name } } } }')).errors).toBeUndefined();
  });

  it('in an action, whatever was thrown, is INTERNAL_ERROR, and the log has the cause under the id', async () => {
    const { services } = server.app;
    const logged = vi.spyOn(services.log, 'error');
    const register = `mutation { register(input: { email: "a@b.example", password: "long enough 1", name: "A" }) { accessToken } }`;
    for (const thrown of [new TypeError('secret detail'), 'secret detail', { secret: 'detail' }, null]) {
      vi.spyOn(services.passwords, 'hash').mockRejectedValueOnce(thrown);
      const { errors } = await server.post(register);
      expect(errors?.[0]?.extensions.code).toBe('INTERNAL_ERROR');
      expect(JSON.stringify(errors)).not.toMatch(INSIDE);
      expect(logged).toHaveBeenLastCalledWith(
        expect.objectContaining({ requestId: errors?.[0]?.extensions.requestId }),
        expect.anything(),
      );
    }
  });

  it('outside of GraphQL has a request id too, by which the log has the cause', async () => {
    const { services } = server.app;
    const logged = vi.spyOn(services.log, 'error');
    const thrown = new TypeError('secret detail');
    vi.spyOn(services.live, 'isConnected').mockImplementationOnce(() => {
      throw thrown;
    });
    const response = await fetch(`${server.url}/ready?token=abc`);
    expect(response.status).toBe(500);
    const { error } = (await response.json()) as { error: Record<string, string> };
    expect(error).toEqual({
      code: 'INTERNAL_ERROR',
      message: 'Something went wrong.',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(logged.mock.calls).toEqual([[{ err: thrown, requestId: error.requestId }, expect.any(String)]]);
  });

  it('in a subscription is the same, over the socket', async () => {
    const home = await createHome(server);
    const sessionId = await startCook(server, home);
    await server.database.pool.query('ALTER TABLE recipes RENAME TO recipes_gone');
    const feed = watch(server.socket(home.userToken), { sessionId });
    const [error] = await feed.done.then(
      () => feed.errors,
      (errors) => errors,
    );
    expect(error.extensions).toMatchObject({ code: 'INTERNAL_ERROR', requestId: expect.any(String) });
    expect(JSON.stringify(error)).not.toMatch(INSIDE);
  });

  it('is SERVICE_UNAVAILABLE when the database cannot be had, for queries, actions and telemetry', async () => {
    const home = await createHome(server);
    const recipeId = await insertRecipe(server);
    const { pool } = server.app.services.db;
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    vi.spyOn(pool, 'query').mockRejectedValue(refused as never);
    vi.spyOn(pool, 'connect').mockRejectedValue(refused as never);
    const event = deviceClock().heartbeat();
    const answers = [
      await server.post('{ recipes { edges { node { name } } } }'),
      await server.post('query ($id: ID!) { recipe(id: $id) { name } }', { id: recipeId }, home.userToken),
      await server.post('{ viewer { name } }', {}, home.userToken),
      await server.post('mutation { login(input: { email: "a@b.example", password: "x" }) { accessToken } }'),
      await server.post('{ thisAppliance { id } }', {}, home.deviceToken),
      await server.post(
        'mutation ($events: [TelemetryEventInput!]!) { recordTelemetry(input: { events: $events }) { accepted } }',
        { events: [event] },
        home.deviceToken,
      ),
    ];
    for (const { errors } of answers) {
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
      expect(JSON.stringify(errors)).not.toMatch(/ECONN|127\.0\.0\.1|5432/);
    }
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    vi.restoreAllMocks();
    expect((await server.post('{ viewer { name } }', {}, home.userToken)).errors).toBeUndefined();
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });
});
