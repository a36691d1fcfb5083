import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema/index.js';
import { examples } from '../../src/web/graphiql/examples.js';
import { isBrowserMissing, launchBrowser, openPage } from '../_util/browser.js';
import { deviceClock, record, registerDevice, startCook, type TestHome } from '../_util/home.js';
import { startTestServer, type TestServer } from '../_util/server.js';
import { createPage as createPageOf, TOKEN_KEY } from './page-kit.js';

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let server: TestServer;
let home: TestHome;
let cookId: string;
const clock = deviceClock();

beforeAll(async () => {
  server = await startTestServer();
  home = await createDemoHome();
  cookId = await startCook(server, home);
  await record(server, home, [clock.status(cookId, 'COOKING'), clock.stage(cookId, 0, 'Heat Oil')]);
});

afterAll(() => server?.stop());

const REGISTER = 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id } } }';
const PAIR = `mutation ($code: String!) {
  pairAppliance(input: { pairingCode: $code }) { appliance { id } }
}`;

/** The account that the page's first tab signs in with, and an appliance of its own. */
async function createDemoHome(): Promise<TestHome> {
  const input = { email: 'cook@epicura.example', password: 'cook-along-42', name: 'Asha' };
  const { accessToken: userToken, user } = (await server.post(REGISTER, { input })).data.register;
  const device = await registerDevice(server);
  const { appliance } = (await server.post(PAIR, { code: device.pairingCode }, userToken)).data.pairAppliance;
  return { email: input.email, userToken, userId: user.id, applianceId: appliance.id, ...device };
}

const get = (path: string, headers = {}, method = 'GET') =>
  fetch(`${server.url}${path}`, { method, headers });

