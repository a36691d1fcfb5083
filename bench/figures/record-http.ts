import pg from 'pg';
import {
  type Bench,
  type Figure,
  inRounds,
  ratioVerdict,
  startFloor,
  startRequests,
  startServer,
} from '../_util/bench.js';
import { mark, spentSince } from '../_util/cpu.js';
import { RECORD } from '../_util/documents.js';
import { createHomes, type Home } from '../_util/homes.js';
import { DeviceClock } from '../_util/readings.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import type { Outgoing } from '../driver/requests.js';
import type { RelayFloor } from '../floors/relay.js';

const DEVICES = 50;
const CONNECTIONS = 8;
const WARM_UP_SECONDS = 5;
/** More than any side answers in a second. */
const REQUESTS_PER_SECOND = 10_000;

interface Window {
  rate: number;
  microseconds: number;
  p50Ms: number;
  machineLoad: number;
}

type Measure = (seconds: number) => Promise<Window>;

export const recordHttp: Figure = {
  name: 'record-http',
  title: `recordTelemetry of one event over HTTP (${DEVICES} devices, ${CONNECTIONS} connections, as fast as it is answered), beside bare node:http that stores the same rows`,
  async run(bench) {
    const { floor, product } = await start(bench);
    for (const measure of [floor, product]) await measure(WARM_UP_SECONDS);
    const rounds = await inRounds(bench, async () => {
      const bare = await floor(bench.options.seconds);
      const ours = await product(bench.options.seconds);
      return { bare, ours, ratio: ours.microseconds / bare.microseconds };
    });
    return {
      columns: [
        'round',
        'floor req/s',
        'p50 ms',
        'µs',
        'product req/s',
        'p50 ms',
        'µs',
        'ratio',
        'load',
        'load',
      ],
      rows: rounds.map(({ round, bare, ours, ratio }) => [
        round,
        ...[bare, ours].flatMap((side) => [
          side.rate.toFixed(0),
          side.p50Ms.toFixed(1),
          side.microseconds.toFixed(0),
        ]),
        ratio.toFixed(2),
        percent(bare.machineLoad),
        percent(ours.machineLoad),
      ]),
      notes: [
        'µs: server CPU a request; every event is a new one, and all are counted in the table afterwards',
      ],
      verdicts: [ratioVerdict('CPU per request', median(rounds.map(({ ratio }) => ratio)), 'most', 3)],
    };
  },
};

async function start(bench: Bench): Promise<{ floor: Measure; product: Measure }> {
  const databaseUrl = await bench.database.create();
  const product = await startServer(bench, { databaseUrl });
  const floor = await startFloor<RelayFloor>(bench, 'relay');
  const floorUrl = await floor.call('start', databaseUrl);
  const driver = await startRequests(bench);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  bench.closers.add(() => pool.end());
  const stored = async (homes: readonly Home[]): Promise<number> => {
    const { rows } = await pool.query<{ events: number }>(
      'SELECT sum(last_sequence)::int AS events FROM cooking_sessions WHERE id = ANY($1)',
      [homes.map(({ sessionId }) => sessionId)],
    );
    return rows[0]?.events ?? 0;
  };
  const side = async (pid: number, url: string): Promise<Measure> => {
    const homes = await createHomes(databaseUrl, DEVICES);
    const clocks = homes.map(() => new DeviceClock());
    return async (seconds) => {
      const requests = Array.from({ length: seconds * REQUESTS_PER_SECOND }, (_, n) =>
        requestOf(homes[n % DEVICES] as Home, clocks[n % DEVICES] as DeviceClock),
      );
      const before = await stored(homes);
      const start = mark(pid);
      const measured = await driver.call('measure', url, requests, CONNECTIONS, seconds);
      const { cpuSeconds, machineLoad } = spentSince(start);
      if (measured.requests > requests.length) throw new Error('requests were sent twice');
      if ((await stored(homes)) - before !== measured.requests) throw new Error('events are missing');
      return {
        rate: measured.requests / measured.seconds,
        microseconds: (cpuSeconds * 1e6) / measured.requests,
        p50Ms: measured.p50Ms,
        machineLoad,
      };
    };
  };
  return { floor: await side(floor.pid, floorUrl), product: await side(product.pid, product.url) };
}

function requestOf({ sessionGlobalId, deviceToken }: Home, clock: DeviceClock): Outgoing {
  const input = { events: [clock.nextEvent(sessionGlobalId)] };
  return {
    body: JSON.stringify({ query: RECORD, variables: { input } }),
    authorization: `Bearer ${deviceToken}`,
  };
}
