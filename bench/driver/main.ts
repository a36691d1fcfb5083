import { serve } from '../_util/child.js';
import { type Pace, pace } from '../_util/pace.js';
import { quantile } from '../_util/stats.js';
import { type Device, type DeviceOptions, HttpDevice, SocketDevice } from './devices.js';
import { Viewer, type ViewerOptions } from './viewers.js';

/** The clients of one server, viewers and devices, in a process of their own. */

/** Handshakes and subscriptions under way at once: fewer than the server's pool has connections. */
const CONNECTING = 12;
const DELIVERY_TIMEOUT_MS = 20_000;

const viewers: Viewer[] = [];
const devices: Device[] = [];

const methods = {
  async connectViewers(url: string, options: readonly ViewerOptions[]): Promise<void> {
    const connected = await inParallel(options, async (one) => {
      const viewer = new Viewer(one);
      await viewer.connect(url);
      return viewer;
    });
    viewers.push(...connected);
  },

  async connectDevices(
    url: string,
    options: readonly DeviceOptions[],
    transport: 'socket' | 'http',
  ): Promise<void> {
    const connected = await inParallel(options, async (one) =>
      transport === 'socket' ? SocketDevice.connect(url, one) : new HttpDevice(url, one),
    );
    devices.push(...connected);
  },

  /** Every viewer subscribes; resolves when each has its snapshot. */
  async subscribe(): Promise<void> {
    await inParallel(viewers, async (viewer) => {
      viewer.subscribe();
      await waitUntil(() => viewer.frames >= 1, viewer);
    });
    for (const viewer of viewers) viewer.skimp();
  },

  /** Messages of all feeds so far, snapshots included. */
  frames(): number {
    return totalFrames();
  },

  /** Resolves when all viewers together have so many messages; throws when they do not come, or more do. */
  async delivered(frames: number): Promise<void> {
    await waitUntil(() => totalFrames() >= frames);
    if (totalFrames() > frames) throw new Error(`${totalFrames()} messages instead of ${frames}`);
  },

  /**
   * Each device records `count` readings in one request, and every viewer of its cook must get each once, in order.
   * Returns a message as it came, with its operation and its place.
   */
  async verify(
    count: number,
  ): Promise<{ frame: string; operationId: string; lastSequence: number; cursor: string }> {
    for (const viewer of viewers) viewer.keep();
    const expected = totalFrames() + viewers.length * count;
    await inParallel(devices, (device) => device.record(count));
    await methods.delivered(expected);
    const seen = viewers.map((viewer) => viewer.check(count));
    for (const viewer of viewers) viewer.skimp();
    const last = seen[0];
    if (!last) throw new Error('there is no viewer');
    return last;
  },

  /** Devices take turns with requests of `batch` readings at a pace. Resolves when all are acknowledged. */
  async recordSteadily(
    options: Pace,
    batch: number,
  ): Promise<{ requests: number; p50Ms: number; p99Ms: number }> {
    const latencies: number[] = [];
    const answers: Promise<void>[] = [];
    const requests = await pace(options, (i) => {
      const sentAt = performance.now();
      const answer = (devices[i % devices.length] as Device).record(batch).then(() => {
        latencies.push(performance.now() - sentAt);
      });
      answer.catch(() => {}); // told by `all` below
      answers.push(answer);
    });
    await Promise.all(answers);
    return { requests, p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99) };
  },

  /** Each device sends its next batch as soon as the one before is acknowledged. */
  async recordSaturating(seconds: number, batch: number): Promise<{ events: number; seconds: number }> {
    const start = performance.now();
    const end = start + seconds * 1000;
    let events = 0;
    await Promise.all(
      devices.map(async (device) => {
        while (performance.now() < end) {
          await device.record(batch);
          events += batch;
        }
      }),
    );
    return { events, seconds: (performance.now() - start) / 1000 };
  },

  /**
   * As `recordSteadily`, and the time from the start of each request to the arrival of each of its events at the viewer
   * of its cook; the `i`-th viewer watches the cook of the `i`-th device.
   */
  async measureLag(
    options: Pace,
    batch: number,
  ): Promise<{ events: number; p50Ms: number; p99Ms: number; maxMs: number }> {
    const lags: number[] = [];
    const underWay = viewers.map((viewer) => {
      const sentAt: number[] = [];
      viewer.onFrame = () => lags.push(performance.now() - (sentAt.shift() ?? Number.NaN));
      return sentAt;
    });
    const answers: Promise<void>[] = [];
    const before = totalFrames();
    const requests = await pace(options, (i) => {
      const place = i % devices.length;
      const now = performance.now();
      for (let n = 0; n < batch; n++) underWay[place]?.push(now);
      const answer = (devices[place] as Device).record(batch);
      answer.catch(() => {}); // told by `all` below
      answers.push(answer);
    });
    await Promise.all(answers);
    await methods.delivered(before + requests * batch);
    for (const viewer of viewers) viewer.onFrame = () => {};
    return {
      events: lags.length,
      p50Ms: quantile(lags, 0.5),
      p99Ms: quantile(lags, 0.99),
      maxMs: quantile(lags, 1),
    };
  },

  /** Every device records `requests` times `batch` readings, one request after the other. */
  async record(requests: number, batch: number): Promise<void> {
    await Promise.all(
      devices.map(async (device) => {
        for (let i = 0; i < requests; i++) await device.record(batch);
      }),
    );
  },

  /** A fresh viewer resumes; the time from `subscribe` to the `count`-th entry, and whether all came in order. */
  async resume(url: string, options: ViewerOptions, count: number, checks: boolean): Promise<number> {
    const viewer = new Viewer(options);
    await viewer.connect(url);
    const arrived = new Promise<number>((resolve) => {
      viewer.onFrame = () => {
        if (viewer.frames === count) resolve(performance.now());
      };
    });
    const subscribedAt = performance.now();
    viewer.subscribe();
    if (checks) viewer.keep();
    else viewer.skimp();
    await waitUntil(() => viewer.frames >= count, viewer);
    const elapsedMs = (await arrived) - subscribedAt;
    if (checks) viewer.check(count);
    viewer.destroy();
    return elapsedMs;
  },

  /** Cuts one viewer's connection and brings another in its place, which begins with a snapshot. */
  async replace(place: number, url: string): Promise<void> {
    const old = viewers[place];
    if (!old) return;
    old.assertAlive();
    old.destroy();
    const viewer = new Viewer(old.options);
    await viewer.connect(url);
    viewers[place] = viewer;
    viewer.subscribe();
    await waitUntil(() => viewer.frames >= 1, viewer);
    viewer.skimp();
  },

  /** Ends all connections. */
  disconnect(): void {
    for (const client of [...viewers, ...devices]) client.destroy();
    viewers.length = 0;
    devices.length = 0;
  },
};

export type Driver = typeof methods;

serve(methods);

function totalFrames(): number {
  let total = 0;
  for (const { frames } of viewers) total += frames;
  return total;
}

async function waitUntil(isDone: () => boolean, viewer?: Viewer): Promise<void> {
  const deadline = performance.now() + DELIVERY_TIMEOUT_MS;
  while (!isDone()) {
    for (const one of viewer ? [viewer] : viewers) one.assertAlive();
    if (performance.now() > deadline) throw new Error(`only ${totalFrames()} messages came`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: CONNECTING }, lane));
  return results;
}
