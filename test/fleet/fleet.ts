import { setMaxListeners } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawChance, drawInteger, type Random } from '../../src/kitchen/random.js';
import { startProxy, type TcpProxy } from '../_util/proxy.js';
import { pick, randomFor } from '../faults/chance.js';
import { TestCluster } from '../faults/cluster.js';
import { History } from '../faults/history.js';
import { Instance } from '../faults/instance.js';
import { stablePort } from '../faults/ports.js';
import { postGraphQL } from '../faults/post.js';
import { readStored } from '../faults/stored.js';
import { follow } from '../faults/viewer.js';
import { type Cloud, type Compared, compare } from './compare.js';
import { Desk } from './desk.js';
import { Household } from './household.js';
import { Robot } from './robot.js';
import type { RobotCook } from './store.js';

export interface FleetOptions {
  seed: number;
  robots: number;
  /** How long the fleet is disturbed before it may come to rest. */
  seconds: number;
  print: (line: string) => void;
  signal: AbortSignal;
  /** Changes what the cloud holds before it is compared: to see whether that is noticed. */
  tamper?: (cluster: TestCluster) => Promise<void>;
}

export interface FleetResult {
  compared: Compared[];
  /** What parts of the run saw that must never be. */
  incidents: string[];
  summary: string;
  /** Where the history and the log of the server are; the caller's to remove. */
  folder: string;
}

const ROBOTS_OF_A_HOME = 20;
const WATCHED_LIVE = 10;
const AUDITED = 40;
const READY_MS = 60_000;
const SETTLE_MS = 240_000;
const EXPIRY_MS = 150_000;

/** More than a page of `GET /recipes/sync` holds. */
const RECIPES = 520;
const CATALOGUE = `
  INSERT INTO recipes (name, category, difficulty, time_minutes, is_published, recipe_data)
  SELECT 'Dal ' || n, 'dal', 'easy', 35, true, '{"stages": [{"name": "Boil", "temp_target": 98}]}'
  FROM generate_series(1, $1) AS n`;

/** One run: a fleet cooks, vanishes and comes back while editors and people work, and is compared with the cloud at the end. */
export async function runFleet(options: FleetOptions): Promise<FleetResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'epicura-fleet-'));
  const fleet = new Fleet(options, folder);
  try {
    await fleet.open();
    await fleet.disturb();
    await fleet.settle();
    return { ...(await fleet.compare()), folder };
  } finally {
    await fleet.close();
  }
}

class Fleet {
  readonly #options: FleetOptions;
  readonly #folder: string;
  readonly #history: History;
  readonly #random: Random;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #robots: Robot[] = [];
  readonly #households: Household[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #watching: Promise<void>[] = [];
  readonly #homeOf = new Map<Robot, Household>();
  #cluster: TestCluster | undefined;
  #instance: Instance | undefined;
  #proxy: TcpProxy | undefined;
  #desk: Desk | undefined;
  #kills = 0;
  #spells = 0;

