import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashSecret } from '../../src/auth/secrets.js';
import { expectCode, expectInvalid, refusalOf } from '../_util/answers.js';
import { createHome, createPerson, registerDevice } from '../_util/home.js';
import { PAIR, showCode } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const REGISTER = `mutation ($input: RegisterApplianceInput!) {
  registerAppliance(input: $input) { deviceToken pairingCode pairingCodeExpiresAt }
}`;

const sound = () => {
  const name = randomUUID().slice(0, 13);
  return { deviceId: `EPIC-${name}`, serialNumber: `SN-${name}` };
};

const register = (server: TestServer, input: object, token?: string) =>
  server.post(REGISTER, { input }, token);

/** What no hardware is called, and what no text column can hold. */
const BAD_NAMES = [
  '',
  ' ',
  'x'.repeat(51),
  'x'.repeat(10_000),
  'a b',
  'a\u0000b',
  '\ud800',
  '🍳',
  '-x',
  "x'",
  'x\n',
];

describe('registerAppliance', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it('gives a token and a code of six digits that lasts ten minutes', async () => {
    const { data } = await register(server, {
      ...sound(),
      firmwareVersionCm5: '1.2.0-rc.1+5',
      firmwareVersionStm32: '0.9',
      wifiMac: '02:00:5e:10:00:01',
    });
    const { pairingCode, pairingCodeExpiresAt, deviceToken } = data.registerAppliance;
    expect(pairingCode).toMatch(/^[0-9]{6}$/);
    expect(deviceToken).toMatch(/^epd_/);
    const minutes = (Date.parse(pairingCodeExpiresAt) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(9);
    expect(minutes).toBeLessThan(11);
  });

  it.each(['deviceId', 'serialNumber'])('refuses a bad %s, naming it', async (field) => {
    for (const bad of BAD_NAMES)
      expectInvalid(await register(server, { ...sound(), [field]: bad }), `input.${field}`);
  });

  it.each([
    ['firmwareVersionCm5', ['', 'x'.repeat(21), '1.0 beta', '1\u00000', '\ud800', '🍳']],
    ['firmwareVersionStm32', ['', 'x'.repeat(10_000), "1'; --"]],
    ['wifiMac', ['', '02:00:5e:10:00', '02:00:5e:10:00:01:02', 'zz:00:5e:10:00:01', '02-00\u0000', '\ud800']],
    ['registrationSecret', ['x'.repeat(201), 'x'.repeat(10_000), 'a\u0000b', '\ud800']],
  ])('refuses a bad %s, naming it', async (field, values) => {
    for (const bad of values)
      expectInvalid(await register(server, { ...sound(), [field]: bad }), `input.${field}`);
  });

  it('names every argument that breaks a rule at once, and stores nothing', async () => {
    const before = await server.database.pool.query('SELECT 1 FROM device_registrations');
    expectInvalid(
      await register(server, { deviceId: '', serialNumber: ' ', firmwareVersionCm5: '', wifiMac: 'x' }),
      'input.deviceId',
      'input.serialNumber',
      'input.firmwareVersionCm5',
      'input.wifiMac',
    );
    const after = await server.database.pool.query('SELECT 1 FROM device_registrations');
    expect(after.rowCount).toBe(before.rowCount);
  });

  it('refuses null and what it does not know', async () => {
    const input = sound();
    for (const bad of [
      { deviceId: input.deviceId },
      { ...input, serialNumber: null },
      { ...input, owner: 'me' },
    ]) {
      expectCode(await register(server, bad), 'BAD_USER_INPUT');
    }
  });

  it('refuses a known device without its token, with that of another, and with a person’s', async () => {
    const [mine, theirs] = [sound(), sound()];
    await register(server, mine);
    const other = await register(server, theirs);
    const person = await createPerson(server);
    for (const token of [undefined, other.data.registerAppliance.deviceToken, person.userToken]) {
      expectCode(await register(server, mine, token), 'FORBIDDEN');
    }
  });

  it('lets a known device register again with its token, keeps what it does not say, and voids the former code', async () => {
    const input = { ...sound(), firmwareVersionCm5: '1.0', wifiMac: '02:00:5e:10:00:01' };
    const first = (await register(server, input)).data.registerAppliance;
    const again = await register(
      server,
      { ...input, firmwareVersionCm5: '1.1', wifiMac: null },
      first.deviceToken,
    );
    const second = again.data.registerAppliance;
    expect(second.deviceToken).not.toBe(first.deviceToken);
    const { rows } = await server.database.pool.query(
      'SELECT firmware_version_cm5, wifi_mac, pairing_code FROM device_registrations WHERE device_id = $1',
      [input.deviceId],
    );
    expect(rows).toEqual([
      { firmware_version_cm5: '1.1', wifi_mac: '02:00:5e:10:00:01', pairing_code: second.pairingCode },
    ]);
  });

  it('refuses a known device that calls itself by another serial number, token or not', async () => {
    const input = sound();
    const { data } = await register(server, input);
    for (const token of [undefined, data.registerAppliance.deviceToken]) {
      expectCode(await register(server, { ...input, serialNumber: 'SN-other' }, token), 'FORBIDDEN');
    }
  });

  it('refuses a new device with the serial number of another', async () => {
    const input = sound();
    await register(server, input);
    expectCode(await register(server, { ...input, deviceId: `${input.deviceId}-2` }), 'CONFLICT');
  });

  it('gives one of many that claim the same new device at once its token, and the others none', async () => {
    const input = sound();
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(server, input)));
    const winners = answers.filter(({ data }) => data?.registerAppliance);
    expect(winners).toHaveLength(1);
    for (const answer of answers) if (answer.errors) expectCode(answer, 'FORBIDDEN');
    const token = winners[0]?.data.registerAppliance.deviceToken;
    expect(await showCode(server, token)).toMatch(/^[0-9]{6}$/);
  });
});

