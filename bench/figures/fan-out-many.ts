import { type Figure, ratioVerdict } from '../_util/bench.js';
import { settle } from '../_util/cpu.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import { type Side, startWatchedCooks } from './_watched-cooks.js';

const COOKS = 400;
const VIEWERS_OF_EACH = 2;
const EVENTS_PER_SECOND = 400;
const WARM_UP_SECONDS = 5;

interface Cost {
  /** CPU a recorded event with nobody watching. */
  aloneMicroseconds: number;
  /** CPU a delivered event on top of that. */
  deliveryMicroseconds: number;
  machineLoad: number;
}

export const fanOutMany: Figure = {
  name: 'fan-out-many',
  title: `server CPU per delivered event, ${COOKS} cooks with ${VIEWERS_OF_EACH} viewers each: CPU with viewers less CPU without`,
  async run(bench) {
    const { floor, product } = await startWatchedCooks(bench, {
      cooks: COOKS,
      viewersOfEach: VIEWERS_OF_EACH,
      eventsPerSecond: EVENTS_PER_SECOND,
    });
    for (const side of [floor, product]) await side.measure(WARM_UP_SECONDS);
    const rows: (string | number)[][] = [];
    const costs: { floor: Cost; product: Cost }[] = [];
    for (let round = 1; round <= bench.options.rounds; round++) {
      const cost = {
        floor: await measure(floor, bench.options.seconds, round),
        product: await measure(product, bench.options.seconds, round),
      };
      costs.push(cost);
      rows.push([
        round,
        cost.floor.deliveryMicroseconds.toFixed(1),
        cost.product.deliveryMicroseconds.toFixed(1),
        (cost.product.deliveryMicroseconds / cost.floor.deliveryMicroseconds).toFixed(2),
        cost.product.aloneMicroseconds.toFixed(0),
        percent(cost.floor.machineLoad),
        percent(cost.product.machineLoad),
      ]);
    }
    const ours = median(costs.map((cost) => cost.product.deliveryMicroseconds));
    const bare = median(costs.map((cost) => cost.floor.deliveryMicroseconds));
    return {
      columns: ['round', 'floor µs', 'product µs', 'ratio', 'recording µs', 'load (floor)', 'load (product)'],
      rows,
      notes: [`medians: floor ${bare.toFixed(1)} µs, product ${ours.toFixed(1)} µs a delivered event`],
      verdicts: [ratioVerdict('CPU per delivered event', ours / bare, 'most', 2)],
    };
  },
};

/** Recording alone and watched, in turns that change from round to round, so that what drifts cancels out. */
async function measure(side: Side, seconds: number, round: number): Promise<Cost> {
  const alone = async () => {
    await side.unsubscribe();
    await settle();
    return side.measure(seconds);
  };
  const watched = async () => {
    await side.unsubscribe();
    await side.subscribe();
    await settle();
    return side.measure(seconds);
  };
  const inTurn = round % 2 === 0;
  const first = await (inTurn ? alone() : watched());
  const second = await (inTurn ? watched() : alone());
  const [without, withViewers] = inTurn ? [first, second] : [second, first];
  const recording = without.cpuSeconds / without.events;
  return {
    aloneMicroseconds: recording * 1e6,
    deliveryMicroseconds:
      ((withViewers.cpuSeconds - recording * withViewers.events) * 1e6) / withViewers.deliveries,
    machineLoad: withViewers.machineLoad,
  };
}
