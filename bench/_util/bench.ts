import type { Driver } from '../driver/main.js';
import type { RequestsDriver } from '../driver/requests.js';
import { type Child, type Methods, startChild } from './child.js';
import type { Closers } from './closers.js';
import { machineLoad } from './cpu.js';
import type { BenchDatabase } from './database.js';
import { type Home, signToken } from './homes.js';
import { type Product, type ProductOptions, startProduct } from './product.js';

export interface BenchOptions {
  /** How often floor and product are measured, in turns. */
  rounds: number;
  /** How long each of these measurements takes. */
  seconds: number;
  minutes: number;
  /** How long a round waits for others on this machine to leave it alone. */
  patienceSeconds: number;
  profileDir: string | undefined;
  /** Names of the operations that `queries` measures; all where there are none. */
  only: readonly string[] | undefined;
}

/** What a figure works with; what it starts here is stopped when it is over. */
export interface Bench {
  options: BenchOptions;
  database: BenchDatabase;
  closers: Closers;
}

/** One figure of the live core. */
export interface Figure {
  name: string;
  title: string;
  run(bench: Bench): Promise<Result>;
}

export interface Result {
  columns: string[];
  /** One for each round. */
  rows: (string | number)[][];
  /** What the medians come to, beside what is asked. */
  verdicts: Verdict[];
  notes?: string[];
}

export interface Verdict {
  /** `2.1 ×`, `14.2 KB`. */
  value: string;
  /** `≤ 2 × the floor`. */
  bar: string;
  what: string;
  isReached: boolean;
}

export async function startServer(bench: Bench, options: ProductOptions): Promise<Product> {
  const starting = startProduct({ ...options, profileDir: bench.options.profileDir });
  bench.closers.add(async () => (await starting).stop());
  return starting;
}

/** A process that plays the clients of one server. */
export async function startDriver(bench: Bench): Promise<Child<Driver>> {
  return start(bench, new URL('../driver/main.ts', import.meta.url));
}

/** A process that sends HTTP requests. */
export async function startRequests(bench: Bench): Promise<Child<RequestsDriver>> {
  return start(bench, new URL('../driver/requests.ts', import.meta.url));
}

/** The server of `bench/floors/<name>.ts`, run by another Node.js where one is named. */
export async function startFloor<M extends Methods>(
  bench: Bench,
  name: string,
  nodeOptions: string[] = [],
  node?: string,
): Promise<Child<M>> {
  return start(bench, new URL(`../floors/${name}.ts`, import.meta.url), nodeOptions, node);
}

async function start<M extends Methods>(
  bench: Bench,
  file: URL,
  nodeOptions: string[] = [],
  node?: string,
): Promise<Child<M>> {
  const child = await startChild<M>(file, nodeOptions, node);
  bench.closers.add(child.stop);
  return child;
}

/** What the devices of homes present, and which cook they report. */
export function devicesOf(homes: readonly Home[]): { token: string; sessionId: string }[] {
  return homes.map(({ deviceToken, sessionGlobalId }) => ({
    token: deviceToken,
    sessionId: sessionGlobalId,
  }));
}

/** `each` viewers of every home's cook, one after the other cook, each with a token of their own. */
export async function viewersOf(
  product: Product,
  homes: readonly Home[],
  each: number,
): Promise<{ token: string; sessionId: string }[]> {
  const viewers: { token: string; sessionId: string }[] = [];
  for (let n = 0; n < each; n++) {
    for (const { userId, sessionGlobalId } of homes) {
      viewers.push({ token: await signToken(product.jwtSecret, userId, n), sessionId: sessionGlobalId });
    }
  }
  return viewers;
}

const QUIET_LOAD = 0.1;
const SAMPLE_SECONDS = 1;

/** Measures again and again, and tells how busy others kept the machine just before each round (0 to 1). */
export async function inRounds<T extends object>(
  { options }: Bench,
  measure: (round: number) => Promise<T>,
  count: number = options.rounds,
): Promise<(T & { round: number; others: number })[]> {
  const rounds: (T & { round: number; others: number })[] = [];
  for (let round = 1; round <= count; round++) {
    const deadline = performance.now() + options.patienceSeconds * 1000;
    let others = await machineLoad(SAMPLE_SECONDS);
    while (others > QUIET_LOAD && performance.now() < deadline) others = await machineLoad(SAMPLE_SECONDS);
    rounds.push({ ...(await measure(round)), round, others });
  }
  return rounds;
}

/** A verdict about a ratio that may be at most, or must be at least, so much. */
export function ratioVerdict(what: string, ratio: number, kind: 'most' | 'least', bar: number): Verdict {
  return {
    what,
    value: `${ratio.toFixed(2)} ×`,
    bar: `${kind === 'most' ? '≤' : '≥'} ${bar} ×`,
    isReached: kind === 'most' ? ratio <= bar : ratio >= bar,
  };
}
