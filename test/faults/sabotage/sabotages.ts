import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ViolationKind } from '../checker.js';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** A server made wrong on purpose, to see whether the harness notices. */
export interface Sabotage {
  name: string;
  /** The kind of violation that has to come of it: another one says nothing. */
  noticedAs: ViolationKind;
  /** A file of the build, and the text in it that another replaces; it must be there exactly once. */
  module: string;
  find: string;
  replace: string;
  /** What else has to give way, in the migrated database. */
  sql?: string;
}

export const SABOTAGES: readonly Sabotage[] = [
  {
    name: 'deduplication',
    noticedAs: 'stored-twice',
    module: 'dist/live/append-sql.js',
    find: 'return new Map(rows.map(({ place, same }) => [place, same]));',
    replace: 'return new Map();',
    sql: 'DROP INDEX idx_telemetry_event_key',
  },
  {
    name: 'catch-up',
    noticedAs: 'feed-gap',
    module: 'dist/live/resume.js',
    find: 'return isSameEvent ? cursor.sequence : undefined;',
    replace: 'return isSameEvent ? stored.lastSequence : undefined;',
  },
  {
    name: 'skip-reports',
    noticedAs: 'feed-gap',
    module: 'dist/live/feed.js',
    find: 'this.#ready.push(this.#skipped);',
    replace: ';',
  },
];

export function sabotageNamed(name: string): Sabotage {
  const found = SABOTAGES.find((sabotage) => sabotage.name === name);
  if (!found) throw new Error(`There is no sabotage ${name}: ${SABOTAGES.map((s) => s.name).join(', ')}`);
  return found;
}

/**
 * Checks that the build has what is to be broken.
 *
 * @throws an Error when the text is not there exactly once: then the product has changed and the table must follow
 */
export function requireText({ name, module, find }: Sabotage): void {
  const count = readFileSync(path.join(ROOT, module), 'utf8').split(find).length - 1;
  if (count !== 1) throw new Error(`Sabotage ${name}: ${module} has ${count} times the text: ${find}`);
}

/** The environment in which a server loads the changed module. */
export function sabotageEnvironment({ module, find, replace }: Sabotage): NodeJS.ProcessEnv {
  const url = pathToFileURL(path.join(ROOT, module)).href;
  return {
    NODE_OPTIONS: `--import=${pathToFileURL(path.join(import.meta.dirname, 'register.js')).href}`,
    SABOTAGE: JSON.stringify({ url, find, replace }),
  };
}
