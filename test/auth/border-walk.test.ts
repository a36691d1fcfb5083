import { randomUUID } from 'node:crypto';
import { isInterfaceType, isObjectType, isRequiredArgument, isUnionType } from 'graphql';
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema/index.js';
import { globalId, uuidOf } from '../_util/people.js';
import {
  documentFor,
  type FieldPlace,
  fieldsWithArguments,
  type InputPlace,
  inputPlaces,
  isNode,
  NODE_TYPES,
  nameOf,
  nodeDocument,
  rootFields,
  variablesFor,
} from '../_util/schema-walk.js';
import { askOn, type GraphQLAnswer, startTestServer, type TestServer } from '../_util/server.js';
import { type EventStream, openStream } from '../_util/sse.js';
import { createWorld, type Reader, type Thing, type World } from './world.js';

/** Of what type the thing is that an id argument names; `id` and `ids` go by the field. */
const TYPE_OF_ID: Record<string, string> = {
  userId: 'User',
  applianceId: 'Appliance',
  sessionId: 'CookingSession',
  recipeId: 'Recipe',
  commandId: 'ApplianceCommand',
  releaseId: 'FirmwareRelease',
  firmwareReleaseId: 'FirmwareRelease',
};

/** Types that only what is sent, watched or done answers with; every other one is found by looking around. */
const NOT_IN_QUERIES =
  /Payload$|^(Mutation|Subscription|SessionSnapshot|EventsSkipped|EnrolledAppliance|RejectedEvent|RejectedLog)$/;

/** CONFLICT is for a device that is busy with a cook of its own. */
const REFUSALS = ['NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED', 'VALIDATION_ERROR', 'CONFLICT'];

/**
 * What is not theirs any more, but once was. A seller may still ask for the own cooks on the appliance that was sold. A
 * device reports what it has kept of the cooks in its former home, which goes into the journals there; and it may have
 * cooked what is not published any more.
 */
const KNOWN_FROM_BEFORE: Record<string, readonly Reader[]> = {
  'User.cookingSessions of Appliance': ['seller'],
  'Mutation.recordTelemetry of CookingSession': ['second-hand device'],
  'Mutation.uploadCookingLogs of Recipe': ['device', "neighbour's device", 'second-hand device'],
};

const WHERE = [
  ['HTTP', false],
  ['WebSocket', true],
] as const;

