import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, deviceClock, record, startCook, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

interface Row {
  sequence: number;
  type: string;
  payload: Record<string, unknown>;
}

describe('recordTelemetry', () => {
  let server: TestServer;
  let home: TestHome;
  let sessionId: string;
  let uuid: string;
  let device: ReturnType<typeof deviceClock>;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  async function freshCook() {
    home = await createHome(server);
    sessionId = await startCook(server, home);
    uuid = Buffer.from(sessionId, 'base64').toString().split(':')[1] as string;
    device = deviceClock();
  }

  async function journal(): Promise<Row[]> {
    const { rows } = await server.database.pool.query<Row>(
      'SELECT sequence, event_type AS type, payload FROM telemetry_events WHERE session_id = $1 ORDER BY sequence',
      [uuid],
    );
    return rows;
  }

  async function session() {
    const { data } = await server.post(
      `query ($id: ID!) { cookingSession(id: $id) {
         status startedAt completedAt peakTemperature totalDurationSeconds
         stagesLog { stage durationSeconds result cvConfidence }
         progress { stageIndex stageName totalStages progressPercent temperature updatedAt }
         appliance { status lastSeenAt firmwareVersionCm5 }
       } }`,
      { id: sessionId },
      home.userToken,
    );
    return data.cookingSession;
  }

  it('stores each event once, in snake_case, however often the batch comes', async () => {
    await freshCook();
    const events = [
      device.status(sessionId, 'COOKING'),
      device.stage(sessionId, 0, 'Heat Oil', { cvConfidence: 0.5 }),
      device.temperature(sessionId, 148.5, { targetTemperature: 150, stirActive: true }),
    ];
    expect(await record(server, home, events)).toEqual({ accepted: 3, duplicates: 0, rejected: [] });
    expect(await record(server, home, events.toReversed())).toEqual({
      accepted: 0,
      duplicates: 3,
      rejected: [],
    });
    const more = [...events, device.alert(sessionId)];
    expect(await record(server, home, more)).toEqual({ accepted: 1, duplicates: 3, rejected: [] });
    expect(await journal()).toEqual([
      { sequence: 1, type: 'status', payload: { session_status: 'cooking' } },
      {
        sequence: 2,
        type: 'stage_change',
        payload: { stage_index: 0, stage_name: 'Heat Oil', total_stages: 3, cv_confidence: 0.5 },
      },
      {
        sequence: 3,
        type: 'temperature',
        payload: { temperature: 148.5, target_temperature: 150, stir_active: true },
      },
      {
        sequence: 4,
        type: 'alert',
        payload: { code: 'POT_REMOVED', severity: 'warning', message: 'Look at the pot.' },
      },
    ]);
  });

  it('counts an event twice in one batch as a duplicate', async () => {
    await freshCook();
    const event = device.temperature(sessionId, 80);
    expect(await record(server, home, [event, event, event])).toEqual({
      accepted: 1,
      duplicates: 2,
      rejected: [],
    });
    expect(await journal()).toHaveLength(1);
  });

  it('rejects the same key with other content as CONFLICT and stores the rest', async () => {
    await freshCook();
    const event = device.temperature(sessionId, 80);
    await record(server, home, [event]);
    const other = { ...event, reading: { temperature: { temperature: 81 } } };
    const result = await record(server, home, [other, device.temperature(sessionId, 82), event]);
    expect(result).toMatchObject({
      accepted: 1,
      duplicates: 1,
      rejected: [{ deviceSequence: event.deviceSequence, code: 'CONFLICT' }],
    });
    const within = await record(server, home, [
      { ...event, deviceSequence: 900 },
      { ...other, deviceSequence: 900 },
    ]);
    expect(within).toMatchObject({ accepted: 1, rejected: [{ deviceSequence: 900, code: 'CONFLICT' }] });
  });

  it('judges each event alone: accepted, duplicate and rejected add up to the batch', async () => {
    await freshCook();
    const stranger = await createHome(server);
    const foreign = await startCook(server, stranger);
    const now = Date.now();
    const good = device.temperature(sessionId, 90);
    const result = await record(server, home, [
      device.temperature(foreign, 90),
      device.temperature('00000000-0000-4000-8000-000000000000', 90),
      device.temperature('nonsense', 90),
      device.temperature(sessionId, 900),
      { ...device.temperature(sessionId, 90), recordedAt: new Date(now + 25 * 3_600_000).toISOString() },
      { ...device.temperature(sessionId, 90), recordedAt: '2001-01-01T00:00:00Z' },
      { ...device.alert(sessionId), reading: { alert: { code: 'A\u0000', severity: 'INFO', message: 'm' } } },
      device.status(null, 'COOKING'),
      { ...device.heartbeat(), deviceSequence: -1 },
      good,
    ]);
    expect(result).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(result.rejected.map(({ code, message }) => [code, message.split(':')[0]])).toEqual([
      ['NOT_FOUND', 'sessionId'],
      ['NOT_FOUND', 'sessionId'],
      ['VALIDATION_ERROR', 'sessionId'],
      ['VALIDATION_ERROR', 'reading.temperature.temperature'],
      ['VALIDATION_ERROR', 'recordedAt'],
      ['VALIDATION_ERROR', 'recordedAt'],
      ['VALIDATION_ERROR', 'reading.alert.code'],
      ['VALIDATION_ERROR', 'sessionId'],
      ['VALIDATION_ERROR', 'deviceSequence'],
    ]);
    expect(await journal()).toHaveLength(1);
  });

  it('keeps the microseconds of recordedAt as part of the key', async () => {
    await freshCook();
    const event = device.temperature(sessionId, 90);
    const at = (micros: string) => ({ ...event, recordedAt: event.recordedAt.replace('Z', `${micros}Z`) });
    expect(await record(server, home, [at('001'), at('002')])).toMatchObject({ accepted: 2 });
    expect(await record(server, home, [at('002')])).toMatchObject({ duplicates: 1 });
  });

  it('projects events onto session and appliance', async () => {
    await freshCook();
    const events = [
      device.status(sessionId, 'COOKING'),
      device.stage(sessionId, 0, 'Heat Oil'),
      device.temperature(sessionId, 181.5, { progressPercent: 10 }),
      device.stage(sessionId, 1, 'Simmer', {
        previousDurationSeconds: 119,
        previousResult: 'camera',
        cvConfidence: 0.9,
      }),
      device.temperature(sessionId, 99, { progressPercent: 60 }),
      device.heartbeat(sessionId, { firmwareVersionCm5: '2.1.0' }),
    ];
    await record(server, home, events);
    expect(await session()).toMatchObject({
      status: 'COOKING',
      completedAt: null,
      peakTemperature: 181.5,
      stagesLog: [{ stage: 'Heat Oil', durationSeconds: 119, result: 'camera', cvConfidence: 0.9 }],
      progress: { stageIndex: 1, stageName: 'Simmer', totalStages: 3, progressPercent: 60, temperature: 99 },
      appliance: { status: 'COOKING', firmwareVersionCm5: '2.1.0' },
    });
    const end = device.status(sessionId, 'COMPLETED');
    await record(server, home, [end]);
    const ended = await session();
    expect(ended).toMatchObject({
      status: 'COMPLETED',
      completedAt: end.recordedAt,
      appliance: { status: 'ONLINE' },
    });
    expect(ended.stagesLog.at(-1)).toMatchObject({ stage: 'Simmer', durationSeconds: 3 });
    expect(ended.totalDurationSeconds).toBe(
      Math.max(0, Math.round((Date.parse(ended.completedAt) - Date.parse(ended.startedAt)) / 1000)),
    );
  });

  it('gives the same session whatever the order of arrival', async () => {
    const shapes = [];
    for (const order of ['sent', 'reversed', 'shuffled']) {
      await freshCook();
      const events = [
        device.status(sessionId, 'COOKING'),
        device.stage(sessionId, 0, 'Heat Oil'),
        device.temperature(sessionId, 150),
        device.status(sessionId, 'PAUSED'),
        device.status(sessionId, 'COOKING'),
        device.stage(sessionId, 1, 'Simmer'),
        device.temperature(sessionId, 100, { progressPercent: 90 }),
        device.status(sessionId, 'COMPLETED'),
        device.temperature(sessionId, 240),
      ];
      if (order === 'reversed') events.reverse();
      if (order === 'shuffled')
        events.sort((a, b) => ((a.deviceSequence * 7) % 10) - ((b.deviceSequence * 7) % 10));
      for (const event of events) await record(server, home, [event]);
      expect((await journal()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const { status, peakTemperature, stagesLog, progress } = await session();
      shapes.push({ status, peakTemperature, stagesLog, progress: { ...progress, updatedAt: null } });
    }
    expect(shapes[0]).toMatchObject({
      status: 'COMPLETED',
      peakTemperature: 150,
      progress: { temperature: 100 },
    });
    expect(shapes[1]).toEqual(shapes[0]);
    expect(shapes[2]).toEqual(shapes[0]);
  });

  it('lets a reading start no cook, and passes over a status that no arrow allows', async () => {
    await freshCook();
    await record(server, home, [device.temperature(sessionId, 60), device.status(sessionId, 'PAUSED')]);
    expect(await session()).toMatchObject({ status: 'STARTED' });
    await record(server, home, [device.status(sessionId, 'COOKING'), device.status(sessionId, 'ABORTED')]);
    await record(server, home, [device.status(sessionId, 'COOKING')]);
    expect(await session()).toMatchObject({ status: 'ABORTED' });
    expect(await journal()).toHaveLength(5);
  });

  it('corrects the end of a cook by the offset of a clock that is off, and keeps recordedAt as sent', async () => {
    await freshCook();
    const behind = deviceClock(Date.now() - 5 * 3_600_000);
    const start = behind.status(sessionId, 'COOKING');
    const end = behind.status(sessionId, 'ABORTED');
    await record(server, home, [start, end], end.recordedAt);
    const { completedAt, totalDurationSeconds } = await session();
    expect(Math.abs(Date.parse(completedAt) - Date.now())).toBeLessThan(10_000);
    expect(totalDurationSeconds).toBeLessThan(10);
    const { rows } = await server.database.pool.query(
      'SELECT max(recorded_at) AS recorded_at, min(clock_offset_ms) AS ms FROM telemetry_events WHERE session_id = $1',
      [uuid],
    );
    expect(Date.parse(rows[0].recorded_at)).toBe(Date.parse(end.recordedAt));
    expect(rows[0].ms).toBeGreaterThan(4 * 3_600_000);
  });

  it('numbers events without hole or repeat under many writers', async () => {
    await freshCook();
    const batches = Array.from({ length: 40 }, () => [
      device.temperature(sessionId, 50),
      device.temperature(sessionId, 51),
    ]);
    const results = await Promise.all([...batches, ...batches].map((events) => record(server, home, events)));
    expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(80);
    expect(results.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(80);
    expect((await journal()).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 80 }, (_, i) => i + 1),
    );
  });

  it('takes 500 events and no more', async () => {
    await freshCook();
    const events = Array.from({ length: 501 }, () => device.temperature(sessionId, 50));
    await expect(record(server, home, events)).rejects.toThrow('PAYLOAD_TOO_LARGE');
    expect(await record(server, home, events.slice(1))).toMatchObject({ accepted: 500 });
  });

  it('takes what happens outside a cook, and knows the appliance alive', async () => {
    await freshCook();
    await record(server, home, [
      device.status(sessionId, 'ABORTED'),
      device.heartbeat(),
      device.temperature(null, 21),
    ]);
    expect(await session()).toMatchObject({ appliance: { status: 'ONLINE' } });
    const { rows } = await server.database.pool.query(
      'SELECT count(*) FROM telemetry_events WHERE session_id IS NULL AND sequence IS NULL AND appliance_id = (SELECT appliance_id FROM cooking_sessions WHERE id = $1)',
      [uuid],
    );
    expect(Number(rows[0].count)).toBe(2);
  });

  it('is for paired devices only', async () => {
    await freshCook();
    const input = { input: { events: [device.heartbeat()] } };
    const mutation =
      'mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted } }';
    const asUser = await server.post(mutation, input, home.userToken);
    expect(asUser.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const asNobody = await server.post(mutation, input);
    expect(asNobody.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});
