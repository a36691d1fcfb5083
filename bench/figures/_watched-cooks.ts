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
  /** Offers the load; ends when everything is delivered, and throws unless as many messages came as had to. */
  measure(seconds: number): Promise<Window>;
  /** The same load on as many cooks that nobody watches. */
  measureUnwatched(seconds: number): Promise<Window>;
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
  { cooks, viewersOfEach, eventsPerSecond }: WatchedCooks,
): Promise<{ floor: Side; product: Side }> {
  const databaseUrl = await bench.database.create();
  const watched = await createHomes(databaseUrl, cooks);
  const unwatched = await createHomes(databaseUrl, cooks);
  const product = await startServer(bench, { databaseUrl });
  const viewers = await viewersOf(product, watched, viewersOfEach);
  const driver = await startDriver(bench);
  await driver.call('connectDevices', product.url, devicesOf(watched), 'socket');
  await driver.call('connectViewers', product.url, viewers);
  await driver.call('subscribe');
  const sample = await driver.call('verify', 3);
  const unwatchedDriver = await startDriver(bench);
  await unwatchedDriver.call('connectDevices', product.url, devicesOf(unwatched), 'socket');

  const floor = await startFloor<FanOutFloor>(bench, 'fan-out');
  const floorUrl = await floor.call('start', sample.frame, sample.operationId);
  const floorDriver = await startDriver(bench);
  await floorDriver.call('connectViewers', floorUrl, viewers);
  await floorDriver.call('subscribe');

  const measure = async (pid: number, clients: typeof driver, each: number, offer: () => Promise<number>) => {
    const before = await clients.call('frames');
    const start = mark(pid);
    const events = await offer();
    await clients.call('delivered', before + events * each);
    return { ...spentSince(start), events, deliveries: events * each };
  };
  const broadcast = (seconds: number, homes: typeof watched) =>
    floor.call(
      'broadcast',
      { perSecond: eventsPerSecond, seconds },
      homes.map(({ sessionGlobalId }) => sessionGlobalId),
    );
  const record = async (seconds: number, devices: typeof driver) =>
    (await devices.call('recordSteadily', { perSecond: eventsPerSecond, seconds }, 1)).requests;
  return {
    floor: {
      measure: (seconds) => measure(floor.pid, floorDriver, viewersOfEach, () => broadcast(seconds, watched)),
      measureUnwatched: (seconds) => measure(floor.pid, floorDriver, 0, () => broadcast(seconds, unwatched)),
    },
    product: {
      measure: (seconds) => measure(product.pid, driver, viewersOfEach, () => record(seconds, driver)),
      measureUnwatched: (seconds) => measure(product.pid, driver, 0, () => record(seconds, unwatchedDriver)),
    },
  };
}
