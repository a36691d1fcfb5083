import type { Instant } from '../instant.js';

/** Where an event stands in the order in which its device made it, whatever the order of arrival. */
export interface DevicePosition {
  recordedAt: Instant;
  /** Null for an event that the server made: it stands behind the device's of the same instant. */
  deviceSequence: number | null;
}

/** Sorts by the device's clock, then by its counter. Only events that the server made can be equal. */
export function compareDeviceOrder(a: DevicePosition, b: DevicePosition): number {
  if (a.recordedAt !== b.recordedAt) return a.recordedAt < b.recordedAt ? -1 : 1;
  if (a.deviceSequence === b.deviceSequence) return 0;
  if (a.deviceSequence === null) return 1;
  return b.deviceSequence === null || a.deviceSequence < b.deviceSequence ? -1 : 1;
}

/** Whether `a` stands behind all that was seen so far; `null` is before everything. */
export function isAfter(a: DevicePosition, b: DevicePosition | null): boolean {
  return b === null || compareDeviceOrder(a, b) > 0;
}
