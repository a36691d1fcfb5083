import {
  devicesOf,
  type Figure,
  ratioVerdict,
  startDriver,
  startFloor,
  startServer,
  viewersOf,
} from '../_util/bench.js';
import { createHomes } from '../_util/homes.js';
import { median } from '../_util/stats.js';
import type { ResumeFloor } from '../floors/resume.js';

const MISSED = 10_000;
const BATCH = 500;
const WARM_UPS = 3;
/** Resumptions of each side in a round. */
const RESUMPTIONS = 5;

export const resume: Figure = {
  name: 'resume',
  title: `from subscribe to the last of ${MISSED} missed events, beside a bare SELECT written to one ws`,
  async run(bench) {
    const databaseUrl = await bench.database.create();
    const homes = await createHomes(databaseUrl, 1);
    const product = await startServer(bench, { databaseUrl });
    const [viewer] = await viewersOf(product, homes, 1);
    if (!viewer) throw new Error('there is no viewer');
    const driver = await startDriver(bench);
    await driver.call('connectDevices', product.url, devicesOf(homes), 'socket');
    await driver.call('connectViewers', product.url, [viewer]);
    await driver.call('subscribe');
    const { cursor, lastSequence } = await driver.call('verify', 1);
    await driver.call('record', MISSED / BATCH, BATCH);
    await driver.call('disconnect');

    const floor = await startFloor<ResumeFloor>(bench, 'resume');
    const floorUrl = await floor.call('start', databaseUrl, lastSequence);
    const again = { ...viewer, after: cursor };
    const ours = (checks = false) => driver.call('resume', product.url, again, MISSED, checks);
    const bare = () => driver.call('resume', floorUrl, again, MISSED, false);
    await ours(true);
    for (let i = 0; i < WARM_UPS; i++) {
      await bare();
      await ours();
    }
    const rounds: { floor: number; product: number }[] = [];
    for (let round = 0; round < bench.options.rounds; round++) {
      const times = { floor: [] as number[], product: [] as number[] };
      for (let i = 0; i < RESUMPTIONS; i++) {
        times.floor.push(await bare());
        times.product.push(await ours());
      }
      rounds.push({ floor: median(times.floor), product: median(times.product) });
    }
    const of = (name: 'floor' | 'product') => median(rounds.map((round) => round[name]));
    return {
      columns: ['round', 'floor ms', 'product ms', 'ratio'],
      rows: rounds.map((round, i) => [
        i + 1,
        round.floor.toFixed(0),
        round.product.toFixed(0),
        (round.product / round.floor).toFixed(2),
      ]),
      verdicts: [ratioVerdict('time to the last event', of('product') / of('floor'), 'most', 2)],
    };
  },
};
