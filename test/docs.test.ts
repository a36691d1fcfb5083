import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];
/** What paths in the documents are relative to. */
const PLACES = ['', 'src', 'src/db/embedded'];

describe('the documents', () => {
  it.each(DOCUMENTS)('%s names npm scripts that exist', (file) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(file).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !name || !(name in scripts))).toEqual([]);
  });

  it('README.md describes exactly the environment that the server reads', () => {
    const variables = [...read('src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => name);
    const described = [...read('README.md').matchAll(/^\| `([A-Z][A-Z_]+)` +\|/gm)].map(([, name]) => name);
    expect(variables).toContain('PORT');
    expect([...described].sort()).toEqual([...variables].sort());
  });

  it('no file but the entries reads the environment', () => {
    const readers = sources('src').filter((file) => /process\.env\b(?!\.PATH\b)/.test(read(file)));
    expect(readers).toEqual(['src/db/maintain-cli.ts', 'src/db/migrate-cli.ts', 'src/main.ts']);
  });

  it.each(DOCUMENTS)('%s names files and functions that exist', (file) => {
    const code = [...sources('src'), ...sources('test')].map(read).join('\n');
    const names = [...read(file).matchAll(/`([^`\s]+)`|\]\(([^)\s]+)\)/g)].map(
      ([, quoted, linked]) => quoted ?? linked ?? '',
    );
    const missing = names.filter((name) => {
      if (isPath(name)) return !PLACES.some((place) => existsSync(path.join(ROOT, place, name)));
      const called = /^(\w+)\(\)$/.exec(name)?.[1];
      return called !== undefined && !new RegExp(`\\b${called}\\b`).test(code);
    });
    expect(missing).toEqual([]);
  });
});

/** `live/feed.ts`, `test/_util/`, `codegen.ts`; not what a build or a run makes. */
function isPath(name: string): boolean {
  return /^[\w.-]+\/[\w./-]*$|^[\w.-]+\.(ts|md|graphql)$/.test(name) && !name.startsWith('dist/');
}

function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((name) => /\.[jt]s$/.test(name) && !name.includes('/generated/'))
    .sort();
}
