import type { Bench } from '../_util/bench.js';
import { devicesOf, startDriver, startFloor, startServer, viewersOf } from '../_util/bench.js';
import { mark, spentSince } from '../_util/cpu.js';
import { createHomes } from '../_util/homes.js';
import type { FanOutFloor } from '../floors/fan-out.js';

/** What one side did in one measurement. */
export interface Window {
  cpuSeconds: number;
  /** Events that were recorded; the floor's are only written. */
  events: number;
  /** Messages that reached viewers. */
  deliveries: number;
  machineLoad: number;
}

export interface Side {
  subscribe(): Promise<void>;
  unsubscribe(): Promise<void>;
  /** Offers the load; ends when everything is delivered, and throws unless each viewer got each event once. */
  measure(seconds: number): Promise<Window>;
}

/** What is watched, and the load. */
export interface WatchedCooks {
  cooks: number;
  viewersOfEach: number;
  /** Of all cooks together, each in a request of its own. */
  eventsPerSecond: number;
}

/**
 * The product and bare `ws` with the same viewers under the same load. The product's viewers have been verified: each
 * got every event once, in order. The floor writes a message as the product sent it.
 */
export async function startWatchedCooks(
  bench: Bench,
  load: WatchedCooks,
): Promise<{ floor: Side; product: Side }> {
  const databaseUrl = await bench.database.create();
  const homes = await createHomes(databaseUrl, load.cooks);
  const product = await startServer(bench, { databaseUrl });
  const viewers = await viewersOf(product, homes, load.viewersOfEach);
  const driver = await startDriver(bench);
  await driver.call('connectDevices', product.url, devicesOf(homes), 'socket');
  await driver.call('connectViewers', product.url, viewers);
  await driver.call('subscribe');
  const sample = await driver.call('verify', 3);

  const floor = await startFloor<FanOutFloor>(bench, 'fan-out');
  const floorUrl = await floor.call('start', sample.frame, sample.operationId);
  const floorDriver = await startDriver(bench);
  await floorDriver.call('connectViewers', floorUrl, viewers);
  await floorDriver.call('subscribe');

  const sessionIds = homes.map(({ sessionGlobalId }) => sessionGlobalId);
  const side = (pid: number, clients: typeof driver, offer: (seconds: number) => Promise<number>): Side => {
    let isWatched = true;
    return {
      async subscribe() {
        await clients.call('subscribe');
        isWatched = true;
      },
      async unsubscribe() {
        await clients.call('unsubscribe');
        isWatched = false;
      },
      async measure(seconds) {
        const before = await clients.call('frames');
        const start = mark(pid);
        const events = await offer(seconds);
        const deliveries = isWatched ? events * load.viewersOfEach : 0;
        if (isWatched) await clients.call('delivered', before + deliveries);
        return { ...spentSince(start), events, deliveries };
      },
    };
  };
  const perSecond = load.eventsPerSecond;
  return {
    floor: side(floor.pid, floorDriver, (seconds) =>
      floor.call('broadcast', { perSecond, seconds }, sessionIds),
    ),
    product: side(
      product.pid,
      driver,
      async (seconds) => (await driver.call('recordSteadily', { perSecond, seconds }, 1)).requests,
    ),
  };
}
