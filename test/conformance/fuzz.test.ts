import fc from 'fast-check';
import type { GraphQLFormattedError } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_STATUS } from '../../src/errors.js';
import { schema } from '../../src/schema/index.js';
import { createHome, deviceClock, insertRecipe, record, startCook } from '../_util/home.js';
import { createAdmin } from '../_util/people.js';
import { openRawSocket, type RawSocket } from '../_util/raw-socket.js';
import { type GraphQLAnswer, startTestServer, type TestServer } from '../_util/server.js';
import { breakDocument, DocumentWriter, type Request } from './fuzz/documents.js';

/** How many documents are tried; FUZZ_DOCUMENTS=100000 tries longer, FUZZ_SEED repeats a run. */
const DOCUMENTS = Number(process.env.FUZZ_DOCUMENTS ?? 2_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

const CODES = new Set([
  ...Object.keys(ERROR_STATUS),
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'QUERY_TOO_COMPLEX',
]);

interface Viewer {
  signIn(): Promise<string | undefined>;
  token: string | undefined;
  socket: RawSocket;
}

describe(`random documents (FUZZ_SEED=${SEED})`, () => {
  let server: TestServer;
  const viewers: Viewer[] = [];
  const known: string[] = [];
  let operations = 0;

  beforeAll(async () => {
    server = await startTestServer();
    const home = await createHome(server);
    const other = await createHome(server);
    const admin = await createAdmin(server);
    await insertRecipe(server, 'Khichdi', false);
    const sessionId = await startCook(server, home);
    const clock = deviceClock();
    await record(server, home, [clock.status(sessionId, 'COOKING'), clock.temperature(sessionId, 120)]);
    const { data } = await server.post(
      '{ recipes(first: 2) { edges { cursor node { id } } } viewer { preferences { id } } }',
      {},
      home.userToken,
    );
    known.push(
      home.email,
      sessionId,
      home.applianceId,
      home.userId,
      other.applianceId,
      other.userId,
      data.viewer.preferences.id,
    );
    for (const { cursor, node } of data.recipes.edges) known.push(cursor, node.id);
    const first = [undefined, home.userToken, home.deviceToken, admin.userToken];
    const again = [
      async () => undefined,
      async () => (await createHome(server)).userToken,
      async () => (await createHome(server)).deviceToken,
      async () => (await createAdmin(server)).userToken,
    ];
    for (const [i, signIn] of again.entries()) {
      viewers.push({ signIn, token: first[i], socket: await openRawSocket(server.url, first[i]) });
    }
  }, 60_000);
  afterAll(async () => {
    for (const { socket } of viewers) socket.ws.terminate();
    await server.stop();
  });

  /** Sends a request over HTTP; what comes back must be GraphQL. */
  async function overHttp({ query, variables }: Request, viewer: Viewer): Promise<GraphQLAnswer<object>> {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(viewer.token ? { authorization: `Bearer ${viewer.token}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as GraphQLAnswer<object>;
    if (response.status >= 500) {
      expect(codesOf(answer), `${response.status}`).toContain('SERVICE_UNAVAILABLE');
    }
    // An earlier document may have ended its sender's rights: whoever goes on without any would try nothing any more.
    if (response.status === 401 && viewer.token) viewer.token = await viewer.signIn();
    return answer;
  }

  /** Sends a request over a socket, and takes the first thing that is said of it; feeds may have nothing to say. */
  async function overSocket(
    { query, variables }: Request,
    viewer: Viewer,
    mayBeSilent: boolean,
  ): Promise<GraphQLAnswer<object>> {
    const { socket } = viewer;
    operations += 1;
    const id = `${operations}`;
    socket.messages.length = 0;
    socket.send({ id, type: 'subscribe', payload: { query, variables } });
    const find = () => socket.messages.find((candidate) => candidate.id === id);
    const deadline = performance.now() + (mayBeSilent ? 250 : 20_000);
    while (!find() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (socket.ws.readyState === socket.ws.OPEN) continue;
      // A document may have ended its own sender's rights.
      expect(await socket.closed).toEqual({ code: 4403, reason: 'Token revoked' });
      viewer.token = await viewer.signIn();
      viewer.socket = await openRawSocket(server.url, viewer.token);
      return { data: {} };
    }
    const message = find();
    if (socket.ws.readyState === socket.ws.OPEN) socket.send({ id, type: 'complete' });
    if (!message) expect(mayBeSilent, 'an answer within 20 seconds').toBe(true);
    if (!message || message.type === 'complete') return { data: {} };
    return message.type === 'error' ? { errors: message.payload } : message.payload;
  }

  function codesOf({ errors = [] }: GraphQLAnswer<object>): unknown[] {
    return (errors as GraphQLFormattedError[]).map(({ extensions }) => extensions?.code);
  }

  it(
    'are answered with a code for whatever is wrong, never with INTERNAL_ERROR, over both transports',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.gen(), fc.nat(99), fc.nat(3), fc.boolean(), async (draw, lot, who, bySocket) => {
          const kind = lot < 60 ? 'query' : lot < 94 ? 'mutation' : 'subscription';
          const drawn = <T>(arbitrary: fc.Arbitrary<T>): T => draw(() => arbitrary);
          const viewer = viewers[who] as Viewer;
          let request = new DocumentWriter(schema, drawn, known).write(kind);
          if (lot % 5 === 0) request = breakDocument(request, drawn);
          const fitsFrame = JSON.stringify(request).length < 100_000;
          const answer =
            fitsFrame && (kind === 'subscription' || bySocket)
              ? await overSocket(request, viewer, kind === 'subscription')
              : await overHttp(request, viewer);
          for (const code of codesOf(answer)) {
            expect(CODES, JSON.stringify(answer).slice(0, 2_000)).toContain(code);
            expect(code, JSON.stringify(answer).slice(0, 2_000)).not.toBe('INTERNAL_ERROR');
          }
          expect(answer.errors ?? answer.data).toBeDefined();
        }),
        { numRuns: DOCUMENTS, seed: SEED, endOnFailure: process.env.FUZZ_SHRINK === undefined },
      );
      await insertRecipe(server); // an administrator's document may have deleted every other one
      const { data } = await server.post('{ recipes(first: 1) { edges { node { name } } } }');
      expect(data.recipes.edges).toHaveLength(1);
      expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    },
    DOCUMENTS * 200 + 60_000,
  );
});
