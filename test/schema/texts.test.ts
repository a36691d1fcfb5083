import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, insertRecipe, startCook, type TestHome } from '../_util/home.js';
import { createAdmin, globalId, uuidOf } from '../_util/people.js';
import {
  documentFor,
  type FieldPlace,
  fieldsWithArguments,
  type InputPlace,
  inputPlaces,
  isNode,
  nameOf,
  scopesOf,
  variablesFor,
} from '../_util/schema-walk.js';
import { askOn, type GraphQLAnswer, startTestServer, type TestServer } from '../_util/server.js';

/** What no text column of PostgreSQL can hold, nor UTF-8. */
const TEXTS = {
  'U+0000': 'a\u0000b',
  'a high surrogate alone': 'a\ud83d',
  'a low surrogate alone': '\udc00b',
};

const TYPE_OF_ID: Record<string, string> = {
  userId: 'User',
  applianceId: 'Appliance',
  sessionId: 'CookingSession',
  recipeId: 'Recipe',
};

describe('a text that cannot be stored', () => {
  let server: TestServer;
  let home: TestHome;
  let ids: Record<string, string>;
  let tokens: Record<'user' | 'device' | 'admin', string>;
  let sockets: Record<'user' | 'device' | 'admin', Client>;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    const admin = await createAdmin(server);
    const recipe = await insertRecipe(server);
    ids = {
      User: home.userId,
      Appliance: home.applianceId,
      Recipe: globalId('Recipe', recipe),
      CookingSession: await startCook(server, home, recipe),
    };
    const { rows } = await server.database.pool.query<{ preferences: string; token: string }>(
      `WITH token AS (INSERT INTO push_tokens (user_id, platform, token) VALUES ($1, 'ios', 'x') RETURNING id)
       SELECT (SELECT id FROM user_preferences WHERE user_id = $1) AS preferences, id AS token FROM token`,
      [uuidOf(home.userId)],
    );
    ids.UserPreferences = globalId('UserPreferences', rows[0]?.preferences ?? '');
    ids.PushToken = globalId('PushToken', rows[0]?.token ?? '');
    tokens = { user: home.userToken, device: home.deviceToken, admin: admin.userToken };
    sockets = {
      user: server.socket(tokens.user),
      device: server.socket(tokens.device),
      admin: server.socket(tokens.admin),
    };
  });
  afterAll(() => server.stop());

  /** Who may use the field, so that nothing but the text is in the way. */
  function callerFor(place: FieldPlace): 'user' | 'device' | 'admin' {
    const scopes = scopesOf(place);
    if (scopes.includes('admin')) return 'admin';
    return scopes.includes('device') && !scopes.includes('user') ? 'device' : 'user';
  }

  const idFor = ({ name }: { name: string }) =>
    ids[TYPE_OF_ID[name] ?? ''] ?? globalId('User', uuidOf(home.userId));

  const everyText = fieldsWithArguments().flatMap((place) =>
    inputPlaces(place)
      .filter(({ scalar }) => ['String', 'ID', 'JSON'].includes(scalar))
      .map((input) => [`${nameOf(place)}(${input.path.join('.')})`, place, input] as const),
  );

  function valuesFor({ scalar, name }: InputPlace, place: FieldPlace, text: string): unknown[] {
    if (scalar !== 'JSON') return [text];
    const sample = valueAt(variablesFor(place, idFor, { path: [] }), name) ?? {};
    return [
      { ...(sample as object), x: { deep: [1, text] } },
      { ...(sample as object), [text]: 1 },
    ];
  }

  it.each(everyText)('is refused in %s, over HTTP and over WebSocket', async (_name, place, input) => {
    const caller = callerFor(place);
    const below = isNode(place.parent) ? 'id' : null;
    for (const [what, text] of Object.entries(TEXTS)) {
      for (const value of valuesFor(input, place, text)) {
        const variables = variablesFor(place, idFor, input, value);
        const document = documentFor(place, variables, below);
        const sent = below ? { ...variables, nodeId: ids[place.parent.name] } : variables;
        if (below) expect(ids[place.parent.name], `a ${place.parent.name} to ask for it`).toBeDefined();
        const overSocket = await askOn(sockets[caller], document, sent);
        expectRefused(overSocket, input, `${what} over WebSocket`);
        if (place.kind === 'subscription') continue;
        expectRefused(await server.post(document, sent, tokens[caller]), input, `${what} over HTTP`);
      }
    }
  });

  it('is looked for in every argument', () => {
    const names = everyText.map(([name]) => name);
    expect(names).toContain('Mutation.recordTelemetry(input.events.0.reading.alert.message)');
    expect(names).toContain('Query.recipes(filter.tags.0)');
    expect(names).toContain('Query.nodes(ids.0)');
    expect(names).toContain('User.cookingSessions(filter.applianceId)');
  });
});

/** The value of that name, however deep. */
function valueAt(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = key === name ? inner : valueAt(inner, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A `VALIDATION_ERROR` that names the argument; or, of a batch whose members are judged alone, that member rejected so. */
function expectRefused(answer: GraphQLAnswer<unknown>, { path }: InputPlace, what: string): void {
  const text = `${what}: ${JSON.stringify(answer)}`;
  const rejected = valueAt(answer.data, 'rejected');
  if (!answer.errors && Array.isArray(rejected)) {
    expect(rejected, text).toMatchObject([{ code: 'VALIDATION_ERROR' }]);
    expect(JSON.stringify(answer.data), text).not.toMatch(/"(accepted|duplicates)":1/);
    return;
  }
  expect(answer.errors, text).toHaveLength(1);
  const { code, details } = answer.errors?.[0]?.extensions ?? {};
  expect(code, text).toBe('VALIDATION_ERROR');
  const fields = ((details ?? []) as { field: string }[]).map(({ field }) => field);
  expect(
    fields.some((field) => path.join('.').startsWith(field) || field.startsWith(path.join('.'))),
    text,
  ).toBe(true);
}
