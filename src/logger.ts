import { pino } from 'pino';

export type Logger = pino.Logger;

/** The log: one JSON line an event on standard output; whatever looks like a secret is left out. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['password', 'token', 'authorization', 'variables', '*.password', '*.token', '*.authorization'],
      censor: '[redacted]',
    },
  });
}
