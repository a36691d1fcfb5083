import { randomUUID } from 'node:crypto';
import { PothosError, PothosValidationError } from '@pothos/core';
import { GraphQLError } from 'graphql';
import { isInvalidValue, isUnavailable } from '../db/errors.js';
import { DomainError, ERROR_STATUS, type FieldError, ValidationError } from '../errors.js';
import type { Logger } from '../logger.js';

/**
 * Turns whatever was thrown into an error of the catalogue. What is not meant for clients becomes `INTERNAL_ERROR`; its
 * cause goes to the log, under the request's id, and nowhere else.
 */
export function toDomainError(error: unknown, log: Logger, requestId: string): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof PothosValidationError) return pageArgumentError(error.message);
  if (isInvalidValue(error)) {
    // Everything else that clients send was checked before; if it was not, this line tells.
    log.warn({ err: error, requestId }, 'the database cannot read a value, of a cursor most likely');
    return ValidationError.of('after', 'or before is not a cursor of this list');
  }
  if (isUnavailable(error)) {
    log.warn({ err: error, requestId }, 'the database cannot serve');
    return new DomainError('SERVICE_UNAVAILABLE', 'The server cannot do this at the moment; try again.', {
      cause: error,
    });
  }
  log.error({ err: error, requestId }, 'unexpected error');
  return new DomainError('INTERNAL_ERROR', 'Something went wrong.', { cause: error });
}

/** The libraries under our connections report a bad page argument or cursor in words of their own. */
function pageArgumentError(message: string): ValidationError {
  if (/cursor/i.test(message)) return ValidationError.of('after', 'is not a cursor of this list');
  const field = /\b(first|last|after|before)\b/.exec(message)?.[1] ?? 'first';
  return ValidationError.of(field, message);
}

/** The `extensions` of a GraphQL error, the same over every transport. */
export function errorExtensions(error: DomainError, requestId?: string): Record<string, unknown> {
  return {
    code: error.code,
    ...(error.details ? { details: error.details } : {}),
    ...(error.code === 'INTERNAL_ERROR' ? { requestId } : {}),
    ...(error.retryAfterSeconds === undefined
      ? {}
      : {
          retryAfterSeconds: error.retryAfterSeconds,
          http: { status: ERROR_STATUS[error.code], headers: retryHeaders(error) },
        }),
  };
}

/** What tells a client over HTTP when to try again. */
function retryHeaders({ retryAfterSeconds }: DomainError): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
}

/**
 * The errors of an operation of which something was done: over HTTP it succeeded, and its status does not speak of what
 * did not.
 */
export function withoutStatus(errors: readonly GraphQLError[]): GraphQLError[] {
  return errors.map((error) => {
    const { http, ...extensions } = error.extensions;
    if (typeof http !== 'object' || http === null || !('headers' in http)) return error;
    return new GraphQLError(error.message, {
      ...located(error),
      extensions: { ...extensions, http: { headers: http.headers } },
    });
  });
}

/** What the extensions of an error may hold beside its code; `http` is for the transport. */
const TOLD = new Set(['details', 'requestId', 'retryAfterSeconds', 'http']);

/** The GraphQL error that clients get for one that a resolver threw, or that GraphQL itself raised. */
export function toGraphQLError(error: unknown, log: Logger): GraphQLError {
  const requestId = randomUUID();
  const isOurs = error instanceof GraphQLError;
  const original = isOurs ? error.originalError : error;
  const isGraphQLs = !original || (original instanceof GraphQLError && !(original instanceof PothosError));
  if (isOurs && isGraphQLs) {
    // An error that came through here already keeps what it tells: subscriptions pass twice.
    const { code = 'BAD_USER_INPUT', ...told } = error.extensions;
    const known = Object.fromEntries(Object.entries(told).filter(([name]) => TOLD.has(name)));
    const extensions = code === 'BAD_REQUEST' ? unreadable(known) : { code, ...known };
    return new GraphQLError(error.message, { ...located(error), extensions });
  }
  const domainError = toDomainError(original, log, requestId);
  return new GraphQLError(domainError.message, {
    ...(isOurs ? located(error) : {}),
    extensions: errorExtensions(domainError, requestId),
  });
}

/** In production the schema is told to administrators only. */
export function introspectionRefused(): GraphQLError {
  return new GraphQLError('Only administrators may ask for the schema.', {
    extensions: { code: 'FORBIDDEN', http: { status: ERROR_STATUS.FORBIDDEN, spec: true } },
  });
}

/** Nobody waits for the operation any longer. What it changes may still be done, or not. */
export function tookTooLong(): GraphQLError {
  return new GraphQLError('The server could not do this in time; try again.', {
    extensions: { code: 'SERVICE_UNAVAILABLE', http: { status: ERROR_STATUS.SERVICE_UNAVAILABLE } },
  });
}

/**
 * Yoga's own refusal of a request that holds no operation. That is wrong for every media type: Yoga would answer with 200
 * where a client accepts `application/json`.
 */
function unreadable({ http, ...known }: Record<string, unknown>): Record<string, unknown> {
  return { code: 'BAD_USER_INPUT', ...known, http: { status: 400, ...(http as object), spec: false } };
}

/** The same errors for a socket, which knows nothing of HTTP's status. */
export function forSocket(errors: readonly GraphQLError[]): GraphQLError[] {
  return errors.map((error) => {
    const { http: _, ...extensions } = error.extensions;
    return new GraphQLError(error.message, { ...located(error), extensions });
  });
}

function located({ nodes, source, positions, path }: GraphQLError) {
  return { nodes, source, positions, path };
}

/** Status, headers and body of an error over REST; `requestId` is what `toDomainError` logged it under. */
export function toRestError(
  error: DomainError,
  requestId?: string,
): {
  status: number;
  headers: Record<string, string>;
  body: { error: { code: string; message: string; details?: readonly FieldError[]; requestId?: string } };
} {
  const { code, message, details } = error;
  return {
    status: ERROR_STATUS[code],
    headers: retryHeaders(error),
    body: {
      error: {
        code,
        message,
        ...(details ? { details } : {}),
        ...(code === 'INTERNAL_ERROR' && requestId !== undefined ? { requestId } : {}),
      },
    },
  };
}
