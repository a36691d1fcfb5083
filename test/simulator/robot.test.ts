import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OutgoingEvent } from '../../src/simulator/memory.js';
import { STAGE } from './fake-cloud.js';
import {
  createCloud,
  createStateDir,
  eventsOf,
  expectGapless,
  HASTE,
  ROBOT,
  startRobot,
  until,
} from './kit.js';

const statuses = (events: readonly OutgoingEvent[]) =>
  events.flatMap(({ reading }) => ('status' in reading ? [reading.status.sessionStatus] : []));

describe('a robot', () => {
  test('cooks dish after dish from the whole catalogue, and reports each from its first second to its last', async () => {
    const cloud = await createCloud();
    cloud.stages = [STAGE];
    startRobot(cloud, await createStateDir(), { speed: 1_000 });
    await until(() => statuses(eventsOf(cloud)).filter((status) => status === 'COMPLETED').length >= 3);

    const events = eventsOf(cloud);
    expectGapless(events);
    expect(new Set(cloud.of('StartCooking').map(({ variables }) => variables.input.recipeId))).toEqual(
      new Set(['recipe-1', 'recipe-2']),
    );
    const [first] = cloud.sessions;
    const cook = events.filter(({ sessionId }) => sessionId === first);
    expect(cook[0]?.reading).toEqual({ status: { sessionStatus: 'COOKING' } });
    expect(cook[1]?.reading).toMatchObject({ stageChange: { stageName: 'Heat Oil', totalStages: 1 } });
    expect(statuses(cook.slice(-1))).toEqual([expect.stringMatching(/COMPLETED|ABORTED/)]);
    expect(cook.length).toBeGreaterThan(8);
  });

  test('records by the wall clock, and tells what the clock says when it sends', async () => {
    const cloud = await createCloud();
    const startedAt = new Date().toISOString();
    startRobot(cloud, await createStateDir());
    await until(() => cloud.of('RecordTelemetry').length >= 5);
    const now = new Date(Date.now() + 1).toISOString();
    for (const { recordedAt } of eventsOf(cloud)) {
      expect(recordedAt > startedAt && recordedAt < now).toBe(true);
    }
    for (const { variables } of cloud.of('RecordTelemetry')) {
      expect(variables.input.sentAt >= variables.input.events.at(-1).recordedAt).toBe(true);
    }
  });

  test('sends a heartbeat with its firmware while it idles', async () => {
    const cloud = await createCloud();
    startRobot(cloud, await createStateDir(), {
      robots: [{ ...ROBOT, firmwareVersionCm5: '1.3.0' }],
      timing: { ...HASTE, firstCook: 60_000, heartbeat: 100 },
    });
    await until(() => cloud.events.size >= 3);
    for (const { reading, sessionId } of eventsOf(cloud)) {
      expect(sessionId).toBeUndefined();
      expect(reading).toMatchObject({
        heartbeat: { firmwareVersionCm5: '1.3.0', firmwareVersionStm32: '0.9.7' },
      });
    }
  });

  test('keeps the token it was given, for its owner alone, and goes on with it', async () => {
    const cloud = await createCloud();
    const stateDir = await createStateDir();
    const robot = startRobot(cloud, stateDir);
    await until(() => cloud.events.size > 0);
    await robot.stop();
    expect((await readFile(join(stateDir, 'EPIC-001.token'), 'utf8')).trim()).toBe('epd_valid');
    for (const file of ['EPIC-001.token', 'EPIC-001.json']) {
      expect((await stat(join(stateDir, file))).mode & 0o777).toBe(0o600);
    }
    const before = cloud.events.size;
    startRobot(cloud, stateDir, { robots: [{ deviceId: 'EPIC-001', serialNumber: 'SN-1' }] });
    await until(() => cloud.events.size > before);
    expect(cloud.of('Register')).toEqual([]);
  });

  test('registers when it has no token, shows its pairing code and cooks once it is paired', async () => {
    const cloud = await createCloud();
    cloud.isPaired = false;
    const { lines } = startRobot(cloud, await createStateDir(), {
      robots: [{ deviceId: 'EPIC-001', serialNumber: 'SN-1' }],
    });
    await until(() => cloud.of('ThisAppliance').length >= 3);
    expect(cloud.of('Register')[0]?.variables.input).toMatchObject({
      deviceId: 'EPIC-001',
      serialNumber: 'SN-1',
    });
    expect(lines.filter(({ fields }) => fields.pairingCode === '123456')).toHaveLength(1);
    expect(cloud.of('RecordTelemetry')).toEqual([]);
    cloud.isPaired = true;
    await until(() => statuses(eventsOf(cloud)).includes('COOKING'));
  });

  test('says once that its token is refused, tries again slowly, and is back when it is not', async () => {
    const cloud = await createCloud();
    cloud.validToken = 'epd_other';
    const { lines } = startRobot(cloud, await createStateDir());
    await until(() => cloud.requests.length >= 4);
    expect(lines.filter(({ message }) => message.includes('refuses the token'))).toHaveLength(1);
    const times = cloud.requests.map(({ atMs }) => atMs);
    expect((times[3] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(3 * 140);
    cloud.validToken = 'epd_valid';
    await until(() => cloud.events.size > 0);
  });

  test('forgets its cook with its old identity, but never a number', async () => {
    const cloud = await createCloud();
    const stateDir = await createStateDir();
    const robot = startRobot(cloud, stateDir);
    await until(() => cloud.sessions.size === 1 && cloud.events.size > 5);
    await robot.stop();
    const last = eventsOf(cloud).at(-1)?.deviceSequence ?? 0;

    const newCloud = await createCloud();
    newCloud.validToken = 'epd_new';
    startRobot(newCloud, stateDir, { robots: [{ ...ROBOT, token: 'epd_new' }] });
    await until(() => newCloud.sessions.size === 1 && newCloud.events.size > 5);
    expect([...newCloud.sessions]).not.toEqual([...cloud.sessions]);
    expect(eventsOf(newCloud)[0]?.deviceSequence).toBeGreaterThan(last);
  });

  test('stops cooking when it loses its home, and waits for the next', async () => {
    const cloud = await createCloud();
    startRobot(cloud, await createStateDir());
    await until(() => cloud.events.size > 10);
    cloud.isPaired = false;
    await until(() => cloud.of('RotatePairingCode').length > 0);
    const requests = cloud.of('StartCooking').length;
    cloud.isPaired = true;
    await until(() => cloud.of('StartCooking').length > requests);
    await until(() => statuses(eventsOf(cloud)).includes('ABORTED'));
    expectGapless(eventsOf(cloud));
    const end = eventsOf(cloud).find(
      ({ reading }) => statuses([{ reading } as OutgoingEvent])[0] === 'ABORTED',
    );
    expect(end?.reading).toEqual({ status: { sessionStatus: 'ABORTED', reason: 'UNPAIRED' } });
  });

  test('starts one cook however often it must ask', async () => {
    const cloud = await createCloud();
    const fates = ['cut before', 'cut after', { status: 502 }, { error: 'SERVICE_UNAVAILABLE' }] as const;
    cloud.fate = ({ operation }) =>
      operation === 'StartCooking' ? fates[cloud.of('StartCooking').length - 1] : undefined;
    startRobot(cloud, await createStateDir());
    await until(() => statuses(eventsOf(cloud)).includes('COOKING'));
    const uuids = cloud.of('StartCooking').map(({ variables }) => variables.input.sessionUuid);
    expect(uuids).toHaveLength(5);
    expect(new Set(uuids).size).toBe(1);
    expect(uuids[0]).toMatch(/^[0-9a-f]{8}-/);
  });

  test('ends a cook that only the cloud remembers, then starts its own', async () => {
    const cloud = await createCloud();
    const forgotten = '5f0c1e1c-6f2e-4d0a-9d53-0f6f6b0d1f11';
    cloud.currentSession = forgotten;
    startRobot(cloud, await createStateDir());
    await until(() => cloud.sessions.size === 1);
    const end = eventsOf(cloud).filter(({ sessionId }) => sessionId === forgotten);
    expect(end.map(({ reading }) => reading)).toEqual([
      { status: { sessionStatus: 'ABORTED', reason: 'FORGOTTEN' } },
    ]);
    const uuids = cloud.of('StartCooking').map(({ variables }) => variables.input.sessionUuid);
    expect(new Set(uuids).size).toBe(1);
  });

  test('chooses another dish when the cloud refuses one', async () => {
    const cloud = await createCloud();
    cloud.fate = ({ operation }) =>
      operation === 'StartCooking' && cloud.of('StartCooking').length === 1
        ? { error: 'NOT_FOUND' }
        : undefined;
    startRobot(cloud, await createStateDir());
    await until(() => cloud.sessions.size === 1);
    const [refused, taken] = cloud.of('StartCooking').map(({ variables }) => variables.input);
    expect(taken.recipeId).not.toBe(refused.recipeId);
    expect(taken.sessionUuid).not.toBe(refused.sessionUuid);
    expect(cloud.of('Recipes')).toHaveLength(4);
  });
});
