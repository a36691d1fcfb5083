import { describe, expect, onTestFinished, test } from 'vitest';
import type { Reading } from '../../src/kitchen/readings.js';
import { Cloud } from '../../src/simulator/cloud.js';
import { createMemory, MemoryFiles } from '../../src/simulator/memory.js';
import { Outbox } from '../../src/simulator/outbox.js';
import { TIMING } from '../../src/simulator/timing.js';
import { createCloud, createLog, createStateDir, eventsOf, HASTE, until } from './kit.js';

const LIMIT = 5_000;
const NOW = 1_790_000_000_000_000;

const temperature: Reading = {
  temperature: {
    ...{ temperature: 20, coilTemperature: 20, powerPercent: 0, weightGrams: 0 },
    ...{ stirActive: false, progressPercent: 0, secondsRemaining: 0 },
  },
};
const status: Reading = { status: { sessionStatus: 'COOKING' } };

async function createOutbox(url = 'http://127.0.0.1:1') {
  const { log, lines } = createLog();
  const memory = createMemory();
  const files = new MemoryFiles(await createStateDir(), 'EPIC-001');
  const cloud = new Cloud(url, 1_000);
  cloud.token = 'epd_valid';
  const outbox = new Outbox({
    ...{ memory, files, cloud, timing: { ...TIMING, ...HASTE }, log, deviceId: 'EPIC-001' },
    onUnpaired: () => {},
    onUnknownSession: () => {},
  });
  return { outbox, memory, files, lines };
}

describe('the outbox', () => {
  test('drops the oldest temperature readings first when too much is waiting, and says so once', async () => {
    const { outbox, memory, lines } = await createOutbox();
    outbox.add(status, 'a cook', NOW);
    for (let i = 1; i < LIMIT + 10; i++) outbox.add(temperature, 'a cook', NOW + i);
    expect(memory.pending).toHaveLength(LIMIT);
    expect(memory.pending[0]?.reading).toEqual(status);
    expect(memory.pending[1]?.deviceSequence).toBe((memory.pending[0]?.deviceSequence ?? 0) + 11);
    expect(lines).toEqual([
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('too much') }),
    ]);
  });

  test('is bounded even when nothing but statuses is waiting', async () => {
    const { outbox, memory } = await createOutbox();
    for (let i = 0; i < LIMIT + 3; i++) outbox.add(status, 'a cook', NOW + i);
    expect(memory.pending).toHaveLength(LIMIT);
  });

  test('makes times that only ever grow, whatever the clock does', async () => {
    const { outbox, memory } = await createOutbox();
    for (const at of [NOW, NOW, NOW - 3_600_000_000, NOW + 0.4, NOW + 1_000_000.7]) {
      outbox.add(status, 'a cook', at);
    }
    expect(memory.pending.map(({ recordedAt }) => recordedAt.slice(17))).toEqual([
      ...['20.000000Z', '20.000001Z', '20.000002Z', '20.000003Z', '21.000000Z'],
    ]);
  });

  test('sends nothing that is not saved', async () => {
    const cloud = await createCloud();
    const { outbox, memory, files } = await createOutbox(cloud.url);
    const running = outbox.run();
    onTestFinished(() => outbox.close(running));
    outbox.add(status, 'a cook', NOW);
    await outbox.commit();
    outbox.add(temperature, 'a cook', NOW + 1);
    await until(() => cloud.events.size === 1);
    expect(eventsOf(cloud).map(({ reading }) => reading)).toEqual([status]);
    expect(outbox.isEmpty).toBe(false);
    await outbox.commit();
    expect((await files.readMemory())?.deviceSequence).toBe(memory.deviceSequence);
    await until(() => outbox.isEmpty);
  });

  test('closes within its time although the cloud never answers', async () => {
    const cloud = await createCloud();
    let open = 0;
    cloud.fate = () => {
      open += 1;
      return { error: 'SERVICE_UNAVAILABLE' };
    };
    const { outbox, memory } = await createOutbox(cloud.url);
    const running = outbox.run();
    outbox.add(status, 'a cook', NOW);
    await outbox.commit();
    await until(() => open > 0);
    const started = performance.now();
    await outbox.close(running);
    expect(performance.now() - started).toBeLessThan(TIMING.flush);
    expect(memory.pending).toHaveLength(1);
  });
});

describe('the memory', () => {
  test('keeps the last of many saves at once', async () => {
    const { memory, files } = await createOutbox();
    const saves = Array.from({ length: 50 }, (_, i) => {
      memory.deviceSequence = i;
      return files.saveMemory(memory);
    });
    await Promise.all(saves);
    expect((await files.readMemory())?.deviceSequence).toBe(49);
  });

  test('is not read from a file that something else wrote', async () => {
    const { files, memory } = await createOutbox();
    await files.saveMemory({ ...memory, pending: 'none' as never });
    await expect(files.readMemory()).rejects.toThrow("not a robot's memory");
  });
});
