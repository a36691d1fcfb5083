import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../_util/database.js';
import { type ServerProcess, startProcess } from '../_util/process.js';

const AT_ONCE = 8;
const WARM_UP = 1_500;
const REQUESTS = 6_000;
/**
 * What share of what is made may stay until a full collection: it is a twentieth, twice that on a busy machine, and where
 * something holds whole requests a fifth.
 */
const MOST_KEPT = 0.13;

describe('the garbage of queries', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let url: string;
  let token: string;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

  beforeAll(async () => {
    database = await createTestDatabase();
    server = startProcess(
      {
        DATABASE_URL: database.url,
        SEED: 'demo',
        JWT_SECRET: 'x'.repeat(48),
        NODE_ENV: 'test',
        RATE_LIMITS: 'off',
      },
      ['--trace-gc', '--max-semi-space-size=16'], // half of what it has, for twice as many collections
    );
    url = await server.url;
    const { data } = await ask(
      'mutation { login(input: { email: "cook@epicura.example", password: "cook-along-42" }) { accessToken } }',
    );
    token = data.login.accessToken;
  }, 60_000);
  afterAll(async () => {
    agent.destroy();
    server.child.kill('SIGTERM');
    await server.exited;
    await database.drop();
  });

  // biome-ignore lint/suspicious/noExplicitAny: whatever shape the document asks for
  function ask(query: string): Promise<any> {
    const authorization = token ? { authorization: `Bearer ${token}` } : {};
    return new Promise((resolve, reject) => {
      const sent = request(
        `${url}/graphql`,
        { method: 'POST', agent, headers: { 'content-type': 'application/json', ...authorization } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify({ query }));
    });
  }

  async function askOften(query: string, times: number): Promise<void> {
    let left = times;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (left-- > 0) expect((await ask(query)).errors).toBeUndefined();
      }),
    );
  }

  /** The heap in megabytes before and after each collection since that line of the log, and of which kind it was. */
  function collectionsSince(line: number): { isFull: boolean; before: number; after: number }[] {
    const pattern = /ms: (Scavenge|Mark-Compact).*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \(/;
    return server
      .log()
      .split('\n')
      .slice(line)
      .flatMap((text) => {
        const found = pattern.exec(text);
        return found
          ? [{ isFull: found[1] !== 'Scavenge', before: Number(found[2]), after: Number(found[3]) }]
          : [];
      });
  }

  it.each([
    [
      'a page of recipes with a cursor',
      '{ recipes(first: 20) { edges { node { uuid name tags nutrition { calories } } } pageInfo { hasNextPage endCursor } } }',
    ],
    [
      'cooks with recipe, appliance and events',
      `{ viewer { name cookingSessions(first: 5) { edges { node { uuid status recipe { name } appliance { name }
           events(last: 5, types: [TEMPERATURE]) { edges { cursor node { sequence recordedAt } } } } } } } }`,
    ],
    [
      'a recipe with its stages',
      '{ recipes(first: 1) { edges { node { name stages { name } recipeData } } } }',
    ],
  ])(
    '%s leaves nothing for the full collections',
    async (_what, query) => {
      await askOften(query, WARM_UP);
      const start = server.log().split('\n').length;
      await askOften(query, REQUESTS);
      const collections = collectionsSince(start);
      expect(collections.length).toBeGreaterThan(8);
      let [made, kept] = [0, 0];
      for (const [i, { isFull, before, after }] of collections.entries()) {
        const last = collections[i - 1];
        if (!last || isFull || i < collections.length / 2) continue; // code is compiled in the first half
        made += before - last.after;
        kept += after - last.after;
      }
      expect(kept / made).toBeLessThan(MOST_KEPT);
    },
    120_000,
  );
});
