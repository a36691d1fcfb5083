import { randomUUID } from 'node:crypto';
import {
  createHome,
  createPerson,
  deviceClock,
  insertRecipe,
  record,
  registerDevice,
  type TestHome,
} from '../_util/home.js';
import { createAdmin, globalId, sell, uuidOf } from '../_util/people.js';
import type { TestServer } from '../_util/server.js';

/** Who looks at the world. */
export type Reader =
  | 'nobody'
  | 'outsider'
  | 'owner'
  | 'device'
  | 'neighbour'
  | "neighbour's device"
  | 'seller'
  | 'buyer'
  | 'second-hand device'
  | 'unpaired device'
  | 'administrator';

/** Something with a global id, and who besides administrators may see it. */
export interface Thing {
  type: string;
  id: string;
  readers: readonly Reader[];
}

/** A text that nobody else may ever be told. */
export interface Secret {
  text: string;
  readers: readonly Reader[];
}

/** Two homes with everything in them, an outsider, and an appliance that a seller used before a buyer. */
export interface World {
  tokens: Record<Reader, string | undefined>;
  things: Thing[];
  secrets: Secret[];
  /** A recipe that everybody sees. */
  published: string;
}

const EVERYBODY_KNOWN: Reader[] = [
  'outsider',
  'owner',
  'device',
  'neighbour',
  "neighbour's device",
  'seller',
  'buyer',
  'second-hand device',
  'unpaired device',
];
const OWNER: Reader[] = ['owner'];
const HOME: Reader[] = ['owner', 'device'];
const NEIGHBOUR: Reader[] = ['neighbour'];
const NEXT_DOOR: Reader[] = ['neighbour', "neighbour's device"];
const SELLER: Reader[] = ['seller'];
const BUYER: Reader[] = ['buyer'];
const SECOND_HOME: Reader[] = ['buyer', 'second-hand device'];

const DAL = {
  name: 'Published',
  stages: [
    {
      name: 'Heat Oil',
      temp_target: 180,
      duration_seconds: 120,
      ingredients: [{ subsystem: 'SLD', channel: 'OIL', name: 'oil', amount_g: 30 }],
    },
  ],
};

/** Builds it through the API, but for what the API has no way to make yet. */
export async function createWorld(server: TestServer): Promise<World> {
  const [home, next, sellers, buyer, outsider, unpaired, admin] = await Promise.all([
    createHome(server),
    createHome(server),
    createHome(server),
    createPerson(server, `buyer-${randomUUID()}@epicura.example`),
    createPerson(server),
    registerDevice(server),
    createAdmin(server),
  ]);
  const recipe = await insertRecipe(server, 'Published');
  await server.database.pool.query('UPDATE recipes SET recipe_data = $2 WHERE id = $1', [recipe, DAL]);
  const world: World = {
    tokens: {
      nobody: undefined,
      outsider: outsider.userToken,
      owner: home.userToken,
      device: home.deviceToken,
      neighbour: next.userToken,
      "neighbour's device": next.deviceToken,
      seller: sellers.userToken,
      buyer: buyer.userToken,
      'second-hand device': sellers.deviceToken,
      'unpaired device': unpaired.deviceToken,
      administrator: admin.userToken,
    },
    things: [],
    secrets: [],
    published: globalId('Recipe', recipe),
  };
  const draft = await insertRecipe(server, 'Draft that nobody knows', false);
  world.things.push({ type: 'Recipe', id: globalId('Recipe', draft), readers: [] });
  world.secrets.push({ text: 'Draft that nobody knows', readers: [] });

  const firmware = await server.post(
    `mutation ($input: CreateFirmwareReleaseInput!) { createFirmwareRelease(input: $input) { release { id } } }`,
    {
      input: {
        target: 'CM5',
        version: '9.0.0',
        channel: 'STABLE',
        binaryUrl: 'https://firmware.epicura.example/cm5.bin',
        checksumSha256: 'a'.repeat(64),
        fileSizeBytes: 1,
      },
    },
    admin.userToken,
  );
  world.things.push({
    type: 'FirmwareRelease',
    id: firmware.data.createFirmwareRelease.release.id,
    readers: EVERYBODY_KNOWN,
  });

  await furnish(server, world, { id: home.userId, token: home.userToken }, 'owner', OWNER, HOME);
  await furnish(server, world, { id: next.userId, token: next.userToken }, 'neighbour', NEIGHBOUR, NEXT_DOOR);
  await furnish(server, world, { id: sellers.userId, token: sellers.userToken }, 'seller', SELLER, SELLER);
  await furnish(server, world, { id: buyer.userId, token: buyer.userToken }, 'buyer', BUYER, SECOND_HOME);

  await addAppliance(server, world, home, HOME, 'owner');
  await addAppliance(server, world, next, NEXT_DOOR, 'neighbour');
  await cook(server, world, { home, recipe, readers: HOME, name: 'owner', isOver: false });
  await cook(server, world, { home: next, recipe, readers: NEXT_DOOR, name: 'neighbour', isOver: true });
  await cook(server, world, { home: sellers, recipe, readers: SELLER, name: 'seller', isOver: true });
  await sell(server, sellers, buyer.userToken);
  const bought = { ...sellers, userToken: buyer.userToken, userId: buyer.userId };
  await addAppliance(server, world, bought, SECOND_HOME, 'buyer');
  await cook(server, world, { home: bought, recipe, readers: SECOND_HOME, name: 'buyer', isOver: true });
  return world;
}

