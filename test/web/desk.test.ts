import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema/index.js';
import { desk } from '../../src/web/graphiql/desk.js';
import type { Answer } from '../../src/web/graphiql/sign-in.js';
import { isBrowserMissing, launchBrowser, openPage } from '../_util/browser.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { createPage } from './page-kit.js';

const NAMES = [
  'SignIn',
  'CreateRecipe',
  'EditRecipe',
  'PublishRecipe',
  'RecipeHistory',
  'UnpublishRecipe',
  'DeleteRecipe',
  'FindPeople',
  'CloseAccount',
  'OpenAccount',
  'PromotePerson',
  'Fleet',
  'FirmwareReleases',
  'AnnounceFirmware',
  'PromoteFirmware',
  'Analytics',
];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ SEED: 'demo' });
}, 60_000);
afterAll(() => server?.stop());

/** Runs tabs of the desk by their names, as they are. */
function openDesk() {
  const { run } = createPage(server.url);
  // biome-ignore lint/suspicious/noExplicitAny: each tab has a shape of its own
  const press = async (name: string): Promise<Answer & { data?: any }> => {
    const tab = desk[NAMES.indexOf(name)];
    return run(tab?.query as string, JSON.parse(tab?.variables as string));
  };
  return { run, press };
}

describe('the tabs of the desk', () => {
  it('are documents that the schema takes, one for each job', () => {
    expect(desk.flatMap(({ query }) => validate(schema, parse(query)))).toEqual([]);
    const names = desk.map(({ query }) => /^(?:mutation|query) (\w+)/m.exec(query)?.[1]);
    expect(names).toEqual(NAMES);
  });

  it('run one after the other on the demo data, as they are', async () => {
    const { press } = openDesk();
    const answers: Record<string, Awaited<ReturnType<typeof press>>> = {};
    for (const name of NAMES) {
      answers[name] = await press(name);
      expect(answers[name].errors, name).toBeUndefined();
    }
    const data = (name: string) => answers[name]?.data;
    const recipe = { id: data('CreateRecipe').createRecipe.recipe.id };
    expect(data('EditRecipe').updateRecipe.recipe).toMatchObject({ ...recipe, version: 2, timeMinutes: 30 });
    expect(data('PublishRecipe').publishRecipe.recipe).toMatchObject({ ...recipe, isPublished: true });
    expect(
      data('RecipeHistory').recipe.history.edges.map(({ node }: { node: { action: string } }) => node.action),
    ).toEqual(['PUBLISHED', 'EDITED', 'CREATED']);
    expect(data('UnpublishRecipe').unpublishRecipe.recipe).toMatchObject({ ...recipe, isPublished: false });
    expect(data('DeleteRecipe').deleteRecipe).toEqual({ deletedId: recipe.id });

    const person = { id: data('FindPeople').users.edges[0].node.id, email: 'cook@epicura.example' };
    expect(data('CloseAccount').setUserActive.user).toEqual({ ...person, isActive: false });
    expect(data('OpenAccount').setUserActive.user).toEqual({ ...person, isActive: true });
    expect(data('PromotePerson').setUserRole.user).toEqual({ ...person, role: 'ADMIN' });

    const { online, cooking, offline, error, appliances, firmware } = data('Fleet');
    const counts = [online, cooking, offline, error].map(({ totalCount }) => totalCount);
    expect(counts.reduce((sum, count) => sum + count)).toBe(appliances.totalCount);
    expect(appliances.edges.map(({ node }: { node: { deviceId: string } }) => node.deviceId)).toContain(
      'EPIC-001',
    );
    expect(firmware.cm5).toContainEqual({ version: '1.4.2', count: 2 });

    expect(data('FirmwareReleases').firmwareReleases.totalCount).toBe(5);
    expect(data('AnnounceFirmware').createFirmwareRelease.release.channel).toBe('ALPHA');
    expect(data('PromoteFirmware').updateFirmwareRelease.release).toEqual({
      ...data('AnnounceFirmware').createFirmwareRelease.release,
      channel: 'BETA',
    });
    const { sessionsPerDay, sessionOutcomes, popularRecipes } = data('Analytics').analytics;
    expect(sessionsPerDay).toHaveLength(31);
    expect(sessionOutcomes.length).toBeGreaterThan(0);
    expect(popularRecipes).toHaveLength(10);
  });

  it('say what to do first where there is nothing to fill in', async () => {
    const { press, run } = openDesk();
    const refusal = async (name: string) => (await press(name)).errors?.[0]?.message;
    expect(await refusal('DeleteRecipe')).toMatch(/^There is no recipe yet/);
    expect(await refusal('RecipeHistory')).toMatch(/^There is no recipe yet/);
    expect(await refusal('CloseAccount')).toMatch(/^There is no person yet/);
    expect(await refusal('PromoteFirmware')).toMatch(/^There is no release yet/);
    const edit = desk[NAMES.indexOf('EditRecipe')]?.query as string;
    const byHand = await run(edit, { input: { recipeId: 'of another recipe', version: 0 } });
    expect(byHand.errors?.[0]?.message).toMatch(/^Write the version/);
  });

  it('edit on after somebody else, once the history was read again', async () => {
    const [mine, other] = [openDesk(), openDesk()];
    for (const { press } of [mine, other]) await press('SignIn');
    const { recipe } = (await mine.press('CreateRecipe')).data.createRecipe;
    await other.run('query ($id: ID!) { recipe(id: $id) { id version } }', { id: recipe.id });
    expect((await other.press('EditRecipe')).data.updateRecipe.recipe.version).toBe(2);
    expect((await mine.press('EditRecipe')).errors?.[0]?.message).toContain('the recipe is at version 2');
    await mine.press('RecipeHistory');
    const edited = await mine.press('EditRecipe'); // which changes nothing any more, and so counts no version
    expect(edited.data.updateRecipe.recipe).toMatchObject({ id: recipe.id, version: 2 });
  });

  it('take nothing for theirs that was only listed, nor a person out of several', async () => {
    const { press, run } = openDesk();
    await press('SignIn'); // its answer shows the administrator
    expect((await press('CloseAccount')).errors?.[0]?.message).toMatch(/^There is no person yet/);
    await run('{ recipes(first: 1) { edges { node { id version } } } }');
    expect((await press('DeleteRecipe')).errors?.[0]?.message).toMatch(/^There is no recipe yet/);
    await press('FindPeople');
    expect((await press('OpenAccount')).errors).toBeUndefined();
    await run('{ users(first: 1) { totalCount edges { node { id } } } }');
    expect((await press('OpenAccount')).errors?.[0]?.message).toMatch(/^There is no person yet/);
  });
});

