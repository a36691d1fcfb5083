import { type Figure, inRounds, ratioVerdict } from '../_util/bench.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import { type Side, startWatchedCooks, type Window } from './_watched-cooks.js';

const COOKS = 400;
const VIEWERS_OF_EACH = 2;
const EVENTS_PER_SECOND = 1_000;
/** Of each side, watched and unwatched: the recording gets cheaper for its first 20,000 requests. */
const WARM_UP_SECONDS = 15;

interface Cost {
  /** CPU a recorded event that nobody watches. */
  aloneMicroseconds: number;
  /** CPU a delivered event on top of that. */
  deliveryMicroseconds: number;
  machineLoad: number;
}

export const fanOutMany: Figure = {
  name: 'fan-out-many',
  title: `server CPU per delivered event, ${COOKS} cooks with ${VIEWERS_OF_EACH} viewers each: CPU of recording them less CPU of recording as many that nobody watches`,
  async run(bench) {
    const { floor, product } = await startWatchedCooks(bench, {
      cooks: COOKS,
      viewersOfEach: VIEWERS_OF_EACH,
      eventsPerSecond: EVENTS_PER_SECOND,
    });
    for (const side of [floor, product]) {
      await side.measure(WARM_UP_SECONDS);
      await side.measureUnwatched(WARM_UP_SECONDS);
    }
    const rounds = await inRounds(bench, async () => ({
      bare: await measure(floor, bench.options.seconds),
      ours: await measure(product, bench.options.seconds),
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

/** Watched and unwatched cooks in turns, so that what drifts cancels out. */
async function measure(side: Side, seconds: number): Promise<Cost> {
  const watched: Window[] = [];
  const unwatched: Window[] = [];
  for (const isWatched of [true, false, false, true]) {
    if (isWatched) watched.push(await side.measure(seconds / 2));
    else unwatched.push(await side.measureUnwatched(seconds / 2));
  }
  const sum = (windows: readonly Window[], name: keyof Window) =>
    windows.reduce((total, window) => total + window[name], 0);
  const recording = sum(unwatched, 'cpuSeconds') / sum(unwatched, 'events');
  const delivering = sum(watched, 'cpuSeconds') - recording * sum(watched, 'events');
  return {
    aloneMicroseconds: recording * 1e6,
    deliveryMicroseconds: (delivering * 1e6) / sum(watched, 'deliveries'),
    machineLoad: Math.max(...watched.map(({ machineLoad }) => machineLoad)),
  };
}