  constructor(options: FleetOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#history = new History(path.join(folder, 'history.jsonl'));
    this.#random = randomFor(options.seed, 'fleet');
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal]);
    setMaxListeners(0, this.#signal);
  }

  /** The server, the editors, the homes and their robots. */
  async open(): Promise<void> {
    const cluster = await TestCluster.create();
    this.#cluster = cluster;
    const port = await stablePort();
    this.#instance = new Instance({
      name: 'server',
      port,
      logFile: path.join(this.#folder, 'server.log'),
      onIncident: (what) => this.#history.incident(what),
      env: {
        DATABASE_URL: cluster.url(),
        DATA_DIR: this.#folder,
        JWT_SECRET: 'a secret that only this run knows, long enough',
        RATE_LIMITS: 'off',
      },
    });
    this.#instance.start();
    await this.#within(
      READY_MS,
      'the server to be ready',
      async () => (await this.#theInstance.isReady()) === true,
    );
    this.#proxy = await startProxy(this.#theInstance.url.replace('http', 'tcp'));
    const url = `http://127.0.0.1:${this.#proxy.port}`;
    this.#desk = await this.#openDesk(cluster);
    const { robots, seed } = this.#options;
    for (let i = 0; i * ROBOTS_OF_A_HOME < robots; i++) {
      const name = `home-${i + 1}`;
      this.#households.push(
        await Household.create(this.#theInstance.url, name, randomFor(seed, name), this.#history),
      );
    }
    for (let i = 0; i < robots; i++) await this.#addRobot(i, url);
    this.#say(`${robots} robots in ${this.#households.length} homes are on`);
  }

  /** Robots drop off, come back, lose power and have wrong clocks, connections break, and the server is killed. */
  async disturb(): Promise<void> {
    const { seconds, signal } = this.#options;
    const random = this.#random;
    const until = Date.now() + seconds * 1000;
    const killsAt = [0.35, 0.7].map((share) => Date.now() + seconds * 1000 * share);
    const working = this.#households.map((household) => this.#repeat(until, 400, () => household.live()));
    working.push(this.#repeat(until, 150, () => this.#theDesk.work()));
    while (Date.now() < until) {
      signal.throwIfAborted();
      for (let i = 0; i < Math.ceil(this.#robots.length / 50); i++) this.#trouble(pick(random, this.#robots));
      if (drawChance(random, 0.03)) this.#proxy?.cut();
      if (Date.now() > (killsAt[this.#kills] ?? Number.POSITIVE_INFINITY)) {
        this.#kills += 1;
        this.#theInstance.kill();
        this.#say('killed the server');
      }
      await sleep(200);
    }
    await Promise.all(working);
  }

  /** Everybody comes back and tells everything; what was ordered and never begun expires. */
  async settle(): Promise<void> {
    await this.#within(READY_MS, 'the server to be ready', () => this.#theInstance.isReady());
    for (const robot of this.#robots) robot.finish();
    this.#say('everybody comes home');
    for (const household of this.#households)
      await this.#within(READY_MS, 'people to tell what they like', () => household.tellChanges());
    await this.#within(
      SETTLE_MS,
      'all robots to have told everything',
      async () => this.#unsettled().length === 0,
    ).catch((error: unknown) => {
      for (const { name, wire } of this.#unsettled().slice(0, 5))
        this.#history.incident(`${name} still has something to tell; last failure: ${wire.lastFailure}`);
      throw error;
    });
    const open = `SELECT (SELECT count(*) FROM cooking_sessions WHERE status IN ('started', 'cooking', 'paused'))::int
                       + (SELECT count(*) FROM appliance_commands WHERE state IN ('pending', 'delivered'))::int AS open`;
    await this.#within(EXPIRY_MS, 'what nobody began to end', async () => {
      const [row] = await this.#theCluster.query<{ open: number }>(open);
      return row?.open === 0 && this.#unsettled().length === 0;
    });
    for (const { name, reporter } of this.#robots) {
      await this.#within(READY_MS, `${name} to sync`, () => reporter.sync());
      await this.#within(READY_MS, `${name} to read what its owner likes`, () => reporter.readPreferences());
    }
    for (const robot of this.#robots) robot.switchOff();
    await Promise.all(this.#running);
    this.#audit();
    await this.#within(READY_MS, 'all watchers to see the end', async () => {
      const done = Promise.all(this.#watching).then(() => true);
      return Promise.race([done, sleep(1_000).then(() => false)]);
    });
  }

  #unsettled(): Robot[] {
    return this.#robots.filter((robot) => !robot.isSettled);
  }

  async compare(): Promise<Omit<FleetResult, 'folder'>> {
    await this.#options.tamper?.(this.#theCluster);
    const compared = compare(this.#households, await this.#readCloud());
    const cooks = this.#robots.reduce((sum, { store }) => sum + store.cooks.size, 0);
    const commands = this.#households.reduce((sum, household) => sum + household.commands, 0);
    return {
      compared,
      incidents: this.#history.incidents,
      summary:
        `${cooks} cooks, ${this.#spells} spells offline and power cuts, ${this.#kills} kills of the server, ` +
        `${this.#theDesk.edits} edits with ${this.#theDesk.conflicts} conflicts, ${commands} commands`,
    };
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the run is over'));
    await Promise.allSettled([...this.#running, ...this.#watching]);
    await this.#instance?.stop();
    await this.#proxy?.stop();
    await this.#cluster?.remove();
    await this.#history.close();
  }

  #trouble(robot: Robot): void {
    const random = this.#random;
    switch (drawInteger(random, 1, 8)) {
      case 1:
      case 2:
        if (!robot.wire.isUp) return;
        this.#spells += 1;
        robot.goOffline();
        setTimeout(() => robot.comeBack(), drawInteger(random, 500, 20_000)).unref();
        return;
      case 3:
        this.#spells += 1;
        robot.restart();
        return;
      case 4:
        robot.setClockOff(drawChance(random, 0.5) ? 0 : drawInteger(random, -10_000, 10_000) * 1_000);
        return;
      case 5:
        robot.prefer();
        return;
      case 6:
        robot.correct();
        return;
      default:
        return;
    }
  }

  async #openDesk(cluster: TestCluster): Promise<Desk> {
    const { seed } = this.#options;
    const editor = await Household.create(
      this.#theInstance.url,
      'editor',
      randomFor(seed, 'editor'),
      this.#history,
    );
    await cluster.query(`UPDATE users SET role = 'admin' WHERE email = $1`, [editor.email]);
    const { data } = await postGraphQL<{ login: { accessToken: string } }>(
      this.#theInstance.url,
      'mutation ($email: String!) { login(input: { email: $email, password: "long enough 1" }) { accessToken } }',
      { email: editor.email },
      undefined,
      10_000,
    );
    await cluster.query(CATALOGUE, [RECIPES]);
    const desk = new Desk(
      this.#theInstance.url,
      data?.login.accessToken ?? '',
      randomFor(seed, 'desk'),
      this.#history,
    );
    await desk.open();
    return desk;
  }

  async #addRobot(i: number, url: string): Promise<void> {
    const household = this.#households[Math.floor(i / ROBOTS_OF_A_HOME)] as Household;
    const name = `robot-${i + 1}`;
    const robot = new Robot({
      ...{ name, seed: this.#options.seed, url, history: this.#history, signal: this.#signal },
      over: i % 2 === 0 ? 'http' : 'websocket',
      ...(await household.pair(name)),
      onCook: (cook) => {
        if (this.#watching.length < WATCHED_LIVE)
          this.#watching.push(this.#watch(household, cook, url, 'from-start'));
      },
    });
    household.robots.push(robot);
    this.#homeOf.set(robot, household);
    this.#robots.push(robot);
    await robot.reporter.sync();
    this.#running.push(robot.run());
  }

  /** Watches a cook from its first event, as soon as the cloud knows it. */
  async #watch(
    household: Household,
    cook: RobotCook,
    url: string,
    kind: 'from-start' | 'audit',
  ): Promise<void> {
    while (!cook.isKnown && !this.#signal.aborted) await sleep(200);
    await follow({
      ...{ kind, sessionId: cook.sessionId, urls: [url], history: this.#history, signal: this.#signal },
      name: `${kind} of ${cook.sessionId}`,
      random: randomFor(this.#options.seed, `${kind} of ${cook.sessionId}`),
      userToken: household.token,
      longestPauseMs: 0,
      flood: () => {},
    }).catch((error: unknown) => {
      if (!this.#signal.aborted) this.#history.incident(`a watcher failed: ${String(error)}`);
    });
  }

  #audit(): void {
    const cooks = this.#robots.flatMap((robot) =>
      [...robot.store.cooks.values()].map((cook) => ({ robot, cook })),
    );
    for (let i = 0; i < AUDITED && cooks.length > 0; i++) {
      const { robot, cook } = pick(this.#random, cooks);
      const household = this.#homeOf.get(robot) as Household;
      this.#watching.push(this.#watch(household, cook, this.#theInstance.url, 'audit'));
    }
  }

  async #readCloud(): Promise<Cloud> {
    const query = this.#theCluster.query.bind(this.#theCluster);
    const { attempts, streams } = this.#history;
    return {
      attempts,
      streams,
      ...(await readStored(this.#theCluster)),
      recipes: (
        await query<{ row: Cloud['recipes'][number] }>(
          'SELECT to_jsonb(r) AS row FROM recipes r WHERE is_published AND deleted_at IS NULL',
        )
      ).map(({ row }) => row),
      logs: await query<Cloud['logs'][number]>(
        `SELECT id, appliance_id, recipe_id, status, started_at, completed_at, stages_log, peak_temperature,
                total_duration_s, log_revision FROM cooking_sessions`,
      ),
      preferences: await query<Cloud['preferences'][number]>(
        `SELECT a.id AS appliance_id, spice_level, salt_level, oil_level
         FROM appliances a JOIN user_preferences p ON p.user_id = a.user_id`,
      ),
      commands: await query<Cloud['commands'][number]>(
        'SELECT id, kind, state, appliance_id FROM appliance_commands',
      ),
    };
  }

  /** Does something again and again, one after the other, until then. */
  async #repeat(until: number, everyMs: number, act: () => Promise<void>): Promise<void> {
    while (Date.now() < until && !this.#signal.aborted) {
      await act();
      await sleep(everyMs);
    }
  }

  async #within(ms: number, what: string, isDone: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + ms;
    while (!(await isDone())) {
      this.#options.signal.throwIfAborted();
      if (Date.now() > deadline) throw new Error(`${what}: not within ${ms / 1000} s`);
      await sleep(200);
    }
  }

  #say(what: string): void {
    this.#options.print(`${this.#history.elapsedSeconds.toFixed(1).padStart(6)} s  ${what}`);
  }

  get #theCluster(): TestCluster {
    if (!this.#cluster) throw new Error('the fleet is not open');
    return this.#cluster;
  }

  get #theInstance(): Instance {
    if (!this.#instance) throw new Error('the fleet is not open');
    return this.#instance;
  }

  get #theDesk(): Desk {
    if (!this.#desk) throw new Error('the fleet is not open');
    return this.#desk;
  }
}
