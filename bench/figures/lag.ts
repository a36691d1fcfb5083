import {
  devicesOf,
  type Figure,
  inRounds,
  ratioVerdict,
  startDriver,
  startFloor,
  startServer,
  viewersOf,
} from '../_util/bench.js';
import { mark, spentSince } from '../_util/cpu.js';
import { createHomes } from '../_util/homes.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import type { RelayFloor } from '../floors/relay.js';

const COOKS = 1_000;
const EVENTS_A_REQUEST = 10;
/** One event a second of each cook. */
const REQUESTS_PER_SECOND = COOKS / EVENTS_A_REQUEST;
const WARM_UP_SECONDS = 12;

interface Window {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  machineLoad: number;
}

type Measure = (seconds: number) => Promise<Window>;

export const lag: Figure = {
  name: 'lag',
  title: `from a device's HTTP request to its viewer, ${COOKS} cooks with one viewer each, one event a second of each, ${EVENTS_A_REQUEST} a request, beside a bare relay with the same write`,
  async run(bench) {
    const databaseUrl = await bench.database.create();
    const product = await startServer(bench, { databaseUrl });
    const floor = await startFloor<RelayFloor>(bench, 'relay');
    const floorUrl = await floor.call('start', databaseUrl);
    const side = async (pid: number, url: string, isProduct: boolean): Promise<Measure> => {
      const homes = await createHomes(databaseUrl, COOKS);
      const driver = await startDriver(bench);
      await driver.call('connectDevices', url, devicesOf(homes), 'http');
      await driver.call('connectViewers', url, await viewersOf(product, homes, 1));
      await driver.call('subscribe');
      if (isProduct) await driver.call('verify', 2);
      return async (seconds) => {
        const start = mark(pid);
        const lags = await driver.call(
          'measureLag',
          { perSecond: REQUESTS_PER_SECOND, seconds, arrivals: 'random' },
          EVENTS_A_REQUEST,
        );
        return { ...lags, machineLoad: spentSince(start).machineLoad };
      };
    };
    const sides = {
      floor: await side(floor.pid, floorUrl, false),
      product: await side(product.pid, product.url, true),
    };
    for (const measure of Object.values(sides)) await measure(WARM_UP_SECONDS);
    const rounds = await inRounds(bench, async () => {
      const bare = await sides.floor(bench.options.seconds);
      const ours = await sides.product(bench.options.seconds);
      return { bare, ours, ratio: ours.p99Ms / bare.p99Ms };
    });
    return {
      columns: [
        ...['round', 'floor p50', 'p99', 'max', 'product p50', 'p99', 'max', 'p99 ratio'],
        ...['load', 'load', 'others'],
      ],
      rows: rounds.map(({ round, bare, ours, ratio, others }) => [
        round,
        ...[bare, ours].flatMap(({ p50Ms, p99Ms, maxMs }) =>
          [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1)),
        ),
        ratio.toFixed(2),
        percent(bare.machineLoad),
        percent(ours.machineLoad),
        percent(others),
      ]),
      notes: ['all times in milliseconds'],
      verdicts: [
        ratioVerdict('p99 from request to viewer', median(rounds.map(({ ratio }) => ratio)), 'most', 2),
      ],
    };
  },
};
