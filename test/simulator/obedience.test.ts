import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OutgoingEvent } from '../../src/simulator/memory.js';
import { answer, orderCook, readCommand, readCook, told } from '../_util/commands.js';
import { createHome, insertRecipe } from '../_util/home.js';
import { startTestServer } from '../_util/server.js';
import { type FakeCloud, STAGE } from './fake-cloud.js';
import { createCloud, createStateDir, eventsOf, expectGapless, HASTE, startRobot, until } from './kit.js';

const statuses = (events: readonly OutgoingEvent[], sessionId: string) =>
  events.flatMap((event) =>
    'status' in event.reading && event.sessionId === sessionId
      ? [`${event.reading.status.sessionStatus} ${event.reading.status.reason ?? ''}`.trim()]
      : [],
  );

/** A robot that cooks nothing of its own while the test looks, in a cloud whose dishes take long. */
async function startIdle(timing = {}) {
  const cloud = await createCloud();
  cloud.stages = [{ ...STAGE, name: 'Simmer', durationSeconds: 12_000, cvCheck: null }];
  const robot = startRobot(cloud, await createStateDir(), {
    timing: { ...HASTE, firstCook: 600_000, ...timing },
  });
  await until(() => cloud.of('ApplianceCommands').length > 0);
  return { cloud, robot };
}

function order(cloud: FakeCloud, recipe = 'uuid-1') {
  const [id, uuid] = [randomUUID(), randomUUID()];
  cloud.currentSession = uuid;
  cloud.command({
    id,
    kind: 'COOK',
    payload: { session_uuid: uuid, recipe_id: recipe, recipe_version: 1, customizations: null },
    session: { uuid },
  });
  return { id, uuid, of: () => statuses(eventsOf(cloud), uuid) };
}

const answersTo = (cloud: FakeCloud, id: string) =>
  cloud.of('AcknowledgeCommand').filter(({ variables }) => variables.input.commandId === id);

describe('a robot that is told to cook', () => {
  test('begins when its yes was accepted, not before', async () => {
    const { cloud } = await startIdle();
    let accept = () => {};
    cloud.acknowledged = () =>
      new Promise((resolve) => {
        accept = () => resolve('ACKNOWLEDGED');
      });
    const cook = order(cloud);
    await until(() => answersTo(cloud, cook.id).length === 1);
    const heartbeats = cloud.events.size;
    await until(() => cloud.events.size > heartbeats + 1);
    expect(cook.of()).toEqual([]);
    accept();
    await until(() => cook.of().includes('COOKING'));
    expect(cloud.of('StartCooking')).toEqual([]);
    expectGapless(eventsOf(cloud));
  });

  test.each(['EXPIRED', 'REJECTED'])('does not begin when the cloud says %s to its yes', async (state) => {
    const { cloud } = await startIdle();
    cloud.acknowledged = () => state;
    const late = order(cloud);
    await until(() => answersTo(cloud, late.id).length === 1);
    cloud.acknowledged = () => 'ACKNOWLEDGED';
    const next = order(cloud);
    await until(() => next.of().includes('COOKING'));
    expect(late.of()).toEqual([]);
  });

  test('does not begin when the yes of the cloud takes too long by its own clock, and says so', async () => {
    const { cloud } = await startIdle({ longestYes: 500 });
    cloud.acknowledged = () => new Promise((resolve) => setTimeout(() => resolve('ACKNOWLEDGED'), 1_500));
    const late = order(cloud);
    await until(() => late.of().length > 0);
    expect(late.of()).toEqual(['ABORTED ANSWER_TOO_LATE']);
    cloud.acknowledged = () => 'ACKNOWLEDGED';
    const next = order(cloud);
    await until(() => next.of().includes('COOKING'));
    expect(late.of()).toEqual(['ABORTED ANSWER_TOO_LATE']);
  });

  test('cooks once, however often it is told and its answer is lost', async () => {
    const { cloud } = await startIdle();
    const fates = ['cut before', 'cut after', { status: 502 }] as const;
    cloud.fate = ({ operation }) =>
      operation === 'AcknowledgeCommand' ? fates[cloud.of('AcknowledgeCommand').length - 1] : undefined;
    const cook = order(cloud);
    const command = { id: cook.id, kind: 'COOK', payload: { session_uuid: cook.uuid, recipe_id: 'uuid-1' } };
    cloud.command(command);
    await until(() => cook.of().includes('COOKING'));
    cloud.command(command);
    cloud.cutLines();
    await until(() => cloud.of('ApplianceCommands').length > 1);
    const before = cloud.events.size;
    await until(() => cloud.events.size > before + 5);
    expect(cook.of()).toEqual(['COOKING']);
    expectGapless(eventsOf(cloud));
  });

  test('says no while another dish is on, and to a recipe that it does not have', async () => {
    const { cloud } = await startIdle();
    const unknown = order(cloud, 'uuid-99');
    await until(() => answersTo(cloud, unknown.id).length === 1);
    const cook = order(cloud);
    await until(() => cook.of().includes('COOKING'));
    const second = order(cloud, 'uuid-2');
    await until(() => answersTo(cloud, second.id).length === 1);
    expect([unknown, second].map(({ id }) => answersTo(cloud, id)[0]?.variables.input)).toEqual([
      { commandId: unknown.id, accepted: false, message: 'This robot does not have the recipe.' },
      { commandId: second.id, accepted: false, message: 'Another dish is on.' },
    ]);
    expect([...unknown.of(), ...second.of()]).toEqual([]);
  });

  test('gives up a dish of its own that the cloud refuses because of the order', async () => {
    const cloud = await createCloud();
    const uuid = randomUUID();
    cloud.currentSession = uuid;
    cloud.orders = [{ kind: 'COOK', state: 'PENDING' }];
    startRobot(cloud, await createStateDir());
    await until(() => cloud.of('StartCooking').length > 0);
    cloud.command({ id: 'c', kind: 'COOK', payload: { session_uuid: uuid, recipe_id: 'uuid-2' } });
    await until(() => statuses(eventsOf(cloud), uuid).includes('COOKING'));
    expect(statuses(eventsOf(cloud), uuid)[0]).toBe('COOKING');
  });
});

