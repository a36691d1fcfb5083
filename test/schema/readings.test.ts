import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode } from '../_util/answers.js';
import { createHome, deviceClock, record, startCook, type TestEvent, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const RECORD = `mutation ($input: RecordTelemetryInput!) {
  recordTelemetry(input: $input) { accepted duplicates rejected { deviceSequence code message } }
}`;

const LONG = 'x'.repeat(10_000);

/** Each field of each reading with values just outside its range, and the rest of a sound reading. */
const OUT_OF_RANGE: [reading: string, field: string, rest: object, values: unknown[]][] = [
  ['temperature', 'temperature', {}, [-50.1, 500.1, -1e308, 1e308]],
  ...(['targetTemperature', 'coilTemperature'] as const).map((field): [string, string, object, unknown[]] => [
    'temperature',
    field,
    { temperature: 1 },
    [-50.1, 500.1],
  ]),
  ['temperature', 'powerPercent', { temperature: 1 }, [-0.1, 100.1]],
  ['temperature', 'weightGrams', { temperature: 1 }, [-10_001, 50_001]],
  ['temperature', 'progressPercent', { temperature: 1 }, [-0.1, 100.1]],
  ['temperature', 'secondsRemaining', { temperature: 1 }, [-1, 604_801, 2_147_483_647]],
  ['temperature', 'cvConfidence', { temperature: 1 }, [-0.01, 1.01]],
  ['temperature', 'stirPattern', { temperature: 1 }, ['', 'x'.repeat(51), LONG, 'a\u0000', '\ud800']],
  ['temperature', 'cvClass', { temperature: 1 }, ['', 'x'.repeat(101), LONG, 'a\u0000', '\udfff']],
  ['status', 'reason', { sessionStatus: 'COOKING' }, ['', 'x'.repeat(501), LONG, 'a\u0000', '\ud800']],
  ['stageChange', 'stageIndex', { stageName: 'A' }, [-1, 1000]],
  ['stageChange', 'stageName', { stageIndex: 1 }, ['', 'x'.repeat(201), LONG, 'a\u0000', '\ud800']],
  ['stageChange', 'totalStages', { stageIndex: 1, stageName: 'A' }, [0, -1, 1001]],
  ['stageChange', 'previousDurationSeconds', { stageIndex: 1, stageName: 'A' }, [-1, 604_801]],
  ['stageChange', 'previousResult', { stageIndex: 1, stageName: 'A' }, ['', 'x'.repeat(101), 'a\u0000']],
  ['stageChange', 'cvConfidence', { stageIndex: 1, stageName: 'A' }, [-0.01, 1.01]],
  ['alert', 'code', { severity: 'INFO', message: 'M' }, ['', 'x'.repeat(51), LONG, 'a\u0000', '\ud800']],
  ['alert', 'message', { severity: 'INFO', code: 'C' }, ['', 'x'.repeat(1001), LONG, 'a\u0000', '\ud800']],
  ['heartbeat', 'uptimeSeconds', {}, [-1]],
  ['heartbeat', 'wifiRssi', {}, [-151, 51]],
  ['heartbeat', 'freeMemoryMegabytes', {}, [-1]],
  ['heartbeat', 'cpuTemperature', {}, [-50.1, 500.1]],
  ['heartbeat', 'firmwareVersionCm5', {}, ['', 'x'.repeat(21), 'a\u0000', '\ud800']],
  ['heartbeat', 'firmwareVersionStm32', {}, ['', 'x'.repeat(21), 'a\u0000', '\ud800']],
];

describe('a reading', () => {
  let server: TestServer;
  let home: TestHome;
  let session: string;
  const clock = deviceClock();

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    session = await startCook(server, home);
  });
  afterAll(() => server.stop());

  /** An event with this reading, and a number and a time of its own. */
  const event = (reading: object, change: Partial<TestEvent> = {}): TestEvent => ({
    ...clock.heartbeat(session),
    reading,
    ...change,
  });
  const send = (events: unknown[], more: object = {}) =>
    server.post(RECORD, { input: { events, ...more } }, home.deviceToken);
  const stored = async () =>
    (await server.database.pool.query('SELECT 1 FROM telemetry_events')).rowCount ?? 0;

  it.each(OUT_OF_RANGE)(
    'of %s with a bad %s is rejected alone, naming it',
    async (reading, field, rest, values) => {
      const before = await stored();
      const bad = values.map((value) => event({ [reading]: { ...rest, [field]: value } }));
      const answer = await record(server, home, [clock.heartbeat(session), ...bad, clock.heartbeat(session)]);
      expect(answer).toMatchObject({ accepted: 2, duplicates: 0 });
      expect(answer.rejected.map(({ deviceSequence, code }) => [deviceSequence, code])).toEqual(
        bad.map(({ deviceSequence }) => [deviceSequence, 'VALIDATION_ERROR']),
      );
      for (const { message } of answer.rejected) expect(message).toContain(`reading.${reading}.${field}: `);
      expect(await stored()).toBe(before + 2);
    },
  );

  it('at the ends of its ranges is stored as it was sent', async () => {
    const answer = await record(server, home, [
      event({
        temperature: {
          temperature: -50,
          targetTemperature: 500,
          powerPercent: 0,
          weightGrams: -10_000,
          secondsRemaining: 604_800,
          progressPercent: 100,
          cvConfidence: 1,
          stirActive: false,
          cvClass: '🍛 مرحبا',
        },
      }),
      event({ stageChange: { stageIndex: 0, stageName: 'x'.repeat(200), totalStages: 1000 } }),
      event({ heartbeat: { uptimeSeconds: 2_147_483_647, wifiRssi: -150, freeMemoryMegabytes: 0 } }),
      event({ heartbeat: {} }),
      event({ temperature: { temperature: 1, stirPattern: null, cvClass: null, cvConfidence: null } }),
    ]);
    expect(answer).toMatchObject({ accepted: 5, rejected: [] });
  });

  it('names every field that is wrong', async () => {
    const { rejected } = await record(server, home, [
      event({ temperature: { temperature: 501, powerPercent: 101, cvClass: '' } }),
    ]);
    for (const field of ['temperature', 'powerPercent', 'cvClass']) {
      expect(rejected[0]?.message).toContain(`reading.temperature.${field}: `);
    }
  });

  it('of no status at all, and of a cook without a session, is rejected', async () => {
    const { rejected } = await record(server, home, [
      event({ status: {} }),
      event({ status: { reason: 'because' } }),
      event({ status: { sessionStatus: null, applianceStatus: null } }),
      event({ status: { sessionStatus: 'COOKING' } }, { sessionId: null }),
      event({ stageChange: { stageIndex: 0, stageName: 'A' } }, { sessionId: null }),
    ]);
    expect(rejected.map(({ code }) => code)).toEqual(Array(5).fill('VALIDATION_ERROR'));
  });

  it('with a negative number, a session that is none, or a time out of the window is rejected', async () => {
    const answer = await record(server, home, [
      event({ heartbeat: {} }, { deviceSequence: -1 }),
      event({ heartbeat: {} }, { deviceSequence: -2_147_483_648 }),
      event({ heartbeat: {} }, { sessionId: 'nonsense' }),
      event({ heartbeat: {} }, { sessionId: home.applianceId }),
      event({ heartbeat: {} }, { sessionId: 'x'.repeat(10_000) }),
      event({ heartbeat: {} }, { sessionId: '\u0000' }),
      event({ heartbeat: {} }, { recordedAt: '0001-01-01T00:00:00Z' }),
      event({ heartbeat: {} }, { recordedAt: '1970-01-01T00:00:00Z' }),
      event({ heartbeat: {} }, { recordedAt: '9999-12-31T23:59:59.999999Z' }),
      event({ heartbeat: {} }, { recordedAt: new Date(Date.now() + 90_000_000).toISOString() }),
    ]);
    expect(answer.accepted).toBe(0);
    expect(answer.rejected.map(({ code }) => code)).toEqual(Array(10).fill('VALIDATION_ERROR'));
  });

  it('with an empty session id is rejected, not stored outside its cook', async () => {
    const answer = await record(server, home, [event({ heartbeat: {} }, { sessionId: '' })]);
    expect(answer).toMatchObject({ accepted: 0, rejected: [{ code: 'VALIDATION_ERROR' }] });
  });

  it('is exactly one of the kinds: none, two, or null refuses the request', async () => {
    for (const reading of [
      {},
      { heartbeat: {}, temperature: { temperature: 1 } },
      { heartbeat: null },
      { heartbeat: {}, temperature: null },
      null,
      [],
      'heartbeat',
    ]) {
      expectCode(await send([{ ...event({}), reading }]), 'BAD_USER_INPUT');
    }
  });

  it('with a number that is no number refuses the request', async () => {
    for (const temperature of ['1', 'NaN', 'Infinity', true, null, [1], {}]) {
      expectCode(await send([event({ temperature: { temperature } })]), 'BAD_USER_INPUT');
    }
    for (const deviceSequence of [2_147_483_648, 1.5, '1', null]) {
      expectCode(await send([{ ...event({ heartbeat: {} }), deviceSequence }]), 'BAD_USER_INPUT');
    }
  });

  it('of infinite heat is no JSON number and no literal', async () => {
    const before = await stored();
    const body = `{"query": ${JSON.stringify(RECORD)}, "variables": {"input": {"events": [{"deviceSequence": 1,
      "recordedAt": "${new Date().toISOString()}", "reading": {"temperature": {"temperature": 1e400}}}]}}}`;
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${home.deviceToken}` },
      body,
    });
    expectCode(await response.json(), 'BAD_USER_INPUT');
    const literal = await server.post(
      `mutation { recordTelemetry(input: { events: [{ deviceSequence: 1, recordedAt: "${new Date().toISOString()}",
         reading: { temperature: { temperature: 1e400 } } }] }) { accepted rejected { code } } }`,
      {},
      home.deviceToken,
    );
    expect(literal.data?.recordTelemetry ?? { accepted: 0 }).toMatchObject({ accepted: 0 });
    expect(await stored()).toBe(before);
  });

  it('may come 500 times in a request, and not once more', async () => {
    const events = Array.from({ length: 501 }, () => clock.heartbeat());
    const before = await stored();
    expectCode(await send(events), 'PAYLOAD_TOO_LARGE');
    expect(await stored()).toBe(before);
    expect((await send(events.slice(0, 500))).data.recordTelemetry.accepted).toBe(500);
    expect((await send([])).data.recordTelemetry).toEqual({ accepted: 0, duplicates: 0, rejected: [] });
  });

  it('is stored with any sentAt that is a time', async () => {
    for (const sentAt of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', null, new Date().toISOString()]) {
      const { data, errors } = await send([clock.heartbeat()], { sentAt });
      expect(errors, String(sentAt)).toBeUndefined();
      expect(data.recordTelemetry.accepted).toBe(1);
    }
    for (const sentAt of ['', 'now', 5])
      expectCode(await send([clock.heartbeat()], { sentAt }), 'BAD_USER_INPUT');
  });

  it('leaves the server healthy', async () => {
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });
});