describe('the page', () => {
  it('is small, has no script of its own, and allows nothing from outside', async () => {
    const response = await get('/graphql', HTML);
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.length).toBeLessThan(2_000);
    expect(page).not.toMatch(/<script(?![^>]* src=)/);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|wss?:|blob:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
  });

  it('answers a browser, whatever the query, and nobody else', async () => {
    const path = '/graphql?query=%7B__typename%7D';
    expect(await (await get(path, HTML)).text()).toContain('<!doctype html>');
    expect(await (await get('/graphql', HTML, 'HEAD')).text()).toBe('');
    const answer = await get(path, { accept: 'application/json', 'x-graphql-yoga-csrf': '1' });
    expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('has examples that the schema takes', () => {
    expect(examples.flatMap(({ query }) => validate(schema, parse(query)))).toEqual([]);
    const names = examples.map(({ query }) => /^(?:mutation|query|subscription) (\w+)/m.exec(query)?.[1]);
    expect(names).toEqual(['SignIn', 'Browse', 'WatchACook', 'MyKitchen']);
  });
});

describe('its assets', () => {
  const findAssets = async () => {
    const page = await (await get('/graphql', HTML)).text();
    return [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string);
  };

  it('are all here, for good, and compressed', async () => {
    const types: Record<string, string> = { svg: 'image/svg+xml', css: 'text/css', js: 'text/javascript' };
    const paths = await findAssets();
    for (const path of paths) {
      const bodies = new Set<string>();
      for (const encoding of ['br', 'gzip', 'identity']) {
        const response = await get(path, { 'accept-encoding': encoding });
        const { headers } = response;
        expect(headers.get('content-type')?.split(';')[0]).toBe(types[path.split('.').at(-1) ?? '']);
        expect(headers.get('content-encoding') ?? 'identity').toBe(encoding);
        expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
        expect(headers.get('vary')).toBe('accept-encoding');
        bodies.add(await response.text());
      }
      expect(bodies.size).toBe(1);
    }
    expect(paths).toHaveLength(5);
  });

  it('are not sent again to who has them, nor to who asks for the head alone', async () => {
    const path = (await findAssets()).at(-1) as string;
    const first = await get(path, { 'accept-encoding': 'br;q=0, gzip' }, 'HEAD');
    expect(first.headers.get('content-encoding')).toBe('gzip');
    expect(await first.text()).toBe('');
    const etag = first.headers.get('etag') as string;
    const known = { 'accept-encoding': 'gzip', 'if-none-match': `"other", W/${etag}` };
    expect((await get(path, known)).status).toBe(304);
    expect((await get(path, { ...known, 'accept-encoding': 'br' })).status).toBe(200);
  });

  it('are nothing else', async () => {
    const [path] = await findAssets();
    for (const other of [`${path}x`, '/graphiql/', '/graphiql/old/page.js', '/graphiql/../package.json']) {
      expect((await get(other)).status).toBe(404);
    }
  });
});

describe('its fetcher', () => {
  const createPage = (token?: string) => createPageOf(server.url, token);
  const VIEWER = '{ viewer { name } }';
  const PERSON = { email: 'new@epicura.example', password: 'long enough 1', name: 'Mina' };
  const [, , watching, kitchen] = examples.map(({ query }) => query) as [string, string, string, string];

  it('remembers who signs in or registers, under any alias, over HTTP and WebSocket', async () => {
    const { run, kept } = createPage();
    expect(await run(VIEWER)).toEqual({ data: { viewer: null } });
    await run(REGISTER.replace('register(', 'me: register('), { input: { ...PERSON, name: 'Ravi' } });
    expect(await run(VIEWER)).toEqual({ data: { viewer: { name: 'Ravi' } } });
    await run(examples[0]?.query as string, JSON.parse(examples[0]?.variables as string));
    expect(await run(VIEWER)).toEqual({ data: { viewer: { name: 'Asha' } } });
    expect(kept.get(TOKEN_KEY)).toBeTypeOf('string');
    expect(await run(kitchen)).toMatchObject({ data: { applianceUpdated: { id: home.applianceId } } });
  });

  it('lets the headers editor overrule it', async () => {
    const { run } = createPage('no token at all');
    const headers = { Authorization: `Bearer ${home.userToken}` };
    expect(await run(VIEWER, {}, headers)).toEqual({ data: { viewer: { name: 'Asha' } } });
    expect(await run(kitchen, {}, headers)).toHaveProperty('data.applianceUpdated.status');
  });

  it('drops a sign-in that has ended, and says so where it matters', async () => {
    const overHttp = createPage('ended');
    expect(await overHttp.run(VIEWER)).toEqual({ data: { viewer: null } });
    expect(overHttp.kept.size).toBe(0);
    const overSocket = createPage('ended');
    expect(await overSocket.run(kitchen)).toEqual({
      errors: [{ message: 'The sign-in has ended. Run the tab SignIn, then this one again.' }],
    });
    expect(overSocket.kept.size).toBe(0);
  });

  it('finds the cook that is to be watched, or says why it cannot', async () => {
    const snapshot = { data: { cookingSessionEvents: { session: { id: cookId, recipeName: 'Dal Tadka' } } } };
    expect(await createPage(home.userToken).run(watching, { sessionId: '' })).toMatchObject(snapshot);
    expect((await createPage().run(watching)).errors?.[0]?.message).toMatch(/^Nobody is signed in/);
    const idle = createPage();
    await idle.run(REGISTER, { input: { ...PERSON, email: 'idle@epicura.example' } });
    expect((await idle.run(watching, { sessionId: null })).errors?.[0]?.message).toMatch(
      /^Nothing is cooking/,
    );
  });
});

describe.skipIf(isBrowserMissing)('in Chromium', () => {
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let watched: Awaited<ReturnType<typeof openPage>>;

  beforeAll(async () => {
    browser = await launchBrowser();
    watched = await openPage(browser);
    await watched.page.goto(`${server.url}/graphql`);
  });
  afterAll(() => browser?.close());

  const result = () => watched.page.locator('.result-window');
  const run = () => watched.page.locator('.graphiql-execute-button').click();

  /** Opens an example, and waits until GraphiQL has read it: half a second later it stores which tab is open. */
  async function openTab(index: number, name: string) {
    await watched.page.locator('.graphiql-tab-button', { hasText: name }).click();
    await watched.page.waitForFunction((opened) => {
      const { localStorage } = globalThis as unknown as { localStorage: Record<string, string> };
      return JSON.parse(localStorage['epicura:graphiql:tabState'] ?? '{}').activeTabIndex === opened;
    }, index);
  }

  it('signs in, and sees a live cook arrive', async () => {
    const { requests, problems } = watched;
    await openTab(0, 'SignIn');
    await run();
    await result().getByText('"eyJ').first().waitFor(); // how every JSON Web Token begins
    await openTab(1, 'Browse');
    await run();
    await result().getByText('"stageByStage"').waitFor();
    await openTab(2, 'WatchACook');
    await run();
    await result().getByText('"SessionSnapshot"').waitFor();
    await record(server, home, [clock.stage(cookId, 1, 'Simmer the Dal')]);
    await result().getByText('"Simmer the Dal"').waitFor();
    await openTab(3, 'MyKitchen');
    await run();
    await result().getByText('"COOKING"').waitFor();

    const { host } = new URL(server.url);
    expect(requests.filter((url) => new URL(url).host !== host)).toEqual([]);
    expect(requests).toContain(`ws://${host}/graphql`);
    expect(problems).toEqual([]);
  });

  it('explains and completes what is typed, from the schema', async () => {
    const { page, problems } = watched;
    await page.getByRole('button', { name: /documentation explorer/i }).click();
    await page.getByRole('link', { name: 'CookingSession', exact: true }).waitFor();
    await page.locator('.graphiql-query-editor .view-line').first().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('query { vie');
    await page.locator('.suggest-widget').getByText('viewer').first().waitFor();
    expect(problems).toEqual([]);
  });
});
