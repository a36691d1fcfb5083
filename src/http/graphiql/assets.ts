import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { icon } from './icon.js';

/** Under this path, then the version, then the asset's name. */
export const ASSETS_PATH = '/graphiql/';

export type Encoding = 'br' | 'gzip' | 'identity';

export interface Asset {
  type: string;
  /** Of what it says, whatever the encoding. */
  hash: string;
  /** Its bytes as they go over the wire; compressed once. */
  encoded(encoding: Encoding): Promise<Buffer>;
}

export interface Assets {
  /** The path of them all. It ends in a hash of what is in there, so that browsers may keep everything for good. */
  folder: string;
  find(path: string): Asset | undefined;
}

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const PAGE_SCRIPTS = [
  'page.js',
  'examples.js',
  'desk.js',
  'desk-recipes.js',
  'fetcher.js',
  'running-cook.js',
  'seen.js',
  'sign-in.js',
];

/** At this quality, the editor's 5 MB take 0.2 seconds of one thread and give 1.3 MB; the best saves 5 % more for 4. */
const BROTLI_QUALITY = 5;

const compress = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes),
  identity: async (bytes: Buffer) => bytes,
};

let loading: Promise<Assets> | undefined;

/** Everything that the page loads. The editor is a module of 9 MB, imported when somebody opens the page first. */
export function loadAssets(): Promise<Assets> {
  loading ??= readAssets();
  return loading;
}

async function readAssets(): Promise<Assets> {
  const [editor, socketClient, ...scripts] = await Promise.all([
    import('@graphql-yoga/render-graphiql/graphiql'),
    readFile(socketClientFile(), 'utf8'),
    ...PAGE_SCRIPTS.map((name) => readFile(new URL(`../../web/graphiql/${name}`, import.meta.url), 'utf8')),
  ]);
  const contents: [name: string, type: string, text: string][] = [
    ['graphiql.js', JAVASCRIPT, editor.js],
    ['graphiql.css', 'text/css; charset=utf-8', editor.css],
    ['graphql.worker.js', JAVASCRIPT, editor.graphqlWorker],
    ['json.worker.js', JAVASCRIPT, editor.jsonWorker],
    ['editor.worker.js', JAVASCRIPT, editor.editorWorkerService],
    ['graphql-ws.js', JAVASCRIPT, socketClient],
    ['icon.svg', 'image/svg+xml', icon],
    ...PAGE_SCRIPTS.map((name, index): [string, string, string] => [name, JAVASCRIPT, scripts[index] ?? '']),
  ];

  const listed = contents.map(([name, type, text]) => ({ name, ...createAsset(type, text) }));
  const folder = `${ASSETS_PATH}${hashOf(listed.map(({ name, hash }) => `${name} ${hash}`).join())}/`;
  const assets = new Map(listed.map((asset) => [`${folder}${asset.name}`, asset]));
  return { folder, find: (path) => assets.get(path) };
}

function createAsset(type: string, text: string): Asset {
  const encodings: Partial<Record<Encoding, Promise<Buffer>>> = {};
  return {
    type,
    hash: hashOf(text),
    encoded(encoding) {
      encodings[encoding] ??= compress[encoding](Buffer.from(text));
      return encodings[encoding];
    },
  };
}

/** Short enough for an address, long enough that no two contents share it. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

/** The build of graphql-ws for script elements; the package ships it, but does not list it in its `exports`. */
function socketClientFile(): URL {
  const entry = createRequire(import.meta.url).resolve('graphql-ws');
  return new URL('../umd/graphql-ws.min.js', pathToFileURL(entry));
}
