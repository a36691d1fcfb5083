/**
 * The one catalogue of errors that leave the server, over GraphQL (`extensions.code`) and REST (`error.code`) alike.
 * Whatever is thrown that is not a `DomainError` reaches a client as `INTERNAL_ERROR`, without its message.
 */

/** Every code with the HTTP status that REST answers it with. */
export const ERROR_STATUS = {
  VALIDATION_ERROR: 400,
  INVALID_CREDENTIALS: 401,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL_ERROR: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** One broken rule of an input: `field` is the path of the argument, dots between levels. */
export interface FieldError {
  field: string;
  message: string;
}

/** An error whose message is meant for the client. `cause` is for the log alone. */
export class DomainError extends Error {
  override readonly name: string = 'DomainError';
  readonly code: ErrorCode;
  readonly details: readonly FieldError[] | undefined;
  /** When trying again makes sense, of `RATE_LIMITED`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: readonly FieldError[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Arguments that break a rule; names every one of them. */
export class ValidationError extends DomainError {
  override readonly name = 'ValidationError';

  constructor(details: readonly FieldError[]) {
    super('VALIDATION_ERROR', details.map(({ field, message }) => `${field}: ${message}`).join('; '), {
      details,
    });
  }

  /** The common case of a single broken rule. */
  static of(field: string, message: string): ValidationError {
    return new ValidationError([{ field, message }]);
  }
}

/** No such thing, or not the caller's to know about: the answer is the same for both. */
export function notFound(what: string): DomainError {
  return new DomainError('NOT_FOUND', `No such ${what}.`);
}

/** No token where one is needed, or one that is malformed, expired, revoked or for another purpose. */
export function unauthenticated(message = 'Sign in first.'): DomainError {
  return new DomainError('UNAUTHENTICATED', message);
}

/** Signed in, but not allowed. */
export function forbidden(message = 'You may not do this.'): DomainError {
  return new DomainError('FORBIDDEN', message);
}

/** The request contradicts what is stored. */
export function conflict(message: string): DomainError {
  return new DomainError('CONFLICT', message);
}

/** Too much of something; `what` is a noun in the plural. */
export function rateLimited(what: string, retryAfterSeconds: number): DomainError {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  return new DomainError('RATE_LIMITED', `Too many ${what}; try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  });
}
