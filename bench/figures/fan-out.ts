import { type Figure, inRounds, ratioVerdict } from '../_util/bench.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import { startWatchedCooks, type Window } from './_watched-cooks.js';

const VIEWERS = 1_000;
const EVENTS_PER_SECOND = 15;
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
    const rounds = await inRounds(bench, async () => {
      const bare = await floor.measure(bench.options.seconds);
      const ours = await product.measure(bench.options.seconds);
      return { bare, ours, ratio: microsecondsEach(ours) / microsecondsEach(bare) };
    });
    return {
      columns: ['round', 'deliveries', 'floor µs', 'product µs', 'ratio', 'load', 'load', 'others'],
      rows: rounds.map(({ round, bare, ours, ratio, others }) => [
        round,
        ours.deliveries,
        microsecondsEach(bare).toFixed(1),
        microsecondsEach(ours).toFixed(1),
        ratio.toFixed(2),
        percent(bare.machineLoad),
        percent(ours.machineLoad),
        percent(others),
      ]),
      verdicts: [
        ratioVerdict('CPU per delivered event', median(rounds.map(({ ratio }) => ratio)), 'most', 1.3),
      ],
    };
  },
};

function microsecondsEach({ cpuSeconds, deliveries }: Window): number {
  return (cpuSeconds * 1e6) / deliveries;
}
