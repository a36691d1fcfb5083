import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid } from '../_util/answers.js';
import {
  createHome,
  deviceClock,
  insertRecipe,
  record,
  registerDevice,
  type TestHome,
} from '../_util/home.js';
import { globalId, uuidOf } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

const START = `mutation ($input: StartCookingInput!) {
  startCooking(input: $input) {
    session { id uuid status startedAt recipeName
      customizations { spiceLevel saltLevel oilLevel servings substitutions { from to } } }
  }
}`;

describe('startCooking', () => {
  let server: TestServer;
  let home: TestHome;
  let recipeId: string;

  beforeAll(async () => {
    server = await startTestServer();
    home = await createHome(server);
    recipeId = await insertRecipe(server);
  });
  afterAll(() => server.stop());

  const start = (input: object, token = home.deviceToken) =>
    server.post(START, { input: { recipeId, ...input } }, token);

  const cooks = async () => (await server.database.pool.query('SELECT 1 FROM cooking_sessions')).rowCount;

  /** Ends whatever cooks on the home's appliance. */
  const finish = async (home_ = home) => {
    await server.database.pool.query(
      `UPDATE cooking_sessions SET status = 'completed' WHERE appliance_id = $1`,
      [uuidOf(home_.applianceId)],
    );
  };

  it('begins a cook with what the device says, to the microsecond', async () => {
    const uuid = randomUUID();
    const startedAt = new Date(Date.now() - 60_000).toISOString().replace('Z', '457Z');
    const customizations = {
      spiceLevel: 5,
      saltLevel: 1,
      oilLevel: 3,
      servings: 20,
      substitutions: [{ from: 'ghee', to: 'ज़ैतून का तेल 🫒' }],
    };
    const { data } = await start({ sessionUuid: uuid.toUpperCase(), startedAt, customizations });
    expect(data.startCooking.session).toEqual({
      id: globalId('CookingSession', uuid),
      uuid,
      status: 'STARTED',
      startedAt,
      recipeName: 'Dal Tadka',
      customizations,
    });
    await finish();
  });

  it('gives the same session for the same UUID, once begun, while it goes on and after its end', async () => {
    const sessionUuid = randomUUID();
    const answers = await Promise.all([0, 1, 2].map(() => start({ sessionUuid })));
    const ids = answers.map(({ data }) => data.startCooking.session.id);
    expect(new Set(ids)).toEqual(new Set([globalId('CookingSession', sessionUuid)]));
    await finish();
    const again = await start({ sessionUuid });
    expect(again.data.startCooking.session).toMatchObject({ id: ids[0], status: 'COMPLETED' });
  });

  it('is refused while another cook of the appliance goes on', async () => {
    await start({});
    const before = await cooks();
    expectCode(await start({}), 'CONFLICT');
    expectCode(await start({ sessionUuid: randomUUID() }), 'CONFLICT');
    expect(await cooks()).toBe(before);
    await finish();
  });

  it('lets one of many win that begin at once', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => start({})));
    expect(answers.filter(({ data }) => data?.startCooking)).toHaveLength(1);
    for (const answer of answers) if (answer.errors) expectCode(answer, 'CONFLICT');
    await finish();
  });

  it("refuses the UUID of another appliance's cook", async () => {
    const other = await createHome(server);
    const sessionUuid = randomUUID();
    await start({ sessionUuid }, other.deviceToken);
    const answer = await start({ sessionUuid });
    expectCode(answer, 'CONFLICT');
  });

  it.each([
    '',
    'nonsense',
    randomUUID().slice(1),
    `${randomUUID()}\n`,
    'x'.repeat(10_000),
    '\u0000',
    '\ud800',
  ])('refuses a sessionUuid that is none, naming it: %.20j', async (sessionUuid) =>
    expectInvalid(await start({ sessionUuid }), 'input.sessionUuid'),
  );

  it('refuses an applianceId of a device, its own and an empty one too', async () => {
    for (const applianceId of [home.applianceId, uuidOf(home.applianceId), randomUUID(), 'nonsense', '']) {
      expectInvalid(await start({ applianceId }), 'input.applianceId');
    }
  });

  it('refuses a recipeId that is none, and one that is unknown', async () => {
    for (const bad of ['', 'nonsense', home.applianceId, 'x'.repeat(10_000), '\u0000', '\ud800', '🍛']) {
      expectInvalid(await start({ recipeId: bad }), 'input.recipeId');
    }
    for (const unknown of [randomUUID(), globalId('Recipe', randomUUID())]) {
      expectCode(await start({ recipeId: unknown }), 'NOT_FOUND');
    }
  });

  it.each([
    ['a century ago', '1926-01-01T00:00:00Z'],
    ['in the year 1', '0001-01-01T00:00:00Z'],
    ['two years ago', new Date(Date.now() - 2 * 365 * 86_400_000).toISOString()],
    ['the day after tomorrow', new Date(Date.now() + 2 * 86_400_000).toISOString()],
    ['in the year 9999', '9999-12-31T23:59:59.999999Z'],
  ])('refuses a start %s, naming it', async (_what, startedAt) => {
    expectInvalid(await start({ startedAt }), 'input.startedAt');
  });

  it.each(['spiceLevel', 'saltLevel', 'oilLevel'])(
    'refuses a %s outside 1 to 5, naming it',
    async (level) => {
      for (const value of [0, -1, 6, 2_147_483_647, -2_147_483_648]) {
        expectInvalid(await start({ customizations: { [level]: value } }), `input.customizations.${level}`);
      }
      for (const value of [2_147_483_648, 1.5, '3', true]) {
        expectCode(await start({ customizations: { [level]: value } }), 'BAD_USER_INPUT');
      }
    },
  );

  it('refuses servings outside 1 to 20, and substitutions that are bad or too many, naming each', async () => {
    const { customizations } = {
      customizations: {
        servings: 21,
        substitutions: [
          { from: '', to: 'x'.repeat(101) },
          { from: 'fine', to: 'a\u0000b' },
          { from: '\ud800', to: 'fine' },
        ],
      },
    };
    expectInvalid(
      await start({ customizations }),
      'input.customizations.servings',
      'input.customizations.substitutions.0.from',
      'input.customizations.substitutions.0.to',
      'input.customizations.substitutions.1.to',
      'input.customizations.substitutions.2.from',
    );
    const many = Array.from({ length: 51 }, () => ({ from: 'a', to: 'b' }));
    expectInvalid(
      await start({ customizations: { substitutions: many } }),
      'input.customizations.substitutions',
    );
    expectInvalid(await start({ customizations: { servings: 0 } }), 'input.customizations.servings');
  });

  it('names every argument that breaks a rule at once, and stores nothing', async () => {
    const before = await cooks();
    expectInvalid(
      await start({
        applianceId: home.applianceId,
        recipeId: 'nonsense',
        sessionUuid: 'nonsense',
        customizations: { spiceLevel: 9 },
      }),
      'input.applianceId',
      'input.recipeId',
      'input.sessionUuid',
      'input.customizations.spiceLevel',
    );
    expect(await cooks()).toBe(before);
  });

  it('takes null for what is not said', async () => {
    const { data } = await start({
      applianceId: null,
      sessionUuid: null,
      startedAt: null,
      customizations: { spiceLevel: null, servings: null, substitutions: null },
    });
    expect(data.startCooking.session.customizations).toEqual({
      spiceLevel: null,
      saltLevel: null,
      oilLevel: null,
      servings: null,
      substitutions: [],
    });
    await finish();
  });

  it('is not for devices that are not paired, nor for nobody', async () => {
    const unpaired = await registerDevice(server);
    expectCode(await start({}, unpaired.deviceToken), 'FORBIDDEN');
    expectCode(await server.post(START, { input: { recipeId } }), 'UNAUTHENTICATED');
  });

  it('makes the appliance cook, and the end that the device reports makes it free', async () => {
    const { data } = await start({});
    const sessionId = data.startCooking.session.id;
    const query = '{ thisAppliance { status currentSession { id } } }';
    const cooking = await server.post(query, {}, home.deviceToken);
    expect(cooking.data.thisAppliance).toEqual({ status: 'COOKING', currentSession: { id: sessionId } });
    await record(server, home, [deviceClock().status(sessionId, 'ABORTED')]);
    const idle = await server.post(query, {}, home.deviceToken);
    expect(idle.data.thisAppliance.currentSession).toBeNull();
    expect((await start({})).errors).toBeUndefined();
    await finish();
  });
});
