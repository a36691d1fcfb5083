import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

/** GraphiQL for browsers, every asset from here. */
export interface GraphiQL {
  handles(request: IncomingMessage, path: string | undefined): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export function createGraphiQL(): GraphiQL {
  return {
    handles: ({ method, headers, url }, path) =>
      method === 'GET' && path === '/graphql' && url === path && /\btext\/html\b/.test(headers.accept ?? ''),
    async handle(_request, response) {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(renderGraphiQL({ title: 'Epicura', subscriptionsProtocol: 'WS' }));
    },
  };
}
