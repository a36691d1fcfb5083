import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { ConfigError, readConfig } from './config.js';
import { createLogger, type Logger } from './logger.js';

/** The process: reads the environment, starts the parts, and stops them in order on a signal. */

// Rings and sockets are a large, old heap that grows slowly. Left to itself, V8 lets it grow by a few megabytes between two
// full collections, which under load are 100 ms of two busy cores every three seconds: the p99 of the lag. This lets the
// old heap double instead, so that a collection comes a tenth as often and the memory is at most twice what is in use.
setFlagsFromString('--heap-growing-percent=100');

// V8 puts what is made where things once lived long among the old things at once. Rows of the database look like that to it,
// after a start that keeps what it reads; then they and all that they lead to wait for a full collection, and every small
// one copies them: a fifth of the CPU of a request, and 6 ms of all requests at a time.
setFlagsFromString('--no-allocation-site-pretenuring');

// A third setting can only stand on the command line, because V8 makes the young generation before the first line runs:
// `--max-semi-space-size=32` (MB, in `npm start` and the image). What a cook's newest event replaces lives for half a second
// under load; with V8's own 16 MB it is copied and grows old before that, with this it dies young: a twelfth of the CPU.

const FORCED_EXIT_MS = 9_500;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel);
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  stopOnSignal(stop, log);
  try {
    let { databaseUrl } = config;
    if (databaseUrl === undefined) {
      const { startEmbeddedDatabase } = await import('./db/embedded/index.js');
      const database = await startEmbeddedDatabase({
        dataDir: config.dataDir,
        log: (message) => log.info(message),
      });
      closers.push(() => database.stop());
      databaseUrl = database.url;
    }
    const { createApp } = await import('./app.js'); // after the environment is known to be right: it loads most of the server
    const app = await createApp({ ...config, databaseUrl }, log, {
      isAlone: config.databaseUrl === undefined,
    });
    closers.push(() => app.stop());
    if (config.simulator) {
      const { startSimulator } = await import('./simulator/simulator.js');
      const simulator = startSimulator({
        url: app.url,
        speed: config.simulatorSpeed,
        stateDir: path.join(config.dataDir, 'simulator'),
        // The tokens of the demo robots mean something only where the demo data is.
        robots:
          config.seed === 'demo' ? app.demoRobots : app.demoRobots.map(({ token: _, ...robot }) => robot),
        log,
      });
      closers.push(() => simulator.stop());
    }
    log.info(`Epicura is ready at ${app.url} (GraphiQL: ${app.url}/graphql)`);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first signal stops in order; a second one, or ten seconds, ends the process as it is. */
function stopOnSignal(stop: () => Promise<void>, log: Logger): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      log.info(`stopping on ${signal}`);
      setTimeout(() => process.exit(1), FORCED_EXIT_MS).unref();
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'could not stop in order');
          process.exit(1);
        },
      );
    });
  }
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof ConfigError ? message : `Epicura could not start: ${message}`}\n`);
  process.exit(1);
});
