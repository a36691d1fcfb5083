import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** `sysconf(_SC_CLK_TCK)`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Where the clocks of a process and of the machine stood. */
export interface Mark {
  pid: number;
  /** User and system time of all threads of the process. */
  processSeconds: number;
  machineBusyTicks: number;
  machineTicks: number;
}

export interface Spent {
  /** What the process used since the mark. */
  cpuSeconds: number;
  /** How busy all cores were since the mark, by whomever: 0 to 1. */
  machineLoad: number;
}

export function mark(pid: number): Mark {
  return { pid, processSeconds: processSeconds(pid), ...machineTicks() };
}

export function spentSince(start: Mark): Spent {
  const now = mark(start.pid);
  return {
    cpuSeconds: now.processSeconds - start.processSeconds,
    machineLoad:
      (now.machineBusyTicks - start.machineBusyTicks) / Math.max(1, now.machineTicks - start.machineTicks),
  };
}

/** User and system time of a process, from /proc/<pid>/stat. */
function processSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name may hold spaces; field 3 comes after it
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function machineTicks(): { machineBusyTicks: number; machineTicks: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { machineBusyTicks: all - idle, machineTicks: all };
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** How busy the machine is over the next moment: with others' work, when ours rests. */
export async function machineLoad(seconds: number): Promise<number> {
  const start = machineTicks();
  await sleep(seconds * 1000);
  const now = machineTicks();
  return (now.machineBusyTicks - start.machineBusyTicks) / Math.max(1, now.machineTicks - start.machineTicks);
}

/** Lets what goes on in the background after a set-up come to rest. */
export function settle(ms = 500): Promise<void> {
  return sleep(ms);
}
