import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import type { SimulatorLog } from '../../src/simulator/log.js';
import type { OutgoingEvent } from '../../src/simulator/memory.js';
import { type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.js';
import { type FakeCloud, startFakeCloud } from './fake-cloud.js';
import { HASTE } from './haste.js';

export { HASTE };

export interface LogLine {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

export function createLog(): { log: SimulatorLog; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const write = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, message, fields: { ...fields } });
  };
  return { lines, log: { info: write('info'), warn: write('warn'), error: write('error') } };
}

export async function createStateDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'epicura-robots-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return join(dir, 'robots');
}

/** A cloud that goes away with the test. */
export async function createCloud(): Promise<FakeCloud> {
  const cloud = await startFakeCloud();
  onTestFinished(() => cloud.close());
  return cloud;
}

export const ROBOT = { deviceId: 'EPIC-001', serialNumber: 'SN-1', token: 'epd_valid' };

/** A robot in a hurry that is switched off with the test, or earlier. */
export function startRobot(cloud: FakeCloud, stateDir: string, options: Partial<SimulatorOptions> = {}) {
  const { log, lines } = createLog();
  const simulator = startSimulator({
    ...{ url: cloud.url, speed: 400, stateDir, robots: [ROBOT], log, timing: HASTE },
    ...options,
  });
  onTestFinished(() => simulator.stop());
  return { stop: () => simulator.stop(), lines };
}

/** Waits until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 15_000, interval: 10 });
}

export function eventsOf(cloud: FakeCloud): OutgoingEvent[] {
  return [...cloud.events.values()].toSorted((a, b) => a.deviceSequence - b.deviceSequence);
}

/** Asserts that nothing is lost, used twice or out of order. */
export function expectGapless(events: readonly OutgoingEvent[]): void {
  const first = events[0]?.deviceSequence ?? 0;
  expect(events.map(({ deviceSequence }) => deviceSequence)).toEqual(events.map((_, i) => first + i));
  for (const [i, { recordedAt }] of events.entries()) {
    expect(recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(recordedAt > (events[i - 1]?.recordedAt ?? '')).toBe(true);
  }
}
