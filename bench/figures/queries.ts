import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { COOKS, loadDataset, RECIPES } from '../../test/screens/dataset.js';
import {
  type Bench,
  type Figure,
  inRounds,
  ratioVerdict,
  startFloor,
  startRequests,
  startServer,
} from '../_util/bench.js';
import { Closers } from '../_util/closers.js';
import { mark, spentSince } from '../_util/cpu.js';
import { POOL_SIZE } from '../_util/database.js';
import { signToken } from '../_util/homes.js';
import { countStatements } from '../_util/statements.js';
import { median } from '../_util/stats.js';
import type { Outgoing, RequestsMeasured } from '../driver/requests.js';
import type { QueriesFloor } from '../floors/queries.js';
import { type Json, OPERATIONS, type Operation, PEER_SEARCH, type Pick } from '../queries/operations.js';

/** PostGraphile needs Node.js 22 or newer, so all three sides run on this one. */
const NODE = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const PEER = fileURLToPath(new URL('../peers/postgraphile.js', import.meta.url));
const CONNECTIONS = 8;
/** Requests of an operation, each about something else. */
const PICKS = 400;
const COMPARED = 25;
const LONG_JOURNALS = 200;
const WARM_UP_SECONDS = 5;
/** How much of `--seconds` one side is measured with one operation. */
const SHARE = 0.3;
const WRITE_EVERY_MS = 50;
const SIDES = ['floor', 'peer', 'product'] as const;

type SideName = (typeof SIDES)[number];

interface Side {
  pid: number;
  url: string;
  request(operation: Operation, pick: Pick): Outgoing;
  answer(operation: Operation, data: unknown): Json;
}

interface Measured extends RequestsMeasured {
  rate: number;
  cpuMs: number;
}

export const queries: Figure = {
  name: 'queries',
  title: `what phones read, over HTTP: this server, PostGraphile 5, and one prepared statement behind node:http; ${RECIPES} recipes, ${COOKS} cooks, ${CONNECTIONS} connections, a writer beside them`,
  async run(bench) {
    if (!existsSync(NODE)) throw new Error('the peer is missing: npm ci --prefix bench');
    const databaseUrl = await bench.database.create();
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
    bench.closers.add(() => pool.end());
    await loadDataset(pool, 'nobody signs in');
    await pool.query(PEER_SEARCH);
    await pool.query('UPDATE recipes SET is_published = true'); // the peer has no policy that would hide drafts
    await pool.query(CURRENT_COOKS);
    await pool.query(LONG, [LONG_JOURNALS]);
    await pool.query('VACUUM ANALYZE');
    const picks = (await pool.query<Pick>(PICK, [PICKS])).rows;
    const statements = await countEach(bench, databaseUrl, picks.slice(0, COMPARED));
    const sides = await startSides(bench, databaseUrl);
    const operations = OPERATIONS.filter(({ name }) => bench.options.only?.includes(name) ?? true);
    for (const operation of operations) await compare(operation, sides, picks.slice(0, COMPARED));

    const driver = await startRequests(bench);
    const measure = async (operation: Operation, side: Side, seconds: number): Promise<Measured> => {
      const requests = picks.map((pick) => side.request(operation, pick));
      const start = mark(side.pid);
      const measured = await driver.call('measure', side.url, requests, CONNECTIONS, seconds);
      return {
        ...measured,
        rate: measured.requests / measured.seconds,
        cpuMs: (spentSince(start).cpuSeconds * 1000) / measured.requests,
      };
    };
    const writer = startWriter(pool);
    bench.closers.add(writer.stop);
    for (const operation of operations) {
      for (const side of SIDES) await measure(operation, sides[side], WARM_UP_SECONDS);
    }
    const rounds = await inRounds(bench, async () => {
      const round = new Map<Operation, Record<SideName, Measured>>();
      for (const operation of operations) {
        const of = {} as Record<SideName, Measured>;
        for (const side of SIDES)
          of[side] = await measure(operation, sides[side], bench.options.seconds * SHARE);
        round.set(operation, of);
      }
      return { round_: round };
    });
    const of = (operation: Operation, read: (measured: Record<SideName, Measured>) => number) =>
      median(rounds.map(({ round_ }) => read(round_.get(operation) as Record<SideName, Measured>)));
    return {
      columns: [
        'operation',
        ...SIDES.flatMap((side) => [`${side} req/s`, 'p50', 'p99', 'CPU']),
        'rate/peer',
        'CPU/peer',
        'rate/floor',
        'statements',
      ],
      rows: operations.map((operation) => [
        operation.name,
        ...SIDES.flatMap((side) => [
          of(operation, (all) => all[side].rate).toFixed(0),
          of(operation, (all) => all[side].p50Ms).toFixed(1),
          of(operation, (all) => all[side].p99Ms).toFixed(1),
          of(operation, (all) => all[side].cpuMs).toFixed(2),
        ]),
        of(operation, ({ product, peer }) => product.rate / peer.rate).toFixed(2),
        of(operation, ({ product, peer }) => product.cpuMs / peer.cpuMs).toFixed(2),
        of(operation, ({ product, floor }) => product.rate / floor.rate).toFixed(2),
        SIDES.map((side) => statements.get(operation)?.[side]).join(' / '),
      ]),
      notes: [
        `medians of ${rounds.length} rounds; times in milliseconds; CPU: of the server alone, for a request`,
        'statements: that PostgreSQL is asked for a request, by floor / peer / product',
        `answers of the three compared for ${COMPARED} requests of each operation before: equal`,
      ],
      verdicts: operations.flatMap((operation) => [
        ratioVerdict(
          `${operation.name}: rate beside PostGraphile`,
          of(operation, ({ product, peer }) => product.rate / peer.rate),
          'least',
          1.3,
        ),
        ratioVerdict(
          `${operation.name}: server CPU beside PostGraphile`,
          of(operation, ({ product, peer }) => product.cpuMs / peer.cpuMs),
          'most',
          0.75,
        ),
        ratioVerdict(
          `${operation.name}: rate beside the floor`,
          of(operation, ({ product, floor }) => product.rate / floor.rate),
          'least',
          0.5,
        ),
      ]),
    };
  },
};

