import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, startCook, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const STATUS = `query ($list: [SessionStatus!]) {
  viewer { cookingSessions(filter: { status: $list }) { totalCount edges { node { id } } } } }`;
const TYPES = `query ($list: [EventType!]) {
  viewer { cookingSessions { edges { node { events(types: $list) { edges { node { id } } } } } } } }`;
const APPLIANCE_TYPES = `query ($list: [EventType!]) {
  viewer { appliances { edges { node { events(types: $list) { edges { node { id } } } } } } } }`;
const TAGS = 'query ($list: [String!]) { recipes(filter: { tags: $list }) { edges { node { id } } } }';
const NODES = 'query ($list: [ID!]!) { nodes(ids: $list) { id } }';
const RECIPE = Buffer.from('Recipe:00000000-0000-4000-8000-000000000000').toString('base64');

const LISTS: [what: string, query: string, entry: string, most: number, field: string][] = [
  ['of statuses', STATUS, 'COMPLETED', 250, 'filter.status'],
  ['of types of events of a cook', TYPES, 'ALERT', 250, 'types'],
  ['of types of events of an appliance', APPLIANCE_TYPES, 'ALERT', 250, 'types'],
  ['of tags', TAGS, 'quick', 20, 'filter.tags'],
  ['of ids', NODES, RECIPE, 100, 'ids'],
];

describe('a list in the arguments', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    await startCook(server, home);
  });
  afterAll(() => server.stop());

  it.each(LISTS)(
    '%s that is too long is refused, naming it, and one that is not goes through',
    async (_what, query, entry, most, field) => {
      const ask = (length: number) =>
        server.post(query, { list: Array.from({ length }, () => entry) }, home.userToken);
      expect((await ask(most)).errors).toBeUndefined();
      for (const length of [most + 1, 8_000]) {
        const answer = await ask(length);
        expect(JSON.stringify(answer)).toContain('"VALIDATION_ERROR"');
        expect(answer.errors?.[0]?.extensions.details).toMatchObject([{ field }]);
      }
    },
  );
});
