/** @import { createClient } from 'graphql-ws' */
/** @import { Storage } from './sign-in.js' */

import { desk } from './desk.js';
import { examples } from './examples.js';
import { createFetcher } from './fetcher.js';
import { rememberSeen } from './seen.js';
import { rememberSignIn } from './sign-in.js';

/**
 * What this script uses of a browser and of the two scripts that are loaded before it. Named here, because the DOM's
 * types would be visible to the whole server.
 *
 * @typedef {{
 *   location: { href: string, origin: string, pathname: string, search: string },
 *   history: { replaceState(state: unknown, title: string, url: string): void },
 *   document: { getElementById(id: string): object | null },
 *   localStorage: Storage,
 *   sessionStorage: Storage,
 *   Worker: new (url: URL, options: { name: string }) => object,
 *   MonacoEnvironment?: { getWorker(id: string, label: string): object },
 *   YogaGraphiQL: { renderYogaGraphiQL(element: object | null, options: object): void },
 *   graphqlWs: { createClient: typeof createClient },
 * }} Browser
 */
const browser = /** @type {Browser} */ (/** @type {unknown} */ (globalThis));
const { location, localStorage, sessionStorage } = browser;

/** Each worker by the label that the editor asks for it with. */
const WORKERS = /** @type {Record<string, string>} */ ({
  graphql: 'graphql.worker.js',
  json: 'json.worker.js',
  editorWorkerService: 'editor.worker.js',
});

browser.MonacoEnvironment = {
  getWorker: (_id, label) =>
    new browser.Worker(new URL(`./${WORKERS[label]}`, import.meta.url), { name: label }),
};

/** Whether this is the page of administrators, `/graphql?desk`: it has tabs of its own, and keeps them apart. */
const isDesk = new URLSearchParams(location.search).has('desk');

// Tabs are kept under a prefix of our own: on localhost, GraphiQLs of other projects have the same origin.
const prefix = (/** @type {string} */ key) => `${isDesk ? 'epicura-desk' : 'epicura'}:${key}`;
const storage = {
  getItem: (/** @type {string} */ key) => localStorage.getItem(prefix(key)),
  setItem: (/** @type {string} */ key, /** @type {string} */ value) =>
    localStorage.setItem(prefix(key), value),
  removeItem: (/** @type {string} */ key) => localStorage.removeItem(prefix(key)),
  clear: () => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix(''))) localStorage.removeItem(key);
  },
  get length() {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix(''))).length;
  },
};

/** The operation of a link (`/graphql?query=…`), in the shape of an example. */
function readLink() {
  const parameters = new URLSearchParams(location.search);
  const query = parameters.get('query');
  return query === null ? undefined : { query, variables: parameters.get('variables') ?? undefined };
}

const memory = { signIn: rememberSignIn(sessionStorage), seen: rememberSeen(sessionStorage) };
const endpoint = new URL(location.pathname, location.origin);
const linked = readLink();
// An opened link lives on as a tab; left in the address, it would become one more with every reload.
if (linked) browser.history.replaceState(null, '', `${location.pathname}${isDesk ? '?desk' : ''}`);
const own = isDesk ? desk : examples;
const tabs = linked ? [linked, ...own] : own;
// GraphiQL restores kept tabs by itself, and what it is given besides becomes a further one.
const opened = storage.getItem('graphiql:tabState') === null ? tabs[0] : linked;

browser.YogaGraphiQL.renderYogaGraphiQL(browser.document.getElementById('root'), {
  title: 'Epicura',
  logo: `<img src="${new URL('./icon.svg', import.meta.url)}" width="32" height="32" alt="">`,
  fetcher: createFetcher(endpoint, memory, browser.graphqlWs.createClient),
  storage,
  defaultTabs: tabs,
  query: opened?.query,
  variables: opened?.variables,
  shouldPersistHeaders: false, // they may hold tokens
  onEditQuery: () => {}, // by default, every edit goes into the address, and so into the history
});
