import {
  type Bench,
  devicesOf,
  type Figure,
  inRounds,
  ratioVerdict,
  startDriver,
  startFloor,
  startServer,
} from '../_util/bench.js';
import { mark, spentSince } from '../_util/cpu.js';
import { createHomes } from '../_util/homes.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import type { RelayFloor } from '../floors/relay.js';

const DEVICES = 50;
const REQUESTS_PER_SECOND = 400;
/** The recording gets cheaper for its first thousands of requests. */
const WARM_UP_SECONDS = 20;

interface Window {
  microseconds: number;
  p50Ms: number;
  machineLoad: number;
}

export const recordOne: Figure = {
  name: 'record-one',
  title: `server CPU of a one-event recordTelemetry on an open socket (${DEVICES} devices, ${REQUESTS_PER_SECOND} requests a second), beside bare ws that stores the same rows`,
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
        'floor µs',
        'product µs',
        'ratio',
        'floor ms',
        'product ms',
        'load',
        'load',
        'others',
      ],
      rows: rounds.map(({ round, bare, ours, ratio, others }) => [
        round,
        bare.microseconds.toFixed(0),
        ours.microseconds.toFixed(0),
        ratio.toFixed(2),
        bare.p50Ms.toFixed(1),
        ours.p50Ms.toFixed(1),
        percent(bare.machineLoad),
        percent(ours.machineLoad),
        percent(others),
      ]),
      notes: ['µs: server CPU a request; ms: its median duration, as the device sees it'],
      verdicts: [ratioVerdict('CPU per request', median(rounds.map(({ ratio }) => ratio)), 'most', 2)],
    };
  },
};

type Measure = (seconds: number) => Promise<Window>;

async function start(bench: Bench): Promise<{ floor: Measure; product: Measure }> {
  const databaseUrl = await bench.database.create();
  const product = await startServer(bench, { databaseUrl });
  const floor = await startFloor<RelayFloor>(bench, 'relay');
  const floorUrl = await floor.call('start', databaseUrl);
  const side = async (pid: number, url: string): Promise<Measure> => {
    const driver = await startDriver(bench);
    await driver.call('connectDevices', url, devicesOf(await createHomes(databaseUrl, DEVICES)), 'socket');
    return async (seconds) => {
      const start = mark(pid);
      const { requests, p50Ms } = await driver.call(
        'recordSteadily',
        { perSecond: REQUESTS_PER_SECOND, seconds },
        1,
      );
      const { cpuSeconds, machineLoad } = spentSince(start);
      return { microseconds: (cpuSeconds * 1e6) / requests, p50Ms, machineLoad };
    };
  };
  return { floor: await side(floor.pid, floorUrl), product: await side(product.pid, product.url) };
}
