import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createInterrupt } from '../faults/interrupt.js';
import { runFleet } from './fleet.js';

/** `npm run test:fleet -- --robots 200 --seconds 120 --seed 7`: exit code 1 when robots and cloud differ in anything. */

const SHOWN = 5;
const SHOWN_CHARACTERS = 300;

const { values } = parseArgs({
  options: {
    robots: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);
const interrupt = createInterrupt();

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name} must be a whole number from ${least} to ${most}`);
}

function show(differences: readonly string[]): void {
  for (const one of differences.slice(0, SHOWN)) print(`DIFFERENCE  ${one.slice(0, SHOWN_CHARACTERS)}`);
}

async function main(): Promise<boolean> {
  const robots = wholeNumber('robots', values.robots, 1, 2_000);
  const seconds = wholeNumber('seconds', values.seconds, 5, 600);
  const seed = wholeNumber('seed', values.seed, 0, 1_000_000_000);
  print(`${robots} robots, ${seconds} seconds, seed ${seed}`);
  const { compared, incidents, summary, folder } = await runFleet({
    robots,
    seconds,
    seed,
    print,
    signal: interrupt.signal,
  });
  print(`${summary}\n`);
  print(`${'what'.padEnd(32)}${'robots'.padStart(10)}${'cloud'.padStart(10)}${'differences'.padStart(14)}`);
  for (const { what, robots: held, cloud, differences } of compared) {
    print(
      `${what.padEnd(32)}${String(held).padStart(10)}${String(cloud).padStart(10)}${String(differences.length).padStart(14)}`,
    );
  }
  for (const { differences } of compared) show(differences);
  show(incidents);
  const faults = incidents.length + compared.reduce((sum, { differences }) => sum + differences.length, 0);
  const isEqual = faults === 0 && compared.every(({ robots: held, cloud }) => held === cloud);
  print(
    isEqual ? '\nequal on both sides' : `\nNOT EQUAL (${faults} differences); history and logs: ${folder}`,
  );
  if (isEqual) await rm(folder, { recursive: true, force: true });
  return isEqual;
}

main().then(
  (ok) => process.exit(ok ? 0 : 1),
  (error: unknown) => {
    print(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  },
);
