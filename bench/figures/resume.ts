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
import { createHomes } from '../_util/homes.js';
import { percent } from '../_util/report.js';
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
    const rounds = await inRounds(bench, async () => {
      const times = { bare: [] as number[], ours: [] as number[] };
      for (let i = 0; i < RESUMPTIONS; i++) {
        times.bare.push(await bare());
        times.ours.push(await ours());
      }
      return { bareMs: median(times.bare), oursMs: median(times.ours) };
    });
    const ratio = median(rounds.map(({ bareMs, oursMs }) => oursMs / bareMs));
    return {
      columns: ['round', 'floor ms', 'product ms', 'ratio', 'others'],
      rows: rounds.map(({ round, bareMs, oursMs, others }) => [
        round,
        bareMs.toFixed(0),
        oursMs.toFixed(0),
        (oursMs / bareMs).toFixed(2),
        percent(others),
      ]),
      verdicts: [ratioVerdict('time to the last event', ratio, 'most', 2)],
    };
  },
};
