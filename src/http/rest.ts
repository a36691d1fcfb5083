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
export function sendError(response: ServerResponse, error: DomainError, requestId?: string): void {
  const { status, headers, body } = toRestError(error, requestId);
  sendJson(response, status, body, headers);
}

/** The same for whatever was thrown; what is not meant for clients goes to the log. */
export function sendFailure(response: ServerResponse, error: unknown, log: Logger): void {
  const requestId = randomUUID();
  sendError(response, toDomainError(error, log, requestId), requestId);
}

/** A request whose body may have been read already; `body` is where Yoga looks for it first. */
export type ReadRequest = IncomingMessage & {
  bytes?: Buffer;
  body?: { chunk: Buffer } & AsyncIterable<Buffer>;
};

/** Reads the body, once. Throws `PAYLOAD_TOO_LARGE`, with the rest passed over, so that the client hears of it. */
export async function readBody(request: ReadRequest): Promise<Buffer> {
  if (request.bytes) return request.bytes;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (length > MAX_BODY_BYTES) throw tooLarge();
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  request.bytes = bytes;
  // Not the buffer itself: Yoga asks what is there for its keys, which for a buffer are as many as its bytes.
  request.body = {
    chunk: bytes,
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
  return bytes;
}

export function tooLarge(): DomainError {
  return new DomainError('PAYLOAD_TOO_LARGE', 'The body must be at most 1 MB.');
}

/** Reads a body as JSON. Throws `PAYLOAD_TOO_LARGE`, and `VALIDATION_ERROR` for what is no JSON. */
export async function readJson(request: ReadRequest): Promise<unknown> {
  const body = await readBody(request);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw ValidationError.of('body', 'must be JSON');
  }
}
