import { drawChance, drawInteger, type Random } from './random.js';
import type { AlertReading } from './readings.js';

export type MishapKind =
  | 'PAUSE'
  | 'STOP'
  | 'POT_REMOVED'
  | 'CV_FAILURE'
  | 'MOTOR_STALL'
  | 'SENSOR_FAILURE'
  | 'POWER_ANOMALY';

/** Something that disturbs a cook. */
export interface Mishap {
  kind: MishapKind;
  /** Seconds since the cook began; it happens in the first second from then on in which nothing else does. */
  atSeconds: number;
  /** A stop is for good, and a blind camera stays blind until the stage ends. */
  durationSeconds: number;
}

/** How often it happens in a cook, and how long it lasts. */
const ODDS: readonly { kind: MishapKind; probability: number; least: number; most: number }[] = [
  { kind: 'PAUSE', probability: 0.1, least: 40, most: 180 },
  { kind: 'POT_REMOVED', probability: 0.06, least: 20, most: 60 },
  { kind: 'CV_FAILURE', probability: 0.08, least: 0, most: 0 },
  { kind: 'MOTOR_STALL', probability: 0.05, least: 10, most: 25 },
  { kind: 'SENSOR_FAILURE', probability: 0.03, least: 15, most: 30 },
  { kind: 'POWER_ANOMALY', probability: 0.02, least: 10, most: 20 },
  { kind: 'STOP', probability: 0.03, least: 0, most: 0 },
];

const ALERTS: Record<Exclude<MishapKind, 'PAUSE' | 'STOP'>, Omit<AlertReading, 'code'>> = {
  POT_REMOVED: { severity: 'WARNING', message: 'The pot was taken off. Put it back to go on.' },
  CV_FAILURE: { severity: 'WARNING', message: 'The camera cannot see the food. The timer takes over.' },
  MOTOR_STALL: { severity: 'WARNING', message: 'The stirring arm is stuck. Trying again.' },
  SENSOR_FAILURE: { severity: 'WARNING', message: 'The temperature sensor does not answer.' },
  POWER_ANOMALY: {
    severity: 'CRITICAL',
    message: 'The mains voltage is out of range. The heat is off until it is back.',
  },
};

/** What will go wrong in a cook that lasts `totalSeconds`: mostly nothing. */
export function drawMishaps(random: Random, totalSeconds: number): Mishap[] {
  const mishaps = ODDS.filter(({ probability }) => drawChance(random, probability)).map((odds) => ({
    kind: odds.kind,
    atSeconds: drawInteger(random, Math.round(totalSeconds * 0.1), Math.round(totalSeconds * 0.8)),
    durationSeconds: drawInteger(random, odds.least, odds.most),
  }));
  return mishaps.sort((a, b) => a.atSeconds - b.atSeconds);
}

/** What the appliance says about it; nothing about what a person did. */
export function alertOf(kind: MishapKind): AlertReading | undefined {
  return kind === 'PAUSE' || kind === 'STOP' ? undefined : { code: kind, ...ALERTS[kind] };
}
