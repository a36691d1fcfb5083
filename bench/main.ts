import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchOptions, Figure, Result } from './_util/bench.js';
import { Closers } from './_util/closers.js';
import { startDatabase } from './_util/database.js';
import { print, printMachine, printResult, printSummary } from './_util/report.js';
import { analytics } from './figures/analytics.js';
import { fanOut } from './figures/fan-out.js';
import { fanOutMany } from './figures/fan-out-many.js';
import { lag } from './figures/lag.js';
import { memory } from './figures/memory.js';
import { queries } from './figures/queries.js';
import { record } from './figures/record.js';
import { recordHttp } from './figures/record-http.js';
import { recordOne } from './figures/record-one.js';
import { resume } from './figures/resume.js';
import { sync } from './figures/sync.js';
import { soak } from './soak.js';

/** `npm run bench -- fan-out record --rounds 5 --seconds 10`: figures of the live core, each beside its floor. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FIGURES: readonly Figure[] = [
  fanOut,
  fanOutMany,
  record,
  recordOne,
  recordHttp,
  memory,
  lag,
  resume,
  sync,
  queries,
  analytics,
];
const NAMES = [...FIGURES, soak].map(({ name }) => name).join(', ');
const USAGE = `usage: npm run bench -- <figure …> [--rounds 5] [--seconds 10] [--minutes 10 (of soak)]
       [--patience 0 (seconds that a round waits for a quiet machine)] [--inspect-profile]
       [--operation 'recipe page' (of queries; more than once for several)]
figures: ${NAMES}, or all (without soak)`;

function readOptions(): { figures: Figure[]; options: BenchOptions } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '10' },
      minutes: { type: 'string', default: '10' },
      patience: { type: 'string', default: '0' },
      'inspect-profile': { type: 'boolean', default: false },
      operation: { type: 'string', multiple: true },
    },
  });
  const wanted = new Set(positionals);
  const unknown = positionals.find(
    (name) => name !== 'all' && ![...FIGURES, soak].some((one) => one.name === name),
  );
  if (wanted.size === 0 || unknown !== undefined) throw new Error(USAGE);
  return {
    figures: [
      ...FIGURES.filter(({ name }) => wanted.has('all') || wanted.has(name)),
      ...(wanted.has('soak') ? [soak] : []),
    ],
    options: {
      rounds: Math.ceil(positive('rounds', values.rounds)),
      seconds: positive('seconds', values.seconds),
      minutes: positive('minutes', values.minutes),
      patienceSeconds: Number(values.patience) || 0,
      profileDir: values['inspect-profile']
        ? mkdtempSync(path.join(tmpdir(), 'epicura-profile-'))
        : undefined,
      only: values.operation,
    },
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} must be a number above 0\n${USAGE}`);
}

async function main(): Promise<void> {
  const { figures, options } = readOptions();
  if (process.platform !== 'linux') {
    throw new Error(
      'The benchmarks read the CPU time and memory of processes from /proc: they run on Linux only.',
    );
  }
  const built = spawnSync('npm', ['run', 'build', '--silent'], { cwd: ROOT, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('The server could not be built.');

  const run = new Closers();
  let underWay = new Closers();
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      print(`\nstopping on ${signal}`);
      isStopping = true;
      void underWay
        .close()
        .then(() => run.close())
        .then(() => process.exit(130));
    });
  }
  try {
    const starting = startDatabase();
    run.add(async () => (await starting).stop()); // a Ctrl-C in the middle of the start waits for its end
    const database = await starting;
    await printMachine(database);
    const results: { figure: Figure; result: Result }[] = [];
    for (const figure of figures) {
      if (isStopping) break;
      underWay = new Closers();
      try {
        const result = await figure.run({ options, database, closers: underWay });
        printResult(figure, result);
        results.push({ figure, result });
      } catch (error) {
        if (isStopping) break; // it lost what it was working with
        print(`\n${figure.name} failed: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
      } finally {
        await underWay.close();
      }
    }
    if (results.length > 1) printSummary(results);
    if (options.profileDir) print(`\nCPU profiles of the server: ${options.profileDir}`);
  } finally {
    await run.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
