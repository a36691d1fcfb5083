import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectInvalid } from '../_util/answers.js';
import { createAdmin } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { recordStatements } from '../_util/statements.js';
import { scannedTables } from '../screens/plans.js';

const HOMES = 10_000;

/** Homes with an appliance each: half of them silent, one in a thousand with a fault, one in a hundred without one. */
const DATASET = `
  WITH people AS (
    INSERT INTO users (id, email, password_hash, name, created_at)
    SELECT md5('user' || n)::uuid, 'home' || n || '@epicura.example', 'x',
           (ARRAY['Asha','Björn','Çelik','Đặng'])[1 + n % 4] || ' Rao ' || n, now() - n * interval '1 minute'
    FROM generate_series(1, $1) AS n
  )
  INSERT INTO appliances (user_id, device_id, serial_number, name, status, last_seen_at, paired_at, unpaired_at,
                          firmware_version_cm5, firmware_version_stm32)
  SELECT md5('user' || n)::uuid, 'EPIC-' || n, 'SN' || n * 7, 'Kitchen ' || n,
         CASE WHEN n % 1000 = 0 THEN 'error' WHEN n % 50 = 0 THEN 'cooking'
              WHEN n % 1999 = 0 OR n % 3999 = 0 THEN 'offline' ELSE 'online' END,
         CASE WHEN n % 2 = 0 THEN now() + interval '1 hour' WHEN n % 1999 = 0 THEN now() - interval '40 days'
              WHEN n % 3999 <> 0 THEN now() - interval '1 day' END,
         now() - n * interval '1 minute', CASE WHEN n % 100 = 1 THEN now() END,
         CASE WHEN n % 2000 = 0 THEN '2.0.0' ELSE '1.4.2' END, CASE WHEN n % 2500 = 0 THEN '2.0.0' ELSE '0.9.7' END
  FROM generate_series(1, $1) AS n`;

