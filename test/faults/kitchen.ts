import { setMaxListeners } from 'node:events';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawInteger, type Random } from '../../src/kitchen/random.js';
import { startProxy, type TcpProxy } from '../_util/proxy.js';
import { evenly, randomFor } from './chance.js';
import { TestCluster } from './cluster.js';
import type { Cook } from './cook.js';
import { Device } from './device.js';
import { type Evidence, History } from './history.js';
import { createHome, type Home } from './homes.js';
import { Instance } from './instance.js';
import { strike } from './nemesis.js';
import type { Fault } from './plan.js';
import { stablePort } from './ports.js';
import { TestRedis } from './redis.js';
import { followRepeating } from './repeating-viewer.js';
import type { RunOptions } from './run.js';
import { sabotageEnvironment } from './sabotage/sabotages.js';
import { readStored } from './stored.js';
import { follow, type ViewerKind } from './viewer.js';

/** How soon everything must work again by itself, beside what the start of a server takes on this machine. */
const RECOVERY_MS = 20_000;
/** One start may be struck by the next fault, and those of all servers and PostgreSQL come together. */
const RECOVERY_STARTS = 4;
const START_MS = 60_000;
const VIEWERS_OF_A_COOK = 4;
const KINDS: readonly ViewerKind[] = ['resuming', 'from-start', 'thinned', 'slow', 'repeating'];

/** All that takes part in a run, from the cluster to the last viewer; `close` leaves nothing of it behind. */
export class Kitchen {
  readonly history: History;
  readonly #options: RunOptions;
  readonly #folder: string;
  readonly #random: Random;
  readonly #signal: AbortSignal;
  readonly #closing = new AbortController();
  readonly #instances: Instance[] = [];
  readonly #proxies: TcpProxy[] = [];
  readonly #devices: Device[] = [];
  readonly #cooking: Promise<void>[] = [];
  readonly #watching = new Set<Promise<void>>();
  readonly #cooks: { cook: Cook; home: Home }[] = [];
  #recoveryMs = RECOVERY_MS;
  #cluster: TestCluster | undefined;
  #redis: TestRedis | undefined;

