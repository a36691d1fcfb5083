import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataDir, type ServerProcess, startProcess } from '../_util/process.js';

const README = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8');
const ADDRESS = 'http://127.0.0.1:4000';

const isCurlMissing = spawnSync('curl', ['--version']).status !== 0 && !process.env.CI;

/** The code of a section, in order. */
function blocksOf(section: string, language: string): string[] {
  const text = README.split(/^## /m).find((one) => one.startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, of, code = '']) =>
    of === language ? [code] : [],
  );
}

describe.skipIf(isCurlMissing)('the commands of the README', () => {
  let data: Awaited<ReturnType<typeof createDataDir>>;
  let server: ServerProcess;

  beforeAll(async () => {
    data = await createDataDir();
    server = startProcess({ DATA_DIR: data.dataDir, SEED: 'demo', SIMULATOR: 'on', SIMULATOR_SPEED: '20' });
    await server.url;
  });
  afterAll(async () => {
    server.child.kill('SIGTERM');
    await server.exited;
    await data.remove();
  });

  /** Runs commands one after the other in one shell; what each block wrote. */
  async function runBlocks(blocks: string[]): Promise<string[]> {
    const mark = '\n--- next block ---\n';
    const script = blocks.join(`\nprintf '%s' '${mark}'\n`).replaceAll(ADDRESS, await server.url);
    const shell = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, complaints] = ['', ''];
    shell.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    shell.stderr.on('data', (chunk: Buffer) => {
      complaints += chunk.toString();
    });
    const code = await new Promise((resolve) => shell.once('close', resolve));
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' });
    return output.split(mark);
  }

  it('bring a recipe from the draft into the pot', async () => {
    for (const robot of ['EPIC-001', 'EPIC-002', 'EPIC-003']) {
      await expect
        .poll(() => server.log(), { timeout: 30_000 })
        .toMatch(new RegExp(`"${robot}".*"msg":"cooking"`));
    }
    const session = blocksOf('A first session', 'sh');
    // What the walk takes from the session: who is signed in, and how to watch. Its cook would go on for minutes.
    const before = session.filter((code) => /^(api\(\)|TOKEN=|watch_cook\(\))/.test(code));
    expect(before).toHaveLength(3);
    const walk = blocksOf('One recipe, from draft to pot', 'sh');
    const told = (await runBlocks([...before, ...walk, 'echo "$RECIPE"'])).slice(before.length);
    const recipe = told.pop()?.trim();
    const [signIn, refused, draft, published, stopped, started, watched] = told as [string, ...string[]];

    expect(signIn).toBe('');
    const [complaint] = blocksOf('One recipe, from draft to pot', 'json');
    const { errors } = JSON.parse(refused as string);
    expect(errors[0].extensions).toEqual({
      code: 'VALIDATION_ERROR',
      details: [JSON.parse(complaint as string)],
    });
    expect(draft).toBe('');
    expect(recipe).toMatch(/^[0-9a-f-]{36}$/);
    const [publication, sync] = (published as string).split(/(?<=}})(?={"recipes")/);
    expect(JSON.parse(publication as string).data.publishRecipe.recipe).toEqual({
      name: 'Chili Peanuts',
      version: 1,
      isPublished: true,
    });
    expect(JSON.parse(sync as string)).toMatchObject({
      recipes: [{ id: recipe, name: 'Chili Peanuts', recipe_data: { stages: [{}, {}] } }],
      deleted_ids: [],
    });
    // Nothing is said where the robot was between two dishes.
    expect(stopped?.trim()).toMatch(
      /^$|^{"data":{"stopCooking":{"command":{"state":"(PENDING|DELIVERED|ACKNOWLEDGED)"}}}}$/,
    );
    expect(JSON.parse(started as string).data.startCooking.session).toMatchObject({
      status: 'STARTED',
      recipeName: 'Chili Peanuts',
    });
    for (const sight of ['"SessionSnapshot"', '"Heat Oil"', '"TemperatureEvent"']) {
      expect(watched).toContain(sight);
    }
    // In three of a hundred cooks, somebody in the simulated kitchen stops the robot.
    expect(watched).toMatch(/"sessionStatus":"(COMPLETED|ABORTED)"/);
    expect(watched).toContain('event: complete');
  }, 120_000);
});
