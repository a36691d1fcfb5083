import { setTimeout as sleep } from 'node:timers/promises';
import { devicesOf, type Figure, startDriver, startServer, viewersOf } from './_util/bench.js';
import { createHomes } from './_util/homes.js';
import { createRandom } from './_util/pace.js';
import { mean, slope } from './_util/stats.js';

const COOKS = 200;
const VIEWERS_OF_EACH = 2;
const REQUESTS_PER_SECOND = 100;
/** Viewers whose connection is cut, and who come again. */
const REPLACED_PER_SECOND = 4;
const SAMPLE_SECONDS = 10;
/** Growth over the second half that is still called flat, as a share of the mean. */
const FLAT_SHARE = 0.03;

interface Sample {
  minute: number;
  heapMegabytes: number;
  residentMegabytes: number;
}

export const soak: Figure = {
  name: 'soak',
  title: `heap under steady load: ${COOKS} cooks, ${COOKS * VIEWERS_OF_EACH} viewers of whom ${REPLACED_PER_SECOND} a second are cut and come again`,
  async run(bench) {
    const databaseUrl = await bench.database.create();
    const homes = await createHomes(databaseUrl, COOKS);
    const product = await startServer(bench, { databaseUrl, probe: true });
    const driver = await startDriver(bench);
    await driver.call('connectDevices', product.url, devicesOf(homes), 'socket');
    const viewers = await viewersOf(product, homes, VIEWERS_OF_EACH);
    await driver.call('connectViewers', product.url, viewers);
    await driver.call('subscribe');

    const seconds = bench.options.minutes * 60;
    const start = performance.now();
    const isOver = () => performance.now() - start > seconds * 1000;
    const random = createRandom(2);
    const samples: Sample[] = [];
    const replacing = async () => {
      while (!isOver()) {
        await driver.call('replace', Math.floor(random() * viewers.length), product.url);
        await sleep(1000 / REPLACED_PER_SECOND);
      }
    };
    const sampling = async () => {
      while (!isOver()) {
        await sleep(SAMPLE_SECONDS * 1000);
        // After a collection: what is left is what something still holds.
        const { heapUsed, rss } = await product.memory();
        samples.push({
          minute: (performance.now() - start) / 60_000,
          heapMegabytes: heapUsed / 2 ** 20,
          residentMegabytes: rss / 2 ** 20,
        });
      }
    };
    await Promise.all([
      driver.call('recordSteadily', { perSecond: REQUESTS_PER_SECOND, seconds }, 1),
      replacing(),
      sampling(),
    ]);
    const settled = samples.slice(Math.floor(samples.length / 2));
    const heap = trend(settled.map(({ minute, heapMegabytes }) => ({ x: minute, y: heapMegabytes })));
    const resident = trend(
      settled.map(({ minute, residentMegabytes }) => ({ x: minute, y: residentMegabytes })),
    );
    return {
      columns: ['minute', 'heap MB', 'resident MB'],
      rows: samples.map((sample) => [
        sample.minute.toFixed(1),
        sample.heapMegabytes.toFixed(1),
        sample.residentMegabytes.toFixed(1),
      ]),
      notes: [`resident memory: ${resident.perMinute.toFixed(3)} MB a minute over the second half`],
      verdicts: [
        {
          what: 'growth of the heap over the second half',
          value: `${heap.perMinute.toFixed(3)} MB a minute, ${(heap.share * 100).toFixed(1)} %`,
          bar: `≤ ${FLAT_SHARE * 100} %`,
          isReached: heap.share <= FLAT_SHARE,
        },
      ],
    };
  },
};

/** The line through the points: its slope, and what it grows from the first to the last as a share of the mean. */
function trend(points: readonly { x: number; y: number }[]): { perMinute: number; share: number } {
  const perMinute = slope(points);
  const minutes = (points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0);
  return { perMinute, share: (perMinute * minutes) / mean(points.map(({ y }) => y)) };
}
