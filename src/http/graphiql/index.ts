import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { notFound } from '../../errors.js';
import { toRestError } from '../errors.js';
import { ASSETS_PATH, type Encoding, hashOf, loadAssets } from './assets.js';
import { POLICY, renderPage } from './page.js';

/** GraphiQL for browsers, every asset from here. */
export interface GraphiQL {
  handles(request: IncomingMessage, path: string | undefined): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

const YEAR_SECONDS = 31_536_000;

export function createGraphiQL(): GraphiQL {
  return {
    handles: ({ method, headers }, path = '') =>
      (method === 'GET' || method === 'HEAD') &&
      (path.startsWith(ASSETS_PATH) || (path === '/graphql' && /\btext\/html\b/.test(headers.accept ?? ''))),

    async handle(request, response) {
      const assets = await loadAssets();
      const path = (request.url ?? '').split('?', 1)[0] ?? '';
      if (path === '/graphql') {
        const page = renderPage(assets.folder);
        return send(request, response, `"${hashOf(page)}"`, Buffer.from(page), {
          'content-type': 'text/html; charset=utf-8',
          'cache-control': 'no-cache',
          vary: 'accept', // the same address answers queries
        });
      }
      const asset = assets.find(path);
      if (!asset) return sendNotFound(response);
      const encoding = chooseEncoding(request.headers['accept-encoding']);
      return send(request, response, `"${asset.hash}-${encoding}"`, await asset.encoded(encoding), {
        'content-type': asset.type,
        ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
        'cache-control': `public, max-age=${YEAR_SECONDS}, immutable`,
        vary: 'accept-encoding',
      });
    },
  };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  etag: string,
  body: Buffer,
  headers: OutgoingHttpHeaders,
): void {
  const isKnown = request.headers['if-none-match']?.split(',').some((tag) => isSameTag(tag, etag));
  if (isKnown) {
    response.writeHead(304, { ...POLICY, ...headers, etag }).end();
    return;
  }
  response.writeHead(200, { ...POLICY, ...headers, etag, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Weak comparison, because a proxy may have made the tag weak. */
function isSameTag(tag: string, etag: string): boolean {
  return tag.trim().replace(/^W\//, '') === etag;
}

/** The best encoding that the browser takes; a name with `q=0` is one that it does not. */
function chooseEncoding(accepted = ''): Encoding {
  const names = accepted.split(',').flatMap((entry) => {
    const [name, quality] = entry.split(';').map((part) => part.trim().toLowerCase());
    return quality && /^q=0(\.0*)?$/.test(quality) ? [] : [name];
  });
  if (names.includes('br')) return 'br';
  return names.includes('gzip') ? 'gzip' : 'identity';
}

function sendNotFound(response: ServerResponse): void {
  const { status, body } = toRestError(notFound('page'));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}