describe.skipIf(isBrowserMissing)('in Chromium', () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let watched: Awaited<ReturnType<typeof openPage>>;

  beforeAll(async () => {
    browser = await launchBrowser();
    watched = await openPage(browser);
  });
  afterAll(() => browser?.close());

  const tabs = () => watched.page.locator('.graphiql-tab-button').allInnerTexts();
  const result = () => watched.page.locator('.result-window');

  /** Opens a tab, and waits until GraphiQL has read it: half a second later it stores which tab is open. */
  async function openTab(name: string) {
    await watched.page.locator('.graphiql-tab-button', { hasText: name }).click();
    await watched.page.waitForFunction((opened) => {
      const { localStorage } = globalThis as unknown as { localStorage: Record<string, string> };
      return JSON.parse(localStorage['epicura-desk:graphiql:tabState'] ?? '{}').activeTabIndex === opened;
    }, NAMES.indexOf(name));
  }

  it('an administrator writes a recipe and edits it with what the page fills in', async () => {
    const { page, problems } = watched;
    await page.goto(`${server.url}/graphql?desk`);
    await page
      .locator('.graphiql-tab-button')
      .nth(NAMES.length - 1)
      .waitFor();
    expect(await tabs()).toEqual(NAMES);
    for (const [name, shown] of [
      ['SignIn', '"admin@epicura.example"'],
      ['CreateRecipe', '"createRecipe"'],
      ['EditRecipe', '"updateRecipe"'],
      ['RecipeHistory', '"EDITED"'],
      ['Analytics', '"sessionsPerDay"'],
    ] as const) {
      await openTab(name);
      await page.locator('.graphiql-execute-button').click();
      await result().getByText(shown).first().waitFor();
    }
    expect(problems).toEqual([]);
  });

  it('keeps its tabs apart from those of the cook, over a reload too', async () => {
    const { page } = watched;
    await page.reload();
    await page
      .locator('.graphiql-tab-button')
      .nth(NAMES.length - 1)
      .waitFor();
    expect(await tabs()).toEqual(NAMES);
    await page.goto(`${server.url}/graphql`);
    await page.locator('.graphiql-tab-button', { hasText: 'MyKitchen' }).waitFor();
    expect(await tabs()).toEqual(['SignIn', 'Browse', 'WatchACook', 'MyKitchen']);
  });
});