/** A person with a name, a telephone and preferences; the latter are for the device too. */
async function furnish(
  server: TestServer,
  world: World,
  person: { id: string; token: string },
  name: string,
  own: readonly Reader[],
  home: readonly Reader[],
): Promise<void> {
  await server.post(
    'mutation ($name: String!) { updateProfile(input: { name: $name }) { user { id } } }',
    { name: `the name of the ${name}` },
    person.token,
  );
  const uuid = uuidOf(person.id);
  const { rows } = await server.database.pool.query<{ preferences: string; phone: string; email: string }>(
    `WITH phone AS (INSERT INTO push_tokens (user_id, platform, token) VALUES ($1, 'ios', $2) RETURNING id),
          changed AS (UPDATE user_preferences SET allergens = ARRAY[$3] WHERE user_id = $1 RETURNING id)
     SELECT (SELECT id FROM phone) AS phone, (SELECT id FROM changed) AS preferences, email FROM users WHERE id = $1`,
    [uuid, `the phone of the ${name}`, `the allergen of the ${name}`],
  );
  const { preferences, phone, email } = rows[0] as { preferences: string; phone: string; email: string };
  world.things.push(
    { type: 'User', id: person.id, readers: own },
    { type: 'PushToken', id: globalId('PushToken', phone), readers: own },
    { type: 'UserPreferences', id: globalId('UserPreferences', preferences), readers: home },
  );
  world.secrets.push(
    { text: email, readers: own },
    { text: `the name of the ${name}`, readers: own },
    { text: `the phone of the ${name}`, readers: own },
    { text: `the allergen of the ${name}`, readers: home },
  );
}

async function addAppliance(
  server: TestServer,
  world: World,
  home: TestHome,
  readers: readonly Reader[],
  name: string,
): Promise<void> {
  await server.post(
    'mutation ($id: ID!, $name: String!) { renameAppliance(input: { applianceId: $id, name: $name }) { appliance { id } } }',
    { id: home.applianceId, name: `the appliance of the ${name}` },
    home.userToken,
  );
  world.things.push({ type: 'Appliance', id: home.applianceId, readers });
  world.secrets.push(
    { text: home.deviceId, readers },
    { text: `the appliance of the ${name}`, readers },
    { text: `outside of cooks at the ${name}`, readers },
  );
  const outside = deviceClock();
  await record(server, home, [
    { ...outside.alert(null), reading: alertOf(`outside of cooks at the ${name}`) },
    outside.heartbeat(),
  ]);
}

function alertOf(message: string): object {
  return { alert: { code: 'POT_REMOVED', severity: 'WARNING', message } };
}

/** A cook with a stage, a reading, an alert, a command, a substitution, stars and a note. */
async function cook(
  server: TestServer,
  world: World,
  {
    home,
    recipe,
    readers,
    name,
    isOver,
  }: { home: TestHome; recipe: string; readers: readonly Reader[]; name: string; isOver: boolean },
): Promise<void> {
  const { data } = await server.post(
    `mutation ($input: StartCookingInput!) { startCooking(input: $input) { session { id } } }`,
    {
      input: {
        recipeId: recipe,
        customizations: { substitutions: [{ from: 'ghee', to: `the oil of the ${name}` }] },
      },
    },
    home.deviceToken,
  );
  const id = data.startCooking.session.id as string;
  const device = deviceClock(Date.now() + 60_000);
  await record(server, home, [
    device.status(id, 'COOKING'),
    device.stage(id, 0, `the stage of the ${name}`),
    device.temperature(id, 148.5),
    device.heartbeat(id),
    { ...device.alert(id), reading: alertOf(`the alert of the ${name}`) },
    device.stage(id, 1, `the last stage of the ${name}`),
  ]);
  const paused = await server.post(
    'mutation ($id: ID!) { pauseCooking(input: { sessionId: $id }) { command { id } } }',
    { id },
    home.userToken,
  );
  world.things.push({ type: 'ApplianceCommand', id: paused.data.pauseCooking.command.id, readers });
  if (isOver) await record(server, home, [device.status(id, 'COMPLETED')]);
  const rated = await server.post(
    'mutation ($id: ID!, $notes: String!) { rateCookingSession(input: { sessionId: $id, rating: 5, notes: $notes }) { session { id } } }',
    { id, notes: `the note of the ${name}` },
    home.userToken,
  );
  if (rated.errors) throw new Error(JSON.stringify(rated));
  world.things.push({ type: 'CookingSession', id, readers });
  for (const what of ['oil', 'stage', 'alert', 'last stage', 'note']) {
    world.secrets.push({ text: `the ${what} of the ${name}`, readers });
  }
}
