import { describe, expect, test } from 'vitest';
import type { Fate } from './fake-cloud.js';
import { createCloud, createStateDir, eventsOf, expectGapless, HASTE, startRobot, until } from './kit.js';

describe('what a robot reports', () => {
  test('is sent again, the same, when the answer was lost', async () => {
    const cloud = await createCloud();
    const lost = new Set([3, 4, 6]);
    cloud.fate = ({ operation }) =>
      operation === 'RecordTelemetry' && lost.has(cloud.of('RecordTelemetry').length)
        ? 'cut after'
        : undefined;
    const robot = startRobot(cloud, await createStateDir());
    await until(() => cloud.of('RecordTelemetry').length >= 10);
    await robot.stop();
    const batches = cloud.of('RecordTelemetry').map(({ variables }) => variables.input.events);
    expect(batches[3]).toEqual(batches[2]);
    expect(batches[4]).toEqual(batches[2]);
    expect(batches[6]).toEqual(batches[5]);
    expectGapless(eventsOf(cloud));
  });

  test.each<[string, Fate]>([
    ['the line is cut', 'cut before'],
    ['a proxy fails', { status: 502 }],
    ['the cloud is unavailable', { error: 'SERVICE_UNAVAILABLE' }],
    ['the cloud fails', { error: 'INTERNAL_ERROR' }],
  ])('waits longer and longer while %s, and then all arrives', async (_, fate) => {
    const cloud = await createCloud();
    let isDown = false;
    cloud.fate = ({ operation }) => (isDown && operation === 'RecordTelemetry' ? fate : undefined);
    const robot = startRobot(cloud, await createStateDir(), {
      timing: { ...HASTE, retry: 40, longestRetry: 320 },
    });
    await until(() => cloud.events.size > 5);
    isDown = true;
    const first = cloud.of('RecordTelemetry').length;
    await until(() => cloud.of('RecordTelemetry').length >= first + 6);
    isDown = false;
    const stored = cloud.events.size;
    await until(() => cloud.events.size > stored + 10);
    await robot.stop();

    const times = cloud
      .of('RecordTelemetry')
      .slice(first, first + 6)
      .map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(gaps[4]).toBeGreaterThan(150); // half of the longest, at least
    expect(gaps[0]).toBeLessThan(gaps[4] ?? 0);
    expectGapless(eventsOf(cloud));
    expect(robot.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(robot.lines.filter(({ message }) => message.includes('answers again'))).toHaveLength(1);
  });

  test('waits as long as the cloud says when it asks too often', async () => {
    const cloud = await createCloud();
    cloud.fate = ({ operation }) =>
      operation === 'RecordTelemetry' && cloud.of('RecordTelemetry').length === 2
        ? { error: 'RATE_LIMITED', retryAfterSeconds: 0.6 }
        : undefined;
    startRobot(cloud, await createStateDir());
    await until(() => cloud.of('RecordTelemetry').length >= 4);
    const times = cloud.of('RecordTelemetry').map(({ atMs }) => atMs);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThan(600);
  });

  test('goes out in at most a request a second, however fast it cooks', async () => {
    const cloud = await createCloud();
    startRobot(cloud, await createStateDir(), { speed: 1_000, timing: { firstCook: 10 } });
    await until(() => cloud.of('RecordTelemetry').length >= 4);
    const times = cloud.of('RecordTelemetry').map(({ atMs }) => atMs);
    for (const [i, time] of times.entries()) {
      if (i > 0) expect(time - (times[i - 1] ?? 0)).toBeGreaterThan(980);
    }
    const sizes = cloud.of('RecordTelemetry').map(({ variables }) => variables.input.events.length);
    expect(Math.max(...sizes)).toBeGreaterThan(50);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
  });

  test('is dropped where the cloud rejects it, with a line in the log, and the rest goes on', async () => {
    const cloud = await createCloud();
    cloud.verdict = ({ deviceSequence }) => (deviceSequence === 100_005 ? 'VALIDATION_ERROR' : undefined);
    const robot = startRobot(cloud, await createStateDir());
    await until(() => cloud.events.size > 20);
    await robot.stop();
    const sent = cloud.of('RecordTelemetry').flatMap(({ variables }) => variables.input.events);
    expect(sent.filter(({ deviceSequence }) => deviceSequence === 100_005)).toHaveLength(1);
    expect(robot.lines.filter(({ fields }) => fields.deviceSequence === 100_005)).toEqual([
      expect.objectContaining({
        level: 'warn',
        fields: expect.objectContaining({ code: 'VALIDATION_ERROR' }),
      }),
    ]);
  });

  test('of a cook that the cloud does not know ends with that cook', async () => {
    const cloud = await createCloud();
    cloud.verdict = ({ sessionId }) =>
      sessionId !== undefined && sessionId === [...cloud.sessions][0] ? 'NOT_FOUND' : undefined;
    startRobot(cloud, await createStateDir());
    await until(() => cloud.sessions.size === 2);
    const [, second] = cloud.sessions;
    await until(() => eventsOf(cloud).some(({ sessionId }) => sessionId === second));
  });

  test('loses one event to a batch that the cloud cannot read, not the batch', async () => {
    const cloud = await createCloud();
    const isSpoilt = ({ deviceSequence }: { deviceSequence: number }) => deviceSequence === 100_012;
    cloud.fate = ({ operation, variables }) =>
      operation === 'RecordTelemetry' && variables.input.events.some(isSpoilt)
        ? { error: 'BAD_USER_INPUT' }
        : undefined;
    const robot = startRobot(cloud, await createStateDir(), { speed: 1_000 });
    await until(() => eventsOf(cloud).some(({ deviceSequence }) => deviceSequence > 100_040));
    await robot.stop();
    const numbers = eventsOf(cloud).map(({ deviceSequence }) => deviceSequence);
    expect(numbers).not.toContain(100_012);
    expect(numbers.length).toBe((numbers.at(-1) ?? 0) - 100_000 - 1);
    expect(robot.lines.filter(({ message }) => message.includes('cannot take this event'))).toHaveLength(1);
  });

  test('survives an answer that makes no sense', async () => {
    const cloud = await createCloud();
    cloud.fate = ({ operation }) =>
      operation === 'RecordTelemetry' && cloud.of('RecordTelemetry').length === 1
        ? { status: 200 }
        : undefined;
    startRobot(cloud, await createStateDir());
    await until(() => cloud.events.size > 10);
    expectGapless(eventsOf(cloud));
  });
});