describe('of ten thousand homes an administrator', () => {
  let server: TestServer;
  let admin: string;

  beforeAll(async () => {
    server = await startTestServer();
    admin = (await createAdmin(server)).userToken;
    await server.database.pool.query({
      text: DATASET.replaceAll('$1', String(HOMES)),
    });
    await server.database.pool.query('VACUUM ANALYZE users, appliances');
  }, 60_000);
  afterAll(() => server.stop());

  /**
   * The answer, every statement of which could find its rows by an index, and did. Of so few appliances PostgreSQL may
   * rather read all for a search.
   */
  async function ask(query: string, variables: { search?: string | null; [name: string]: unknown } = {}) {
    // biome-ignore lint/suspicious/noExplicitAny: whatever shape the document asks for
    let data: any;
    const statements = await recordStatements(async () => {
      const answer = await server.post(query, variables, admin);
      expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined();
      data = answer.data;
    });
    for (const statement of statements) {
      const { scanned, forced } = await scannedTables(server.database.pool, statement);
      expect(forced, statement.text).toEqual([]);
      if (!variables.search || query === USERS) expect(scanned, statement.text).toEqual([]);
    }
    return { data, statements: statements.length };
  }

  const USERS = `query ($search: String, $first: Int, $after: String) {
    users(search: $search, first: $first, after: $after) {
      edges { node { email } } pageInfo { hasNextPage endCursor } } }`;
  const FLEET = `query ($search: String, $status: ApplianceStatus, $version: String, $since: DateTime, $first: Int, $after: String) {
    appliances(search: $search, status: $status, firmwareVersion: $version, silentSince: $since, first: $first, after: $after) {
      edges { node { deviceId status owner { email } } } pageInfo { hasNextPage endCursor } } }`;

  const emails = async (search: string | null, first = 20) =>
    (await ask(USERS, { search, first })).data.users.edges.map(
      ({ node }: { node: { email: string } }) => node.email,
    );
  const devices = async (variables: { search?: string; [name: string]: unknown }) =>
    (await ask(FLEET, variables)).data.appliances.edges.map(
      ({ node }: { node: { deviceId: string } }) => node.deviceId,
    );

  it('lists accounts, the newest first, in pages, each by one statement', async () => {
    const first = await ask(USERS, { first: 3 });
    expect(first.statements).toBe(1);
    expect(first.data.users.edges).toHaveLength(3);
    const next = await ask(USERS, { first: 3, after: first.data.users.pageInfo.endCursor });
    expect(next.data.users.edges.map(({ node }: { node: object }) => node)).toEqual(
      [3, 4, 5].map((n) => ({ email: `home${n}@epicura.example` })), // the first is the administrator
    );
  });

  it('finds accounts by parts of the address or the name, in any case, every word of them', async () => {
    expect(await emails('home1234@')).toEqual(['home1234@epicura.example']);
    expect(await emails('OME9999')).toEqual(['home9999@epicura.example']);
    expect(await emails('björn rao 4321')).toEqual(['home4321@epicura.example']);
    expect(await emails('asha 4321')).toEqual([]);
    expect(await emails('BJÖRN home4321@')).toEqual(['home4321@epicura.example']);
    expect(await emails('as', 2)).toHaveLength(2);
    expect(await emails('  ')).toHaveLength(20);
    expect(await emails(null)).toHaveLength(20);
  });

  it('finds nothing by signs that mean something in SQL only', async () => {
    for (const search of ['%', '_', '%%%', '___', '\\', "'", '%home%', 'ho_e1234']) {
      const { data } = await server.post(USERS, { search }, admin);
      expect(data.users.edges, search).toEqual([]);
    }
  });

  it('is told what a search may not be', async () => {
    for (const list of ['users', 'appliances']) {
      for (const search of ['x'.repeat(101), 'a b c d e f', '\u0000', '\ud800']) {
        const query = `query ($search: String) { ${list}(search: $search) { totalCount } }`;
        expectInvalid(await server.post(query, { search }, admin), 'search');
      }
    }
  });

  it('counts what the list holds', async () => {
    const query = `{ all: users { totalCount } some: users(search: "çelik") { totalCount }
                     fleet: appliances { totalCount } faults: appliances(status: ERROR) { totalCount } }`;
    const { data } = await server.post(query, {}, admin);
    expect(data).toEqual({
      all: { totalCount: HOMES }, // a count ends there
      some: { totalCount: HOMES / 4 },
      fleet: { totalCount: (HOMES * 99) / 100 },
      faults: { totalCount: HOMES / 1000 },
    });
  });

  it('lists the appliances that have a home, the newest pairing first, with their owners by one statement', async () => {
    const { data, statements } = await ask(FLEET, { first: 3 });
    expect(statements).toBe(1);
    expect(data.appliances.edges.map(({ node }: { node: object }) => node)).toEqual([
      { deviceId: 'EPIC-2', status: 'ONLINE', owner: { email: 'home2@epicura.example' } },
      { deviceId: 'EPIC-3', status: 'OFFLINE', owner: { email: 'home3@epicura.example' } },
      { deviceId: 'EPIC-4', status: 'ONLINE', owner: { email: 'home4@epicura.example' } },
    ]);
    expect(await devices({ first: 3, after: data.appliances.pageInfo.endCursor })).toEqual([
      'EPIC-5',
      'EPIC-6',
      'EPIC-7',
    ]);
  });

  it('finds appliances by parts of device id, serial number or name, but none that has no home', async () => {
    expect(await devices({ search: 'epic-4321' })).toEqual(['EPIC-4321']);
    expect(await devices({ search: `sn${4322 * 7}` })).toEqual(['EPIC-4322']);
    expect(await devices({ search: 'KITCHEN epic-4323' })).toEqual(['EPIC-4323']);
    expect(await devices({ search: 'epic-4301' })).toEqual([]);
    expect(await devices({ search: 'home4321@' })).toEqual([]);
  });

  it('has an index for the search of appliances', async () => {
    const client = await server.database.pool.connect();
    await client.query('BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off');
    const { rows } = await client.query(
      `EXPLAIN SELECT FROM appliances
       WHERE lower(device_id) LIKE '%abc%' OR lower(serial_number) LIKE '%abc%' OR lower(name) LIKE 'ab%'`,
    );
    await client.query('ROLLBACK');
    client.release();
    expect(JSON.stringify(rows).split('idx_appliances_search')).toHaveLength(4);
  });

  it.each(['ONLINE', 'OFFLINE', 'COOKING', 'ERROR'])(
    'lists by the status %s just those that show it',
    async (status) => {
      const { data } = await ask(FLEET, { status, first: 100 });
      const shown = data.appliances.edges.map(({ node }: { node: { status: string } }) => node.status);
      expect(shown.length).toBe(status === 'ERROR' ? HOMES / 1000 : 100);
      expect(new Set(shown)).toEqual(new Set([status]));
    },
  );

  it('lists by a version of either part, and by silence', async () => {
    expect(await devices({ version: '2.0.0' })).toEqual(
      [2000, 2500, 4000, 5000, 6000, 7500, 8000, 10_000].map((n) => `EPIC-${n}`),
    );
    expect(await devices({ version: '2.0.0', status: 'ERROR', first: 2 })).toEqual([
      'EPIC-2000',
      'EPIC-4000',
    ]);
    expect(await devices({ version: "2.0.0' OR true" })).toEqual([]);
    const since = new Date(Date.now() - 30 * 86_400_000).toISOString();
    expect(await devices({ since })).toEqual([1999, 3999, 5997, 9995].map((n) => `EPIC-${n}`));
    expect((await server.post(FLEET, { since, status: 'ONLINE' }, admin)).data.appliances.edges).toEqual([]);
    const query = 'query ($version: String) { appliances(firmwareVersion: $version) { totalCount } }';
    expectInvalid(await server.post(query, { version: '\u0000' }, admin), 'firmwareVersion');
  });

  it('finds what is searched for among those of a status', async () => {
    expect(await devices({ search: 'epic-1000', status: 'ERROR' })).toEqual(['EPIC-1000', 'EPIC-10000']);
    expect(await devices({ search: 'epic-4321', status: 'ONLINE' })).toEqual([]);
    expect(await devices({ search: 'epic-4321', status: 'OFFLINE' })).toEqual(['EPIC-4321']);
  });
});
