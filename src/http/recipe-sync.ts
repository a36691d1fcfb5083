import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator } from '../auth/authenticator.js';
import type { Services } from '../context.js';
import { unauthenticated, ValidationError } from '../errors.js';
import { type Instant, parseInstant } from '../instant.js';
import { readSyncAnswer } from '../resolvers/recipe-sync.js';
import { admit } from './admission.js';
import { compress } from './compression.js';
import { toRestError } from './errors.js';
import { sendJson } from './rest.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * `GET /recipes/sync?since=<RFC 3339>`: what a device or a person must change in a copy of the catalogue. The client asks
 * each time, and is told 304 when it holds the answer. Throws an error of the catalogue for the server to answer with.
 */
export async function syncRecipes(
  services: Services,
  authenticator: Authenticator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const { body } = toRestError(ValidationError.of('method', 'must be GET'));
    return sendJson(response, 405, body, { allow: 'GET, HEAD' });
  }
  const { limits } = services;
  const client = limits.clientOf(request);
  const viewer = await admit(request.headers.authorization, client, authenticator, limits);
  if (viewer.kind === 'anonymous') throw unauthenticated();
  await limits.countSync(viewer);
  const since = readSince(request.url ?? '');
  const { tag, body } = await readSyncAnswer(services, viewer, since, heldTags(request));
  response.setHeader('etag', `W/"${tag}"`);
  response.setHeader('cache-control', 'private, no-cache');
  response.setHeader('vary', 'authorization, accept-encoding');
  if (body === null) {
    response.writeHead(304).end();
    return;
  }
  const sent = await compress(Buffer.from(body), request.headers['accept-encoding']);
  if (sent.encoding) response.setHeader('content-encoding', sent.encoding);
  response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': sent.body.length });
  response.end(sent.body);
}

/** The one `since` of the query; null where there is none. Throws a `ValidationError` for anything but an instant. */
function readSince(url: string): Instant | null {
  const [since, ...more] = new URL(url, 'http://localhost').searchParams.getAll('since');
  if (since === undefined) return null;
  if (more.length > 0) throw ValidationError.of('since', 'must be given once');
  const instant = parseInstant(since);
  if (instant === undefined) {
    throw ValidationError.of(
      'since',
      'must be RFC 3339 with a zone, such as 2026-01-31T18:30:00.123456Z, and a + in it be written %2B',
    );
  }
  return instant;
}

/** The tags in `If-None-Match`, without the marks of weakness: a cache compares them weakly. */
function heldTags({ headers }: IncomingMessage): string[] {
  return [...(headers['if-none-match'] ?? '').matchAll(/"([^"]*)"/g)].map(([, tag = '']) => tag);
}