describe('the border between homes, walked along the whole schema', () => {
  let server: TestServer;
  let world: World;
  let sockets: Map<Reader, Client>;
  /** What each reader was told in all, and the types of it. */
  const told = new Map<Reader, string>();
  const seenTypes = new Set<string>();

  beforeAll(async () => {
    server = await startTestServer();
    world = await createWorld(server);
    sockets = new Map(readers().map((reader) => [reader, server.socket(world.tokens[reader])]));
    for (const reader of readers()) told.set(reader, await lookAround(reader));
  });
  afterAll(() => server.stop());

  const readers = () => Object.keys(world.tokens) as Reader[];
  const strangersOf = ({ readers: own }: Thing) =>
    readers().filter((reader) => reader !== 'administrator' && !own.includes(reader));

  function ask(reader: Reader, document: string, variables: Record<string, unknown>, overSocket = false) {
    return overSocket
      ? askOn(sockets.get(reader) as Client, document, variables)
      : server.post<unknown>(document, variables, world.tokens[reader]);
  }

  /** An id for an argument that is not the one in question: of something that the reader may see, if there is one. */
  function idsOf(reader: Reader) {
    return (place: { parent: string; field: string; name: string }): string => {
      const type = typeOfId(place);
      if (type === 'Recipe') return world.published;
      const own = world.things.find((thing) => thing.type === type && thing.readers.includes(reader));
      return own?.id ?? globalId(type, randomUUID());
    };
  }

  /** Everything that a reader comes to from the roots, by any field, as text. */
  async function lookAround(reader: Reader): Promise<string> {
    const texts: string[] = [];
    const found: { __typename: string; id: string }[] = [];
    const take = (answer: GraphQLAnswer<unknown>) => {
      texts.push(JSON.stringify(answer));
      for (const { __typename, id } of objectsIn(answer.data)) {
        seenTypes.add(__typename);
        const isNew = id !== undefined && !found.some((one) => one.id === id);
        if (isNew && isNode(schema.getType(__typename) as never))
          found.push({ __typename, id: id as string });
      }
    };
    for (const root of rootFields('query')) {
      if (root.field.args.some(({ name }) => name === 'id' || name === 'ids')) continue;
      const variables = variablesFor(root, idsOf(reader));
      take(await ask(reader, documentFor(root, variables), variables));
    }
    for (let i = 0; i < found.length; i++) {
      const { __typename, id } = found[i] as { __typename: string; id: string };
      const answer = await ask(reader, nodeDocument(schema.getType(__typename) as never), { id });
      expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined();
      take(answer);
    }
    return texts.join('\n');
  }

  it('has something of every type that has nodes', () => {
    const types = new Set(world.things.map(({ type }) => type));
    expect(NODE_TYPES.map(({ name }) => name).filter((name) => !types.has(name))).toEqual([]);
  });

  it('is walked by every type that a query can answer with', () => {
    const all = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && !type.name.startsWith('__') && !NOT_IN_QUERIES.test(type.name),
    );
    seenTypes.add('Query');
    expect(all.map(({ name }) => name).filter((name) => !seenTypes.has(name))).toEqual([]);
    expect(
      [...seenTypes].every(
        (name) => !isInterfaceType(schema.getType(name)) && !isUnionType(schema.getType(name)),
      ),
    ).toBe(true);
  });

  it('lets everybody find what is theirs, and administrators everything', () => {
    for (const { type, id, readers: own } of world.things) {
      for (const reader of [...own, 'administrator'] as Reader[]) {
        expect(told.get(reader)?.includes(id), `${type} for ${reader}`).toBe(true);
      }
    }
    for (const { text, readers: own } of world.secrets) {
      for (const reader of [...own, 'administrator'] as Reader[]) {
        expect(told.get(reader)?.includes(text), `"${text}" for ${reader}`).toBe(true);
      }
    }
  });

  it('tells nobody of what is not theirs, by any field that leads anywhere', () => {
    for (const thing of world.things) {
      for (const reader of strangersOf(thing)) {
        for (const id of [thing.id, uuidOf(thing.id)]) {
          expect(told.get(reader)?.includes(id), `${thing.type} for ${reader}`).toBe(false);
        }
      }
    }
    for (const { text, readers: own } of world.secrets) {
      for (const reader of readers()) {
        if (reader === 'administrator' || own.includes(reader)) continue;
        expect(told.get(reader)?.includes(text), `"${text}" for ${reader}`).toBe(false);
      }
    }
  });

  it.each(WHERE)('answers nodes with null for all that is not theirs, over %s', async (_, overSocket) => {
    const document = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';
    for (const reader of readers()) {
      const foreign = world.things.filter((thing) => strangersOf(thing).includes(reader));
      const ids = [
        ...foreign.map(({ id }) => id),
        ...NODE_TYPES.map(({ name }) => globalId(name, randomUUID())),
      ];
      const answer = await ask(reader, document, { ids }, overSocket);
      expect(answer, reader).toEqual({ data: { nodes: ids.map(() => null) } });
    }
  });

  const everyId = fieldsWithArguments().flatMap((place) =>
    inputPlaces(place)
      .filter(({ scalar }) => scalar === 'ID')
      .map((input) => [`${nameOf(place)}(${input.path.join('.')})`, place, input] as const),
  );

  it.each(everyId)(
    'answers %s for what is not theirs as for what does not exist',
    async (_name, place, input) => {
      const type = typeOfId({ parent: place.parent.name, field: place.field.name, name: input.name });
      const things = world.things.filter((thing) => type === 'Node' || thing.type === type);
      expect(things.length, `something of the type ${type}`).toBeGreaterThan(0);
      const before = await stored();
      for (const thing of things) {
        const strangers = strangersOf(thing).filter(
          (reader) => !KNOWN_FROM_BEFORE[`${nameOf(place)} of ${thing.type}`]?.includes(reader),
        );
        await Promise.all(strangers.map((reader) => compare(place, input, thing, reader)));
      }
      expect(await stored()).toEqual(before);
    },
  );

  it('tells nobody of what happens in another home, by any subscription', async () => {
    const heard = new Map<Reader, string[]>(readers().map((reader) => [reader, []]));
    const stops: (() => void)[] = [];
    for (const [reader, texts] of heard) {
      for (const root of rootFields('subscription')) {
        if (root.field.args.some(isRequiredArgument)) continue;
        const take = (answer: unknown) => texts.push(JSON.stringify(answer));
        const query = documentFor(root, {});
        stops.push(
          (sockets.get(reader) as Client).subscribe(
            { query },
            { next: take, error: take, complete: () => {} },
          ),
        );
      }
    }
    const rename = (id: string, name: string) =>
      server.post(
        'mutation ($id: ID!, $name: String!) { renameAppliance(input: { applianceId: $id, name: $name }) { appliance { id } } }',
        { id, name },
        world.tokens.owner,
      );
    const { id } = world.things.find(
      (thing) => thing.type === 'Appliance' && thing.readers.includes('owner'),
    ) as Thing;
    const told = () => heard.get('owner')?.filter((text) => text.includes(id)).length;
    await expect.poll(told, { timeout: 10_000 }).toBe(1);
    await rename(id, 'another name');
    await expect.poll(told, { timeout: 10_000 }).toBe(2);
    await rename(id, 'the appliance of the owner');
    await expect.poll(told, { timeout: 10_000 }).toBe(3);
    for (const thing of world.things) {
      for (const reader of strangersOf(thing)) {
        for (const text of heard.get(reader) ?? []) expect(text).not.toContain(thing.id);
      }
    }
    for (const stop of stops) stop();
  });

  it('lets a device come to its appliance, its cooks, what its owner prefers, and the catalogue; no further', () => {
    const types = (reader: Reader) => {
      const text = told.get(reader) ?? '';
      const found = [...text.matchAll(/"id":"([A-Za-z0-9+/]+=*)"/g)].map(([, one]) =>
        Buffer.from(one ?? '', 'base64')
          .toString('utf8')
          .replace(/:.*/, ''),
      );
      return [...new Set(found)].filter((type) => NODE_TYPES.some(({ name }) => name === type)).sort();
    };
    const reach = [
      'Appliance',
      'ApplianceCommand',
      'CookingSession',
      'FirmwareRelease',
      'Recipe',
      'UserPreferences',
    ];
    for (const device of ['device', "neighbour's device", 'second-hand device'] as const) {
      expect(types(device).filter((type) => !reach.includes(type))).toEqual([]);
      expect(types(device)).toEqual(
        expect.arrayContaining(['Appliance', 'CookingSession', 'Recipe', 'UserPreferences']),
      );
    }
    expect(types('unpaired device').filter((type) => !['FirmwareRelease', 'Recipe'].includes(type))).toEqual(
      [],
    );
  });

  /** What readers are answered for things that do not exist. */
  const answersForNothing = new Map<string, GraphQLAnswer<unknown>>();

  /** The same request for the thing and for one that does not exist: the answers must not differ in a letter. */
  async function compare(place: FieldPlace, input: InputPlace, thing: Thing, reader: Reader): Promise<void> {
    const nodeId = isNode(place.parent) ? ownOf(place.parent.name, reader) : undefined;
    if (isNode(place.parent) && nodeId === undefined) return; // nothing to ask it of
    const unknown = randomUUID();
    for (const [form, real, random, transports] of [
      ['global id', thing.id, globalId(thing.type, unknown), WHERE],
      ['UUID', uuidOf(thing.id), unknown, WHERE.slice(0, 1)],
    ] as const) {
      const variables = { ...variablesFor(place, idsOf(reader), input, real), ...(nodeId ? { nodeId } : {}) };
      const document = documentFor(place, variables, nodeId ? 'id' : null);
      for (const [transport, overSocket] of transports) {
        if (place.kind === 'subscription' && !overSocket) continue;
        const answer = await ask(reader, document, variables, overSocket);
        const key = [document, input.path, thing.type, reader, form, transport].join();
        const expected =
          answersForNothing.get(key) ??
          (await ask(reader, document, withInput(variables, input, random), overSocket));
        answersForNothing.set(key, expected);
        const what = `${nameOf(place)} of ${thing.type} ${real} for ${reader} over ${transport}`;
        expect(withoutTimes(answer), what).toEqual(withoutTimes(expected));
        expectNothingTold(answer, reader, what);
      }
      if (place.kind === 'subscription') {
        const token = world.tokens[reader];
        const streams = [variables, withInput(variables, input, random)].map((sent) =>
          openStream(server.url, document, sent, token),
        );
        const [answer, expected] = await Promise.all(streams.map(async (stream) => readToEnd(await stream)));
        expect(answer, `${nameOf(place)} over SSE`).toMatch(/NOT_FOUND|FORBIDDEN|UNAUTHENTICATED/);
        expect(answer, `${nameOf(place)} over SSE`).toEqual(expected);
      }
    }
  }

  function ownOf(type: string, reader: Reader): string | undefined {
    if (type === 'Recipe') return world.published;
    return world.things.find((thing) => thing.type === type && thing.readers.includes(reader))?.id;
  }

  function expectNothingTold(answer: GraphQLAnswer<unknown>, reader: Reader, what: string): void {
    const text = JSON.stringify(answer);
    for (const { text: secret, readers: own } of world.secrets) {
      if (!own.includes(reader)) expect(text.includes(secret), `${what}: ${text}`).toBe(false);
    }
    const codes = (answer.errors ?? []).map(({ extensions }) => String(extensions.code));
    for (const code of codes) expect(REFUSALS, `${what}: ${text}`).toContain(code);
  }

  /** The rows of two homes, and the catalogue; but for when a device was heard of last. */
  async function stored(): Promise<unknown[]> {
    const people = world.things
      .filter(
        ({ type, readers: own }) => type === 'User' && (own.includes('owner') || own.includes('seller')),
      )
      .map(({ id }) => uuidOf(id));
    const { rows } = await server.database.pool.query(
      `SELECT u::text AS row FROM users u WHERE id = ANY($1)
       UNION ALL SELECT p::text FROM user_preferences p WHERE user_id = ANY($1)
       UNION ALL SELECT t::text FROM push_tokens t WHERE user_id = ANY($1)
       UNION ALL SELECT (to_jsonb(a) - 'last_seen_at')::text FROM appliances a WHERE user_id = ANY($1)
       UNION ALL SELECT s::text FROM cooking_sessions s WHERE user_id = ANY($1)
       UNION ALL SELECT e::text FROM telemetry_events e
                 WHERE session_id IN (SELECT id FROM cooking_sessions WHERE user_id = ANY($1))
       UNION ALL SELECT r::text FROM recipes r ORDER BY row`,
      [people],
    );
    expect(rows.length).toBeGreaterThan(10);
    return rows;
  }
});

