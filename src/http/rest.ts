import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DomainError, ValidationError } from '../errors.js';
import type { Logger } from '../logger.js';
import { toDomainError, toRestError } from './errors.js';

/** What the routes beside GraphQL have in common. */

/** Most bytes of a body, over REST and GraphQL alike. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** An answer in JSON, not to be kept by caches. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

/** An error of the catalogue in the form of REST. */
export function sendError(response: ServerResponse, error: DomainError): void {
  const { status, headers, body } = toRestError(error);
  sendJson(response, status, body, headers);
}

/** The same for whatever was thrown; what is not meant for clients goes to the log. */
export function sendFailure(response: ServerResponse, error: unknown, log: Logger): void {
  sendError(response, toDomainError(error, log, randomUUID()));
}

/** Reads a body as JSON. Throws `PAYLOAD_TOO_LARGE`, and `VALIDATION_ERROR` for what is no JSON. */
export async function readJson(request: IncomingMessage & { body?: Buffer }): Promise<unknown> {
  const text = (request.body ?? (await readBody(request))).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw ValidationError.of('body', 'must be JSON');
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new DomainError('PAYLOAD_TOO_LARGE', 'The body must be at most 1 MB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
