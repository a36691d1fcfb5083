import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid, expectNothing } from '../_util/answers.js';
import { createHome, deviceClock, record, type TestHome } from '../_util/home.js';
import { createAdmin, globalId } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { statementsOf } from '../_util/statements.js';

const FIELDS = `id target version channel binaryUrl checksumSha256 fileSizeBytes releaseNotes isMandatory minVersion`;
const CREATE = `mutation ($input: CreateFirmwareReleaseInput!) {
  createFirmwareRelease(input: $input) { release { ${FIELDS} } } }`;
const CHANGE = `mutation ($input: UpdateFirmwareReleaseInput!) {
  updateFirmwareRelease(input: $input) { release { ${FIELDS} } } }`;
const UPDATE = `query ($target: FirmwareTarget!, $version: String!, $channel: FirmwareChannel) {
  firmwareUpdate(target: $target, currentVersion: $version, channel: $channel) { version } }`;

describe('firmware', () => {
  let server: TestServer;
  let home: TestHome;
  let admin: string;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    admin = (await createAdmin(server)).userToken;
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    await server.database.pool.query('DELETE FROM firmware_releases');
  });

  const release = (version: string, more: object = {}) => ({
    target: 'CM5',
    version,
    binaryUrl: `https://firmware.epicura.example/cm5-${version}.bin`,
    checksumSha256: 'A1'.repeat(32),
    fileSizeBytes: 48_000_000,
    ...more,
  });

  async function create(version: string, more: object = {}) {
    const { data, errors } = await server.post(CREATE, { input: release(version, more) }, admin);
    if (!data?.createFirmwareRelease) throw new Error(JSON.stringify(errors));
    return data.createFirmwareRelease.release;
  }

  async function next(version: string, channel?: string, token = home.deviceToken): Promise<string | null> {
    const { data, errors } = await server.post(UPDATE, { target: 'CM5', version, channel }, token);
    if (!data) throw new Error(JSON.stringify(errors));
    return data.firmwareUpdate?.version ?? null;
  }

  it('is announced as it is given, with what nothing was said of', async () => {
    expect(await create('1.2.0')).toEqual({
      ...release('1.2.0'),
      id: expect.any(String),
      channel: 'STABLE',
      checksumSha256: 'a1'.repeat(32),
      releaseNotes: null,
      isMandatory: false,
      minVersion: null,
    });
    const all = { channel: 'BETA', releaseNotes: '# New', isMandatory: true, minVersion: '1.0.0' };
    expect(await create('1.3.0-beta.1', all)).toMatchObject({ ...all, version: '1.3.0-beta.1' });
  });

  it('of one target has each version once', async () => {
    await create('1.0.0');
    expectCode(
      await server.post(CREATE, { input: release('1.0.0', { channel: 'BETA' }) }, admin),
      'CONFLICT',
    );
    await create('1.0.0', { target: 'STM32' });
    const answers = await Promise.all(
      [0, 1, 2].map(() => server.post(CREATE, { input: release('1.1.0') }, admin)),
    );
    expect(answers.filter(({ data }) => data?.createFirmwareRelease)).toHaveLength(1);
  });

  it('has versions in the order of semver.org, whatever the order of announcement', async () => {
    const order = [
      '0.9.9',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-alpha-1',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.2.0',
      '1.9.0',
      '1.10.0',
      '2.0.0-0',
      '2.0.0',
      '10.0.0',
    ];
    for (const version of order.toSorted()) await create(version);
    const { data } = await server.post(
      '{ firmwareReleases(first: 50, target: CM5) { totalCount edges { node { version } } } }',
      {},
      admin,
    );
    const listed = data.firmwareReleases.edges.map(({ node }: { node: { version: string } }) => node.version);
    expect(listed).toEqual(order.toReversed());
    expect(data.firmwareReleases.totalCount).toBe(order.length);
    await server.database.pool.query('DELETE FROM firmware_releases');
    for (const [i, version] of order.entries()) {
      if (i > 0) expect(await next(order[i - 1] as string), `after ${order[i - 1]}`).toBeNull();
      await create(version);
      if (i > 0) expect(await next(order[i - 1] as string), `after ${order[i - 1]}`).toBe(version);
      expect(await next(version), `at ${version}`).toBeNull();
    }
  });

  it('is listed in pages, by target and channel', async () => {
    for (const version of ['1.9.0', '1.10.0', '1.11.0']) await create(version);
    await create('1.12.0', { channel: 'BETA' });
    await create('3.0.0', { target: 'STM32' });
    const page = async (args: string) => {
      const { data } = await server.post(
        `{ firmwareReleases(${args}) { edges { cursor node { version } } pageInfo { hasNextPage } } }`,
        {},
        admin,
      );
      return data.firmwareReleases;
    };
    const first = await page('first: 2, channel: STABLE, target: CM5');
    expect(first.edges.map((edge: { node: object }) => edge.node)).toEqual([
      { version: '1.11.0' },
      { version: '1.10.0' },
    ]);
    const rest = await page(`first: 2, channel: STABLE, target: CM5, after: "${first.edges[1].cursor}"`);
    expect(rest.edges.map((edge: { node: object }) => edge.node)).toEqual([{ version: '1.9.0' }]);
    expect((await page('first: 9')).edges).toHaveLength(5);
  });

  it('of a channel includes what the more stable ones have', async () => {
    await create('1.1.0');
    await create('1.2.0', { channel: 'BETA' });
    await create('1.3.0', { channel: 'ALPHA' });
    expect(await next('1.0.0')).toBe('1.1.0');
    expect(await next('1.0.0', 'STABLE')).toBe('1.1.0');
    expect(await next('1.0.0', 'BETA')).toBe('1.2.0');
    expect(await next('1.0.0', 'ALPHA')).toBe('1.3.0');
    await create('1.4.0');
    expect(await next('1.3.0', 'ALPHA')).toBe('1.4.0');
    expect(await next('1.0.0', 'BETA', home.userToken)).toBe('1.4.0');
  });

  it('goes by stepping stones where a release asks for a higher version', async () => {
    await create('1.5.0');
    await create('2.0.0', { minVersion: '1.5.0' });
    await create('3.0.0', { minVersion: '2.0.0' });
    const way: (string | null)[] = [];
    for (let at: string | null = '1.0.0'; at !== null; at = await next(at)) way.push(at);
    expect(way).toEqual(['1.0.0', '1.5.0', '2.0.0', '3.0.0']);
    expect(await next('1.5.0-rc.1')).toBe('1.5.0');
    expect(await next('1.10.0')).toBe('2.0.0');
  });

  it('is not skipped when it is mandatory', async () => {
    await create('1.1.0');
    await create('1.2.0', { isMandatory: true });
    await create('1.3.0');
    await create('1.4.0', { isMandatory: true, channel: 'BETA' });
    await create('1.5.0');
    expect(await next('1.0.0')).toBe('1.2.0');
    expect(await next('1.2.0')).toBe('1.5.0');
    expect(await next('1.2.0', 'BETA')).toBe('1.4.0');
    await create('1.1.5', { isMandatory: true, minVersion: '1.1.0' });
    expect(await next('1.0.0')).toBe('1.1.0');
    expect(await next('1.1.0')).toBe('1.1.5');
  });

  it('is promoted to another channel, and keeps what nothing is said of', async () => {
    const { id } = await create('1.1.0', { channel: 'ALPHA', releaseNotes: 'New.', minVersion: '1.0.0' });
    expect(await next('1.0.0')).toBeNull();
    const promoted = await server.post(CHANGE, { input: { releaseId: id, channel: 'STABLE' } }, admin);
    expect(promoted.data.updateFirmwareRelease.release).toMatchObject({
      channel: 'STABLE',
      releaseNotes: 'New.',
      minVersion: '1.0.0',
      isMandatory: false,
    });
    expect(await next('1.0.0')).toBe('1.1.0');
    const cleared = { releaseId: id, isMandatory: true, releaseNotes: null, minVersion: null };
    expect(
      (await server.post(CHANGE, { input: cleared }, admin)).data.updateFirmwareRelease.release,
    ).toMatchObject({
      channel: 'STABLE',
      releaseNotes: null,
      minVersion: null,
      isMandatory: true,
    });
  });

  it('is shown on appliances, for each target, by one statement more than the page', async () => {
    const query = '{ viewer { appliances { edges { node { availableFirmware { target version } } } } } }';
    const shown = async () =>
      (await server.post(query, {}, home.userToken)).data.viewer.appliances.edges[0].node.availableFirmware;
    await create('1.1.0');
    await create('1.2.0', { channel: 'BETA' });
    await create('1.1.0', { target: 'STM32' });
    expect(await shown(), 'it has not told its version').toEqual([]);
    await record(server, home, [
      deviceClock().heartbeat(null, { firmwareVersionCm5: '1.0.0', firmwareVersionStm32: '1.1.0' }),
    ]);
    expect(await shown()).toEqual([{ target: 'CM5', version: '1.1.0' }]);
    for (let i = 0; i < 5; i++) {
      await server.database.pool.query(
        `INSERT INTO appliances (user_id, device_id, serial_number, firmware_version_cm5)
         SELECT user_id, $1, $1, '1.0.0' FROM appliances WHERE firmware_version_cm5 = '1.0.0' LIMIT 1`,
        [randomUUID()],
      );
    }
    const statements = await statementsOf(async () => {
      const { data } = await server.post(query, {}, home.userToken);
      expect(data.viewer.appliances.edges).toHaveLength(6);
    });
    expect(statements.length).toBeLessThanOrEqual(3);
  });

  it('is for administrators to announce and list, for devices to know, and for people once it is stable', async () => {
    const stable = await create('1.0.0');
    const beta = await create('1.1.0', { channel: 'BETA' });
    for (const token of [home.userToken, home.deviceToken]) {
      expectCode(await server.post(CREATE, { input: release('9.0.0') }, token), 'FORBIDDEN');
      expectCode(await server.post(CHANGE, { input: { releaseId: stable.id } }, token), 'FORBIDDEN');
      const list = await server.post('{ firmwareReleases { totalCount } }', {}, token);
      expectCode(list, 'FORBIDDEN');
    }
    const node = (id: string, token?: string) =>
      server.post('query ($id: ID!) { node(id: $id) { id } }', { id }, token);
    for (const token of [admin, home.deviceToken]) {
      expect((await node(beta.id, token)).data.node).toEqual({ id: beta.id });
    }
    expect((await node(stable.id, home.userToken)).data.node).toEqual({ id: stable.id });
    expectNothing(await node(beta.id, home.userToken));
    expectNothing(await node(stable.id));
    expectCode(await server.post(UPDATE, { target: 'CM5', version: '1.0.0' }), 'UNAUTHENTICATED');
  });

  it('is refused where a value breaks a rule, naming each', async () => {
    const refused = (more: object) => server.post(CREATE, { input: release('1.0.0', more) }, admin);
    expectInvalid(
      await refused({
        version: '1.0',
        binaryUrl: 'http://firmware.epicura.example/a.bin',
        checksumSha256: 'a'.repeat(63),
        fileSizeBytes: 0,
        releaseNotes: 'a\u0000b',
        minVersion: 'one',
      }),
      'input.version',
      'input.binaryUrl',
      'input.checksumSha256',
      'input.fileSizeBytes',
      'input.releaseNotes',
      'input.minVersion',
    );
    for (const version of [
      '',
      '1',
      'v1.0.0',
      '01.0.0',
      '1.0.0-',
      '1.0.0-01',
      '1.0.0+build',
      '1.0.0-é',
      `1.0.${'1'.repeat(20)}`,
    ]) {
      expectInvalid(await refused({ version }), 'input.version');
    }
    for (const binaryUrl of ['', 'ftp://a', 'https://', 'https://user:secret@host/a', '/a.bin']) {
      expectInvalid(await refused({ binaryUrl }), 'input.binaryUrl');
    }
    for (const minVersion of ['1.0.0', '1.10.0']) {
      expectInvalid(await refused({ version: '1.0.0', minVersion }), 'input.minVersion');
    }
    const { id } = await create('1.9.0');
    const change = (input: object) => server.post(CHANGE, { input: { releaseId: id, ...input } }, admin);
    expectInvalid(await change({ minVersion: '1.10.0' }), 'input.minVersion');
    expectInvalid(await change({ releaseId: home.applianceId }), 'input.releaseId');
    expectCode(await change({ releaseId: globalId('FirmwareRelease', randomUUID()) }), 'NOT_FOUND');
    for (const version of ['', 'dev', 'x'.repeat(60)]) {
      const answer = await server.post(UPDATE, { target: 'CM5', version }, home.deviceToken);
      expectInvalid(answer, 'currentVersion');
    }
    expect(await next('1.0.0+build.7')).toBe('1.9.0');
  });
});
