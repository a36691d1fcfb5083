import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatCursor } from '../../src/live/cursor.js';
import { expectCode, expectInvalid, refusalOf } from '../_util/answers.js';
import { createHome, deviceClock, insertRecipe, record, startCook, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

/** Every connection that is served, with what stands around its arguments. */
const CONNECTIONS: Record<string, (args: string) => string> = {
  recipes: (args) => `recipes${args} { edges { cursor node { id } } pageInfo { hasNextPage } }`,
  'viewer.appliances': (args) =>
    `viewer { appliances${args} { edges { cursor node { id } } pageInfo { hasNextPage } } }`,
  'viewer.cookingSessions': (args) =>
    `viewer { cookingSessions${args} { edges { cursor node { id } } pageInfo { hasNextPage } } }`,
  'appliance.cookingSessions': (args) =>
    `thisHome: viewer { appliances { edges { node {
       cookingSessions${args} { edges { cursor node { id } } pageInfo { hasNextPage } } } } } }`,
  'appliance.events': (args) =>
    `thisHome: viewer { appliances { edges { node {
       events${args} { edges { cursor node { id } } pageInfo { hasNextPage } } } } } }`,
  'cookingSession.events': (args) =>
    `thisHome: viewer { cookingSessions { edges { node {
       events${args} { edges { cursor node { id } } pageInfo { hasNextPage } } } } } }`,
};

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Cursors that no list gave out. */
const FORGED: Record<string, string> = {
  empty: '',
  'a word': 'nonsense',
  'an emoji': '🍛',
  'U+0000': '\u0000',
  'a lone surrogate': '\ud800',
  'huge garbage': 'x'.repeat(10_000),
  'base64 of nothing': base64('DC:'),
  'base64 of another kind': base64('GPC:N:1'),
  'base64 of a number': base64('DC:N:5'),
  'base64 of a huge number': base64('DC:T:["N:1e400","N:1e400"]'),
  'base64 of broken JSON': base64('DC:T:["S:a'),
  'an empty tuple': base64('DC:T:[]'),
  'a tuple that is none': base64('DC:T:{"a":1}'),
  'a tuple of raw values': base64('DC:T:[1,2]'),
  'a tuple with an unknown tag': base64('DC:T:["Q:1","Q:2"]'),
  'a tuple of a bad bigint': base64('DC:T:["I:x","I:y"]'),
  'a tuple that is too long': base64('DC:T:["S:a","S:b","S:c"]'),
  'a tuple of fractions': base64('DC:T:["N:1","N:1.5"]'),
  'a tuple of objects': base64('DC:T:["O:{\\"sql\\":\\"true\\"}","O:{\\"RAW\\":1}"]'),
  'a tuple of filters': base64('DC:J:[{"OR":[]},{"isNotNull":true}]'),
  'a tuple of no UUID': base64('DC:T:["S:2026-01-01T00:00:00Z","S:nonsense"]'),
  'a tuple of SQL': base64(`DC:T:["S:') OR true --","S:' OR true --"]`),
  'a tuple with U+0000': base64('DC:T:["S:\\u0000","S:\\u0000"]'),
  'a tuple of dates that are none': base64('DC:T:["D:x","D:y"]'),
};

describe('a page', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    for (const name of ['Aloo Gobi', 'Biryani', 'Chana Masala']) await insertRecipe(server, name);
    const session = await startCook(server, home);
    const device = deviceClock();
    await record(server, home, [device.status(session, 'COOKING'), device.temperature(session, 20)]);
  });
  afterAll(() => server.stop());

  for (const [name, field] of Object.entries(CONNECTIONS)) {
    const ask = (args: string, variables: object = {}) =>
      server.post(
        `query ${args.includes('$cursor') ? '($cursor: String)' : ''} { ${field(args)} }`,
        variables,
        home.userToken,
      );

    it.each([
      ['(first: -1)', ['first']],
      ['(last: -1)', ['last']],
      ['(first: 101)', ['first']],
      ['(last: 101)', ['last']],
      ['(first: 2147483647)', ['first']],
      ['(first: -2147483648)', ['first']],
      ['(first: 1, last: 1)', ['last']],
      ['(first: 0, last: 0)', ['last']],
      ['(first: -1, last: 101)', ['first', 'last', 'last']],
    ])(`of ${name} with %s is refused, naming the arguments`, async (args, fields) => {
      expectInvalid(await ask(args), ...fields);
    });

    it(`of ${name} with a number that is no Int is refused`, async () => {
      for (const value of ['2147483648', '1.5', '"1"', 'true', '[1]', '1e400']) {
        const answer = await ask(`(first: ${value})`);
        expect(answer.errors?.[0]?.extensions.code, value).toMatch(
          /^(GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)$/,
        );
      }
    });

    it(`of ${name} takes 0 and 100, null for what is not said, and either direction`, async () => {
      for (const args of [
        '(first: 0)',
        '(last: 0)',
        '(first: 100)',
        '(last: 100)',
        '(first: null, after: null)',
        '(first: 1, last: null, before: null)',
      ]) {
        expect((await ask(args)).errors, args).toBeUndefined();
      }
    });

    it.each(Object.entries(FORGED))(
      `of ${name} at a cursor that is %s is refused, naming the argument`,
      async (_what, cursor) => {
        for (const argument of ['after', 'before']) {
          expectInvalid(await ask(`(${argument}: $cursor)`, { cursor }), argument);
        }
      },
    );

    it(`of ${name} at a cursor of another kind of list never shows the inside`, async () => {
      const cursors = await Promise.all(
        Object.values(CONNECTIONS).map(async (other) => {
          const { data } = await server.post(`{ ${other('')} }`, {}, home.userToken);
          return /"cursor":"([^"]+)"/.exec(JSON.stringify(data))?.[1];
        }),
      );
      for (const cursor of cursors) {
        const answer = await ask('(after: $cursor)', { cursor });
        if (answer.errors)
          expect(refusalOf(answer)).toMatchObject({ code: 'VALIDATION_ERROR', fields: ['after'] });
      }
    });
  }

  it('of a list of cooks or appliances at a cursor of the catalogue is refused', async () => {
    const { data } = await server.post('{ recipes { edges { cursor } } }');
    const { cursor } = data.recipes.edges[0];
    for (const list of ['appliances', 'cookingSessions']) {
      expectInvalid(
        await server.post(
          `query ($cursor: String) { viewer { ${list}(after: $cursor) { edges { cursor } } } }`,
          { cursor },
          home.userToken,
        ),
        'after',
      );
    }
  });

  it('of a list inside a node that is named by a fragment is refused, naming the argument', async () => {
    const answer = await server.post(
      `query ($id: ID!) { node(id: $id) { ...Home } }
       fragment Home on User { cookingSessions(before: "${base64('DC:T:["N:1","N:2"]')}") { edges { cursor } } }`,
      { id: home.userId },
      home.userToken,
    );
    expectInvalid(answer, 'before');
  });

  it('of a journal at a cursor that none can have is refused, and the rest of the cook is answered', async () => {
    const own = await server.post(
      '{ viewer { cookingSessions { edges { node { id uuid } } } } }',
      {},
      home.userToken,
    );
    const { id, uuid } = own.data.viewer.cookingSessions.edges[0].node;
    const [prefix] = formatCursor({ sessionId: uuid, sequence: 0, receivedAt: null }).split('.', 1);
    for (const cursor of [`${prefix}.zzzzzzz.`, `${prefix}.2kzzzzz.1`, `${'A'.repeat(22)}.1.`]) {
      const answer = await server.post(
        `query ($id: ID!, $cursor: String) { cookingSession(id: $id) { status events(after: $cursor) { edges { cursor } } } }`,
        { id, cursor },
        home.userToken,
      );
      expect(answer.data.cookingSession).toEqual({ status: 'COOKING', events: null });
      expectInvalid({ ...answer, data: null }, 'after');
    }
  });

  it('of a cursor that is no text is refused', async () => {
    for (const cursor of [5, true, ['a'], { a: 1 }]) {
      expectCode(
        await server.post('query ($c: String) { recipes(after: $c) { edges { cursor } } }', { c: cursor }),
        'BAD_USER_INPUT',
      );
    }
  });

  it('leaves the server healthy', async () => {
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });
});
