import { Agent, get } from 'node:http';
import { seedRecipes } from '../../src/db/seed/recipes/index.js';
import { type Bench, type Figure, inRounds, ratioVerdict, startFloor, startServer } from '../_util/bench.js';
import { mark, spentSince } from '../_util/cpu.js';
import { queryOnce } from '../_util/database.js';
import { createHomes } from '../_util/homes.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import type { SyncFloor } from '../floors/sync.js';

const RECIPES = 10_000;
const WARM_UPS = 2;
/** Whole copies of each side in a round, and questions whether anything is new. */
const COPIES = 3;
const QUESTIONS = 300;

interface Side {
  pid: number;
  url: string;
  headers: Record<string, string>;
}

interface Measured {
  firstMs: number;
  firstCpuMs: number;
  unchangedMs: number;
}

interface Page {
  recipes: unknown[];
  server_timestamp: string;
  has_more: boolean;
}

export const sync: Figure = {
  name: 'sync',
  title: `a first sync of ${RECIPES} recipes, and one when nothing changed, beside a plain SELECT of the same rows over HTTP`,
  async run(bench) {
    const sides = await start(bench);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    bench.closers.add(async () => agent.destroy());
    for (let i = 0; i < WARM_UPS; i++) {
      await measure(sides.bare, agent);
      await measure(sides.ours, agent);
    }
    const rounds = await inRounds(bench, async () => ({
      bare: await measure(sides.bare, agent),
      ours: await measure(sides.ours, agent),
    }));
    const ratios = (key: keyof Measured) => median(rounds.map(({ bare, ours }) => ours[key] / bare[key]));
    return {
      columns: ['round', 'first', 'first', 'CPU', 'CPU', 'unchanged', 'unchanged', 'others'],
      rows: rounds.map(({ round, bare, ours, others }) => [
        round,
        bare.firstMs.toFixed(0),
        ours.firstMs.toFixed(0),
        bare.firstCpuMs.toFixed(0),
        ours.firstCpuMs.toFixed(0),
        bare.unchangedMs.toFixed(2),
        ours.unchangedMs.toFixed(2),
        percent(others),
      ]),
      notes: [
        'ms, of the floor and of the product: time of a whole copy, server CPU of it, time of an answer without news',
      ],
      verdicts: [
        ratioVerdict('time of a first sync', ratios('firstMs'), 'most', 2),
        ratioVerdict('server CPU of a first sync', ratios('firstCpuMs'), 'most', 1.5),
        ratioVerdict('time of an unchanged sync', ratios('unchangedMs'), 'most', 2),
      ],
    };
  },
};

async function start(bench: Bench): Promise<{ bare: Side; ours: Side }> {
  const databaseUrl = await bench.database.create();
  const [home] = await createHomes(databaseUrl, 1);
  if (!home) throw new Error('there is no home');
  await queryOnce(databaseUrl, 'UPDATE recipes SET is_published = false');
  await queryOnce(
    databaseUrl,
    `INSERT INTO recipes (name, category, cuisine, tags, difficulty, time_minutes, is_published, recipe_data)
     SELECT r.name || ' ' || n, r.category, r.cuisine, '{quick}', 'easy', 30, true, jsonb_build_object('stages', r.stages)
     FROM generate_series(1, $1) AS n
     JOIN ROWS FROM (jsonb_to_recordset($2) AS (name text, category text, cuisine text, stages jsonb))
       WITH ORDINALITY AS r(name, category, cuisine, stages, place) ON r.place = 1 + n % $3`,
    [RECIPES, JSON.stringify(seedRecipes), seedRecipes.length],
  );
  await queryOnce(databaseUrl, 'VACUUM ANALYZE');
  const product = await startServer(bench, { databaseUrl });
  const floor = await startFloor<SyncFloor>(bench, 'sync');
  return {
    bare: { pid: floor.pid, url: await floor.call('start', databaseUrl), headers: {} },
    ours: {
      pid: product.pid,
      url: new URL('/recipes/sync', product.url).href,
      headers: { authorization: `Bearer ${home.deviceToken}` },
    },
  };
}

async function measure(side: Side, agent: Agent): Promise<Measured> {
  const start = mark(side.pid);
  const startedAt = performance.now();
  let since = '';
  for (let i = 0; i < COPIES; i++) since = await copy(side, agent);
  const firstMs = (performance.now() - startedAt) / COPIES;
  const firstCpuMs = (spentSince(start).cpuSeconds * 1000) / COPIES;
  const askedAt = performance.now();
  for (let i = 0; i < QUESTIONS; i++) {
    const page = JSON.parse(await read(side, agent, since)) as Page;
    if (page.recipes.length > 0) throw new Error('something changed');
  }
  return { firstMs, firstCpuMs, unchangedMs: (performance.now() - askedAt) / QUESTIONS };
}

/** Reads everything; where it ends. The pages are looked into by their ends alone: reading them is the client's work. */
async function copy(side: Side, agent: Agent): Promise<string> {
  let since = '';
  let recipes = 0;
  for (;;) {
    const text = await read(side, agent, since);
    recipes += text.split('"recipe_data":').length - 1;
    since = /"server_timestamp":"([^"]+)"/.exec(text.slice(-200))?.[1] ?? '';
    if (!text.slice(-200).includes('"has_more":true')) break;
  }
  if (recipes !== RECIPES) throw new Error(`${side.url} gave ${recipes} recipes`);
  return since;
}

function read({ url, headers }: Side, agent: Agent, since: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const query = since === '' ? '' : `?since=${encodeURIComponent(since)}`;
    get(`${url}${query}`, { agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    }).on('error', reject);
  });
}
