import { pino } from 'pino';

export type Logger = pino.Logger;

/** What a line may be given under these names is not for the log. */
const SECRETS = [
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'deviceToken',
  'registrationSecret',
  'pairingCode',
  'secret',
  'authorization',
  'cookie',
  'variables',
  'params',
];

/** How deep the causes of an error are told. */
const MOST_CAUSES = 5;

/** The log: one JSON line an event on standard output; whatever looks like a secret is left out. */
export function createLogger(level: string, destination?: pino.DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    serializers: { err: (error: unknown) => describeError(error) },
  };
  return destination ? pino(options, destination) : pino(options);
}

interface ErrorDescription {
  type: string;
  message: string;
  stack?: string;
  code?: string;
  severity?: string;
  table?: string;
  constraint?: string;
  cause?: unknown;
  errors?: unknown[];
}

/**
 * What helps to find the fault, and nothing else: drivers leave the values of a statement, whole rows and the client itself
 * on their errors.
 */
function describeError(error: unknown, depth = 0): ErrorDescription | string {
  if (!(error instanceof Error)) return `thrown: ${typeof error}`;
  const { code, severity, table, constraint } = error as Error & Record<string, unknown>;
  const described: ErrorDescription = {
    type: error.constructor.name,
    message: withoutValues(error.message),
    ...(error.stack === undefined ? {} : { stack: withoutValues(error.stack) }),
  };
  for (const [name, value] of Object.entries({ code, severity, table, constraint })) {
    if (typeof value === 'string') Object.assign(described, { [name]: value });
  }
  if (depth === MOST_CAUSES) return described;
  if (error.cause !== undefined) described.cause = describeError(error.cause, depth + 1);
  if (error instanceof AggregateError)
    described.errors = error.errors.slice(0, MOST_CAUSES).map((part) => describeError(part, depth + 1));
  return described;
}

/** The query builder writes the values of a statement under it; PostgreSQL quotes what it could not read. */
function withoutValues(text: string): string {
  return text
    .replace(/^params: .*(\n(?! {4}at ).*)*$/gm, 'params: [redacted]')
    .replace(/(invalid input syntax for type [a-z ]+: ).*$/gm, '$1[redacted]');
}
