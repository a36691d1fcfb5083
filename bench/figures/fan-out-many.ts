import { type Figure, inRounds, ratioVerdict } from '../_util/bench.js';
import { settle } from '../_util/cpu.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import { type Side, startWatchedCooks } from './_watched-cooks.js';

const COOKS = 400;
const VIEWERS_OF_EACH = 2;
const EVENTS_PER_SECOND = 250;
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
    const rounds = await inRounds(bench, async (round) => ({
      bare: await measure(floor, bench.options.seconds, round),
      ours: await measure(product, bench.options.seconds, round),
    }));
    // Not the median of ratios: each cost is a difference, and one that is small by chance makes any ratio large.
    const bare = median(rounds.map((round) => round.bare.deliveryMicroseconds));
    const ours = median(rounds.map((round) => round.ours.deliveryMicroseconds));
    return {
      columns: ['round', 'floor µs', 'product µs', 'recording µs', 'load', 'load', 'others'],
      rows: rounds.map((round) => [
        round.round,
        round.bare.deliveryMicroseconds.toFixed(1),
        round.ours.deliveryMicroseconds.toFixed(1),
        round.ours.aloneMicroseconds.toFixed(0),
        percent(round.bare.machineLoad),
        percent(round.ours.machineLoad),
        percent(round.others),
      ]),
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
