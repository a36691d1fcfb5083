import type { IncomingMessage, ServerResponse } from 'node:http';
import type pg from 'pg';
import { serve } from '../_util/child.js';
import type { DeviceEvent } from '../_util/readings.js';
import { entryMessage } from './_entries.js';
import { Feeds } from './_feeds.js';
import { listen } from './_protocol.js';
import { createPool, store, uuidOf } from './_store.js';

/**
 * A bare relay: takes a robot's readings over `ws` or HTTP, stores the same rows as the product in one statement, writes
 * them to the viewers, and answers. Every reading of a request is of the same cook.
 */

const feeds = new Feeds();

const methods = {
  async start(databaseUrl: string): Promise<string> {
    const pool = createPool(databaseUrl);
    const { url } = await listen({
      onSubscribe(socket, { id, variables }) {
        if (!('input' in variables)) {
          feeds.add(String(variables.sessionId), { socket, id });
          socket.send(`{"id":"${id}","type":"next"}`); // in place of the snapshot
          return;
        }
        relay(pool, variables).then(
          (accepted) => socket.send(`{"id":"${id}","type":"next","payload":${answer(accepted)}}`),
          () => socket.close(),
        );
      },
      onRequest: (request, response) => takeRequest(pool, request, response),
    });
    return url;
  },
};

export type RelayFloor = typeof methods;

serve(methods);

async function relay(pool: pg.Pool, variables: Record<string, unknown>): Promise<number> {
  const { events } = variables.input as { events: DeviceEvent[] };
  const sessionId = events[0]?.sessionId ?? '';
  const stored = await store(pool, uuidOf(sessionId), events);
  events.forEach(({ recordedAt, reading }, i) => {
    const row = stored[i];
    if (!row || !feeds.has(sessionId)) return;
    feeds.send(sessionId, ...entryMessage({ ...row, recordedAt, reading: reading.temperature }, sessionId));
  });
  return stored.length;
}

function takeRequest(pool: pg.Pool, request: IncomingMessage, response: ServerResponse): void {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    const { variables } = JSON.parse(body) as { variables: Record<string, unknown> };
    relay(pool, variables).then(
      (accepted) => response.setHeader('content-type', 'application/json').end(answer(accepted)),
      () => response.writeHead(500).end('{}'),
    );
  });
}

function answer(accepted: number): string {
  return `{"data":{"recordTelemetry":{"accepted":${accepted},"duplicates":0,"rejected":[]}}}`;
}
