import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../_util/server.js';

const HEAD = 'POST /graphql HTTP/1.1\r\nHost: epicura\r\n';
const JSON_HEAD = `${HEAD}Content-Type: application/json\r\n`;

describe('a client that does not get to the end of its request', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  /** Sends a beginning, then a byte a second; what came back when the server closed the connection. */
  function dribble(beginning: string, filler: string): Promise<string> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => {}); // a reset is an end as well
    socket.write(beginning);
    const timer = setInterval(() => socket.write(filler), 1_000);
    return new Promise((resolve) =>
      socket.on('close', () => {
        clearInterval(timer);
        resolve(answer);
      }),
    );
  }

  it.concurrent('is cut off with 408 while it sends headers', async () => {
    const startedAt = performance.now();
    expect(await dribble(HEAD, 'a: b\r\n')).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startedAt).toBeLessThan(25_000);
  }, 60_000);

  it.concurrent('is cut off with 408 while it sends its body, with a length or in chunks', async () => {
    const startedAt = performance.now();
    const answers = await Promise.all([
      dribble(`${JSON_HEAD}Content-Length: 1000\r\n\r\n{`, ' '),
      dribble(`${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`, '1\r\n \r\n'),
    ]);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startedAt).toBeLessThan(50_000);
  }, 90_000);

  it.concurrent('is refused with 431 when its headers are over 16 KB', async () => {
    const answer = await dribble(`${HEAD}X-Padding: ${'x'.repeat(20_000)}\r\n\r\n`, '');
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});
