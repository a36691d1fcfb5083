import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

// The rules are the tables of ARCHITECTURE.md: what is written there for people is what is enforced here.

const ROOT = path.resolve(import.meta.dirname, '..');
const MAX_LINES = 400;
/** Files that act when they are loaded: the process, commands, and the script of a page. */
const ENTRY = /^src\/(main|schema\/print|.+-cli)\.ts$|^src\/web\/.+\/page\.js$/;

/** What ARCHITECTURE.md calls the vocabulary. */
const VOCABULARY = [
  'errors.ts',
  'instant.ts',
  'text.ts',
  'json-text.ts',
  'recent.ts',
  'logger.ts',
  'metrics.ts',
  'config.ts',
];

interface Import {
  specifier: string;
  isType: boolean;
  isDynamic: boolean;
}

interface Edge extends Import {
  from: string;
  /** A file of ours, from the root; undefined for a package. */
  to: string | undefined;
}

const rooms = readTable('room', 'may import');
const packages = readTable('packages', 'only in');
const files = list('src');
const edges = files.flatMap((file) => importsOf(read(file)).map((found): Edge => resolve(file, found)));

describe('the rooms of src', () => {
  it('are those that ARCHITECTURE.md describes', () => {
    const found = new Set(files.map(roomOf));
    expect([...found].sort()).toEqual([...rooms.keys()].sort());
  });

  it('import only what they may', () => {
    const trespasses = edges.filter(({ from, to }) => {
      if (to === undefined || roomOf(to) === roomOf(from)) return false;
      return !(rooms.get(roomOf(from)) ?? []).some((allowed) => isWithin(to, allowed));
    });
    expect(trespasses.map(({ from, to }) => `${from} must not import ${to}`)).toEqual([]);
  });

  it('import each other in one direction', () => {
    const next = new Map<string, Set<string>>();
    for (const { from, to } of edges) {
      if (to === undefined || roomOf(to) === roomOf(from)) continue;
      next.set(roomOf(from), (next.get(roomOf(from)) ?? new Set()).add(roomOf(to)));
    }
    expect([...next.keys()].filter((room) => reaches(next, room, room))).toEqual([]);
  });

  it('keep libraries where they belong', () => {
    const strays = edges.filter(({ from, to, specifier }) => {
      if (to !== undefined || from.includes('/generated/')) return false;
      const bound = [...packages].filter(([pattern]) => matches(specifier, pattern));
      return bound.length > 0 && !bound.some(([, places]) => places.some((place) => isWithin(from, place)));
    });
    expect(strays.map(({ from, specifier }) => `${from} must not import ${specifier}`)).toEqual([]);
  });

  it('load the embedded database and the simulated kitchen only when they are wanted', () => {
    const lazy = ['db/embedded', 'simulator'];
    const outside = edges.filter(({ from, to }) =>
      lazy.some((place) => to !== undefined && isWithin(to, place) && !isWithin(from, place)),
    );
    expect(outside.map(({ from, isDynamic }) => ({ from, isDynamic }))).toEqual(
      lazy.map(() => ({ from: 'src/main.ts', isDynamic: true })),
    );
  });

  it('give context.ts types alone', () => {
    const values = edges.filter(({ from, isType }) => from === 'src/context.ts' && !isType);
    expect(values).toEqual([]);
  });
});

