import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '../_util/child.js';
import { createPool } from './_store.js';

/** A bare server that answers `?since=` with a plain SELECT of the rows after it, written as JSON. */

const PAGE = 500;

const SELECT = `
  SELECT id, name, category, cuisine, recipe_data, tags, difficulty, time_minutes, servings, calories, protein_g, carbs_g,
         fats_g, image_url, version, is_published, created_at, updated_at
  FROM recipes WHERE published_at IS NOT NULL AND is_published AND updated_at > $1 ORDER BY updated_at LIMIT ${PAGE}`;

const methods = {
  async start(databaseUrl: string): Promise<string> {
    const pool = createPool(databaseUrl);
    const server = createServer((request, response) => {
      const since = new URL(request.url ?? '/', 'http://localhost').searchParams.get('since') ?? '-infinity';
      pool.query<{ updated_at: string }>({ name: 'sync', text: SELECT, values: [since] }).then(
        ({ rows }) => {
          const body = Buffer.from(
            JSON.stringify({
              recipes: rows,
              server_timestamp: rows.at(-1)?.updated_at ?? since,
              has_more: rows.length === PAGE,
            }),
          );
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
          response.end(body);
        },
        () => response.destroy(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  },
};

export type SyncFloor = typeof methods;

serve(methods);
