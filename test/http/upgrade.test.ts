import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { startTestServer, type TestServer } from '../_util/server.js';

describe('an upgrade to a WebSocket', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ CORS_ORIGINS: 'https://app.example.com' });
  });
  afterAll(() => server.stop());

  /** 101 when the socket opens, else the status of the refusal. */
  function upgrade(path: string, options: WebSocket.ClientOptions = {}, protocol = 'graphql-transport-ws') {
    return new Promise<number>((resolve, reject) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, protocol, options);
      socket.on('open', () => {
        socket.close();
        resolve(101);
      });
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('error', reject);
    });
  }

  it('without an Origin, of the server itself or of a listed one is allowed', async () => {
    expect(await upgrade('/graphql')).toBe(101);
    expect(await upgrade('/graphql', { origin: server.url })).toBe(101);
    expect(await upgrade('/graphql', { origin: 'https://app.example.com' })).toBe(101);
  });

  it('of a foreign Origin is 403', async () => {
    expect(await upgrade('/graphql', { origin: 'https://evil.example.com' })).toBe(403);
    expect(await upgrade('/graphql', { origin: 'null' })).toBe(403);
  });

  it('of another path is 404', async () => {
    expect(await upgrade('/')).toBe(404);
    expect(await upgrade('/graphql/more')).toBe(404);
  });

  it.each(['/nowhere', '/graphql'])(
    'of %s that is refused and reset does no harm, and holds nothing',
    async (path) => {
      const { port } = new URL(server.url);
      for (let i = 0; i < 20; i++) {
        const socket = connect(Number(port), '127.0.0.1');
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example.com\r\nConnection: Upgrade\r\n` +
            'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nmore',
        );
        if (i % 2 === 0) socket.resetAndDestroy();
        else {
          // A client that keeps its own side open is let go all the same.
          socket.resume();
          await once(socket, 'close');
        }
      }
      expect((await fetch(`${server.url}/health`)).status).toBe(200);
    },
  );
});
