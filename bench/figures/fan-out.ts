import { type Figure, ratioVerdict } from '../_util/bench.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import { startWatchedCooks, type Window } from './_watched-cooks.js';

const VIEWERS = 1_000;
const EVENTS_PER_SECOND = 5;
const WARM_UP_SECONDS = 4;

export const fanOut: Figure = {
  name: 'fan-out',
  title: `server CPU per delivered event, ${VIEWERS} viewers of one cook, beside bare ws writing the same bytes`,
  async run(bench) {
    const { floor, product } = await startWatchedCooks(bench, {
      cooks: 1,
      viewersOfEach: VIEWERS,
      eventsPerSecond: EVENTS_PER_SECOND,
    });
    for (const side of [floor, product]) await side.measure(WARM_UP_SECONDS);
    const rows: (string | number)[][] = [];
    const costs: { floor: number; product: number }[] = [];
    for (let round = 1; round <= bench.options.rounds; round++) {
      const bare = await floor.measure(bench.options.seconds);
      const ours = await product.measure(bench.options.seconds);
      const cost = { floor: microsecondsEach(bare), product: microsecondsEach(ours) };
      costs.push(cost);
      rows.push([
        round,
        ours.deliveries,
        cost.floor.toFixed(1),
        cost.product.toFixed(1),
        (cost.product / cost.floor).toFixed(2),
        percent(bare.machineLoad),
        percent(ours.machineLoad),
      ]);
    }
    const ratio = median(costs.map((cost) => cost.product)) / median(costs.map((cost) => cost.floor));
    return {
      columns: ['round', 'deliveries', 'floor µs', 'product µs', 'ratio', 'load (floor)', 'load (product)'],
      rows,
      verdicts: [ratioVerdict('CPU per delivered event', ratio, 'most', 1.3)],
    };
  },
};

function microsecondsEach({ cpuSeconds, deliveries }: Window): number {
  return (cpuSeconds * 1e6) / deliveries;
}