describe('where registration is for enrolled devices', () => {
  let server: TestServer;
  const known = sound();

  beforeAll(async () => {
    server = await startTestServer({ DEVICE_REGISTRATION: 'enrolled' });
    await server.database.pool.query(
      'INSERT INTO device_registrations (device_id, serial_number, secret_hash) VALUES ($1, $2, $3)',
      [known.deviceId, known.serialNumber, hashSecret('from the factory')],
    );
  });
  afterAll(() => server.stop());

  it('refuses an unknown device and one without its secret in the same words', async () => {
    const refusals = await Promise.all(
      [
        sound(),
        { ...sound(), registrationSecret: 'from the factory' },
        known,
        { ...known, registrationSecret: 'guessed' },
        { ...known, registrationSecret: '' },
        { ...known, serialNumber: 'SN-other', registrationSecret: 'from the factory' },
      ].map(async (input) => refusalOf(await register(server, input))),
    );
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
    expect(refusals[0]?.code).toBe('FORBIDDEN');
  });

  it('admits a device with its secret, once: from then on its token counts', async () => {
    const input = { ...known, registrationSecret: 'from the factory' };
    const { data } = await register(server, input);
    expect(data.registerAppliance.deviceToken).toMatch(/^epd_/);
    expectCode(await register(server, input), 'FORBIDDEN');
    expect((await register(server, known, data.registerAppliance.deviceToken)).errors).toBeUndefined();
  });
});

describe('a pairing code', () => {
  let server: TestServer;
  let person: { userToken: string };

  beforeAll(async () => {
    server = await startTestServer();
    person = await createPerson(server);
  });
  afterAll(() => server.stop());

  const pair = (code: string, name?: string | null, token = person.userToken) =>
    server.post(PAIR, { code, name }, token);

  it.each([
    '',
    '12345',
    '1234567',
    'abcdef',
    '12 456',
    '12345\u0000',
    '１２３４５６',
    '123456\n',
    '9'.repeat(10_000),
    '\ud800',
  ])('that is no six digits is refused, naming it: %j', async (code) =>
    expectInvalid(await pair(code), 'input.pairingCode'),
  );

  it.each(['', '  ', 'x'.repeat(101), 'x'.repeat(10_000), 'a\u0000b', '\udc00'])(
    'with a bad name for the appliance is refused, naming it, and stays good: %.20j',
    async (name) => {
      const { pairingCode } = await registerDevice(server);
      expectInvalid(await pair(pairingCode, name), 'input.name');
      expect((await pair(pairingCode, 'Küche 🍳')).data.pairAppliance.appliance.name).toBe('Küche 🍳');
    },
  );

  it('names code and name at once', async () => {
    expectInvalid(await pair('1', ''), 'input.pairingCode', 'input.name');
  });

  it('that no device shows is NOT_FOUND, and so are one that was used and one that has expired', async () => {
    const [used, expired, rotated] = await Promise.all([
      registerDevice(server),
      registerDevice(server),
      registerDevice(server),
    ]);
    await pair(used.pairingCode);
    await server.database.pool.query(
      'UPDATE device_registrations SET pairing_code_expires_at = now() WHERE device_id = $1',
      [expired.deviceId],
    );
    const fresh = await showCode(server, rotated.deviceToken);
    const free = await unusedCode();
    const refusals = await Promise.all(
      [
        free,
        used.pairingCode,
        expired.pairingCode,
        ...(fresh === rotated.pairingCode ? [] : [rotated.pairingCode]),
      ].map(async (code) => refusalOf(await pair(code))),
    );
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'NOT_FOUND' });
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  });

  it('of a paired appliance gives nobody else the appliance, nor its owner a second one', async () => {
    const home = await createHome(server);
    const code = await showCode(server, home.deviceToken);
    expectCode(await pair(code), 'CONFLICT');
    expectCode(await pair(code, null, home.userToken), 'CONFLICT');
    const { data } = await server.post('{ thisAppliance { id } }', {}, home.deviceToken);
    expect(data.thisAppliance.id).toBe(home.applianceId);
  });

  it('is for one of many who enter it at once', async () => {
    const { pairingCode } = await registerDevice(server);
    const answers = await Promise.all(Array.from({ length: 8 }, () => pair(pairingCode)));
    expect(answers.filter(({ data }) => data?.pairAppliance)).toHaveLength(1);
    for (const answer of answers) if (answer.errors) expectCode(answer, 'NOT_FOUND');
  });

  it('names the appliance "My Epicura" when nothing is said', async () => {
    const { pairingCode } = await registerDevice(server);
    expect((await pair(pairingCode)).data.pairAppliance.appliance.name).toBe('My Epicura');
  });

  async function unusedCode(): Promise<string> {
    const { rows } = await server.database.pool.query<{ code: string }>(
      `SELECT to_char(n, 'FM000000') AS code FROM generate_series(0, 999) AS n
       WHERE to_char(n, 'FM000000') NOT IN
         (SELECT pairing_code FROM device_registrations WHERE pairing_code IS NOT NULL) LIMIT 1`,
    );
    return rows[0]?.code ?? '';
  }
});