/** Every fifth home is cooking now. */
const CURRENT_COOKS = `
  UPDATE cooking_sessions SET status = 'cooking', completed_at = NULL, end_recorded_at = NULL, total_duration_s = NULL,
         progress = '{"progress_percent": 42, "temperature": 148.5, "updated_at": "2026-01-01T00:00:00Z"}'
  WHERE id IN (SELECT DISTINCT ON (user_id) id FROM cooking_sessions
               WHERE user_id IN (SELECT md5('user' || n)::uuid FROM generate_series(1, 40, 5) AS n)
               ORDER BY user_id, started_at DESC)`;

/** Some cooks have a journal of more than a page. */
const LONG = `
  WITH cooks AS (
    SELECT * FROM cooking_sessions WHERE status <> 'cooking' ORDER BY started_at DESC OFFSET 1000 LIMIT $1
  ), readings AS (
    INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, sequence, device_sequence, received_at)
    SELECT appliance_id, id, 'temperature', jsonb_build_object('temperature', 20 + k, 'target_temperature', 180),
           started_at + k * interval '1 second', k, 1000 + k, started_at + k * interval '1 second'
    FROM cooks, generate_series(28, 150) AS k
  )
  UPDATE cooking_sessions SET last_sequence = 150 WHERE id IN (SELECT id FROM cooks)`;

/** People, published recipes, cooks with a long journal, cuisines and words, at random. */
const PICK = `
  SELECT s.user_id AS "userId", r.id AS "recipeId", s.id AS "sessionId",
         (ARRAY['indian', 'italian', 'thai', 'korean'])[1 + n % 4] AS cuisine,
         (ARRAY['dal', 'chicken', 'risotto', 'pad', 'chili', 'mush', 'bibim', 'soup'])[1 + n % 8] AS word
  FROM generate_series(1, $1) AS n,
    LATERAL (SELECT id FROM recipes WHERE is_published AND n > 0 ORDER BY random() LIMIT 1) AS r,
    LATERAL (SELECT id, user_id FROM cooking_sessions WHERE last_sequence = 150 AND n > 0 ORDER BY random() LIMIT 1) AS s`;

