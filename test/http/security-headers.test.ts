import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../_util/server.js';

const JSON_TYPE = { 'content-type': 'application/json' };

/** Every kind of answer that the server has. */
const REQUESTS: [what: string, path: string, status: number, init?: RequestInit][] = [
  ['an answer', '/graphql', 200, { method: 'POST', headers: JSON_TYPE, body: '{"query":"{ __typename }"}' }],
  [
    'a refusal by GraphQL',
    '/graphql',
    200,
    { method: 'POST', headers: JSON_TYPE, body: '{"query":"{ no }"}' },
  ],
  [
    'a stream',
    '/graphql',
    200,
    {
      method: 'POST',
      headers: { ...JSON_TYPE, accept: 'text/event-stream' },
      body: '{"query":"{ __typename }"}',
    },
  ],
  [
    'a refused form',
    '/graphql',
    403,
    { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' },
  ],
  [
    'a body that is too large',
    '/graphql',
    413,
    { method: 'POST', headers: JSON_TYPE, body: 'x'.repeat(1_100_000) },
  ],
  [
    'the answer to a preflight',
    '/graphql',
    204,
    {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    },
  ],
  ['GraphiQL', '/graphql', 200, { headers: { accept: 'text/html' } }],
  ['an asset that is none', '/graphiql/none/page.js', 404],
  ['/health', '/health', 200],
  ['/ready', '/ready', 200],
  ['/metrics', '/metrics', 200],
  ['a page that is none', '/nonsense', 404],
];

describe('the security headers in production', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({
      NODE_ENV: 'production',
      RATE_LIMITS: 'on',
      CORS_ORIGINS: 'https://app.example.com',
    });
  });
  afterAll(() => server.stop());

  it.each(REQUESTS)('are on %s', async (_what, path, status, init) => {
    const response = await fetch(`${server.url}${path}`, init);
    await response.arrayBuffer();
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
      'strict-transport-security': 'max-age=31536000',
    });
    expect(response.headers.get('content-security-policy')).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(response.headers.get('x-powered-by')).toBeNull();
  });

  it('keep an asset of GraphiQL to what the page needs', async () => {
    const page = await (await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } })).text();
    const asset = await fetch(`${server.url}${/src="([^"]+page\.js)"/.exec(page)?.[1]}`);
    await asset.arrayBuffer();
    expect(asset.status).toBe(200);
    expect(asset.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(asset.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('in development', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ CORS_ORIGINS: 'https://app.example.com' });
  });
  afterAll(() => server.stop());

  it('browsers are not told to come by HTTPS', async () => {
    const response = await fetch(`${server.url}/health`);
    expect(response.headers.get('strict-transport-security')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('an origin that is not listed gets no Access-Control-Allow-Origin, one that is gets its own', async () => {
    const allowed = async (origin: string, method: string) => {
      const response = await fetch(`${server.url}/graphql`, {
        method,
        headers: { ...JSON_TYPE, origin, 'access-control-request-method': 'POST' },
        ...(method === 'POST' ? { body: '{"query":"{ __typename }"}' } : {}),
      });
      await response.arrayBuffer();
      return response.headers.get('access-control-allow-origin');
    };
    for (const method of ['OPTIONS', 'POST']) {
      expect(await allowed('https://app.example.com', method)).toBe('https://app.example.com');
      for (const origin of ['https://evil.example', 'null', 'https://app.example.com.evil.example']) {
        expect(await allowed(origin, method), origin).toBeNull();
      }
    }
  });
});
