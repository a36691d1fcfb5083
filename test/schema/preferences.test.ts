import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid } from '../_util/answers.js';
import { createHome, registerDevice, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { recordStatements } from '../_util/statements.js';

const FIELDS = `language spiceLevel saltLevel oilLevel diet cuisines defaultServings allergens theme
  notificationsEnabled updatedAt`;
const UPDATE = `mutation ($input: UpdatePreferencesInput!) {
  updatePreferences(input: $input) { applied preferences { ${FIELDS} } }
}`;

describe('updatePreferences', () => {
  let server: TestServer;
  let home: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    home = await createHome(server);
  });

  async function change(input: object, token = home.userToken) {
    const { data, errors } = await server.post(UPDATE, { input }, token);
    if (!data?.updatePreferences) throw new Error(JSON.stringify(errors));
    return data.updatePreferences;
  }

  const preferences = async (token = home.userToken) =>
    (await server.post(`{ viewer { preferences { ${FIELDS} } } }`, {}, token)).data.viewer.preferences;

  /** Seconds from now; the account is a moment old. */
  const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  /** Moves the account's birth back, so that changes may lie in the past. */
  const age = () =>
    server.database.pool.query(`UPDATE user_preferences SET updated_at = '2026-01-01T00:00:00Z'`);
  const at = (second: number) => `2026-02-01T00:00:${String(second).padStart(2, '0')}.000Z`;

  it('changes what is given, leaves the rest, and tells what stands', async () => {
    const before = await preferences();
    const input = {
      language: 'hi_IN',
      spiceLevel: 5,
      saltLevel: 1,
      oilLevel: 2,
      diet: 'VEGAN',
      cuisines: ['korean', 'korean', ' thai '],
      defaultServings: 4,
      allergens: ['peanuts'],
      theme: 'DARK',
      notificationsEnabled: false,
    };
    const { applied, preferences: after } = await change(input);
    expect(applied).toBe(true);
    expect(after).toEqual({ ...input, cuisines: ['korean', 'thai'], updatedAt: after.updatedAt });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    await change({ spiceLevel: 2, theme: null });
    expect(await preferences()).toMatchObject({ spiceLevel: 2, theme: 'DARK', saltLevel: 1 });
  });

  it('takes the change that was made last, whichever comes first, and tells the older one that it lost', async () => {
    await age();
    expect(await change({ updatedAt: at(20), spiceLevel: 4 })).toMatchObject({ applied: true });
    const late = await change({ updatedAt: at(10), spiceLevel: 1, saltLevel: 5 });
    expect(late).toMatchObject({
      applied: false,
      preferences: { spiceLevel: 4, saltLevel: 3, updatedAt: at(20) },
    });
    expect(await change({ updatedAt: at(21), spiceLevel: 2 })).toMatchObject({ applied: true });
    expect(await preferences()).toMatchObject({ spiceLevel: 2, updatedAt: at(21) });
  });

  it('keeps the microseconds of the time', async () => {
    await age();
    await change({ updatedAt: '2026-02-01T00:00:00.000002Z', spiceLevel: 5 });
    expect((await change({ updatedAt: '2026-02-01T00:00:00.000001Z', spiceLevel: 1 })).applied).toBe(false);
    expect((await preferences()).updatedAt).toBe('2026-02-01T00:00:00.000002Z');
  });

  it('counts a change from the future as of now, so that the next one is not lost', async () => {
    const { preferences: stored, applied } = await change({ updatedAt: soon(86_400), spiceLevel: 5 });
    expect(applied).toBe(true);
    expect(Date.parse(stored.updatedAt)).toBeLessThanOrEqual(Date.now() + 1_000);
    expect(await change({ spiceLevel: 1 })).toMatchObject({ applied: true, preferences: { spiceLevel: 1 } });
    expect((await change({ updatedAt: soon(3_600), spiceLevel: 2 })).applied).toBe(true);
  });

  it('tells a change that is sent again, its answer lost, that it stands', async () => {
    await age();
    const input = { updatedAt: at(1), allergens: ['milk', 'eggs'], theme: 'DARK' };
    expect((await change(input)).applied).toBe(true);
    expect((await change(input)).applied).toBe(true);
    await change({ updatedAt: at(2), oilLevel: 5 });
    expect((await change(input)).applied).toBe(false);
  });

  it('of one time: both stand where they touch different things, and the greater value where the same', async () => {
    await age();
    await change({ updatedAt: at(1), spiceLevel: 1, theme: 'DARK', cuisines: ['thai'] });
    const { applied, preferences: stored } = await change({
      updatedAt: at(1),
      spiceLevel: 2,
      theme: 'LIGHT',
      saltLevel: 1,
      cuisines: ['Zulu'],
    });
    expect(applied).toBe(false); // as a whole
    expect(stored).toMatchObject({ spiceLevel: 2, theme: 'LIGHT', saltLevel: 1, cuisines: ['thai'] });
  });

  it('ends the same for changes of the same and of other times, in whatever order they come', async () => {
    const arbitrary = fc.array(
      fc.record(
        {
          spiceLevel: fc.integer({ min: 1, max: 5 }),
          theme: fc.constantFrom('DARK', 'LIGHT'),
          cuisines: fc.array(fc.constantFrom('thai', 'Thai', 'indian', 'é'), { maxLength: 2 }),
          notificationsEnabled: fc.boolean(),
        },
        { requiredKeys: ['spiceLevel'] },
      ),
      { minLength: 2, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, fc.infiniteStream(fc.nat(99)), async (changes, chance) => {
        const states: unknown[] = [];
        for (const order of [changes, shuffled(changes, chance)]) {
          await reset();
          for (const input of order) await change({ updatedAt: at(5), ...input });
          states.push(await preferences());
        }
        expect(states[0]).toEqual(states[1]);
      }),
      { numRuns: 15 },
    );
  });

  async function reset() {
    await server.database.pool.query(
      `UPDATE user_preferences SET updated_at = '2026-01-01T00:00:00Z', changed_together = '{}', spice_level = 3,
         theme = 'light', cuisines = '{}', notifications_enabled = true`,
    );
  }

  function shuffled<T>(items: readonly T[], chance: fc.Stream<number>): T[] {
    return items
      .map((item) => ({ item, key: chance.next().value ?? 0 }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  }

  it('decides between changes that come at the same moment', async () => {
    await age();
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => change({ updatedAt: at(n), spiceLevel: n })),
    );
    expect(answers.at(-1)).toMatchObject({ applied: true });
    expect(await preferences()).toMatchObject({ spiceLevel: 5, updatedAt: at(5) });
  });

  it('lets a device speak for its owner, and for nobody else', async () => {
    const other = await createHome(server);
    expect(await change({ spiceLevel: 5 }, home.deviceToken)).toMatchObject({
      applied: true,
      preferences: { spiceLevel: 5 },
    });
    expect(await preferences()).toMatchObject({ spiceLevel: 5 });
    expect(await preferences(other.userToken)).toMatchObject({ spiceLevel: 3 });
    const { deviceToken } = await registerDevice(server);
    expectCode(await server.post(UPDATE, { input: { spiceLevel: 1 } }, deviceToken), 'FORBIDDEN');
    expectCode(await server.post(UPDATE, { input: { spiceLevel: 1 } }), 'UNAUTHENTICATED');
  });

  it('takes one statement, beside the one that reads what was asked for', async () => {
    const statements = await recordStatements(() => change({ spiceLevel: 5 }));
    expect(statements).toHaveLength(2);
  });

  it('refuses what is out of range, naming each, and a change of nothing', async () => {
    const refused = (input: object) => server.post(UPDATE, { input }, home.userToken);
    expectInvalid(
      await refused({
        language: 'English please',
        spiceLevel: 0,
        saltLevel: 6,
        oilLevel: -1,
        defaultServings: 5,
        cuisines: ['', 'ok'],
        allergens: ['a\u0000b'],
      }),
      'input.language',
      'input.spiceLevel',
      'input.saltLevel',
      'input.oilLevel',
      'input.defaultServings',
      'input.cuisines.0',
      'input.allergens.0',
    );
    expectInvalid(await refused({ allergens: Array(51).fill('a') }), 'input.allergens');
    expectInvalid(await refused({ language: 'mni_Mtei_IN' }), 'input.language');
    expectInvalid(await refused({}), 'input');
    expectInvalid(await refused({ updatedAt: soon(0), theme: null }), 'input');
  });
});
