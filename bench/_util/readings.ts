/** A reading of the pot with all its values, as robots send it every second. */
export interface TemperatureReading {
  temperature: number;
  targetTemperature: number;
  coilTemperature: number;
  powerPercent: number;
  weightGrams: number;
  stirActive: boolean;
  stirPattern: string;
  progressPercent: number;
  secondsRemaining: number;
  cvClass: string;
  cvConfidence: number;
}

export interface DeviceEvent {
  deviceSequence: number;
  sessionId: string;
  recordedAt: string;
  reading: { temperature: TemperatureReading };
}

const CLASSES = ['onions_raw', 'onions_translucent', 'onions_golden', 'sauce_simmering'];
/** Events of a run are recorded within a day, so that they stay in the window in which the server takes them. */
const START_MS_AGO = 12 * 3_600_000;
const TICK_MS = 20;

/** The `i`-th reading of a cook: near its neighbours, like a real curve, and seldom the same as another. */
export function readingAt(i: number): TemperatureReading {
  const swing = Math.sin(i / 40);
  return {
    temperature: round(140 + 25 * swing + (i % 7) * 0.1, 1),
    targetTemperature: 150,
    coilTemperature: round(190 + 30 * swing + (i % 11) * 0.1, 1),
    powerPercent: round(55 - 30 * swing, 1),
    weightGrams: round(850 - (i % 3000) * 0.1, 1),
    stirActive: i % 60 < 45,
    stirPattern: 'circular',
    progressPercent: round((i % 1000) / 10, 1),
    secondsRemaining: 1800 - (i % 1800),
    cvClass: CLASSES[Math.floor(i / 250) % CLASSES.length] as string,
    cvConfidence: round(0.8 + (i % 190) / 1000, 3),
  };
}

const payloads: string[] = [];

/** The stored form of the `i`-th reading. Kept, so that a floor that stores it for many cooks makes it once. */
export function payloadAt(i: number): string {
  payloads[i] ??= JSON.stringify(
    Object.fromEntries(
      Object.entries(readingAt(i)).map(([name, value]) => [
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        value,
      ]),
    ),
  );
  return payloads[i];
}

/** The counter and the clock of one device. */
export class DeviceClock {
  #sequence = 0;
  readonly #startMs = Date.now() - START_MS_AGO;

  next(): { i: number; recordedAt: string } {
    const i = ++this.#sequence;
    return { i, recordedAt: new Date(this.#startMs + i * TICK_MS).toISOString() };
  }

  nextEvent(sessionId: string): DeviceEvent {
    const { i, recordedAt } = this.next();
    return { deviceSequence: i, sessionId, recordedAt, reading: { temperature: readingAt(i) } };
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
