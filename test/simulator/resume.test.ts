import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type FakeCloud, STAGE } from './fake-cloud.js';
import { createCloud, createStateDir, eventsOf, expectGapless, startRobot, until } from './kit.js';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

function startChild(cloud: FakeCloud, stateDir: string): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, cloud.url, stateDir], {
    stdio: 'inherit',
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}

/** Its dishes take so long that nothing goes wrong with them while the test looks. */
async function createSlowCloud(): Promise<FakeCloud> {
  const cloud = await createCloud();
  cloud.stages = [{ ...STAGE, name: 'Simmer', durationSeconds: 12_000, cvCheck: null }];
  return cloud;
}

describe('a robot that is killed', () => {
  test('goes on with the cook it had, loses nothing and uses no number twice', async () => {
    const cloud = await createSlowCloud();
    const stateDir = await createStateDir();
    for (let kills = 0; kills < 3; kills++) {
      const child = startChild(cloud, stateDir);
      const before = cloud.events.size;
      await until(() => cloud.events.size > before + 8);
      if (kills === 1) {
        // The answer to what it sent last dies with it.
        cloud.fate = ({ operation }) => (operation === 'RecordTelemetry' ? 'cut after' : undefined);
        const sent = cloud.of('RecordTelemetry').length;
        await until(() => cloud.of('RecordTelemetry').length > sent);
      }
      await kill(child, 'SIGKILL');
      cloud.fate = () => undefined;
    }
    const before = cloud.events.size;
    const robot = startRobot(cloud, stateDir, { speed: 8_000 });
    await until(() => cloud.sessions.size === 2 && cloud.events.size > before + 20);
    await robot.stop();

    const [first] = cloud.sessions;
    const cook = eventsOf(cloud).filter(({ sessionId }) => sessionId === first);
    expectGapless(eventsOf(cloud));
    expect(robot.lines.filter(({ fields }) => fields.code === 'CONFLICT')).toEqual([]);
    const progress = cook.flatMap(({ reading }) =>
      'temperature' in reading ? [reading.temperature.progressPercent] : [],
    );
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress[0]).toBe(0);
    const starts = cook.filter(({ reading }) => 'stageChange' in reading);
    expect(starts).toHaveLength(1);
  });

  test('sends after its death what it had saved before, the same', async () => {
    const cloud = await createSlowCloud();
    const stateDir = await createStateDir();
    cloud.fate = ({ operation }) => (operation === 'RecordTelemetry' ? { status: 503 } : undefined);
    const child = startChild(cloud, stateDir);
    await until(() => cloud.of('RecordTelemetry').length >= 4);
    await kill(child, 'SIGKILL');
    const sentBefore = cloud.of('RecordTelemetry').at(-1)?.variables.input.events ?? [];
    cloud.fate = () => undefined;
    startRobot(cloud, stateDir);
    await until(() => cloud.events.size > sentBefore.length);
    expect(eventsOf(cloud).slice(0, sentBefore.length)).toEqual(sentBefore);
  });
});

describe('a robot that is switched off', () => {
  test('sends what is left and goes on with its cook when it is switched on', async () => {
    const cloud = await createSlowCloud();
    const stateDir = await createStateDir();
    const robot = startRobot(cloud, stateDir);
    await until(() => cloud.events.size > 20);
    const started = performance.now();
    await robot.stop();
    expect(performance.now() - started).toBeLessThan(2_500);
    const before = cloud.events.size;
    startRobot(cloud, stateDir);
    await until(() => cloud.events.size > before + 20);
    expect(cloud.sessions.size).toBe(1);
    expect(cloud.of('StartCooking')).toHaveLength(1);
    expectGapless(eventsOf(cloud));
  });

  test('is off within two seconds although the cloud is silent, and keeps what it could not send', async () => {
    const cloud = await createSlowCloud();
    const stateDir = await createStateDir();
    const robot = startRobot(cloud, stateDir);
    await until(() => cloud.events.size > 5);
    cloud.fate = ({ operation }) => (operation === 'RecordTelemetry' ? 'hang' : undefined);
    const sent = cloud.of('RecordTelemetry').length;
    await until(() => cloud.of('RecordTelemetry').length > sent);
    const started = performance.now();
    await robot.stop();
    expect(performance.now() - started).toBeLessThan(3_000);
    cloud.fate = () => undefined;
    const before = cloud.events.size;
    startRobot(cloud, stateDir);
    await until(() => cloud.events.size > before + 10);
    expectGapless(eventsOf(cloud));
  });

  test('leaves nothing behind that keeps the process alive', async () => {
    const cloud = await createSlowCloud();
    const child = startChild(cloud, await createStateDir());
    await until(() => cloud.events.size > 5);
    const started = performance.now();
    expect(await kill(child, 'SIGTERM')).toBe(0);
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});
