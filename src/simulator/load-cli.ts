import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { Cloud, CloudError } from './cloud.js';
import { REGISTER, type Registered } from './documents.js';
import { type SimulatedRobot, startSimulator } from './simulator.js';
import { sleep } from './waiting.js';

/**
 * `npm run simulate -- --url http://127.0.0.1:4000 --appliances 50`: robots that cook against any server, as load. Each
 * is registered and paired with an account made for this run, then cooks dish after dish until a signal.
 */

const USAGE =
  'usage: npm run simulate -- --url <address> [--appliances 10] [--speed 10] [--homes 0 = one each]';
const REQUEST_TIMEOUT_MS = 10_000;
/** Where the server limits requests but does not say for how long. */
const RATE_LIMITED_MS = 10_000;
const MAX_APPLIANCES = 10_000;

const REGISTER_PERSON = `mutation ($email: String!, $password: String!) {
  register(input: { email: $email, password: $password, name: "Load" }) { accessToken }
}`;
const PAIR = `mutation ($code: String!) { pairAppliance(input: { pairingCode: $code }) { appliance { id } } }`;

interface Options {
  url: string;
  appliances: number;
  speed: number;
  homes: number;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      appliances: { type: 'string', default: '10' },
      speed: { type: 'string', default: '10' },
      homes: { type: 'string', default: '0' },
    },
  });
  const { url } = values;
  if (!url || !/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new Error(`--url must be an http address\n${USAGE}`);
  const appliances = numberOption('appliances', values.appliances, 1, MAX_APPLIANCES);
  const homes = Math.floor(numberOption('homes', values.homes, 0, MAX_APPLIANCES));
  return {
    url,
    appliances: Math.floor(appliances),
    speed: numberOption('speed', values.speed, 0.1, 1000),
    homes,
  };
}

function numberOption(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new Error(`--${name} must be from ${least} to ${most}\n${USAGE}`);
}

/** What every request of the set-up needs. */
interface SetUp {
  signal: AbortSignal;
  log: Logger;
}

/** Asks, and asks again after the time that the server names when it limits how many sign up or pair. */
async function ask<T>(cloud: Cloud, document: string, variables: object, { signal, log }: SetUp): Promise<T> {
  for (;;) {
    try {
      return await cloud.request<T>(document, variables, signal);
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== 'RATE_LIMITED') throw error;
      const waitMs = error.retryAfterMs ?? RATE_LIMITED_MS;
      log.warn(
        { waitMs },
        'the server limits sign-ups and pairings: waiting; RATE_LIMITS=off there lifts it',
      );
      await sleep(waitMs, signal);
    }
  }
}

/** Accounts for the robots' homes; signing up is slow on purpose, so one after the other. */
async function createHomes({ url, homes, appliances }: Options, run: string, setUp: SetUp): Promise<Cloud[]> {
  const people: Cloud[] = [];
  for (let i = 0; i < (homes || appliances); i++) {
    const person = new Cloud(url, REQUEST_TIMEOUT_MS);
    const account = { email: `load-${run}-${i}@epicura.example`, password: randomUUID() };
    const { register } = await ask<{ register: { accessToken: string } }>(
      person,
      REGISTER_PERSON,
      account,
      setUp,
    );
    person.token = register.accessToken;
    people.push(person);
  }
  return people;
}

async function createRobot(
  url: string,
  person: Cloud,
  deviceId: string,
  setUp: SetUp,
): Promise<SimulatedRobot> {
  const serialNumber = `SN-${deviceId}`;
  const device = new Cloud(url, REQUEST_TIMEOUT_MS);
  const input = { deviceId, serialNumber };
  const { registerAppliance } = await ask<Registered>(device, REGISTER, { input }, setUp);
  await ask(person, PAIR, { code: registerAppliance.pairingCode }, setUp);
  return { deviceId, serialNumber, token: registerAppliance.deviceToken };
}

async function main(): Promise<void> {
  const options = readOptions();
  const log = pino({ base: null });
  const controller = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        controller.abort();
        resolve();
      });
    }
  });
  const run = randomUUID().slice(0, 8);
  const setUp: SetUp = { signal: controller.signal, log };
  const people = await createHomes(options, run, setUp);
  const robots: SimulatedRobot[] = [];
  for (let i = 0; i < options.appliances; i++) {
    const person = people[i % people.length] as Cloud;
    robots.push(await createRobot(options.url, person, `LOAD-${run}-${i}`, setUp));
  }
  log.info({ appliances: robots.length, homes: people.length }, 'cooking; stop with Ctrl-C');
  const simulator = startSimulator({
    url: options.url,
    speed: options.speed,
    stateDir: path.join(tmpdir(), `epicura-load-${run}`),
    robots,
    log,
  });
  await stopped;
  await simulator.stop();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
