import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewEvent } from '../../src/live/events.js';
import { storeLogs } from '../../src/live/logs.js';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import {
  createRobot,
  event,
  instantAt,
  openJournal,
  type Robot,
  reading,
  request,
  status,
  type TestJournal,
} from './journal-kit.js';
import { readHead, readStored } from './journal-model.js';

describe('an end that the server inferred', () => {
  let database: TestDatabase;
  let journal: TestJournal;
  let other: TestJournal;
  let robot: Robot;
  let cook: string;

  const base = Math.floor(Date.now() / 1000) * 1000 - 60_000;
  const at = (seconds: number): Partial<NewEvent> => ({ recordedAt: instantAt(seconds, base) });

  beforeAll(async () => {
    database = await createTestDatabase();
    journal = openJournal(database.url);
    other = openJournal(database.url);
  });
  afterAll(async () => {
    await journal.close();
    await other.close();
    await database.drop();
  });

  /** A cook that was last heard of at second 5, and ended by the server at second 10. */
  async function silentCook() {
    robot = await createRobot(database.pool);
    cook = robot.sessionIds[0] as string;
    await journal.append(
      request(robot, [status(cook, 'cooking', at(1)), reading(cook, 80, at(2)), reading(cook, 90, at(5))]),
    );
    expect(await end(journal)).toEqual([{ kind: 'accepted' }]);
  }

  const end = (by: TestJournal, seconds = 10, sessionStatus = 'error') =>
    by.append(
      request(robot, [status(cook, sessionStatus, { ...at(seconds), deviceSequence: null })], {
        origin: 'server',
      }),
    );
  const head = () => readHead(database.pool, cook);
  const seenAt = async () =>
    (
      await database.pool.query('SELECT last_seen_at, status FROM appliances WHERE id = $1', [
        robot.applianceId,
      ])
    ).rows[0];

  it('ends the cook, is an event of its journal, and no sign of life', async () => {
    await silentCook();
    const before = await seenAt();
    expect(await head()).toMatchObject({
      status: 'error',
      endRecordedAt: instantAt(10, base),
      lastSequence: 4,
    });
    expect((await readStored(database.pool, cook)).at(-1)).toMatchObject({
      sequence: 4,
      deviceSequence: null,
      payload: { session_status: 'error' },
    });
    expect(journal.published.at(-1)?.sessions).toMatchObject([{ sessionId: cook, ended: true }]);
    await end(journal, 12);
    expect(await seenAt()).toEqual(before);
  });

  it('is stored once, however many servers notice', async () => {
    await silentCook();
    const outcomes = await Promise.all([end(journal), end(other), end(other, 9), end(journal, 12)]);
    expect(outcomes.flat()).toEqual(Array(4).fill({ kind: 'duplicate' }));
    expect(await readStored(database.pool, cook)).toHaveLength(4);
  });

  it.each([
    ['a reading', () => reading(cook, 95, at(20))],
    ['a heartbeat', () => event(cook, 'heartbeat', { uptime_seconds: 5 }, at(20))],
    ['an alert', () => event(cook, 'alert', { code: 'A', severity: 'info', message: 'm' }, at(20))],
    ['a stage', () => event(cook, 'stage_change', { stage_index: 0, stage_name: 'Boil' }, at(20))],
  ])('is taken back by %s that the device recorded later', async (_, later) => {
    for (const writer of [journal, other]) {
      await silentCook();
      await writer.append(request(robot, [later()]));
      expect(await head()).toMatchObject({ status: 'cooking', completedAt: null, endRecordedAt: null });
      expect(writer.published.at(-1)?.sessions).toMatchObject([{ sessionId: cook, ended: false }]);
    }
  });

  it('counts the readings again that came after it', async () => {
    await silentCook();
    await journal.append(request(robot, [reading(cook, 120, at(9)), reading(cook, 200, at(30))]));
    expect(await head()).toMatchObject({
      status: 'cooking',
      peakTemperature: 200,
      progress: { temperature: 200 },
    });
  });

  it('stands when what the device recorded before it comes late', async () => {
    await silentCook();
    await journal.append(request(robot, [reading(cook, 95, at(8)), status(cook, 'paused', at(9))]));
    expect(await head()).toMatchObject({
      status: 'error',
      peakTemperature: 95,
      endRecordedAt: instantAt(10, base),
    });
  });

  it('gives way to the end that the device reports', async () => {
    await silentCook();
    await journal.append(request(robot, [status(cook, 'completed', at(7))]));
    expect(await head()).toMatchObject({ status: 'completed', endRecordedAt: instantAt(7, base) });
    await other.append(request(robot, [reading(cook, 99, at(40))]));
    expect(await head()).toMatchObject({ status: 'completed', peakTemperature: 90 });
    expect(await end(journal, 50)).toEqual([{ kind: 'duplicate' }]);
  });

  it('may come again when the device falls silent again', async () => {
    await silentCook();
    await journal.append(request(robot, [reading(cook, 95, at(20))]));
    expect(await end(other, 30, 'aborted')).toEqual([{ kind: 'accepted' }]);
    expect(await head()).toMatchObject({ status: 'aborted', endRecordedAt: instantAt(30, base) });
    await other.append(request(robot, [status(cook, 'completed', at(35))]));
    expect(await head()).toMatchObject({ status: 'completed', endRecordedAt: instantAt(35, base) });
  });

  it('is certain once the log of the device says the same', async () => {
    await silentCook();
    const { rows } = await database.pool.query<{ recipeId: string }>(
      'SELECT recipe_id AS "recipeId" FROM cooking_sessions WHERE id = $1',
      [cook],
    );
    await storeLogs(database.pool, robot.applianceId, [
      {
        sessionId: cook,
        revision: 0,
        recipeId: rows[0]?.recipeId ?? '',
        status: 'error',
        startedAt: instantAt(0, base),
        completedAt: instantAt(6, base),
        stagesLog: null,
        customizations: null,
        peakTemperature: null,
        totalDurationS: null,
      },
    ]);
    await journal.append(request(robot, [reading(cook, 99, at(40)), status(cook, 'completed', at(41))]));
    expect(await end(other, 50, 'aborted')).toEqual([{ kind: 'duplicate' }]);
    expect(await head()).toMatchObject({
      status: 'error',
      endRecordedAt: instantAt(6, base),
      peakTemperature: 90,
    });
  });

  it('is not taken before what the device had told already', async () => {
    await silentCook();
    await journal.append(request(robot, [reading(cook, 95, at(20))]));
    expect(await end(journal, 15)).toEqual([{ kind: 'duplicate' }]);
    expect(await head()).toMatchObject({ status: 'cooking' });
  });
});