describe('a robot', () => {
  test('holds, resumes and ends its dish as it is told, and then waits for a person to want another', async () => {
    const { cloud } = await startIdle({ afterStop: 600_000 });
    const cook = order(cloud);
    await until(() => cook.of().length === 1);
    for (const [kind, count] of [
      ['PAUSE', 2],
      ['RESUME', 3],
      ['STOP', 4],
    ] as const) {
      cloud.command({ id: kind, kind, session: { uuid: cook.uuid } });
      await until(() => cook.of().length === count);
    }
    expect(cook.of()).toEqual([
      'COOKING',
      'PAUSED USER_PAUSED',
      'COOKING USER_RESUMED',
      'ABORTED USER_STOPPED',
    ]);
    cloud.command({ id: 'late', kind: 'PAUSE', session: { uuid: cook.uuid } });
    cloud.command({ id: 'again', kind: 'STOP', session: { uuid: cook.uuid } });
    await until(() => ['late', 'again'].every((id) => answersTo(cloud, id).length === 1));
    expect(answersTo(cloud, 'late')[0]?.variables.input.accepted).toBe(false);
    expect(answersTo(cloud, 'again')[0]?.variables.input.accepted).toBe(true);
    expect(cloud.of('StartCooking')).toEqual([]);
    const next = order(cloud);
    await until(() => next.of().includes('COOKING'));
  });

  test('stops whatever is on when it is told so without a name, its own dish too', async () => {
    const cloud = await createCloud();
    cloud.stages = [{ ...STAGE, name: 'Simmer', durationSeconds: 12_000, cvCheck: null }];
    startRobot(cloud, await createStateDir());
    await until(() => cloud.events.size > 3);
    cloud.command({ id: 'stop', kind: 'STOP' });
    const [own] = cloud.sessions;
    await until(() => statuses(eventsOf(cloud), own ?? '').includes('ABORTED USER_STOPPED'));
  });

  test('installs firmware and says so, and fetches the catalogue when it is told', async () => {
    const { cloud } = await startIdle();
    cloud.command({ id: 'ota', kind: 'OTA', payload: { target: 'cm5', version: '9.9.9' } });
    await until(() =>
      eventsOf(cloud).some(
        ({ reading }) => 'heartbeat' in reading && reading.heartbeat.firmwareVersionCm5 === '9.9.9',
      ),
    );
    cloud.command({ id: 'sync', kind: 'RECIPE_SYNC' });
    await until(() => answersTo(cloud, 'sync').length === 1);
  });

  test('listens again when the line is lost, or when it is silent for too long', async () => {
    const { cloud } = await startIdle({ lineSilence: 300 });
    await until(() => cloud.of('ApplianceCommands').length >= 3);
    cloud.cutLines();
    const cook = order(cloud);
    await until(() => cook.of().includes('COOKING'));
  });

  test('cooks, holds, resumes and stops for the person whose home it is in, by way of the server', async () => {
    const server = await startTestServer();
    onTestFinished(() => server.stop());
    const home = await createHome(server);
    const recipeId = await insertRecipe(server);
    await server.database.pool.query(
      `UPDATE recipes SET recipe_data = jsonb_set(recipe_data, '{stages,0,duration_seconds}', '6000') WHERE id = $1`,
      [recipeId],
    );
    const { deviceId, deviceToken } = home;
    startRobot({ url: server.url } as FakeCloud, await createStateDir(), {
      robots: [{ deviceId, serialNumber: `SN-${deviceId}`, token: deviceToken }],
      speed: 1,
      timing: { ...HASTE, firstCook: 600_000, afterStop: 600_000 },
    });
    const { sessionId, commandId } = await orderCook(server, home, { recipeId });
    const status = async () => (await readCook(server, home, sessionId)).status;
    await expect.poll(status, { timeout: 20_000 }).toBe('COOKING');
    expect(await readCommand(server, home, commandId)).toMatchObject({ state: 'ACKNOWLEDGED' });
    await told(server, home, 'pause', sessionId);
    await expect.poll(status, { timeout: 20_000 }).toBe('PAUSED');
    await told(server, home, 'resume', sessionId);
    await expect.poll(status, { timeout: 20_000 }).toBe('COOKING');
    const stop = await told(server, home, 'stop', sessionId);
    await expect.poll(status, { timeout: 20_000 }).toBe('ABORTED');
    expect((await answer(server, home, stop.id, true)).data.acknowledgeCommand.command.state).toBe(
      'ACKNOWLEDGED',
    );
  });
});
