import { readFileSync } from 'node:fs';
import {
  type Bench,
  type Figure,
  inRounds,
  startDriver,
  startFloor,
  startServer,
  viewersOf,
} from '../_util/bench.js';
import { residentBytes, settle } from '../_util/cpu.js';
import { createHomes, type Home } from '../_util/homes.js';
import { median } from '../_util/stats.js';
import type { FanOutFloor } from '../floors/fan-out.js';

const COOKS = 5_000;
const VIEWERS_OF_EACH = 2;
const VIEWERS = COOKS * VIEWERS_OF_EACH;
/** Viewers that come and go before the first look, so that code and pools are not counted as theirs. */
const WARM_UP_VIEWERS = 200;
/** A process does not give back what it has taken, so each round needs a server of its own. */
const MAX_ROUNDS = 3;
const BAR_KILOBYTES = 20;

interface Memory {
  beforeMegabytes: number;
  afterMegabytes: number;
  kilobytesEach: number;
}

export const memory: Figure = {
  name: 'memory',
  title: `resident memory a viewer, ${COOKS} cooks with ${VIEWERS_OF_EACH} idle viewers each, own tokens, snapshot delivered, one process`,
  async run(bench) {
    requireDescriptors(VIEWERS + 1_000);
    const databaseUrl = await bench.database.create();
    const homes = await createHomes(databaseUrl, COOKS);
    const bare = await measureFloor(bench, homes);
    const rounds = await inRounds(
      bench,
      () => measureProduct(bench, databaseUrl, homes),
      Math.min(MAX_ROUNDS, bench.options.rounds),
    );
    const each = median(rounds.map(({ kilobytesEach }) => kilobytesEach));
    return {
      columns: ['round', 'before MB', 'after MB', 'KB a viewer', 'of it heap KB'],
      rows: rounds.map((round) => [
        round.round,
        round.beforeMegabytes.toFixed(1),
        round.afterMegabytes.toFixed(1),
        round.kilobytesEach.toFixed(1),
        round.heapKilobytesEach.toFixed(1),
      ]),
      notes: [`For information, bare ws with as many sockets: ${bare.kilobytesEach.toFixed(1)} KB a viewer`],
      verdicts: [
        {
          what: 'resident memory a viewer',
          value: `${each.toFixed(1)} KB`,
          bar: `≤ ${BAR_KILOBYTES} KB`,
          isReached: each <= BAR_KILOBYTES,
        },
      ],
    };
  },
};

async function measureProduct(
  bench: Bench,
  databaseUrl: string,
  homes: readonly Home[],
): Promise<Memory & { heapKilobytesEach: number }> {
  const product = await startServer(bench, { databaseUrl, probe: true });
  const viewers = await viewersOf(product, homes, VIEWERS_OF_EACH);
  const driver = await startDriver(bench);
  await driver.call('connectViewers', product.url, viewers.slice(0, WARM_UP_VIEWERS));
  await driver.call('subscribe');
  await driver.call('disconnect');
  await settle();
  const before = await product.memory();
  await driver.call('connectViewers', product.url, viewers);
  await driver.call('subscribe');
  await settle();
  const after = await product.memory();
  await driver.stop();
  await product.stop();
  return {
    ...compare(before.rss, after.rss),
    heapKilobytesEach: (after.heapUsed - before.heapUsed) / 1024 / VIEWERS,
  };
}

async function measureFloor(bench: Bench, homes: readonly Home[]): Promise<Memory> {
  const floor = await startFloor<FanOutFloor>(bench, 'fan-out', ['--expose-gc']);
  const url = await floor.call('start', '{"id":"0","type":"next"}', '"0"');
  const driver = await startDriver(bench);
  const viewers = Array.from({ length: VIEWERS }, (_, i) => ({
    token: 'none',
    sessionId: (homes[i % homes.length] as Home).sessionGlobalId,
  }));
  await driver.call('connectViewers', url, viewers.slice(0, WARM_UP_VIEWERS));
  await driver.call('subscribe');
  await driver.call('disconnect');
  await floor.call('collect');
  const before = residentBytes(floor.pid);
  await driver.call('connectViewers', url, viewers);
  await driver.call('subscribe');
  await floor.call('collect');
  const after = residentBytes(floor.pid);
  await driver.stop();
  await floor.stop();
  return compare(before, after);
}

function compare(before: number, after: number): Memory {
  return {
    beforeMegabytes: before / 2 ** 20,
    afterMegabytes: after / 2 ** 20,
    kilobytesEach: (after - before) / 1024 / VIEWERS,
  };
}

/** Throws when a process may not have so many files open; Node raises the soft limit to the hard one by itself. */
function requireDescriptors(count: number): void {
  const [, limit = '0'] =
    /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  if (limit !== 'unlimited' && Number(limit) < count) {
    throw new Error(
      `This figure needs ${count} open files a process, and the limit is ${limit}: raise ulimit -n.`,
    );
  }
}