  constructor(options: RunOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#random = randomFor(options.seed, 'kitchen');
    this.history = new History(path.join(folder, 'history.jsonl'));
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal]);
    setMaxListeners(0, this.#signal); // every viewer listens
  }

  /** Starts everything; resolves when devices cook and viewers watch. */
  async open(): Promise<void> {
    const { sabotage } = this.#options;
    const cluster = await TestCluster.create();
    this.#cluster = cluster;
    this.#say('PostgreSQL is up');
    if (this.#options.redis) this.#redis = await TestRedis.create();
    for (let i = 1; i <= this.#options.instances; i += 1) await this.#addInstance(`server ${i}`);
    const startedAt = Date.now();
    await Promise.all(this.#instances.map((instance) => this.#start(instance)));
    this.#recoveryMs = RECOVERY_MS + RECOVERY_STARTS * (Date.now() - startedAt);
    if (sabotage?.sql) await cluster.query(sabotage.sql);
    const recipeId = await insertRecipe(cluster);
    for (let i = 0; i < this.#options.devices; i += 1) await this.#startDevice(i, recipeId);
    this.#say(`${this.#instances.length} servers, ${this.#devices.length} devices; they cook`);
  }

  /** Lets the faults happen, each after some progress. */
  async suffer(plan: readonly Fault[]): Promise<void> {
    const victims = {
      cluster: this.#theCluster,
      redis: this.#redis,
      instances: this.#instances,
      proxies: this.#proxies,
      devices: this.#devices,
      history: this.history,
      random: randomFor(this.#options.seed, 'nemesis'),
    };
    await this.#recover();
    for (const fault of plan) {
      await sleep(fault.pauseMs, undefined, { signal: this.#options.signal });
      this.history.note('fault', fault);
      this.#say(await strike(fault, victims));
      if (!fault.overlaps) this.#say(`  works again after ${await this.#recover()}`);
    }
  }

  /** Ends the cooks, waits until all is sent and seen, and returns what is to be checked. */
  async settle(): Promise<Evidence> {
    for (const device of this.#devices) device.finish();
    const drained = await this.#within(this.#recoveryMs, Promise.all(this.#cooking));
    if (!drained) {
      for (const { name, unacknowledged, lastFailure } of this.#devices) {
        if (unacknowledged > 0)
          this.history.incident(`${name} still has ${unacknowledged} events; last failure: ${lastFailure}`);
      }
    }
    if (!(await this.#allWatched()))
      this.history.incident(`${this.#watching.size} viewers did not get to the end`);
    this.#cooks.forEach((cook, i) => {
      this.#watch('audit', cook, `auditor ${i}`, [this.#instances[i % this.#instances.length] as Instance]);
    });
    if (!(await this.#allWatched()))
      this.history.incident(`${this.#watching.size} auditors did not get to the end`);
    this.#closing.abort(new Error('the run is over'));
    const { attempts, streams } = this.history;
    return { attempts, streams, ...(await readStored(this.#theCluster)) };
  }

  /** Ends and removes whatever there is, however far the run came. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the run is over'));
    await Promise.allSettled(this.#devices.map((device) => device.stop()));
    await Promise.allSettled([...this.#watching]);
    await Promise.allSettled(this.#instances.map((instance) => instance.stop()));
    await Promise.allSettled(this.#proxies.map((proxy) => proxy.stop()));
    await this.#redis?.kill();
    if (this.#cluster) {
      await copyFile(this.#cluster.logFile, path.join(this.#folder, 'postgresql.log')).catch(() => {});
      await this.#cluster.remove();
    }
    await this.history.close();
  }

  get #theCluster(): TestCluster {
    if (!this.#cluster) throw new Error('the kitchen is not open');
    return this.#cluster;
  }

  async #addInstance(name: string): Promise<void> {
    const { sabotage } = this.#options;
    const port = await stablePort();
    const proxy = await startProxy(this.#theCluster.url());
    this.#proxies.push(proxy);
    const instance = new Instance({
      name,
      port,
      logFile: path.join(this.#folder, `${name.replace(' ', '-')}.log`),
      onIncident: (what) => this.history.incident(what),
      env: {
        DATABASE_URL: this.#theCluster.url(),
        DATABASE_DIRECT_URL: proxy.through(this.#theCluster.url()),
        DATABASE_POOL_SIZE: '12',
        DATA_DIR: this.#folder,
        JWT_SECRET: 'a secret that only this run knows, long enough',
        RATE_LIMITS: 'off',
        ...(this.#redis ? { REDIS_URL: this.#redis.url } : {}),
        ...(sabotage ? sabotageEnvironment(sabotage) : {}),
      },
    });
    this.#instances.push(instance);
  }

  async #start(instance: Instance): Promise<void> {
    instance.start();
    if (!(await this.#within(START_MS, this.#untilReady(instance))))
      throw new Error(`${instance.name} does not become ready; its log is in ${this.#folder}`);
    this.#say(`${instance.name} is ready`);
  }

  async #startDevice(index: number, recipeId: string): Promise<void> {
    const name = `device ${index + 1}`;
    const urls = this.#instances.map(({ url }) => url);
    const home = await createHome(urls[0] as string, `fault-${index + 1}`, recipeId);
    const device = new Device({
      name,
      seed: this.#options.seed,
      home,
      over: index % 2 === 0 ? 'http' : 'websocket',
      urls,
      history: this.history,
      cookMs: { least: 4_000, most: 14_000 },
      onCook: (cook) => {
        this.#cooks.push({ cook, home });
        this.history.note('cook', { device: name, sessionId: cook.sessionId });
        evenly(this.#random, KINDS, VIEWERS_OF_A_COOK).forEach((kind, i) => {
          const viewer = `viewer ${this.#cooks.length}.${i + 1} (${kind})`;
          const delayMs = drawInteger(this.#random, 0, 1) * drawInteger(this.#random, 0, 5_000);
          this.#watch(kind, { cook, home }, viewer, this.#instances, delayMs);
        });
      },
    });
    this.#devices.push(device);
    this.#cooking.push(device.run());
  }

  #watch(
    kind: ViewerKind,
    { cook, home }: { cook: Cook; home: Home },
    name: string,
    instances: readonly Instance[],
    delayMs = 0,
  ): void {
    const options = {
      name,
      kind,
      random: randomFor(this.#options.seed, name),
      sessionId: cook.sessionId,
      userToken: home.userToken,
      urls: instances.map(({ url }) => url),
      history: this.history,
      signal: this.#signal,
      longestPauseMs: this.#options.longestPauseMs,
      flood: (durationMs: number) => cook.flood(durationMs),
    };
    const watching = sleep(delayMs, undefined, { signal: this.#signal })
      .then(() => (kind === 'repeating' ? followRepeating(options) : follow(options)))
      .catch((error: unknown) => {
        if (!this.#signal.aborted) this.history.incident(`${name} failed: ${String(error)}`);
      })
      .finally(() => this.#watching.delete(watching));
    this.#watching.add(watching);
  }

  /** Waits until all servers are ready and every device was answered anew. Returns how long that took, in words. */
  async #recover(): Promise<string> {
    const startedAt = Date.now();
    const works = async () => {
      await Promise.all(this.#instances.map((instance) => this.#untilReady(instance)));
      await Promise.all(this.#devices.map((device) => device.progress()));
    };
    const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
    if (await this.#within(this.#recoveryMs, works())) return seconds();
    this.history.incident(`no recovery within ${this.#recoveryMs / 1000} s`);
    return `${seconds()}: NOT YET`;
  }

  async #untilReady(instance: Instance): Promise<void> {
    while (!this.#signal.aborted && !(await instance.isReady())) await sleep(50);
  }

  /** Whether all who watch get to the end; they have time as long as they see something, however busy the machine is. */
  async #allWatched(): Promise<boolean> {
    for (;;) {
      const seen = this.#entriesSeen;
      if (await this.#within(this.#recoveryMs, Promise.all(this.#watching))) return true;
      if (this.#entriesSeen === seen) return false;
    }
  }

  get #entriesSeen(): number {
    return this.history.streams.reduce((sum, { entries }) => sum + entries.length, 0);
  }

  /** Whether the work is done within the time. Throws when the run is broken off. */
  async #within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
    const timer = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, timer.signal]);
    try {
      return await Promise.race([work.then(() => true), sleep(milliseconds, false, { signal })]);
    } finally {
      timer.abort();
    }
  }

  #say(what: string): void {
    this.#options.print(`${this.history.elapsedSeconds.toFixed(1).padStart(6)} s  ${what}`);
    this.history.note('said', { line: what });
  }
}

async function insertRecipe(cluster: TestCluster): Promise<string> {
  const name = 'Dal Tadka';
  const [row] = await cluster.query<{ id: string }>(
    `INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
     VALUES ($1, 'dal', 'easy', 35, true, $2) RETURNING id`,
    [name, { name, stages: [{ name: 'Heat oil', temp_target: 180, duration_seconds: 120 }] }],
  );
  return (row as { id: string }).id;
}
