import type { IncomingMessage, ServerResponse } from 'node:http';
import pg from 'pg';
import { serve } from '../_util/child.js';
import { POOL_SIZE } from '../_util/database.js';
import { listen } from './_protocol.js';

/** One prepared statement a request behind bare `node:http`; what PostgreSQL wrote is the answer. Nobody is asked who they are. */

const methods = {
  async start(databaseUrl: string, statements: Record<string, string>): Promise<string> {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
    const { url } = await listen({
      onRequest: (request, response) => answer(pool, statements, request, response),
    });
    return url;
  },
};

export type QueriesFloor = typeof methods;

serve(methods);

function answer(
  pool: pg.Pool,
  statements: Record<string, string>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    const { name, values } = JSON.parse(body) as { name: string; values: unknown[] };
    pool.query<{ answer: string }>({ name, text: statements[name] ?? '', values }).then(
      ({ rows }) => {
        const text = `{"data":${rows[0]?.answer}}`;
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        });
        response.end(text);
      },
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
}
