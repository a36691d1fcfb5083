import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkHistory, type Violation } from './checker.js';
import type { Evidence } from './history.js';
import { Kitchen } from './kitchen.js';
import { makePlan, type PlanOptions } from './plan.js';
import type { Sabotage } from './sabotage/sabotages.js';

export interface RunOptions extends PlanOptions {
  devices: number;
  /** How long a slow viewer may stop reading; it has to be waited for at the end. */
  longestPauseMs: number;
  sabotage?: Sabotage | undefined;
  print: (line: string) => void;
  signal: AbortSignal;
}

/** What a run found. */
export interface Result {
  /** What the checker found, and what parts of the run saw that must never be. */
  violations: string[];
  summary: string[];
  /** Where the history and the logs of the run are; gone when there was nothing to complain about. */
  folder: string;
}

/** One run: servers and PostgreSQL are started, written to, watched and broken as planned, and what remains is checked. */
export async function runFaults(options: RunOptions): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), 'epicura-faults-run-'));
  const plan = makePlan(options);
  const kitchen = new Kitchen(options, folder);
  let evidence: Evidence;
  try {
    await kitchen.open();
    await kitchen.suffer(plan);
    evidence = await kitchen.settle();
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    throw new Error(`The run failed: ${String(error)}; history and logs: ${folder}`, { cause: error });
  } finally {
    await kitchen.close();
    if (options.signal.aborted) await rm(folder, { recursive: true, force: true });
  }
  const violations = [...kitchen.history.incidents, ...checkHistory(evidence).map(describe)];
  if (violations.length === 0) await rm(folder, { recursive: true, force: true });
  else await writeFile(path.join(folder, 'violations.txt'), `${violations.join('\n')}\n`);
  return { violations, summary: summarize(evidence, plan.length), folder };
}

function describe({ kind, message }: Violation): string {
  return `${kind}: ${message}`;
}

function summarize({ attempts, stored, sessions, streams }: Evidence, faults: number): string[] {
  const keys = (list: Evidence['attempts']) =>
    new Set(list.flatMap(({ device, events }) => events.map((event) => `${device} ${event.deviceSequence}`)));
  const answered = attempts.filter(({ answer }) => answer);
  const subscriptions = streams.flatMap((stream) => stream.subscriptions);
  const entries = subscriptions.flatMap((subscription) => subscription.entries);
  const skipped = entries.filter(({ kind }) => kind === 'skipped').length;
  return [
    `${faults} faults`,
    `${keys(attempts).size} events sent in ${attempts.length} requests, ${keys(answered).size} acknowledged by ` +
      `${answered.length} answers, ${stored.length} stored in ${sessions.length} cooks and outside`,
    `${streams.length} streams with ${subscriptions.length - streams.length} resumptions, ` +
      `${entries.length} entries seen, ${skipped} of them EventsSkipped`,
  ];
}
