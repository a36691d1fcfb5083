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
import { queryOnce } from '../_util/database.js';
import { createHomes, type Home } from '../_util/homes.js';
import { percent } from '../_util/report.js';
import { median } from '../_util/stats.js';
import type { RecordFloor } from '../floors/record.js';

const DEVICES = 50;
const BATCH = 100;
/** COPY is also tried in groups that hide what a commit costs. */
const LARGE_GROUP = 10_000;
const WARM_UP_SECONDS = 5;

interface Rates {
  product: number;
  group: number;
  copy: number;
  largeCopy: number;
  unnest: number;
  machineLoad: number;
}

export const record: Figure = {
  name: 'record',
  title: `acknowledged, durable, published events a second, batches of ${BATCH} from ${DEVICES} devices, beside COPY and a loop of unnest`,
  async run(bench) {
    const databaseUrl = await bench.database.create();
    const product = await startServer(bench, { databaseUrl });
    const homes = await createHomes(databaseUrl, DEVICES);
    const driver = await startDriver(bench);
    await driver.call('connectDevices', product.url, devicesOf(homes), 'socket');
    // One cook is watched: what is acknowledged must also arrive.
    await driver.call('connectViewers', product.url, await viewersOf(product, homes.slice(0, 1), 1));
    await driver.call('subscribe');
    const startFloorOn = async () => {
      const floor = await startFloor<RecordFloor>(bench, 'record');
      await floor.call('start', databaseUrl, await createHomes(databaseUrl, DEVICES));
      return floor;
    };
    const copy = await startFloorOn();
    const unnest = await startFloorOn();

    const rate = ({ events, seconds }: { events: number; seconds: number }) => events / seconds;
    const measure = async (seconds: number): Promise<Rates> => {
      const before = await storedBy(databaseUrl, homes);
      const watchedBefore = await storedBy(databaseUrl, homes.slice(0, 1));
      const framesBefore = await driver.call('frames');
      const start = mark(product.pid);
      const recorded = await driver.call('recordSaturating', seconds, BATCH);
      const { machineLoad } = spentSince(start);
      const after = await storedBy(databaseUrl, homes);
      const watchedAfter = await storedBy(databaseUrl, homes.slice(0, 1));
      if (after.events - before.events !== recorded.events)
        throw new Error('acknowledged is not what is stored');
      await driver.call('delivered', framesBefore + watchedAfter.events - watchedBefore.events);
      const group = recorded.events / (after.transactions - before.transactions);
      return {
        product: rate(recorded),
        group,
        copy: rate(await copy.call('copy', seconds, Math.round(group), BATCH)),
        largeCopy: rate(await copy.call('copy', seconds, LARGE_GROUP, BATCH)),
        unnest: rate(await unnest.call('unnest', seconds, Math.round(group), BATCH)),
        machineLoad,
      };
    };
    await measure(WARM_UP_SECONDS);
    const rounds = await inRounds(bench, () => measure(bench.options.seconds));
    const beside = (name: 'copy' | 'largeCopy' | 'unnest') =>
      median(rounds.map((round) => round.product / round[name]));
    return {
      columns: [
        ...['round', 'product/s', 'events a group', 'COPY/s', `COPY/s by ${LARGE_GROUP}`, 'unnest/s'],
        ...['load (product)', 'others'],
      ],
      rows: rounds.map((round) => [
        round.round,
        round.product.toFixed(0),
        round.group.toFixed(0),
        round.copy.toFixed(0),
        round.largeCopy.toFixed(0),
        round.unnest.toFixed(0),
        `${Math.round(round.machineLoad * 100)} %`,
        percent(round.others),
      ]),
      notes: [
        "COPY and unnest commit groups of the mean size of the product's; all store into the same table with its indexes and keys.",
        `For information, beside COPY in groups of ${LARGE_GROUP}: ${beside('largeCopy').toFixed(2)} ×`,
      ],
      verdicts: [
        ratioVerdict('events a second beside COPY', beside('copy'), 'least', 0.5),
        ratioVerdict('events a second beside unnest', beside('unnest'), 'least', 0.8),
      ],
    };
  },
};

/** How many events of these homes are stored, by how many transactions. */
async function storedBy(
  databaseUrl: string,
  homes: readonly Home[],
): Promise<{ events: number; transactions: number }> {
  const [row] = await queryOnce<{ events: number; transactions: number }>(
    databaseUrl,
    'SELECT count(*)::int AS events, count(DISTINCT xmin::text)::int AS transactions FROM telemetry_events WHERE session_id = ANY($1::uuid[])',
    [homes.map(({ sessionId }) => sessionId)],
  );
  return row ?? { events: 0, transactions: 0 };
}
