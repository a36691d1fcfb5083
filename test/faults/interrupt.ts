/**
 * Aborts on Ctrl-C, on SIGTERM and on what nobody caught, so that a run breaks off and cleans up: PostgreSQL would go on
 * without it.
 */
export function createInterrupt(): AbortController {
  const interrupt = new AbortController();
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack}\n`);
    interrupt.abort(error);
  });
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => interrupt.abort(new Error(`broken off by ${name}`)));
  }
  return interrupt;
}
