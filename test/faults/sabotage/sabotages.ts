import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** A server made wrong on purpose, to see whether the harness notices. */
export interface Sabotage {
  name: string;
  /** A file of the build, and the text in it that another replaces; it must be there exactly once. */
  module: string;
  find: string;
  replace: string;
  /** What else has to give way, in the migrated database. */
  sql?: string;
  /** Takes the place of a missing text until the product has what it breaks: a message why, instead of a failure. */
  untilBuilt?: string;
}

export const SABOTAGES: readonly Sabotage[] = [
  {
    name: 'deduplication',
    module: 'dist/live/append-sql.js',
    find: 'return new Map(rows.map(({ place, same }) => [place, same]));',
    replace: 'return new Map();',
    sql: 'DROP INDEX idx_telemetry_event_key',
  },
  {
    name: 'catch-up',
    module: 'dist/live/feed.js',
    find: 'return isSameEvent ? cursor.sequence : undefined;',
    replace: 'return isSameEvent ? stored.lastSequence : undefined;',
  },
  {
    name: 'durability',
    module: 'dist/db/client.js',
    find: "await client.query('BEGIN');",
    replace: "await client.query('BEGIN; SET LOCAL synchronous_commit = off');",
  },
  {
    name: 'skip-reports',
    module: 'dist/live/feed.js',
    find: "skipReason: 'SLOW_READER'",
    replace: "skipReason: 'RETENTION'",
    untilBuilt: 'slow readers are not skipped ahead yet',
  },
];

export function sabotageNamed(name: string): Sabotage {
  const found = SABOTAGES.find((sabotage) => sabotage.name === name);
  if (!found) throw new Error(`There is no sabotage ${name}: ${SABOTAGES.map((s) => s.name).join(', ')}`);
  return found;
}

/**
 * Whether the build has what is to be broken; false only for one that is not built yet.
 *
 * @throws an Error when the text is not there exactly once: then the product has changed and the table must follow
 */
export function canSabotage({ name, module, find, untilBuilt }: Sabotage): boolean {
  const count = readFileSync(path.join(ROOT, module), 'utf8').split(find).length - 1;
  if (count === 0 && untilBuilt !== undefined) return false;
  if (count !== 1) throw new Error(`Sabotage ${name}: ${module} has ${count} times the text: ${find}`);
  return true;
}

/** The environment in which a server loads the changed module. */
export function sabotageEnvironment({ module, find, replace }: Sabotage): NodeJS.ProcessEnv {
  const url = pathToFileURL(path.join(ROOT, module)).href;
  return {
    NODE_OPTIONS: `--import=${pathToFileURL(path.join(import.meta.dirname, 'register.js')).href}`,
    SABOTAGE: JSON.stringify({ url, find, replace }),
  };
}
