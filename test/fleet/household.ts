import { drawChance, type Random } from '../../src/kitchen/random.js';
import { pick } from '../faults/chance.js';
import type { History } from '../faults/history.js';
import { postGraphQL } from '../faults/post.js';
import { HttpTransport } from '../faults/transport.js';
import { drawPreferences, type Robot } from './robot.js';
import type { PreferencesChange } from './store.js';

const START = `mutation ($input: StartCookingInput!) { startCooking(input: $input) { session { uuid } } }`;
const PREFER = `mutation ($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { applied } }`;
const TELL = (what: string) =>
  `mutation ($input: CookingCommandInput!) { ${what}Cooking(input: $input) { command { id } } }`;

/** What a person may be told: the robot is busy, the cook is over or gone, the server is away. */
const EXPECTED = new Set(['CONFLICT', 'NOT_FOUND', 'SERVICE_UNAVAILABLE']);

/** A person with robots, who orders dishes, interferes with them, and changes their mind about salt. */
export class Household {
  readonly robots: Robot[] = [];
  readonly email: string;
  readonly token: string;
  readonly #url: string;
  readonly #random: Random;
  readonly #transport: HttpTransport;
  readonly #history: History;
  commands = 0;
  /** All changes of preferences that the person made, and those that the cloud may not know. */
  readonly changes: PreferencesChange[] = [];
  readonly #untold = new Set<PreferencesChange>();

  constructor(url: string, email: string, token: string, random: Random, history: History) {
    this.#url = url;
    this.email = email;
    this.token = token;
    this.#random = random;
    this.#transport = new HttpTransport(token);
    this.#history = history;
  }

  static async create(url: string, name: string, random: Random, history: History): Promise<Household> {
    const email = `${name}@epicura.example`;
    const { data, errors } = await postGraphQL<{ register: { accessToken: string } }>(
      url,
      `mutation ($email: String!) {
         register(input: { email: $email, password: "long enough 1", name: "Asha" }) { accessToken } }`,
      { email },
      undefined,
      10_000,
    );
    if (!data) throw new Error(`${name} could not be set up: ${JSON.stringify(errors)}`);
    return new Household(url, email, data.register.accessToken, random, history);
  }

  /** Registers and pairs a robot; its token and its appliance's UUID. */
  async pair(deviceId: string): Promise<{ deviceToken: string; applianceId: string }> {
    type Registered = { registerAppliance: { deviceToken: string; pairingCode: string } };
    const registered = await new HttpTransport('').ask<Registered>(
      this.#url,
      `mutation ($id: String!) { registerAppliance(input: { deviceId: $id, serialNumber: $id }) { deviceToken pairingCode } }`,
      { id: deviceId },
    );
    const device = registered.data?.registerAppliance;
    type Paired = { pairAppliance: { appliance: { id: string } } };
    const paired = await this.#transport.ask<Paired>(
      this.#url,
      `mutation ($code: String!) { pairAppliance(input: { pairingCode: $code }) { appliance { id } } }`,
      { code: device?.pairingCode },
    );
    if (!device || !paired.data)
      throw new Error(`${deviceId} could not be set up: ${registered.codes} ${paired.codes}`);
    const [, applianceId = ''] = Buffer.from(paired.data.pairAppliance.appliance.id, 'base64')
      .toString()
      .split(':');
    return { deviceToken: device.deviceToken, applianceId };
  }

  /** One of the things that people do. */
  async live(): Promise<void> {
    const robot = pick(this.#random, this.robots);
    if (drawChance(this.#random, 0.15)) {
      const change = drawPreferences(this.#random);
      this.changes.push(change);
      this.#untold.add(change);
      await this.tellChanges();
      return;
    }
    const cook = [...robot.store.cooks.values()].at(-1);
    if (cook && !cook.log && drawChance(this.#random, 0.6)) {
      const what = pick(this.#random, ['pause', 'resume', 'stop']);
      if (await this.#do(TELL(what), { sessionId: cook.sessionId })) this.commands += 1;
      return;
    }
    const recipeId = [...robot.store.recipes.keys()][0];
    if (recipeId && (await this.#do(START, { applianceId: robot.applianceId, recipeId }))) this.commands += 1;
  }

  /** True when the cloud knows all of them. */
  async tellChanges(): Promise<boolean> {
    for (const change of this.#untold) {
      if (!(await this.#do(PREFER, change))) return false;
      this.#untold.delete(change);
    }
    return true;
  }

  async #do(document: string, input: object): Promise<boolean> {
    const { data, codes } = await this.#transport.ask(this.#url, document, { input });
    for (const code of codes)
      if (!EXPECTED.has(code)) this.#history.incident(`a person was refused: ${code}`);
    return codes.length === 0 && data !== undefined;
  }
}
