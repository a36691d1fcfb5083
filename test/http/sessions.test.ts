import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, insertRecipe, registerDevice, type TestHome } from '../_util/home.js';
import { startInstance, startTestServer, type TestServer } from '../_util/server.js';

describe('POST /sessions', () => {
  let server: TestServer;
  let home: TestHome;
  let recipeId: string;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    recipeId = await insertRecipe(server);
  });
  afterAll(() => server.stop());

  const row = (id: string, more: object = {}) => ({
    id,
    recipe_id: recipeId,
    status: 'completed',
    started_at: '2026-11-01T18:00:00.123456+05:30',
    completed_at: '2026-11-01T13:00:00Z',
    stages_log: [{ stage: 'Boil', duration_s: 600, result: 'timer', cv_confidence: null }],
    customizations: { spice_level: 2, salt_level: 3, oil_level: 1, servings: 4 },
    peak_temperature: 104.5,
    total_duration_s: 1800,
    revision: 3,
    synced: 0,
    ...more,
  });

  async function send(body: unknown, token: string | undefined = home.deviceToken, init: RequestInit = {}) {
    const response = await fetch(`${server.url}/sessions`, {
      method: 'POST',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests read whatever comes
    return { status: response.status, body: (await response.json()) as any };
  }

  const stored = async (id: string) =>
    (
      await server.database.pool.query(
        `SELECT status, started_at, completed_at, stages_log, customizations, peak_temperature, total_duration_s,
                log_revision FROM cooking_sessions WHERE id = $1`,
        [id],
      )
    ).rows;

  it('takes one log as the device keeps it', async () => {
    const id = randomUUID();
    expect(await send(row(id))).toEqual({ status: 200, body: { synced: [id], rejected: [] } });
    expect(await stored(id)).toEqual([
      {
        status: 'completed',
        started_at: '2026-11-01T12:30:00.123456Z',
        completed_at: '2026-11-01T13:00:00.000000Z',
        stages_log: [{ stage: 'Boil', duration_s: 600, result: 'timer', cv_confidence: null }],
        customizations: { spice_level: 2, salt_level: 3, oil_level: 1, servings: 4 },
        peak_temperature: 104.5,
        total_duration_s: 1800,
        log_revision: 3,
      },
    ]);
  });

  it('takes a list, keeps the good ones, and names the fields of the others as they were sent', async () => {
    const [good, bad] = [randomUUID(), randomUUID()];
    const { status, body } = await send([
      row(bad, {
        recipe_id: 7,
        started_at: 'yesterday',
        stages_log: [{ stage: 'Boil', duration_s: -1 }],
        customizations: { spice_level: 6 },
        status: 'COMPLETED',
      }),
      row(good),
      null,
      row(randomUUID(), { recipe_id: randomUUID() }),
    ]);
    expect(status).toBe(200);
    expect(body.synced).toEqual([good]);
    expect(body.rejected.map(({ id, code }: { id: string; code: string }) => [id === bad, code])).toEqual([
      [true, 'VALIDATION_ERROR'],
      [false, 'VALIDATION_ERROR'],
      [false, 'NOT_FOUND'],
    ]);
    for (const field of [
      'recipe_id',
      'started_at',
      'stages_log.0.duration_s',
      'customizations.spice_level',
      'status',
    ]) {
      expect(body.rejected[0].message).toContain(`${field}: `);
    }
    expect(body.rejected[2].message).toContain('recipe_id: ');
    expect(await stored(good)).toHaveLength(1);
  });

  it('is for devices that are paired', async () => {
    const { deviceToken } = await registerDevice(server);
    const anonymous = await send(row(randomUUID()), undefined, { headers: {} });
    expect([anonymous.status, anonymous.body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect((await send(row(randomUUID()), 'edt_nonsense')).status).toBe(401);
    expect((await send(row(randomUUID()), home.userToken)).status).toBe(403);
    expect((await send(row(randomUUID()), deviceToken)).status).toBe(403);
  });

  it('refuses what is no JSON, too many logs and too much of them', async () => {
    const { status, body } = await send('{"id":');
    expect([status, body.error.code, body.error.details[0].field]).toEqual([400, 'VALIDATION_ERROR', 'body']);
    const many = await send(Array.from({ length: 201 }, () => row(randomUUID())));
    expect([many.status, many.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const large = await send([row(randomUUID(), { notes: 'x'.repeat(1024 * 1024) })]);
    expect(large.status).toBe(413);
  });

  it('counts as a request of the device', async () => {
    const limited = await startInstance(server.database, { RATE_LIMITS: 'on' });
    try {
      const ask = () =>
        fetch(`${limited.url}/sessions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${home.deviceToken}` },
          body: '[]',
        });
      const statuses: number[] = [];
      for (let i = 0; i < 600; i += 50) {
        const answers = await Promise.all(Array.from({ length: 50 }, ask));
        for (const answer of answers) statuses.push(answer.status);
      }
      expect(new Set(statuses)).toEqual(new Set([200]));
      const refused = await ask();
      expect([refused.status, (await refused.json()).error.code]).toEqual([429, 'RATE_LIMITED']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await limited.stop();
    }
  });

  it('takes an empty list, and no other method', async () => {
    expect((await send([])).body).toEqual({ synced: [], rejected: [] });
    expect((await fetch(`${server.url}/sessions`)).status).toBe(404);
  });

  it('takes a body without a declared length', async () => {
    const id = randomUUID();
    const bytes = new TextEncoder().encode(JSON.stringify(row(id)));
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < bytes.length; i += 50) controller.enqueue(bytes.slice(i, i + 50));
        controller.close();
      },
    });
    const { body: answer } = await send('', home.deviceToken, { body, duplex: 'half' } as RequestInit);
    expect(answer.synced).toEqual([id]);
  });
});