describe('a file', () => {
  it('imports files that are there', () => {
    const missing = edges.filter(({ to }) => to !== undefined && !existsSync(path.join(ROOT, to)));
    expect(missing.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('does nothing when it is imported, unless it is an entry', () => {
    const written = files.filter((file) => !file.includes('/generated/'));
    const acting = written.filter((file) => actionsOf(file).length > 0);
    expect(acting.filter((file) => !ENTRY.test(file)).map((file) => [file, actionsOf(file)])).toEqual([]);
    expect(acting).toContain('src/main.ts'); // the search finds what it is for
  });

  it(`has at most ${MAX_LINES} lines`, () => {
    const long = [...files, ...list('test')].filter(
      (file) =>
        !/\/generated\/|^src\/db\/seed\/recipes\//.test(file) &&
        read(file).trimEnd().split('\n').length > MAX_LINES,
    );
    expect(long).toEqual([]);
  });
});

describe('the reading of imports', () => {
  it('finds every form', () => {
    const text = `
import 'a';
import b, { type B } from 'b';
import type { C } from 'c';
import {
  type D,
  type E,
} from 'd';
export * from 'e';
export { f } from 'f';
const g = await import('g');
import { type H, h } from 'h';
// import 'not';
/** See \`import('not')\`. */
const text = { from: 'not', description: "moved from 'not'" };
`;
    expect(importsOf(text).map(({ specifier, isType, isDynamic }) => [specifier, isType, isDynamic])).toEqual(
      [
        ['a', false, false],
        ['b', false, false],
        ['c', true, false],
        ['d', true, false],
        ['e', false, false],
        ['f', false, false],
        ['h', false, false],
        ['g', false, true],
      ],
    );
  });
});

/** The rows of a table in ARCHITECTURE.md: what stands in backticks in its first column, and in that of this name. */
function readTable(first: string, column: string): Map<string, string[]> {
  const lines = read('ARCHITECTURE.md').split('\n');
  const start = lines.findIndex((line) => cellsOf(line)[0] === first);
  const place = cellsOf(lines[start]).indexOf(column);
  const rows = new Map<string, string[]>();
  for (let i = start + 2; lines[i]?.startsWith('|'); i++) {
    const cells = cellsOf(lines[i]);
    const names = namesIn(cells[place]);
    const shared = /\bvocabulary\b/.test(cells[place] ?? '') ? VOCABULARY : [];
    for (const name of namesIn(cells[0])) rows.set(name, [...shared, ...names]);
  }
  expect(rows.size, `rows of the table "${first}" in ARCHITECTURE.md`).toBeGreaterThan(0);
  return rows;
}

function cellsOf(row = ''): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function namesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
}

/** The folder or file below src: `live`, `app.ts`. */
function roomOf(file: string): string {
  return file.split('/')[1] as string;
}

/** Whether a file is this one (`live/fold.ts`), or in this folder. */
function isWithin(file: string, place: string): boolean {
  return file === `src/${place}` || file.startsWith(`src/${place}/`);
}

function matches(specifier: string, pattern: string): boolean {
  return pattern.endsWith('*')
    ? specifier.startsWith(pattern.slice(0, -1))
    : specifier === pattern || specifier.startsWith(`${pattern}/`);
}

function reaches(
  next: ReadonlyMap<string, Set<string>>,
  from: string,
  goal: string,
  seen = new Set<string>(),
): boolean {
  for (const room of next.get(from) ?? []) {
    if (room === goal) return true;
    if (seen.has(room)) continue;
    seen.add(room);
    if (reaches(next, room, goal, seen)) return true;
  }
  return false;
}

/** What a module imports, by its text: our formatter leaves an import statement only these forms. */
function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const statements = code.matchAll(
    /^(?:import|export)\s+(type\s+)?([\w$]+\s*,?\s*)?(\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)?\s*from\s+'([^']+)'|^import\s+'([^']+)'/gm,
  );
  const found = [...statements].map(([, type, byDefault, names = '', from, bare]): Import => {
    const listed = names.startsWith('{')
      ? names
          .slice(1, -1)
          .split(',')
          .map((name) => name.trim())
      : [];
    const isType =
      type !== undefined ||
      (!byDefault && listed.length > 0 && listed.every((name) => !name || name.startsWith('type ')));
    return { specifier: (from ?? bare) as string, isType, isDynamic: false };
  });
  const calls = [...code.matchAll(/\bimport\(\s*'([^']+)'/g)];
  return [
    ...found,
    ...calls.map(([, name]) => ({ specifier: name as string, isType: false, isDynamic: true })),
  ];
}

function resolve(from: string, found: Import): Edge {
  if (!found.specifier.startsWith('.')) return { ...found, from, to: undefined };
  const target = path.posix.join(path.posix.dirname(from), found.specifier);
  const source = target.replace(/\.js$/, '.ts');
  return { ...found, from, to: existsSync(path.join(ROOT, source)) ? source : target };
}

/**
 * The statements outside every function and declaration, by their first line: our formatter begins nothing else at the
 * margin. Adding a type to the builder is what the files of `schema` are for.
 */
function actionsOf(file: string): string[] {
  const code = withoutComments(read(file)).replace(/`(?:\\[\s\S]|[^\\`])*`/g, '``');
  const harmless =
    /^(import|export|const|let|function|async function|class|interface|type|declare|abstract class)\b|^[\s})\]>]|^$/;
  const lines = code.split('\n').filter((line) => !harmless.test(line));
  return lines.filter(
    (line) => !(roomOf(file) === 'schema' && /^(builder|fieldBuilder|SchemaBuilderClass)\./.test(line)),
  );
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

function list(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => /\.[jt]s$/.test(file))
    .sort();
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}