function typeOfId({ parent, field, name }: { parent: string; field: string; name: string }): string {
  if (name !== 'id' && name !== 'ids') {
    const type = TYPE_OF_ID[name];
    if (!type) throw new Error(`TYPE_OF_ID does not say what ${parent}.${field}(${name}) names`);
    return type;
  }
  const owner = schema.getType(parent);
  const answer = isObjectType(owner) ? String(owner.getFields()[field]?.type).replaceAll(/[![\]]/g, '') : '';
  return answer;
}

/** All that a subscription over SSE was answered that is refused, and so ends by itself. */
async function readToEnd(stream: EventStream): Promise<string> {
  await stream.ended;
  return stream.text();
}

/** The same variables with another value in that place. */
function withInput<T>(variables: T, { path: [key, ...rest] }: Pick<InputPlace, 'path'>, value: unknown): T {
  if (key === undefined) return value as T;
  const copy = (Array.isArray(variables) ? [...variables] : { ...variables }) as Record<string, unknown>;
  copy[key] = withInput(copy[key], { path: rest }, value);
  return copy as T;
}

/** What a request says of its own time comes back in some answers. */
function withoutTimes(answer: GraphQLAnswer<unknown>): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(/"\d{4}-\d\d-\d\dT[^"]*Z"/g, '"then"'));
}

/** Every object inside a value that tells its type. */
function objectsIn(value: unknown): { __typename: string; id?: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  const { __typename, id } = value as { __typename?: string; id?: string };
  return __typename === undefined ? inner : [{ __typename, ...(id === undefined ? {} : { id }) }, ...inner];
}
