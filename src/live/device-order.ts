import type { Instant } from '../instant.js';

/** Where an event stands in the order in which its device made it, whatever the order of arrival. */
export interface DevicePosition {
  recordedAt: Instant;
  /** Null for an event that the server made: it stands behind the device's of the same instant. */
  deviceSequence: number | null;
}

/** Sorts by the device's clock, then by its counter. */
export function compareDeviceOrder(a: DevicePosition, b: DevicePosition): number {
  if (a.recordedAt !== b.recordedAt) return a.recordedAt < b.recordedAt ? -1 : 1;
  return (a.deviceSequence ?? Number.POSITIVE_INFINITY) < (b.deviceSequence ?? Number.POSITIVE_INFINITY)
    ? -1
    : 1;
}
