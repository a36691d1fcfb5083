import { randomUUID } from 'node:crypto';
import type { TestServer } from './server.js';

/** What most of this needs of a server, whatever process it runs in. */
export type Api = Pick<TestServer, 'post'>;

export interface TestHome {
  email: string;
  userToken: string;
  userId: string;
  deviceToken: string;
  applianceId: string;
  deviceId: string;
}

let homes = 0;

/** A person with a paired appliance, all through the API. */
export async function createHome(server: Api): Promise<TestHome> {
  homes += 1;
  const email = `home-${homes}-${randomUUID().slice(0, 8)}@epicura.example`;
  const person = await createPerson(server, email);
  const device = await registerDevice(server);
  const paired = await server.post(
    'mutation ($code: String!) { pairAppliance(input: { pairingCode: $code }) { appliance { id } } }',
    { code: device.pairingCode },
    person.userToken,
  );
  return { email, ...person, ...device, applianceId: paired.data.pairAppliance.appliance.id };
}

export async function createPerson(server: Api, email = `${randomUUID()}@epicura.example`) {
  const { data } = await server.post(
    `mutation ($email: String!) {
       register(input: { email: $email, password: "long enough 1", name: "Asha" }) { accessToken user { id } }
     }`,
    { email },
  );
  return { userToken: data.register.accessToken as string, userId: data.register.user.id as string };
}

export async function registerDevice(server: Api) {
  const deviceId = `EPIC-${randomUUID().slice(0, 12)}`;
  const { data } = await server.post(
    `mutation ($deviceId: String!, $serialNumber: String!) {
       registerAppliance(input: { deviceId: $deviceId, serialNumber: $serialNumber }) { deviceToken pairingCode }
     }`,
    { deviceId, serialNumber: `SN-${deviceId}` },
  );
  const { deviceToken, pairingCode } = data.registerAppliance as { deviceToken: string; pairingCode: string };
  return { deviceId, deviceToken, pairingCode };
}

/** A recipe in the catalogue, by SQL; returns its UUID. */
export async function insertRecipe(
  server: Pick<TestServer, 'database'>,
  name = 'Dal Tadka',
  isPublished = true,
): Promise<string> {
  const { rows } = await server.database.pool.query<{ id: string }>(
    `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
     VALUES ($1, 'dal', 'easy', 35, $2, $3) RETURNING id`,
    [name, isPublished, { name, stages: [{ name: 'Heat Oil', temp_target: 180, duration_seconds: 120 }] }],
  );
  return (rows[0] as { id: string }).id;
}

/** A cook that the home's device started; returns its global id. */
export async function startCook(
  server: Api & Pick<TestServer, 'database'>,
  home: TestHome,
  recipeId?: string,
): Promise<string> {
  const { data, errors } = await server.post(
    'mutation ($recipeId: ID!) { startCooking(input: { recipeId: $recipeId }) { session { id } } }',
    { recipeId: recipeId ?? (await insertRecipe(server)) },
    home.deviceToken,
  );
  if (!data) throw new Error(JSON.stringify(errors));
  return data.startCooking.session.id;
}

export interface TestEvent {
  deviceSequence: number;
  recordedAt: string;
  sessionId?: string | null;
  reading: object;
}

const RECORD = `mutation ($input: RecordTelemetryInput!) {
  recordTelemetry(input: $input) { accepted duplicates rejected { deviceSequence recordedAt code message } }
}`;

/** Sends events as the home's device; throws when the request as a whole failed. */
export async function record(server: Api, home: TestHome, events: TestEvent[], sentAt?: string) {
  const { data, errors } = await server.post(RECORD, { input: { events, sentAt } }, home.deviceToken);
  if (!data?.recordTelemetry) throw new Error(JSON.stringify(errors));
  return data.recordTelemetry as {
    accepted: number;
    duplicates: number;
    rejected: { deviceSequence: number; recordedAt: string; code: string; message: string }[];
  };
}

/** Makes the events of one device: a counter, and a clock that ticks a second an event from `start`. */
export function deviceClock(start = Date.now()) {
  let sequence = 0;
  const next = (sessionId: string | null, reading: object): TestEvent => {
    sequence += 1;
    return {
      deviceSequence: sequence,
      recordedAt: new Date(start + sequence * 1000).toISOString(),
      sessionId,
      reading,
    };
  };
  return {
    temperature: (sessionId: string | null, temperature: number, more: object = {}) =>
      next(sessionId, { temperature: { temperature, ...more } }),
    status: (sessionId: string | null, sessionStatus: string) =>
      next(sessionId, { status: { sessionStatus } }),
    stage: (sessionId: string, stageIndex: number, stageName: string, more: object = {}) =>
      next(sessionId, { stageChange: { stageIndex, stageName, totalStages: 3, ...more } }),
    alert: (sessionId: string | null, code = 'POT_REMOVED') =>
      next(sessionId, { alert: { code, severity: 'WARNING', message: 'Look at the pot.' } }),
    heartbeat: (sessionId: string | null = null, more: object = {}) =>
      next(sessionId, { heartbeat: { uptimeSeconds: 60, ...more } }),
  };
}

/** A cook that has gone through these statuses, and the clock of its device. */
export async function startCookIn(server: TestServer, home: TestHome, ...statuses: string[]) {
  const sessionId = await startCook(server, home);
  const device = deviceClock(Date.now() - 60_000);
  await record(
    server,
    home,
    statuses.map((status) => device.status(sessionId, status)),
  );
  return { sessionId, device };
}
