import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid } from '../_util/answers.js';
import { createPerson, startCook } from '../_util/home.js';
import { createAdmin, PAIR, showCode } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const ENROLL = `mutation ($appliances: [EnrollApplianceInput!]!) {
  enrollAppliances(input: { appliances: $appliances }) { enrolled { deviceId registrationSecret } }
}`;
const REGISTER = `mutation ($input: RegisterApplianceInput!) {
  registerAppliance(input: $input) { deviceToken pairingCode }
}`;

interface Device {
  deviceId: string;
  serialNumber: string;
}

const newDevice = (): Device => {
  const name = randomUUID().slice(0, 13);
  return { deviceId: `EPIC-${name}`, serialNumber: `SN-${name}` };
};

describe('enrollAppliances', () => {
  let server: TestServer;
  let admin: string;

  beforeAll(async () => {
    server = await startTestServer({ DEVICE_REGISTRATION: 'enrolled' });
    admin = (await createAdmin(server)).userToken;
  });
  afterAll(() => server.stop());

  const enroll = (...appliances: Device[]) => server.post(ENROLL, { appliances }, admin);
  const secretsOf = async (...appliances: Device[]) =>
    (await enroll(...appliances)).data.enrollAppliances.enrolled.map(
      (device: { registrationSecret: string }) => device.registrationSecret,
    ) as string[];
  const register = (device: Device, registrationSecret?: string, token?: string) =>
    server.post(REGISTER, { input: { ...device, registrationSecret } }, token);
  const known = async ({ deviceId }: Device) =>
    (await server.database.pool.query('SELECT * FROM device_registrations WHERE device_id = $1', [deviceId]))
      .rows[0];

  async function registered(device: Device) {
    const [secret] = await secretsOf(device);
    const { data } = await register(device, secret);
    return data.registerAppliance as { deviceToken: string; pairingCode: string };
  }

  it('gives each device a secret of its own, in the order of the input, and keeps hashes only', async () => {
    const devices = [newDevice(), newDevice(), newDevice()];
    const { data } = await enroll(...devices);
    const { enrolled } = data.enrollAppliances;
    expect(enrolled.map(({ deviceId }: Device) => deviceId)).toEqual(devices.map(({ deviceId }) => deviceId));
    const secrets: string[] = enrolled.map((one: { registrationSecret: string }) => one.registrationSecret);
    expect(new Set(secrets).size).toBe(3);
    for (const secret of secrets) expect(secret).toMatch(/^epf_[\w-]{43}$/);
    const stored = JSON.stringify(await Promise.all(devices.map(known)));
    for (const secret of secrets) expect(stored).not.toContain(secret);
  });

  it('lets a device register with its secret, once, and no other device with it', async () => {
    const [mine, theirs] = [newDevice(), newDevice()];
    const [secret = ''] = await secretsOf(mine, theirs);
    expectCode(await register(theirs, secret), 'FORBIDDEN');
    expect((await register(mine, secret)).data.registerAppliance.deviceToken).toMatch(/^epd_/);
    expectCode(await register(mine, secret), 'FORBIDDEN');
  });

  it('gives nobody a token who knows no more than what is printed on the device', async () => {
    const device = newDevice();
    expectCode(await register(device), 'FORBIDDEN');
    await enroll(device);
    for (const guess of [undefined, '', device.serialNumber, 'epf_', `epf_${'A'.repeat(43)}`]) {
      expectCode(await register(device, guess), 'FORBIDDEN');
    }
    const { deviceToken } = await registered(device);
    for (const guess of [undefined, '', device.serialNumber]) {
      expectCode(await register(device, guess), 'FORBIDDEN');
    }
    expect(await showCode(server, deviceToken)).toMatch(/^\d{6}$/);
  });

  it('resets a known device: its token, code and secret are void at once, and the new secret admits it', async () => {
    const device = newDevice();
    const [first = ''] = await secretsOf(device);
    const { deviceToken, pairingCode } = (await register(device, first)).data.registerAppliance;
    const person = await createPerson(server);

    const [second = ''] = await secretsOf(device);
    expectCode(await server.post('{ thisAppliance { id } }', {}, deviceToken), 'UNAUTHENTICATED');
    expectCode(
      await server.ask('{ thisAppliance { id } }', {}, deviceToken).catch(closed),
      'UNAUTHENTICATED',
    );
    expectCode(await server.post(PAIR, { code: pairingCode }, person.userToken), 'NOT_FOUND');
    expectCode(await register(device, first), 'FORBIDDEN');
    expectCode(await register(device, undefined, deviceToken), 'UNAUTHENTICATED');

    const again = (await register(device, second)).data.registerAppliance;
    expect((await server.post(PAIR, { code: again.pairingCode }, person.userToken)).errors).toBeUndefined();
  });

  it('leaves a device that it resets in its home, with its cooks', async () => {
    const device = newDevice();
    const first = await registered(device);
    const person = await createPerson(server);
    const paired = await server.post(PAIR, { code: first.pairingCode }, person.userToken);
    const applianceId = paired.data.pairAppliance.appliance.id;
    const home = { ...person, ...device, ...first, applianceId, email: '' };
    const session = await startCook(server, home);

    const { deviceToken } = await registered(device);
    const { data } = await server.post('{ thisAppliance { id currentSession { id } } }', {}, deviceToken);
    expect(data.thisAppliance).toEqual({ id: applianceId, currentSession: { id: session } });
  });

  it('enrolls all devices or none', async () => {
    const [fresh, other] = [newDevice(), newDevice()];
    await enroll(other);
    const answer = await enroll(fresh, { deviceId: 'EPIC-NEW', serialNumber: other.serialNumber });
    expectCode(answer, 'CONFLICT');
    expect(answer.errors?.[0]?.message).toContain(other.serialNumber);
    expect(await known(fresh)).toBeUndefined();
  });

  it('corrects the serial number of a device without a home, but not that of an appliance', async () => {
    const device = newDevice();
    await enroll(device);
    const corrected = { ...device, serialNumber: `${device.serialNumber}-2` };
    const [secret] = await secretsOf(corrected);
    const { data } = await register(corrected, secret);
    const person = await createPerson(server);
    await server.post(PAIR, { code: data.registerAppliance.pairingCode }, person.userToken);

    const before = await known(device);
    expectCode(await enroll(device), 'CONFLICT');
    expect(await known(device)).toEqual(before);
  });

  it('refuses devices that are there twice, that are called badly, and too many, naming them', async () => {
    const [a, b] = [newDevice(), newDevice()];
    expectInvalid(await enroll(a, b, a), 'input.appliances.2.deviceId', 'input.appliances.2.serialNumber');
    expectInvalid(await enroll(a, { ...b, serialNumber: a.serialNumber }), 'input.appliances.1.serialNumber');
    expectInvalid(
      await enroll(a, { deviceId: 'no good', serialNumber: '' }),
      'input.appliances.1.deviceId',
      'input.appliances.1.serialNumber',
    );
    expectInvalid(await enroll(...Array.from({ length: 251 }, newDevice)), 'input.appliances');
    expect(await known(a)).toBeUndefined();
    expect((await enroll()).data.enrollAppliances.enrolled).toEqual([]);
  });

  it('enrolls 250 devices at once, twice at the same moment, in any order', async () => {
    const devices = Array.from({ length: 250 }, newDevice);
    const answers = await Promise.all([enroll(...devices), enroll(...devices.toReversed())]);
    for (const answer of answers) expect(answer.data.enrollAppliances.enrolled).toHaveLength(250);
    const { rows } = await server.database.pool.query(
      'SELECT count(*)::int AS count FROM device_registrations WHERE device_id = ANY($1)',
      [devices.map(({ deviceId }) => deviceId)],
    );
    expect(rows[0].count).toBe(250);
  });

  /** What a socket that is closed instead of acknowledged says. */
  function closed(event: unknown) {
    const { code } = event as { code?: number };
    return { errors: [{ message: '', extensions: { code: code === 4403 ? 'UNAUTHENTICATED' : code } }] };
  }
});
