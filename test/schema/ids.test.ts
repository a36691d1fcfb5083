import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid, expectNothing } from '../_util/answers.js';
import { watch } from '../_util/feed.js';
import { createHome, insertRecipe, startCook, type TestHome } from '../_util/home.js';
import { globalId, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

/** What is no id at all. */
const GARBAGE = {
  empty: '',
  'a word': 'nonsense',
  'not base64': '%%%%',
  huge: 'x'.repeat(10_000),
  'U+0000': 'abc\u0000def',
  'a lone surrogate': '\ud800',
  'an emoji': '🍛',
  'right-to-left text': 'وصفة',
  'a UUID with a line break': `${randomUUID()}\n`,
  'a UUID with U+0000': `${randomUUID()}\u0000`,
  'no UUID': globalId('Recipe', 'nonsense'),
  'SQL for a UUID': globalId('Recipe', "' OR 1=1 --"),
  'a type that is none': globalId('Password', randomUUID()),
  'a name that every object has': globalId('constructor', randomUUID()),
  'one colon too many': globalId('Recipe', `${randomUUID()}:1`),
  'only a type': globalId('Recipe', ''),
};

const FIELDS = { recipe: 'Recipe', appliance: 'Appliance', cookingSession: 'CookingSession' } as const;

describe('an id argument', () => {
  let server: TestServer;
  let home: TestHome;
  let ids: Record<string, string>;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    const recipeId = await insertRecipe(server);
    ids = {
      Recipe: globalId('Recipe', recipeId),
      Appliance: home.applianceId,
      CookingSession: await startCook(server, home, recipeId),
      User: home.userId,
    };
  });
  afterAll(() => server.stop());

  const fetchOne = (field: string, id: unknown) =>
    server.post(`query ($id: ID!) { ${field}(id: $id) { id } }`, { id }, home.userToken);

  for (const [field, type] of Object.entries(FIELDS)) {
    it(`of ${field} takes the global id and the raw UUID in any case, and answers with the same`, async () => {
      const id = ids[type] as string;
      for (const given of [
        id,
        uuidOf(id),
        uuidOf(id).toUpperCase(),
        globalId(type, uuidOf(id).toUpperCase()),
      ]) {
        expect(await fetchOne(field, given)).toEqual({ data: { [field]: { id } } });
      }
    });

    it(`of ${field} that is unknown gives null`, async () => {
      for (const given of [randomUUID(), globalId(type, randomUUID())]) {
        expectNothing(await fetchOne(field, given));
      }
    });

    it(`of ${field} that is of another type is refused, naming the argument`, async () => {
      for (const [other, id] of Object.entries(ids)) {
        if (other !== type) expectInvalid(await fetchOne(field, id), 'id');
      }
    });

    it.each(Object.entries(GARBAGE))(
      `of ${field} that is %s is refused, naming the argument`,
      async (_what, id) => expectInvalid(await fetchOne(field, id), 'id'),
    );
  }

  it('may not be null, and a number or an object is no id', async () => {
    for (const field of Object.keys(FIELDS)) {
      expectCode(await fetchOne(field, null), 'BAD_USER_INPUT');
      expectCode(await fetchOne(field, { id: 1 }), 'BAD_USER_INPUT');
      expectCode(await fetchOne(field, 1.5), 'BAD_USER_INPUT');
      expectInvalid(await fetchOne(field, 5), 'id');
    }
  });

  it('of node is a global id: a raw UUID or anything else is refused, naming the argument', async () => {
    for (const id of [uuidOf(ids.Recipe as string), ...Object.values(GARBAGE)]) {
      expectInvalid(await fetchOne('node', id), 'id');
    }
  });

  it('of node that is unknown gives null, whatever the type', async () => {
    for (const type of [
      'User',
      'UserPreferences',
      'PushToken',
      'Appliance',
      'Recipe',
      'CookingSession',
      'ApplianceCommand',
      'FirmwareRelease',
    ]) {
      expectNothing(await fetchOne('node', globalId(type, randomUUID())));
    }
  });

  it('of nodes gives each object in its place, as often as it was named, and null for what is unknown', async () => {
    const { Recipe, Appliance, CookingSession, User } = ids as Record<string, string>;
    const given = [CookingSession, Recipe, globalId('Recipe', randomUUID()), Recipe, Appliance, User];
    const { data, errors } = await server.post(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }',
      { ids: given },
      home.userToken,
    );
    expect(errors).toBeUndefined();
    expect(data.nodes.map((node: { id: string } | null) => node?.id)).toEqual([
      CookingSession,
      Recipe,
      undefined,
      Recipe,
      Appliance,
      User,
    ]);
  });

  it('of nodes that is no global id is named by its place, and the others are answered', async () => {
    const { data, errors } = await server.post(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      { ids: [ids.Recipe, uuidOf(ids.Recipe as string), 'x'.repeat(10_000)] },
      home.userToken,
    );
    expect(data.nodes).toEqual([{ id: ids.Recipe }, null, null]);
    expect(errors?.map(({ extensions }) => extensions)).toMatchObject([
      { code: 'VALIDATION_ERROR', details: [{ field: 'ids.1' }] },
      { code: 'VALIDATION_ERROR', details: [{ field: 'ids.2' }] },
    ]);
  });

  it('of nodes may come a hundred times and not once more; an empty list gives an empty list', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const many = Array.from({ length: 100 }, () => ids.Recipe);
    expect((await server.post(query, { ids: many })).data.nodes).toHaveLength(100);
    expectInvalid(await server.post(query, { ids: [...many, ids.Recipe] }), 'ids');
    expect(await server.post(query, { ids: [] })).toEqual({ data: { nodes: [] } });
    expectCode(await server.post(query, { ids: [null] }), 'BAD_USER_INPUT');
  });

  it('of a subscription that is none, or of another type, is refused, naming the argument', async () => {
    const socket = server.socket(home.userToken);
    const refused = async (query: string, variables: object) => {
      const [error] = await watch(socket, variables as Record<string, unknown>, query).done.then(
        () => [],
        (errors) => errors,
      );
      return { errors: [error] };
    };
    const feed = 'subscription ($id: ID!) { cookingSessionEvents(sessionId: $id) { id } }';
    const updates = 'subscription ($id: ID) { applianceUpdated(applianceId: $id) { id } }';
    for (const id of [...Object.values(GARBAGE), ids.Recipe]) {
      expectInvalid(await refused(feed, { id }), 'sessionId');
      if (id !== '') expectInvalid(await refused(updates, { id }), 'applianceId');
    }
    for (const id of [randomUUID(), globalId('CookingSession', randomUUID())]) {
      expectCode(await refused(feed, { id }), 'NOT_FOUND');
    }
    for (const id of [randomUUID(), globalId('Appliance', randomUUID())]) {
      expectCode(await refused(updates, { id }), 'NOT_FOUND');
    }
  });

  it('of applianceUpdated that is empty is refused, and does not stand for all of the home', async () => {
    const updates = watch(
      server.socket(home.userToken),
      {},
      'subscription { applianceUpdated(applianceId: "") { id } }',
    );
    await expect(updates.until(1)).rejects.toBeDefined();
  });

  it('leaves the server healthy', async () => {
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });
});
