import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, insertRecipe, startCook, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';

describe('what people change about their home', () => {
  let server: TestServer;
  let home: TestHome;
  let stranger: TestHome;

  beforeAll(async () => {
    server = await startTestServer();
    [home, stranger] = [await createHome(server), await createHome(server)];
  });
  afterAll(() => server.stop());

  const rate = (input: object, token = home.userToken) =>
    server.post(
      `mutation ($input: RateCookingSessionInput!) { rateCookingSession(input: $input) { session { userRating notes } } }`,
      { input },
      token,
    );

  it('a rating and a note: what is absent stays, null clears, and the recipe counts it', async () => {
    const recipeId = await insertRecipe(server, 'Rated Dal');
    const sessionId = await startCook(server, home, recipeId);
    const stats = async () => {
      const { data } = await server.post(
        'query ($id: ID!) { recipe(id: $id) { stats { cookCount ratingCount averageRating } } }',
        {
          id: recipeId,
        },
      );
      return data.recipe.stats;
    };
    expect(await stats()).toEqual({ cookCount: 1, ratingCount: 0, averageRating: null });
    const steps = [
      [
        { rating: 4, notes: 'Less salt 🧂' },
        { userRating: 4, notes: 'Less salt 🧂' },
      ],
      [{ rating: 5 }, { userRating: 5, notes: 'Less salt 🧂' }],
      [{ notes: null }, { userRating: 5, notes: null }],
    ] as const;
    for (const [change, expected] of steps) {
      const { data } = await rate({ sessionId, ...change });
      expect(data.rateCookingSession.session).toEqual(expected);
    }
    expect(await stats()).toEqual({ cookCount: 1, ratingCount: 1, averageRating: 5 });
    await rate({ sessionId, rating: null });
    expect(await stats()).toEqual({ cookCount: 1, ratingCount: 0, averageRating: null });

    for (const input of [{ rating: 0 }, { rating: 6 }, { notes: 'x'.repeat(2001) }, { notes: 'a\u0000' }]) {
      const { errors } = await rate({ sessionId, ...input });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: 'VALIDATION_ERROR',
        details: [{ field: `input.${Object.keys(input)[0]}` }],
      });
    }
    for (const token of [stranger.userToken, home.deviceToken]) {
      const { errors } = await rate({ sessionId, rating: 1 }, token);
      expect(errors?.[0]?.extensions.code).toMatch(/NOT_FOUND|FORBIDDEN/);
    }
  });

  it('the name of an appliance', async () => {
    const rename = (applianceId: string, name: string, token = home.userToken) =>
      server.post(
        `mutation ($input: RenameApplianceInput!) { renameAppliance(input: $input) { appliance { name } } }`,
        { input: { applianceId, name } },
        token,
      );
    expect((await rename(home.applianceId, '  Küche  ')).data.renameAppliance).toEqual({
      appliance: { name: 'Küche' },
    });
    expect((await rename(home.applianceId, ' ')).errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
    expect((await rename(stranger.applianceId, 'Mine')).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  it('the name of the person', async () => {
    const update = (input: object, token?: string) =>
      server.post(
        `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { name email } } }`,
        { input },
        token,
      );
    expect((await update({ name: 'Asha R.' }, home.userToken)).data.updateProfile.user.name).toBe('Asha R.');
    expect((await update({}, home.userToken)).data.updateProfile.user.name).toBe('Asha R.');
    expect((await update({ name: 'x'.repeat(101) }, home.userToken)).errors?.[0]?.extensions.code).toBe(
      'VALIDATION_ERROR',
    );
    expect((await update({ name: 'Nobody' })).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('a past cook keeps the name and version that its recipe had', async () => {
    const other = await createHome(server);
    const recipeId = await insertRecipe(server, 'Old Name');
    const sessionId = await startCook(server, other, recipeId);
    await server.database.pool.query(
      `UPDATE recipes SET name = 'New Name', version = 2, is_published = false WHERE id = $1`,
      [recipeId],
    );
    const { data } = await server.post(
      'query ($id: ID!) { cookingSession(id: $id) { recipeName recipeVersion recipe { name } } }',
      { id: sessionId },
      other.userToken,
    );
    expect(data.cookingSession).toEqual({ recipeName: 'Old Name', recipeVersion: 1, recipe: null });
  });
});
