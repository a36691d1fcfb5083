import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createInterrupt } from './interrupt.js';
import { type Result, type RunOptions, runFaults } from './run.js';
import { requireText, SABOTAGES, type Sabotage, sabotageNamed } from './sabotage/sabotages.js';

/**
 * `npm run test:faults -- --seed 7 --kills 8 --instances 2 [--redis] [--sabotage <name>|all]`: exit code 1 when
 * anything was violated, or when a sabotaged server got away with it.
 */

const SHOWN_VIOLATIONS = 40;
const DEVICES = 3;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    kills: { type: 'string', default: '10' },
    instances: { type: 'string', default: '2' },
    redis: { type: 'boolean', default: false },
    sabotage: { type: 'string' },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);

const interrupt = createInterrupt();

const kills = wholeNumber('kills', values.kills);
const options: RunOptions = {
  seed: wholeNumber('seed', values.seed),
  kills,
  disturbances: kills,
  instances: Math.max(1, wholeNumber('instances', values.instances)),
  redis: values.redis,
  devices: DEVICES,
  longestPauseMs: 18_000,
  print,
  signal: interrupt.signal,
};

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return Number(text);
}

function show({ violations, summary, folder }: Result): void {
  for (const line of summary) print(line);
  const groups = alike(violations);
  for (const [first, count] of groups.slice(0, SHOWN_VIOLATIONS))
    print(`VIOLATION  ${first}${count > 1 ? ` (and ${count - 1} like it)` : ''}`);
  if (groups.length > SHOWN_VIOLATIONS) print(`… and ${groups.length - SHOWN_VIOLATIONS} other kinds`);
  print(
    violations.length > 0 ? `${violations.length} violations; history and logs: ${folder}` : 'no violations',
  );
}

/** Violations that differ in numbers, ids and content alone, as the first of them and how many there are. */
function alike(violations: readonly string[]): [first: string, count: number][] {
  const groups = new Map<string, [string, number]>();
  for (const violation of violations) {
    const shape = violation
      .replace(/(viewer|auditor) .* on session/, '$1 on session')
      .replace(/content is .*/, 'content')
      .replace(/[0-9a-f-]{36}|\d+/g, '#');
    const group = groups.get(shape);
    if (group) group[1] += 1;
    else groups.set(shape, [violation, 1]);
  }
  return [...groups.values()];
}

/** Whether the run went as it should: a sound server without violations, a sabotaged one with some. */
async function runOnce(sabotage?: Sabotage): Promise<boolean> {
  if (sabotage) requireText(sabotage);
  print(
    `seed ${options.seed}, ${kills} kills, ${options.instances} instances` +
      `${options.redis ? ', Redis' : ''}${sabotage ? `, sabotage: ${sabotage.name}` : ''}`,
  );
  const result = await runFaults({ ...options, sabotage });
  show(result);
  if (!sabotage) return result.violations.length === 0;
  const noticed = result.violations.some((violation) => violation.startsWith(`${sabotage.noticedAs}: `));
  await rm(result.folder, { recursive: true, force: true });
  print(noticed ? `sabotage ${sabotage.name} was noticed` : `SABOTAGE ${sabotage.name} WAS NOT NOTICED`);
  return noticed;
}

async function main(): Promise<boolean> {
  if (!values.sabotage) return runOnce();
  const chosen = values.sabotage === 'all' ? SABOTAGES : [sabotageNamed(values.sabotage)];
  let allNoticed = true;
  for (const sabotage of chosen) allNoticed = (await runOnce(sabotage)) && allNoticed;
  return allNoticed;
}

main().then(
  (ok) => process.exit(ok ? 0 : 1),
  (error: unknown) => {
    print(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
