import pg from 'pg';
import {
  firmwareVersions,
  newUsersPerDay,
  type Period,
  popularRecipes,
  sessionOutcomes,
  sessionsPerDay,
} from '../../src/resolvers/analytics.js';
import {
  type Bench,
  type Figure,
  inRounds,
  ratioVerdict,
  startServer,
  type Verdict,
} from '../_util/bench.js';
import { signToken } from '../_util/homes.js';
import { type PlanNode, type Reads, readsOf } from '../_util/plans.js';
import { median } from '../_util/stats.js';
import { createYear, YEAR } from '../_util/year.js';

/** How often each question is asked in a round. */
const ASKED = 5;
const WARM_UPS = 3;

const PERIODS = [
  { period: 'a week', days: 7 },
  { period: 'a month', days: 30 },
  { period: 'a quarter', days: 91 },
  { period: 'a year', days: YEAR.days },
] as const;

type Services = Parameters<typeof sessionsPerDay>[0];

interface Question {
  name: string;
  field: string;
  /** Whether it is about the cooks of the period. */
  ofCooks: boolean;
  ask(services: Services, period: Period): Promise<unknown>;
}

const QUESTIONS: readonly Question[] = [
  { name: 'by day', field: 'sessionsPerDay { day count }', ofCooks: true, ask: sessionsPerDay },
  { name: 'by outcome', field: 'sessionOutcomes { status count }', ofCooks: true, ask: sessionOutcomes },
  {
    name: 'by recipe',
    field: 'popularRecipes { recipe { name } cookCount averageRating averageDurationSeconds }',
    ofCooks: true,
    ask: (services, period) => popularRecipes(services, period, 10),
  },
  { name: 'accounts', field: 'newUsersPerDay { day count }', ofCooks: false, ask: newUsersPerDay },
  {
    name: 'by firmware',
    field: 'firmwareVersions(target: CM5) { version count }',
    ofCooks: false,
    ask: (services) => firmwareVersions(services, 'cm5'),
  },
];

/** The least that a question about cooks can do: count those of the period. */
const FLOOR = 'SELECT count(*) FROM cooking_sessions WHERE started_at >= $1 AND started_at < $2';

interface Case {
  question: Question;
  period: (typeof PERIODS)[number];
  instants: Period;
  cooks: number;
  reads: Reads[];
  floorMs: number[];
  answerMs: number[];
}

export const analytics: Figure = {
  name: 'analytics',
  title: `what administrators ask, on a year of ${YEAR.cooks} cooks by ${YEAR.appliances} appliances, beside counting the cooks of the period`,
  async run(bench) {
    const { client, ask } = await start(bench);
    const cases = await createCases(client);
    const measure = async (one: Case, times: number) => {
      const floorMs: number[] = [];
      const answerMs: number[] = [];
      for (let i = 0; i < times; i++) {
        floorMs.push(await timed(() => client.query(FLOOR, [one.instants.from, one.instants.to])));
        answerMs.push(await timed(() => ask(one)));
      }
      return { floorMs, answerMs };
    };
    for (const one of cases) await measure(one, WARM_UPS);
    await inRounds(bench, async () => {
      for (const one of cases) {
        const { floorMs, answerMs } = await measure(one, ASKED);
        one.floorMs.push(...floorMs);
        one.answerMs.push(...answerMs);
      }
      return {};
    });
    return {
      columns: ['question', 'of', 'cooks', 'rows read', 'count', 'answer', 'read by'],
      rows: cases.map(({ question, period, cooks, reads, floorMs, answerMs }) => [
        question.name,
        period.period,
        cooks,
        reads.reduce((sum, { rows }) => sum + rows, 0),
        median(floorMs).toFixed(1),
        median(answerMs).toFixed(1),
        reads.map(({ how }) => how).join(', '),
      ]),
      notes: ['count, answer: p50 in ms, of the bare count of the cooks and of the answer over HTTP'],
      verdicts: [
        ...QUESTIONS.filter(({ ofCooks }) => ofCooks).map((question) => {
          const [year] = cases.filter(
            (one) => one.question === question && one.period.days === YEAR.days,
          ) as [Case];
          const ratio = median(year.answerMs) / median(year.floorMs);
          return ratioVerdict(`${question.name}, of a year`, ratio, 'most', 4);
        }),
        readVerdict(cases),
      ],
    };
  },
};

/** No question reads a cook of another time, and but for the whole year, none reads the table from end to end. */
function readVerdict(cases: readonly Case[]): Verdict {
  const shares = cases.flatMap(({ question, cooks, reads }) =>
    question.ofCooks
      ? reads.filter(({ table }) => table === 'cooking_sessions').map(({ rows }) => rows / cooks)
      : [],
  );
  const isScanned = cases.some(
    ({ period, reads }) =>
      period.days < YEAR.days &&
      reads.some(({ table, node }) => table === 'cooking_sessions' && node === 'Seq Scan'),
  );
  const worst = Math.max(...shares);
  return {
    what: `rows of cooks that are read for a cook of the period${isScanned ? ', with a scan of the whole table' : ''}`,
    value: `${worst.toFixed(2)} ×`,
    bar: '≤ 1.01 ×, by indexes',
    isReached: worst <= 1.01 && !isScanned,
  };
}

async function start(bench: Bench) {
  const databaseUrl = await bench.database.create();
  const adminId = await createYear(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  bench.closers.add(() => client.end());
  const product = await startServer(bench, { databaseUrl });
  const token = await signToken(product.jwtSecret, adminId, 0, 'admin');
  const ask = async ({ question, instants }: Pick<Case, 'question' | 'instants'>) => {
    const response = await fetch(product.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({
        query: `query ($from: DateTime!, $to: DateTime!) { analytics(from: $from, to: $to) { ${question.field} } }`,
        variables: instants,
      }),
    });
    const answer = (await response.json()) as { data?: { analytics?: object | null }; errors?: unknown };
    if (!answer.data?.analytics || answer.errors) throw new Error(JSON.stringify(answer));
  };
  return { client, ask };
}

async function createCases(client: pg.Client): Promise<Case[]> {
  const now = Date.now();
  const cases: Case[] = [];
  for (const question of QUESTIONS) {
    for (const period of PERIODS) {
      const from = new Date(now - period.days * 86_400_000).toISOString();
      const instants = { from, to: new Date(now).toISOString() } as Period;
      const { rows } = await client.query<{ count: string }>(FLOOR, [instants.from, instants.to]);
      const cooks = Number(rows[0]?.count);
      const reads = readsOf(await explain(client, await statementOf(question, instants)));
      cases.push({ question, period, instants, cooks, reads, floorMs: [], answerMs: [] });
    }
  }
  return cases;
}

/** The statement that the product sends for a question. */
async function statementOf(question: Question, period: Period): Promise<{ text: string; values: unknown[] }> {
  let statement: { text: string; values: unknown[] } | undefined;
  const query = async (text: string, values: unknown[] = []) => {
    statement = { text, values };
    return { rows: [] };
  };
  await question.ask({ db: { pool: { query } } } as unknown as Services, period);
  if (!statement) throw new Error(`${question.name} asks nothing`);
  return statement;
}

async function explain(client: pg.Client, { text, values }: { text: string; values: unknown[] }) {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
    values,
  );
  return (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
