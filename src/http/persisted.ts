import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { ConfigError } from '../config.js';
import { Recent } from '../recent.js';

/** What clients have sent with its hash, kept so that they may send the hash alone; longer texts are sent each time. */
const MAX_AUTOMATIC = 1_000;
const MAX_AUTOMATIC_CHARACTERS = 16_384;

/** The operations that this server was given, by the SHA-256 of their documents in hexadecimal digits. */
export type OperationList = ReadonlyMap<string, string>;

const listFile = z.record(z.string(), z.string());

/** Reads the file of `PERSISTED_OPERATIONS`. Throws a `ConfigError` when it is not what it should be. */
export async function readOperationList(file: string | undefined): Promise<OperationList> {
  if (file === undefined) return new Map();
  const fail = (what: string): never => {
    throw new ConfigError(`PERSISTED_OPERATIONS: ${what}`);
  };
  const content = await readFile(file, 'utf8').catch(() => fail(`cannot read ${file}`));
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return fail(`${file} is not JSON`);
  }
  const parsed = listFile.safeParse(json);
  if (!parsed.success) return fail(`${file} must map the SHA-256 of each document to its text`);
  const list = new Map(Object.entries(parsed.data));
  for (const [hash, text] of list) {
    if (hash !== sha256(text)) fail(`${hash} is not the SHA-256 of its document`);
  }
  return list;
}

/** What a request says about its document; none of it is checked yet. */
export interface Requested {
  query?: string | null | undefined;
  extensions?: unknown;
}

/**
 * Finds the document that a request names by its hash, in `extensions.persistedQuery.sha256Hash`: one of the list, or one
 * that somebody sent together with its hash before, by Apollo's protocol of automatic persisted queries. The same over every
 * transport; whoever asks, what may be done with the document is decided later.
 */
export class PersistedOperations {
  readonly #list: OperationList;
  readonly #isSound: (text: string) => boolean;
  readonly #automatic = new Recent<string, string>(MAX_AUTOMATIC);

  /** Only texts that are `isSound` are remembered. */
  constructor(list: OperationList, isSound: (text: string) => boolean) {
    this.#list = list;
    this.#isSound = isSound;
  }

  /** The text of the document. Throws when the hash is unknown, or not that of the text beside it. */
  textOf({ query, extensions }: Requested): string {
    const hash = hashIn(extensions);
    const given = query ?? '';
    if (hash === undefined) return given;
    if (given === '') {
      const text = this.#list.get(hash) ?? this.#automatic.get(hash);
      if (text === undefined) throw unknownHash();
      return text;
    }
    if (sha256(given) !== hash) throw badRequest('provided sha does not match query');
    const isNew = !this.#list.has(hash) && this.#automatic.get(hash) === undefined;
    if (isNew && given.length <= MAX_AUTOMATIC_CHARACTERS && this.#isSound(given)) {
      this.#automatic.set(hash, given);
    }
    return given;
  }
}

function hashIn(extensions: unknown): string | undefined {
  if (typeof extensions !== 'object' || extensions === null || !('persistedQuery' in extensions))
    return undefined;
  const { persistedQuery } = extensions;
  if (typeof persistedQuery !== 'object' || persistedQuery === null || !('sha256Hash' in persistedQuery))
    return undefined;
  if ('version' in persistedQuery && persistedQuery.version !== 1)
    throw badRequest('Unsupported persisted query version');
  if (typeof persistedQuery.sha256Hash !== 'string') throw badRequest('sha256Hash must be a string');
  return persistedQuery.sha256Hash;
}

/** Clients know it by these words, and send the text then. */
function unknownHash(): GraphQLError {
  const headers = { 'cache-control': 'private, no-cache, must-revalidate' };
  return new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 200, headers } },
  });
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
