import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js');

it('relay-compiler compiles a connection, a refetchable fragment and a subscription against the schema', async () => {
  const project = await mkdtemp(path.join(tmpdir(), 'epicura-relay-'));
  try {
    await cp(path.join(import.meta.dirname, 'relay'), path.join(project, 'src'), { recursive: true });
    await cp(path.join(import.meta.dirname, '../../schema.graphql'), path.join(project, 'schema.graphql'));
    const config = { src: './src', schema: './schema.graphql', language: 'typescript', eagerEsModules: true };
    await writeFile(path.join(project, 'relay.config.json'), JSON.stringify(config));
    await run(process.execPath, [compiler], { cwd: project });
    const artifacts = await readdir(path.join(project, 'src/__generated__'));
    expect(artifacts.sort()).toEqual([
      'appCookProgressRefetchQuery.graphql.ts',
      'appHomeQuery.graphql.ts',
      'appLiveSubscription.graphql.ts',
      'appRateMutation.graphql.ts',
      'appRecipeListPaginationQuery.graphql.ts',
      'app_cookProgress.graphql.ts',
      'app_recipeList.graphql.ts',
    ]);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}, 60_000);