/** How many statements each side takes for a request of each operation, with all caches warm. */
async function countEach(
  bench: Bench,
  databaseUrl: string,
  picks: readonly Pick[],
): Promise<Map<Operation, Record<SideName, number>>> {
  const counted = await countStatements(databaseUrl);
  const own = { ...bench, closers: new Closers() };
  try {
    const sides = await startSides(own, counted.databaseUrl);
    const counts = new Map<Operation, Record<SideName, number>>();
    for (const operation of OPERATIONS) {
      const of = {} as Record<SideName, number>;
      for (const name of SIDES) {
        for (const pick of picks) await ask(sides[name], operation, pick);
        counted.take();
        for (const pick of picks) await ask(sides[name], operation, pick);
        of[name] = Math.round(counted.take() / picks.length); // the product's jobs ask something now and then
      }
      counts.set(operation, of);
    }
    return counts;
  } finally {
    await own.closers.close();
    await counted.close();
  }
}

async function startSides(bench: Bench, databaseUrl: string): Promise<Record<SideName, Side>> {
  const product = await startServer(bench, { databaseUrl, node: NODE });
  const tokens = new Map<string, string>();
  for (let n = 1; n <= 40; n++) {
    const { createHash } = await import('node:crypto');
    const hex = createHash('md5').update(`user${n}`).digest('hex');
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    tokens.set(id, `Bearer ${await signToken(product.jwtSecret, id)}`);
  }
  const floor = await startFloor<QueriesFloor>(bench, 'queries', [], NODE);
  const statements = Object.fromEntries(OPERATIONS.map((one) => [one.name, one.floor.statement]));
  const peer = await startPeer(bench, databaseUrl);
  return {
    floor: {
      pid: floor.pid,
      url: await floor.call('start', databaseUrl, statements),
      request: ({ name, floor: { values } }, pick) => ({
        body: JSON.stringify({ name, values: values(pick) }),
      }),
      answer: (_operation, data) => data as Json,
    },
    peer: {
      ...peer,
      request: ({ peer: { query, variables } }, pick) => ({
        body: JSON.stringify({ query, variables: variables(pick) }),
      }),
      answer: ({ peer: { answer } }, data) => answer(data),
    },
    product: {
      pid: product.pid,
      url: product.url,
      request: ({ product: { query, variables } }, pick) => ({
        body: JSON.stringify({ query, variables: variables(pick) }),
        authorization: tokens.get(pick.userId),
      }),
      answer: ({ product: { answer } }, data) => answer(data),
    },
  };
}

async function startPeer(bench: Bench, databaseUrl: string): Promise<{ pid: number; url: string }> {
  const child = spawn(NODE, [PEER, databaseUrl, String(POOL_SIZE)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      GRAPHILE_ENV: 'production',
    },
    detached: true,
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  bench.closers.add(async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /^ready at (\S+)$/.exec(line)?.[1];
      if (address) resolve(address);
    });
    void exited.then(() => reject(new Error('PostGraphile ended before it was ready')));
  });
  return { pid: child.pid as number, url };
}

/** Every side must say the same about the same things. */
async function compare(
  operation: Operation,
  sides: Record<SideName, Side>,
  picks: readonly Pick[],
): Promise<void> {
  for (const pick of picks) {
    const [floor, peer, product] = await Promise.all(SIDES.map((name) => ask(sides[name], operation, pick)));
    if (isDeepStrictEqual(floor, product) && isDeepStrictEqual(peer, product)) continue;
    throw new Error(
      `${operation.name}: the answers differ\n${[floor, peer, product].map((one) => JSON.stringify(one).slice(0, 500)).join('\n')}`,
    );
  }
}

async function ask(side: Side, operation: Operation, pick: Pick): Promise<Json> {
  const { body, authorization } = side.request(operation, pick);
  const response = await fetch(side.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body,
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
  if (errors) throw new Error(`${operation.name} at ${side.url}: ${JSON.stringify(errors)}`);
  return side.answer(operation, data);
}

/** Commits to the rows that are read, all the while. */
function startWriter(pool: pg.Pool): { stop(): Promise<void> } {
  let goesOn = true;
  const done = (async () => {
    while (goesOn) {
      await pool.query(`UPDATE recipes SET version = version + 1
                        WHERE id = (SELECT id FROM recipes WHERE is_published ORDER BY random() LIMIT 1)`);
      await pool.query(`UPDATE cooking_sessions SET notes = now()::text
                        WHERE id = (SELECT id FROM cooking_sessions WHERE last_sequence = 150 ORDER BY random() LIMIT 1)`);
      await sleep(WRITE_EVERY_MS);
    }
  })();
  return {
    stop: () => {
      goesOn = false;
      return done;
    },
  };
}
