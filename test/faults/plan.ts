import { drawChance, drawInteger, type Random } from '../../src/kitchen/random.js';
import { evenly, pick, randomFor, shuffled } from './chance.js';

export const KILLS = ['kill-server', 'kill-postgres', 'kill-both'] as const;
export const DISTURBANCES = [
  'restart-postgres',
  'cut-connections',
  'cut-listen',
  'freeze-server',
  'shift-clocks',
] as const;

export type FaultKind = (typeof KILLS)[number] | (typeof DISTURBANCES)[number] | 'restart-redis';

/** One fault, decided before the run begins. */
export interface Fault {
  kind: FaultKind;
  /** The instances it strikes, by index. */
  instances: number[];
  /** How long the victim stays away or silent. */
  durationMs: number;
  /** Progress before the fault. */
  pauseMs: number;
  /** Whether the next fault strikes without waiting for recovery from this one. */
  overlaps: boolean;
}

export interface PlanOptions {
  seed: number;
  /** Faults that kill the server, PostgreSQL or both. */
  kills: number;
  /** Other faults. */
  disturbances: number;
  instances: number;
  redis: boolean;
}

/** What will happen, and in which order: the same for the same options. */
export function makePlan({ seed, kills, disturbances, instances, redis }: PlanOptions): Fault[] {
  const random = randomFor(seed, 'plan');
  const others: FaultKind[] = redis ? [...DISTURBANCES, 'restart-redis'] : [...DISTURBANCES];
  const kinds = shuffled(random, [
    ...evenly<FaultKind>(random, KILLS, kills),
    ...evenly(random, others, disturbances),
  ]);
  return kinds.map((kind, i) => ({
    kind,
    instances: victims(random, kind, instances),
    durationMs: duration(random, kind),
    pauseMs: drawInteger(random, 300, 1500),
    overlaps: i < kinds.length - 1 && drawChance(random, 0.2),
  }));
}

/** A server usually dies alone, and sometimes with all the others. */
function victims(random: Random, kind: FaultKind, instances: number): number[] {
  const all = Array.from({ length: instances }, (_, i) => i);
  if (!['kill-server', 'kill-both', 'cut-listen', 'freeze-server'].includes(kind)) return [];
  const everyone = kind !== 'freeze-server' && drawChance(random, 0.3);
  return everyone ? all : [pick(random, all)];
}

function duration(random: Random, kind: FaultKind): number {
  switch (kind) {
    case 'kill-postgres':
    case 'kill-both':
      return drawInteger(random, 0, 1500);
    case 'restart-postgres':
      return drawInteger(random, 200, 3000);
    case 'restart-redis':
      return drawInteger(random, 100, 1500);
    case 'freeze-server':
      return drawInteger(random, 1000, 5000);
    default:
      return 0;
  }
}
