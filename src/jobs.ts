import pg from 'pg';
import { describe, maintain } from './db/maintain.js';
import type { Logger } from './logger.js';

/** Every hour, some minutes after the full one. */
const EVERY_HOUR = '7 * * * *';
/** New jobs are told by NOTIFY; this is for what that may lose. */
const POLL_MS = 60_000;
const RESTART_MS = 30_000;
/** How long a job under way may take when the server stops; then it fails, and is tried again, here or elsewhere. */
const FINISH_MS = 2_000;
/** One that listens, and one that works. */
const CONNECTIONS = 2;

export interface Jobs {
  /** Waits for a job under way, or breaks it off. */
  stop(): Promise<void>;
}

/**
 * What goes by the clock, once over all instances that share a database: graphile-worker keeps the timetable there. Starts
 * beside everything else and never fails: whatever goes wrong is logged and tried again. `url` must lead to PostgreSQL
 * itself, not to a transaction pooler.
 */
export function startJobs(url: string, options: { retentionMonths: number }, log: Logger): Jobs {
  let stopped = false;
  let wake = () => {};
  let stopRunner = async () => {};
  const keep = async () => {
    while (!stopped) {
      try {
        const runner = await startRunner(url, options, log);
        stopRunner = runner.stop;
        if (stopped) await runner.stop();
        await runner.ended;
      } catch (err) {
        if (!stopped) log.warn({ err }, 'the jobs could not run');
      }
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RESTART_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const kept = keep();
  return {
    async stop() {
      stopped = true;
      wake();
      await stopRunner();
      await kept;
    },
  };
}

/** One run of the worker. `ended` resolves when it stopped, for whatever reason, and its connections are closed. */
async function startRunner(
  url: string,
  options: { retentionMonths: number },
  log: Logger,
): Promise<{ stop: () => Promise<void>; ended: Promise<void> }> {
  // Not before the server is up: loading it would be a part of the time that a start takes.
  const { Logger: WorkerLogger, parseCronItems, run } = await import('graphile-worker');
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS, application_name: 'epicura jobs' });
  pool.on('error', (err) => log.warn({ err }, 'a connection of the jobs was lost'));
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    const runner = await run({
      pgPool: pool,
      concurrency: 1,
      noHandleSignals: true,
      pollInterval: POLL_MS,
      gracefulShutdownAbortTimeout: FINISH_MS,
      logger: new WorkerLogger(() => (level, message) => {
        if (level === 'error') log.warn({ job: message }, 'a job failed, and is tried again');
        else log.trace({ job: message }, 'jobs');
      }),
      taskList: {
        maintain: (_payload, { abortSignal: signal }) => runMaintenance(url, { ...options, signal }, log),
      },
      parsedCronItems: parseCronItems([
        { task: 'maintain', match: EVERY_HOUR, options: { maxAttempts: 3, jobKey: 'maintain' } },
      ]),
    });
    let running = true;
    const ended = runner.promise
      .catch((err: unknown) => log.warn({ err }, 'the jobs stopped'))
      .then(() => pool.end())
      .finally(() => {
        running = false;
      });
    return {
      ended,
      async stop() {
        if (running) await runner.stop().catch(() => {}); // it may be stopping by itself
        await ended;
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function runMaintenance(
  url: string,
  options: { retentionMonths: number; signal: AbortSignal },
  log: Logger,
): Promise<void> {
  const done = await maintain(url, options);
  const lines = done ? describe(done) : [];
  if (lines.length > 0) log.info({ done: lines }, 'maintained the database');
}
