import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectCode } from '../_util/answers.js';
import { watch } from '../_util/feed.js';
import {
  createHome,
  createPerson,
  deviceClock,
  insertRecipe,
  record,
  registerDevice,
  startCook,
  type TestHome,
} from '../_util/home.js';
import { globalId, sell, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { readStored, type Stored } from './journal-model.js';

const UPLOAD = `mutation ($input: UploadCookingLogsInput!) {
  uploadCookingLogs(input: $input) {
    synced { uuid status startedAt completedAt recipeName peakTemperature totalDurationSeconds userRating notes
      stagesLog { stage durationSeconds result cvConfidence } customizations { spiceLevel servings } }
    rejected { sessionUuid code message }
  }
}`;

describe('uploadCookingLogs', () => {
  let server: TestServer;
  let home: TestHome;
  let recipeId: string;

  const base = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
  const at = (seconds: number) => new Date(base + seconds * 1000).toISOString();

  beforeAll(async () => {
    server = await startTestServer();
    recipeId = await insertRecipe(server);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    home = await createHome(server);
  });

  const log = (sessionUuid: string, more: object = {}) => ({
    sessionUuid,
    recipeId,
    status: 'COMPLETED',
    startedAt: at(0),
    completedAt: at(1800),
    stagesLog: [{ stage: 'Heat Oil', durationSeconds: 118, result: 'camera', cvConfidence: 0.93 }],
    customizations: { spiceLevel: 5, servings: 3 },
    peakTemperature: 182.5,
    totalDurationSeconds: 1795,
    ...more,
  });

  async function upload(logs: object[], token = home.deviceToken) {
    const { data, errors } = await server.post(UPLOAD, { input: { logs } }, token);
    if (!data?.uploadCookingLogs) throw new Error(JSON.stringify(errors));
    return data.uploadCookingLogs;
  }

  const session = async (uuid: string) => {
    const { data } = await server.post(
      `query ($id: ID!) { cookingSession(id: $id) { status startedAt completedAt peakTemperature totalDurationSeconds
         userRating notes stagesLog { stage durationSeconds } progress { temperature } appliance { status } } }`,
      { id: uuid },
      home.userToken,
    );
    return data.cookingSession;
  };
  const stored = (uuid: string): Promise<Stored[]> => readStored(server.database.pool, uuid);
  const rows = async () =>
    (
      await server.database.pool.query('SELECT FROM cooking_sessions WHERE appliance_id = $1', [
        uuidOf(home.applianceId),
      ])
    ).rowCount;

  /** A cook that the cloud saw live, up to second 20 of it. */
  async function liveCook() {
    const id = await startCook(server, home, recipeId);
    const clock = deviceClock(base);
    await record(server, home, [
      clock.status(id, 'COOKING'),
      clock.stage(id, 0, 'Heat Oil'),
      clock.temperature(id, 80),
    ]);
    return { id, uuid: uuidOf(id), clock };
  }

  it('keeps a cook that the cloud never saw, with its one status event', async () => {
    const uuid = randomUUID();
    const { synced, rejected } = await upload([log(uuid)]);
    expect(rejected).toEqual([]);
    expect(synced).toEqual([
      {
        uuid,
        status: 'COMPLETED',
        startedAt: at(0),
        completedAt: at(1800),
        recipeName: 'Dal Tadka',
        peakTemperature: 182.5,
        totalDurationSeconds: 1795,
        userRating: null,
        notes: null,
        stagesLog: [{ stage: 'Heat Oil', durationSeconds: 118, result: 'camera', cvConfidence: 0.93 }],
        customizations: { spiceLevel: 5, servings: 3 },
      },
    ]);
    expect(await stored(uuid)).toMatchObject([
      {
        sequence: 1,
        type: 'status',
        deviceSequence: null,
        recordedAt: at(1800).replace('Z', '000Z'),
        payload: { session_status: 'completed', reason: 'LOG_UPLOADED' },
      },
    ]);
    expect((await session(uuid)).status).toBe('COMPLETED'); // it is the home's
  });

  it('makes one row of the same log, however often and at once', async () => {
    const uuid = randomUUID();
    await Promise.all([0, 1, 2].map(() => upload([log(uuid), log(uuid.toUpperCase())])));
    await upload([log(uuid)]);
    expect(await rows()).toBe(1);
    expect(await stored(uuid)).toHaveLength(1);
  });

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]], [[2, 0, 1]]])(
    'ends with the highest revision when they come as %j, all of them synced',
    async (order) => {
      const uuid = randomUUID();
      for (const revision of order) {
        const { rejected } = await upload([log(uuid, { revision, peakTemperature: 100 + revision })]);
        expect(rejected).toEqual([]);
      }
      expect(await session(uuid)).toMatchObject({ peakTemperature: 102 });
      expect(await rows()).toBe(1);
    },
  );

  it('takes the last of one revision, absent being 0, in one upload and in several', async () => {
    const uuid = randomUUID();
    await upload([log(uuid, { peakTemperature: 1 }), log(uuid, { revision: 0, peakTemperature: 2 })]);
    expect((await session(uuid)).peakTemperature).toBe(2);
    await upload([log(uuid, { peakTemperature: 3 })]);
    expect((await session(uuid)).peakTemperature).toBe(3);
  });

  it('ends a cook that somebody watches: the feed gets the event and completes', async () => {
    const { id, uuid } = await liveCook();
    const feed = watch(server.socket(home.userToken), { sessionId: id });
    await feed.until(1);
    await upload([log(uuid, { status: 'ABORTED' })]);
    await feed.done;
    expect(feed.entries.at(-1)).toMatchObject({
      __typename: 'StatusEvent',
      sequence: 4,
      sessionStatus: 'ABORTED',
    });
    expect(await session(uuid)).toMatchObject({
      status: 'ABORTED',
      peakTemperature: 182.5,
      appliance: { status: 'ONLINE' },
    });
  });

  it('adds no event where the status stays, and is not turned back by what the device recorded before', async () => {
    const { id, uuid, clock } = await liveCook();
    const late = [clock.temperature(id, 240), clock.stage(id, 1, 'Simmer')];
    await record(server, home, [clock.status(id, 'COMPLETED')]);
    await upload([log(uuid)]);
    const word = {
      status: 'COMPLETED',
      completedAt: at(1800),
      peakTemperature: 182.5,
      totalDurationSeconds: 1795,
    };
    expect(await session(uuid)).toMatchObject({
      ...word,
      stagesLog: [{ stage: 'Heat Oil', durationSeconds: 118 }],
    });
    expect(await stored(uuid)).toHaveLength(4);
    expect((await record(server, home, late)).accepted).toBe(2);
    expect(await session(uuid)).toMatchObject({
      ...word,
      stagesLog: [{ stage: 'Heat Oil', durationSeconds: 118 }],
      progress: { temperature: 240 },
    });
    expect(await stored(uuid)).toHaveLength(6);
  });

  it.each(['COMPLETED', 'ABORTED', 'ERROR'])(
    'stands, %s, whatever the device tells later of the same cook',
    async (status) => {
      const { id, uuid, clock } = await liveCook();
      const late = [clock.status(id, 'PAUSED'), clock.status(id, 'COOKING'), clock.temperature(id, 230)];
      const end = clock.status(id, status === 'ABORTED' ? 'COMPLETED' : 'ABORTED');
      await upload([log(uuid, { status })]);
      const word = await session(uuid);
      await record(server, home, late);
      await record(server, home, [end, clock.temperature(id, 300)]);
      const { progress, ...after } = await session(uuid);
      expect(after).toEqual({ ...word, progress: undefined });
      expect(progress.temperature).toBe(300);
    },
  );

  it('of a cook that the cloud learns of afterwards, event by event, stands too', async () => {
    const uuid = randomUUID();
    await upload([log(uuid)]);
    const clock = deviceClock(base);
    for (const event of [
      clock.status(uuid, 'COOKING'),
      clock.stage(uuid, 0, 'Boil'),
      clock.temperature(uuid, 99),
      clock.stage(uuid, 1, 'Rest'),
    ]) {
      await record(server, home, [event]);
      expect(await session(uuid)).toMatchObject({ status: 'COMPLETED', peakTemperature: 182.5 });
    }
    expect(await session(uuid)).toMatchObject({
      stagesLog: [{ stage: 'Heat Oil', durationSeconds: 118 }],
      progress: { temperature: 99 },
    });
  });

  it('overrules an end that the device had reported, with an event', async () => {
    const { id, uuid, clock } = await liveCook();
    await record(server, home, [clock.status(id, 'ABORTED')]);
    await upload([log(uuid)]);
    expect((await session(uuid)).status).toBe('COMPLETED');
    expect((await stored(uuid)).map(({ payload }) => payload.session_status ?? null)).toEqual([
      'cooking',
      null,
      null,
      'aborted',
      'completed',
    ]);
    await upload([log(uuid, { status: 'ERROR', revision: 1 })]);
    expect((await session(uuid)).status).toBe('ERROR');
    await record(server, home, [clock.status(id, 'COMPLETED')]);
    expect((await session(uuid)).status).toBe('ERROR');
  });

  it('never turns a cook that has ended into one that goes on, by whatever revision', async () => {
    const { id, uuid, clock } = await liveCook();
    await record(server, home, [clock.status(id, 'COMPLETED')]);
    const running = { status: 'COOKING', completedAt: null, totalDurationSeconds: null };
    const before = await session(uuid);
    const { synced } = await upload([log(uuid, { ...running, revision: 7, peakTemperature: 210 })]);
    expect(synced).toMatchObject([{ status: 'COMPLETED', peakTemperature: 210 }]);
    expect(await session(uuid)).toMatchObject({
      completedAt: before.completedAt,
      totalDurationSeconds: before.totalDurationSeconds,
    });
    const logged = randomUUID();
    await upload([log(logged)]);
    await upload([log(logged, { ...running, revision: 1 })]);
    expect(await session(logged)).toMatchObject({ status: 'COMPLETED', completedAt: at(1800) });
  });

  it('of a cook that goes on moves its status, and what the device reports goes on from there', async () => {
    const uuid = randomUUID();
    const running = { status: 'COOKING', completedAt: null, totalDurationSeconds: null };
    await upload([log(uuid, running)]);
    expect(await session(uuid)).toMatchObject({ status: 'COOKING', completedAt: null });
    const clock = deviceClock(base + 10_000);
    await record(server, home, [clock.temperature(uuid, 90)]);
    expect((await session(uuid)).status).toBe('COOKING');
    await record(server, home, [clock.status(uuid, 'PAUSED'), clock.temperature(uuid, 80)]);
    expect((await session(uuid)).status).toBe('PAUSED');
    await record(server, home, [clock.status(uuid, 'COMPLETED')]);
    expect((await session(uuid)).status).toBe('COMPLETED');
  });

  it('leaves rating and notes alone', async () => {
    const { uuid } = await liveCook();
    await server.post(
      `mutation ($id: ID!) { rateCookingSession(input: { sessionId: $id, rating: 4, notes: "More salt." }) { session { id } } }`,
      { id: uuid },
      home.userToken,
    );
    await upload([log(uuid)]);
    expect(await session(uuid)).toMatchObject({ userRating: 4, notes: 'More salt.' });
  });

  it('keeps what it leaves out as it was', async () => {
    const { uuid } = await liveCook();
    const { sessionUuid, status, startedAt, completedAt } = log(uuid);
    await upload([{ sessionUuid, recipeId, status, startedAt, completedAt }]);
    expect(await session(uuid)).toMatchObject({
      peakTemperature: 80,
      totalDurationSeconds: 1800,
      stagesLog: [{ stage: 'Heat Oil' }],
    });
  });

  it('keeps logs of recipes that were deleted or unpublished since, and refuses those of none', async () => {
    const gone = await insertRecipe(server, 'Gone');
    const hidden = await insertRecipe(server, 'Hidden', false);
    await server.database.pool.query('UPDATE recipes SET deleted_at = now() WHERE id = $1', [gone]);
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
    const { synced, rejected } = await upload([
      log(a, { recipeId: gone }),
      log(b, { recipeId: hidden }),
      log(c, { recipeId: randomUUID() }),
    ]);
    expect(synced).toMatchObject([{ recipeName: 'Gone' }, { recipeName: 'Hidden' }]);
    expect(rejected).toEqual([{ sessionUuid: c, code: 'NOT_FOUND', message: 'recipeId: no such recipe' }]);
  });

  it('judges each log alone, names every field that is wrong, and keeps the good ones', async () => {
    const [good, bad, worse, ahead] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const { synced, rejected } = await upload([
      log(bad, { completedAt: at(-1) }),
      log(good),
      log('nonsense', { recipeId: 'nonsense', peakTemperature: 501, stagesLog: [{ stage: '' }] }),
      log(worse, { status: 'PAUSED' }),
      log(ahead, { completedAt: new Date(Date.now() + 90_000_000).toISOString() }),
    ]);
    expect(synced).toMatchObject([{ uuid: good }]);
    expect(rejected.map(({ code }: { code: string }) => code)).toEqual(Array(4).fill('VALIDATION_ERROR'));
    const messages = rejected.map(({ message }: { message: string }) => message);
    expect(messages[0]).toBe('completedAt: must not lie before the start');
    for (const field of ['sessionUuid', 'recipeId', 'peakTemperature', 'stagesLog.0.stage'])
      expect(messages[1]).toContain(`${field}: `);
    expect(messages[2]).toContain('completedAt: ');
    expect(messages[3]).toContain('completedAt: must not lie more than 24 hours ahead');
    expect(await rows()).toBe(1);
  });

  it('takes a peak that is too small for the database as none, beside the others', async () => {
    const ids = [randomUUID(), randomUUID()] as const;
    const { synced, rejected } = await upload([log(ids[0], { peakTemperature: 1e-50 }), log(ids[1])]);
    expect(rejected).toEqual([]);
    expect(synced.map(({ peakTemperature }: { peakTemperature: number }) => peakTemperature)).toEqual([
      0, 182.5,
    ]);
  });

  it("answers NOT_FOUND for another home's cook, and leaves it as it is", async () => {
    const theirs = await createHome(server);
    const uuid = uuidOf(await startCook(server, theirs, recipeId));
    const own = randomUUID();
    const { synced, rejected } = await upload([log(uuid), log(own)]);
    expect(synced).toMatchObject([{ uuid: own }]);
    expect(rejected).toMatchObject([{ sessionUuid: uuid, code: 'NOT_FOUND' }]);
    expect(rejected[0].message).toContain('sessionUuid: ');
    const { rows: kept } = await server.database.pool.query(
      'SELECT status, log_revision FROM cooking_sessions WHERE id = $1',
      [uuid],
    );
    expect(kept).toEqual([{ status: 'started', log_revision: null }]);
  });

  it('of a second-hand appliance tells nothing of the time before, and gives nobody the cooks of then', async () => {
    const uuid = uuidOf(await startCook(server, home, recipeId));
    await sell(server, home, (await createPerson(server)).userToken);
    const { rejected } = await upload([log(uuid), log(randomUUID())]);
    expect(rejected).toMatchObject([
      { sessionUuid: uuid, code: 'NOT_FOUND' },
      { code: 'VALIDATION_ERROR', message: 'startedAt: lies before the appliance came to this home' },
    ]);
  });

  it('keeps a cook from before telemetry is kept, without an event', async () => {
    const uuid = randomUUID();
    await upload([log(uuid, { startedAt: '2021-01-01T10:00:00Z', completedAt: '2021-01-01T10:30:00Z' })]);
    expect(await session(uuid)).toMatchObject({
      status: 'COMPLETED',
      completedAt: '2021-01-01T10:30:00.000Z',
    });
    expect(await stored(uuid)).toEqual([]);
  });

  it('takes 200 logs and refuses 201 as a whole', async () => {
    const logs = Array.from({ length: 200 }, () => log(randomUUID()));
    expect((await upload(logs)).synced).toHaveLength(200);
    expectCode(
      await server.post(UPLOAD, { input: { logs: [...logs, log(randomUUID())] } }, home.deviceToken),
      'PAYLOAD_TOO_LARGE',
    );
  });

  it('is for devices that are paired', async () => {
    const unpaired = await registerDevice(server);
    const input = { logs: [log(randomUUID())] };
    expectCode(await server.post(UPLOAD, { input }, home.userToken), 'FORBIDDEN');
    expectCode(await server.post(UPLOAD, { input }, unpaired.deviceToken), 'FORBIDDEN');
    expectCode(await server.post(UPLOAD, { input }), 'UNAUTHENTICATED');
  });

  it('takes the global id of a recipe as well', async () => {
    const { synced } = await upload([log(randomUUID(), { recipeId: globalId('Recipe', recipeId) })]);
    expect(synced).toHaveLength(1);
  });
});
