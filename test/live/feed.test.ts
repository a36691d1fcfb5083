import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watch } from '../_util/feed.js';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

describe('cookingSessionEvents', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
  });
  afterAll(() => server.stop());

  /** A cook of the shared home, ended at the end of `use`: an appliance cooks one dish at a time. */
  async function cook(use: (sessionId: string, device: ReturnType<typeof deviceClock>) => Promise<void>) {
    const sessionId = await startCook(server, home);
    const device = deviceClock();
    await use(sessionId, device);
    await record(server, home, [device.status(sessionId, 'ABORTED')]);
  }

  it('begins with a snapshot at sequence 0 before the first event, and goes on with 1', () =>
    cook(async (sessionId, device) => {
      const viewer = watch(server.socket(home.userToken), { sessionId });
      const [snapshot] = await viewer.until(1);
      expect(snapshot).toMatchObject({
        __typename: 'SessionSnapshot',
        sequence: 0,
        reset: false,
        session: { id: sessionId, status: 'STARTED', progress: null, recipe: { name: 'Dal Tadka' } },
      });
      await record(server, home, [
        device.status(sessionId, 'COOKING'),
        device.stage(sessionId, 0, 'Heat Oil'),
      ]);
      const [, first, second] = await viewer.until(3);
      expect(first).toMatchObject({ __typename: 'StatusEvent', sequence: 1, sessionStatus: 'COOKING' });
      expect(second).toMatchObject({ __typename: 'StageChangeEvent', sequence: 2, stageName: 'Heat Oil' });
      viewer.stop();
    }));

  it('begins with a snapshot of the state at n, and goes on with n + 1', () =>
    cook(async (sessionId, device) => {
      await record(server, home, [device.status(sessionId, 'COOKING'), device.temperature(sessionId, 100)]);
      const viewer = watch(server.socket(home.userToken), { sessionId });
      const [snapshot] = await viewer.until(1);
      expect(snapshot).toMatchObject({
        sequence: 2,
        session: { status: 'COOKING', progress: { temperature: 100 } },
      });
      await record(server, home, [device.temperature(sessionId, 101)]);
      const [, next] = await viewer.until(2);
      expect(next).toMatchObject({ sequence: 3, temperature: 101 });
      viewer.stop();
    }));

  it('resumes after any cursor without loss or repeat', () =>
    cook(async (sessionId, device) => {
      const events = Array.from({ length: 700 }, (_, i) => device.temperature(sessionId, 20 + (i % 200)));
      await record(server, home, events.slice(0, 400));
      await record(server, home, events.slice(400));
      const first = watch(server.socket(home.userToken), { sessionId });
      const [snapshot] = await first.until(1);
      first.stop();
      expect(snapshot.sequence).toBe(700);

      const fromTheStart = watch(server.socket(home.userToken), {
        sessionId,
        after: `${snapshot.cursor.split('.')[0]}.0.`,
      });
      const all = await fromTheStart.until(700);
      expect(all.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
      fromTheStart.stop();

      const fromTheMiddle = watch(server.socket(home.userToken), { sessionId, after: all[349].cursor });
      await record(server, home, [device.temperature(sessionId, 240)]);
      const rest = await fromTheMiddle.until(351);
      expect(rest.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 351 }, (_, i) => i + 351));
      fromTheMiddle.stop();
    }));

  it('completes when the cook has ended and its last event is delivered, for the live and for the late', async () => {
    const sessionId = await startCook(server, home);
    const device = deviceClock();
    const live = watch(server.socket(home.userToken), { sessionId });
    await live.until(1);
    await record(server, home, [
      device.status(sessionId, 'COOKING'),
      device.temperature(sessionId, 90),
      device.status(sessionId, 'COMPLETED'),
    ]);
    await live.done;
    expect(live.entries.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);

    const late = watch(server.socket(home.userToken), { sessionId });
    await late.done;
    expect(late.entries).toMatchObject([
      { __typename: 'SessionSnapshot', sequence: 3, session: { status: 'COMPLETED' } },
    ]);

    const replay = watch(server.socket(home.userToken), { sessionId, after: live.entries[1].cursor });
    await replay.done;
    expect(replay.entries.map(({ sequence }) => sequence)).toEqual([2, 3]);
  });

  it('leaves out readings that come sooner than minTelemetryIntervalMs, and nothing else', () =>
    cook(async (sessionId, device) => {
      const viewer = watch(server.socket(home.userToken), { sessionId, interval: 3000 });
      await viewer.until(1);
      await record(server, home, [
        device.temperature(sessionId, 1), // passes
        device.temperature(sessionId, 2),
        device.stage(sessionId, 0, 'Heat Oil'), // passes
        device.temperature(sessionId, 4), // three seconds after the first: passes
        device.alert(sessionId), // passes
      ]);
      const entries = await viewer.until(5);
      expect(entries.slice(1).map(({ sequence }) => sequence)).toEqual([1, 3, 4, 5]);
      viewer.stop();
    }));

  it('refuses a cursor that is forged, of another session, or ahead of the journal, naming the argument', () =>
    cook(async (sessionId, device) => {
      await record(server, home, [device.temperature(sessionId, 50)]);
      const viewer = watch(server.socket(home.userToken), { sessionId });
      const [{ cursor }] = await viewer.until(1);
      viewer.stop();
      const [prefix, , fingerprint] = cursor.split('.');
      const other = `${'A'.repeat(22)}.1.${fingerprint}`;
      for (const after of [
        '',
        'nonsense',
        `${prefix}.zzz.${fingerprint}`,
        `${prefix}.2.`,
        other,
        `${cursor}x\u0000`,
      ]) {
        const refused = watch(server.socket(home.userToken), { sessionId, after });
        const [error] = await refused.done.catch((errors) => errors);
        expect(error.extensions, after).toMatchObject({
          code: 'VALIDATION_ERROR',
          details: [{ field: 'after' }],
        });
      }
    }));

  it('is for the owner, the device and administrators; for everybody else there is no such session', () =>
    cook(async (sessionId) => {
      const stranger = await createHome(server);
      const unknown = Buffer.from('CookingSession:00000000-0000-4000-8000-000000000000').toString('base64');
      for (const [token, id] of [
        [stranger.userToken, sessionId],
        [stranger.deviceToken, sessionId],
        [home.userToken, unknown],
      ] as const) {
        const refused = watch(server.socket(token), { sessionId: id });
        const [error] = await refused.done.catch((errors) => errors);
        expect(error).toMatchObject({
          message: 'No such cooking session.',
          extensions: { code: 'NOT_FOUND' },
        });
      }
      const anonymous = watch(server.socket(), { sessionId });
      await expect(anonymous.done).rejects.toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
      const device = watch(server.socket(home.deviceToken), { sessionId });
      await device.until(1);
      device.stop();
    }));

  it('leaves no tail behind when its viewers are gone', () =>
    cook(async (sessionId) => {
      const viewers = Array.from({ length: 20 }, () => watch(server.socket(home.userToken), { sessionId }));
      await Promise.all(viewers.map((viewer) => viewer.until(1)));
      expect(server.app.services.live.tails.size).toBe(1);
      for (const viewer of viewers) viewer.stop();
      await expect.poll(() => server.app.services.live.tails.size).toBe(0);
    }));
});
