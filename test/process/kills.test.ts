import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { FEED } from '../_util/feed.js';
import { deviceClock, type TestEvent } from '../_util/home.js';
import { createDataDir, postmasterPid, type ServerProcess, startProcess } from '../_util/process.js';
import { postGraphQL } from '../_util/server.js';

const KILLS = 4;
const RECORD =
  'mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted duplicates rejected { code } } }';

/**
 * A device that writes and retries, and a viewer that resumes, while server and database are killed in the middle of
 * it. What was acknowledged must be stored, once, and the viewer must see each event once, in order.
 */
describe('kill -9', () => {
  let data: Awaited<ReturnType<typeof createDataDir>>;
  let server: ServerProcess;
  let url: string;

  beforeAll(async () => {
    data = await createDataDir();
    await start();
  });
  afterAll(async () => {
    server.child.kill('SIGTERM');
    await server.exited;
    await data.remove();
  });

  async function start() {
    server = startProcess({ DATA_DIR: data.dataDir, SEED: 'demo' });
    url = await server.url;
  }

  async function kill(victim: string) {
    const postmaster = await postmasterPid(data.dataDir);
    if (victim !== 'server') process.kill(postmaster, 'SIGKILL');
    server.child.kill('SIGKILL');
    await server.exited;
    await start();
  }

  it(`${KILLS} times in mid-write loses no acknowledged event, and viewers that resume see each once`, async () => {
    const home = await makeHome(() => url);
    const device = deviceClock();
    const acknowledged: TestEvent[] = [];
    let running = true;

    const writer = (async () => {
      while (running) {
        const events = Array.from({ length: 7 }, () => device.temperature(home.sessionId, 100));
        while (!(await send(url, home.deviceToken, events)))
          await new Promise((resolve) => setTimeout(resolve, 20));
        acknowledged.push(...events);
      }
    })();

    const seen: { sequence: number; recordedAt: string; cursor: string }[] = [];
    let completed = false;
    let total = -1;
    const viewer = (async () => {
      let after: string | undefined =
        `${Buffer.from(home.uuid.replaceAll('-', ''), 'hex').toString('base64url')}.0.`;
      while (!completed || seen.at(-1)?.sequence !== total) {
        await follow(url, home.userToken, { sessionId: home.sessionId, after }, (entry) =>
          seen.push(entry),
        ).catch(() => {});
        after = seen.at(-1)?.cursor ?? after;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    for (let i = 0; i < KILLS; i++) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await kill(['server', 'both'][i % 2] as string);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    running = false;
    await writer;
    const end = device.status(home.sessionId, 'COMPLETED');
    while (!(await send(url, home.deviceToken, [end])))
      await new Promise((resolve) => setTimeout(resolve, 20));
    acknowledged.push(end);
    total = await lastSequence(url, home);
    completed = true;
    await viewer;

    expect(acknowledged.length).toBeGreaterThan(50);
    const sequences = seen.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, i) => i + 1));
    const times = new Set(seen.map(({ recordedAt }) => recordedAt));
    expect(times.size).toBe(seen.length);
    for (const event of acknowledged) expect(times).toContain(event.recordedAt);
  }, 90_000);
});

async function lastSequence(url: string, home: { sessionId: string; userToken: string }): Promise<number> {
  let last = -1;
  await follow(url, home.userToken, { sessionId: home.sessionId }, ({ sequence }) => {
    last = sequence;
  });
  return last;
}

async function send(url: string, token: string, events: TestEvent[]): Promise<boolean> {
  try {
    const { data } = await postGraphQL<{ recordTelemetry: { accepted: number; duplicates: number } }>(
      url,
      RECORD,
      { input: { events } },
      token,
    );
    return data?.recordTelemetry !== undefined && data.recordTelemetry !== null;
  } catch {
    return false;
  }
}

/** One subscription on one socket, until it completes (resolves) or breaks (rejects). */
function follow(
  url: string,
  token: string,
  variables: Record<string, unknown>,
  onEntry: (entry: { sequence: number; recordedAt: string; cursor: string }) => void,
): Promise<void> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  return new Promise<void>((resolve, reject) => {
    client.subscribe<{ cookingSessionEvents: { sequence: number; recordedAt: string; cursor: string } }>(
      { query: FEED, variables },
      {
        next: ({ data }) => data && onEntry(data.cookingSessionEvents),
        error: reject,
        complete: resolve,
      },
    );
  }).finally(() => client.dispose());
}

async function makeHome(url: () => string) {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it asked for
  const ask = async (query: string, token?: string): Promise<any> => {
    const { data, errors } = await postGraphQL(url(), query, {}, token);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const { register } = await ask(
    'mutation { register(input: { email: "k@epicura.example", password: "long enough 1", name: "K" }) { accessToken } }',
  );
  const { registerAppliance } = await ask(
    'mutation { registerAppliance(input: { deviceId: "EPIC-900", serialNumber: "SN-900" }) { deviceToken pairingCode } }',
  );
  await ask(
    `mutation { pairAppliance(input: { pairingCode: "${registerAppliance.pairingCode}" }) { appliance { id } } }`,
    register.accessToken,
  );
  const { recipes } = await ask('{ recipes(first: 1) { edges { node { id } } } }');
  const { startCooking } = await ask(
    `mutation { startCooking(input: { recipeId: "${recipes.edges[0].node.id}" }) { session { id uuid } } }`,
    registerAppliance.deviceToken,
  );
  return {
    userToken: register.accessToken as string,
    deviceToken: registerAppliance.deviceToken as string,
    sessionId: startCooking.session.id as string,
    uuid: startCooking.session.uuid as string,
  };
}
