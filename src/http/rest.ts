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

/**
 * Reads the body, once. Rejects with `PAYLOAD_TOO_LARGE`, with the rest passed over, so that the client hears of it; and
 * where the client goes away before the end.
 */
export async function readBody(request: ReadRequest): Promise<Buffer> {
  const bytes = request.bytes ?? (await readToEnd(request));
  request.bytes = bytes;
  // Not the buffer itself: Yoga asks what is there for its keys, which for a buffer are as many as its bytes.
  request.body ??= {
    chunk: bytes,
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
  return bytes;
}

/** By events, which cost a third of what an iterator does for the one chunk that most bodies are. */
function readToEnd(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let isRead = false;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.once('end', () => {
      isRead = true;
      if (length > MAX_BODY_BYTES) reject(tooLarge());
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.once('error', reject);
    request.once('close', () => {
      if (!isRead) reject(new Error('the client went away before the end of its request'));
    });
  });
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
