import { type Audit, serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../_util/server.js';

let server: TestServer;
let audits: Map<string, Audit>;

/** The audits ask for their names before there is a server, and for its address only when they run. */
const names = serverAudits({ url: () => `${server.url}/graphql` }).map(({ id, name }) => [id, name] as const);

/** Says, as every client does that reads by GET, that no foreign page has sent it. */
function fetchAsApp(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('x-graphql-yoga-csrf', '1');
  return fetch(url, { ...init, headers });
}

describe('GraphQL over HTTP, audited by graphql-http', () => {
  beforeAll(async () => {
    server = await startTestServer();
    audits = new Map(
      serverAudits({ url: `${server.url}/graphql`, fetchFn: fetchAsApp }).map((audit) => [audit.id, audit]),
    );
  });
  afterAll(() => server.stop());

  it('has 61 audits', () => expect(names).toHaveLength(61));

  it.each(names)('%s %s', async (id) => {
    const result = await audits.get(id)?.fn();
    expect(result).toMatchObject({ status: 'ok' });
  });
});
