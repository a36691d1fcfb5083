import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createConnection } from '../../src/db/client.js';
import type { Bus } from '../../src/live/bus/bus.js';
import { RedisBus } from '../../src/live/bus/redis-bus.js';
import { isRedisMissing, startRedis } from '../_util/redis.js';
import {
  type Bench,
  DRIVERS,
  type Ear,
  flush,
  listen,
  makeChange,
  NAMESPACE,
  publishChange,
  SERVER_DRIVERS,
  type ServerBench,
} from './bus-kit.js';

const buses: Bus[] = [];
afterEach(async () => {
  for (const bus of buses.splice(0)) await bus.stop();
});

async function start(bench: Bench): Promise<Ear> {
  const bus = bench.create();
  buses.push(bus);
  return listen(bus);
}

/** An instance that watches a session, and is subscribed to it where the driver does that. */
async function startWatching(bench: Bench, sessionId: string, carriesEvents: boolean): Promise<Ear> {
  const ear = await start(bench);
  ear.bus.watch(sessionId);
  if (carriesEvents) await ear.until(() => ear.sessionIds().includes(sessionId));
  ear.forget();
  return ear;
}

for (const { name, isMissing, carriesEvents, start: startBench } of DRIVERS) {
  describe.skipIf(isMissing)(`a bus (${name})`, () => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await startBench();
    });
    afterAll(() => bench.stop());

    it('tells every other instance, and never the one that published', async () => {
      const id = randomUUID();
      const applianceId = randomUUID();
      const a = await startWatching(bench, id, carriesEvents);
      const others = [
        await startWatching(bench, id, carriesEvents),
        await startWatching(bench, id, carriesEvents),
      ];
      const change = makeChange(id, 1, 3, true);
      a.bus.publish({ sessions: [change], applianceIds: [applianceId] });
      for (const ear of others) {
        await ear.until(() => ear.sessionIds().includes(id) && ear.applianceIds().includes(applianceId));
        expect(ear.changes()).toEqual(carriesEvents ? [change] : []);
        await flush(ear.bus, a);
      }
      expect(a.sessionIds()).toEqual([]);
      expect(a.applianceIds()).not.toContain(applianceId);
    });

    it('keeps the order of commits, those of one turn and those of many', async () => {
      const id = randomUUID();
      const a = await start(bench);
      const b = await startWatching(bench, id, carriesEvents);
      for (let i = 0; i < 50; i++) {
        publishChange(a.bus, makeChange(id, i * 4 + 1, i * 4 + 2));
        publishChange(a.bus, makeChange(id, i * 4 + 3, i * 4 + 4));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await flush(a.bus, b);
      expect(b.sessionIds()).toContain(id);
      const sequences = b.changes().flatMap(({ events }) => events.map(({ sequence }) => sequence));
      expect(sequences).toEqual(carriesEvents ? Array.from({ length: 200 }, (_, i) => i + 1) : []);
    });

    it('makes few messages of many changes', async () => {
      const id = randomUUID();
      const a = await start(bench);
      const b = await startWatching(bench, id, carriesEvents);
      for (let i = 1; i <= 1_000; i++) publishChange(a.bus, makeChange(id, i));
      await flush(a.bus, b);
      expect(a.bus.stats.sent).toBeLessThan(10);
      expect(b.bus.stats.received).toBeLessThan(10);
    });

    it('says everything where more changed than it can tell', async () => {
      const a = await start(bench);
      const b = await start(bench);
      b.forget();
      a.bus.publish({
        sessions: Array.from({ length: 5_000 }, () => makeChange(randomUUID(), 1)),
        applianceIds: Array.from({ length: 5_000 }, () => randomUUID()),
      });
      await b.until(() => b.everything() > 0);
      expect(b.sessionIds()).toEqual([]);
      await expect.poll(() => a.bus.stats.sent).toBe(1);
    });

    it.runIf(carriesEvents)('tells the id alone of a session with too many events', async () => {
      const id = randomUUID();
      const a = await start(bench);
      const b = await startWatching(bench, id, carriesEvents);
      publishChange(a.bus, makeChange(id, 1, 6_000));
      await b.until(() => b.sessionIds().includes(id));
      expect(b.changes()).toEqual([]);
    });

    it.runIf(carriesEvents)('brings the news of sessions while they are watched', async () => {
      const [id, other, third] = [randomUUID(), randomUUID(), randomUUID()];
      const a = await start(bench);
      const b = await startWatching(bench, id, carriesEvents);
      for (const sessionId of [id, other]) publishChange(a.bus, makeChange(sessionId, 1));
      await flush(a.bus, b);
      expect(b.sessionIds()).toEqual([id]);

      b.bus.unwatch(id);
      b.bus.watch(third);
      await b.until(() => b.sessionIds().includes(third)); // the server has heard of both
      b.forget();
      for (const sessionId of [id, third]) publishChange(a.bus, makeChange(sessionId, 2));
      await flush(a.bus, b);
      expect(b.sessionIds()).toEqual([third]);
    });

    it('is connected from start to stop', async () => {
      const bus = bench.create();
      expect(bus.isConnected()).toBe(false);
      const ear = await listen(bus);
      expect(bus.isConnected()).toBe(true);
      expect(ear.everything()).toBe(1);
      await bus.stop();
      expect(bus.isConnected()).toBe(false);
      publishChange(bus, makeChange(randomUUID(), 1));
      expect(bus.stats).toMatchObject({ sent: 0, dropped: 1 });
    });

    it('sends what waits before it stops', async () => {
      const id = randomUUID();
      const a = await start(bench);
      const b = await startWatching(bench, id, carriesEvents);
      publishChange(a.bus, makeChange(id, 1));
      await a.bus.stop();
      await b.until(() => b.sessionIds().includes(id));
    });
  });
}

for (const { name, isMissing, carriesEvents, start: startBench } of SERVER_DRIVERS) {
  describe.skipIf(isMissing)(`what anybody may say on the channels of a bus (${name})`, () => {
    let bench: ServerBench;
    beforeAll(async () => {
      bench = await startBench();
    });
    afterAll(() => bench.stop());

    it('does not get through unless it is well-formed', async () => {
      const id = randomUUID();
      const a = await start(bench);
      const b = await startWatching(bench, id, carriesEvents);
      const from = randomUUID();
      for (const message of malformed(id, from)) await bench.shout(id, message);
      await flush(a.bus, b);
      expect(b.sessionIds()).toEqual([]);
      expect(b.applianceIds()).toHaveLength(1); // the one that marked the end
      expect(b.everything()).toBe(0);
      expect(b.bus.stats.received).toBe(1);
      expect(b.bus.isConnected()).toBe(true);
    });
  });
}

describe('the messages of the bus over PostgreSQL', () => {
  let bench: ServerBench;
  beforeAll(async () => {
    bench = await (SERVER_DRIVERS[0] as (typeof SERVER_DRIVERS)[0]).start();
  });
  afterAll(() => bench.stop());

  it('carry ids alone, in less than 7,900 bytes whatever the load', async () => {
    const payloads: string[] = [];
    const listener = createConnection(bench.url);
    await listener.connect();
    await listener.query('LISTEN epicura_live');
    listener.on('notification', ({ payload = '' }) => {
      if (!payload.includes('hello')) payloads.push(payload);
    });
    const a = await start(bench);
    const b = await start(bench);
    const counts = [1, 10, 100, 199, 200, 201, 1_000, 10_000];
    for (const count of counts) {
      b.forget();
      const ids = Array.from({ length: count }, () => randomUUID());
      a.bus.publish({ sessions: ids.map((id) => makeChange(id, 1)), applianceIds: [] });
      await b.until(() => b.everything() > 0 || b.sessionIds().length === count);
    }
    await expect.poll(() => payloads.length).toBe(counts.length);
    await listener.end();
    for (const payload of payloads) {
      expect(Buffer.byteLength(payload)).toBeLessThan(7_900);
      expect(payload).not.toContain('temperature');
    }
    expect(payloads.filter((payload) => payload.includes('everything'))).not.toEqual([]);
    expect(Math.max(...payloads.map((payload) => payload.length))).toBeGreaterThan(7_000);
  });

  it('are not sent while an instance is alone, and reach another from the moment it has come', async () => {
    const a = await start(bench);
    const tell = () => a.bus.publish({ sessions: [makeChange(randomUUID(), 1)], applianceIds: [] });
    const sends = async () => {
      const before = a.bus.stats.sent;
      tell();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return a.bus.stats.sent > before;
    };
    await expect.poll(sends, { timeout: 6_000 }).toBe(false); // after the next heartbeat
    const b = await start(bench);
    const id = randomUUID();
    // It looks at everything as it comes; what is committed before the other knows of it makes it look again.
    const isTold = () => b.everything() > 1 || b.sessionIds().includes(id);
    a.bus.publish({ sessions: [makeChange(id, 1)], applianceIds: [] });
    await b.until(isTold, 1_000);
    publishChange(a.bus, makeChange(id, 2));
    await b.until(() => b.sessionIds().includes(id), 1_000);
  });
});

for (const { name, isMissing, isVariant = false, start: startBench } of SERVER_DRIVERS.slice(1)) {
  describe.skipIf(isMissing)(`the messages of the bus over ${name}`, () => {
    let bench: ServerBench;
    beforeAll(async () => {
      bench = await startBench();
    });
    afterAll(() => bench.stop());

    it('carry no more than 256 KB; beyond that the id', async () => {
      const id = randomUUID();
      const a = await start(bench);
      const b = await startWatching(bench, id, true);
      publishChange(a.bus, makeChange(id, 1, 1_000));
      await b.until(() => b.changes().length === 1);
      publishChange(a.bus, makeChange(id, 1_001, 4_000));
      await b.until(() => b.sessionIds().length === 2);
      expect(b.changes()).toHaveLength(1);
    });

    it('go through shards where the server has them and lets us', async () => {
      const id = randomUUID();
      await startWatching(bench, id, true);
      const session = `epicura:1:0:${NAMESPACE}:session:${id}`;
      const shards = await bench.server?.admin('PUBSUB', 'SHARDCHANNELS');
      const channels = await bench.server?.admin('PUBSUB', 'CHANNELS');
      expect([shards, channels].map((list) => (list as string[]).includes(session))).toEqual(
        isVariant ? [false, true] : [true, false],
      );
    });

    it('leave no subscription behind for a session that nobody watches any more', async () => {
      const [id, later] = [randomUUID(), randomUUID()];
      const b = await startWatching(bench, id, true);
      b.bus.unwatch(id);
      b.bus.watch(later);
      await b.until(() => b.sessionIds().includes(later));
      const lists = await Promise.all(
        ['SHARDCHANNELS', 'CHANNELS'].map((kind) => bench.server?.admin('PUBSUB', kind, '*:session:*')),
      );
      expect(lists.flat()).toEqual([`epicura:1:0:${NAMESPACE}:session:${later}`]);
    });

    it('subscribe thousands of sessions at once', async () => {
      const ids = Array.from({ length: 3_500 }, () => randomUUID());
      const b = await start(bench);
      for (const id of ids) b.bus.watch(id);
      await b.until(() => b.sessionIds().length === ids.length);
      expect(new Set(b.sessionIds())).toEqual(new Set(ids));
    });
  });
}

describe.skipIf(isRedisMissing)('a bus that Redis does not let in', () => {
  it('says so in the log, and no password', async () => {
    const redis = await startRedis('user plain on >right-password ~* &* +@all');
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (line) => lines.push(line) });
    const bus = new RedisBus(redis.url.replace('//', '//plain:wrong-password@'), NAMESPACE, log);
    try {
      await bus.start(() => {});
      expect(bus.isConnected()).toBe(false);
      expect(lines.join()).toContain('WRONGPASS');
      expect(lines.join()).not.toContain('wrong-password');
    } finally {
      await bus.stop();
      await redis.stop();
    }
  });
});

/** Messages that a bus of either kind could take for its own, and must not. */
function malformed(id: string, from: string): string[] {
  const instant = '2026-11-22T20:06:52.120000Z';
  const event = [1, 'temperature', instant, instant, { temperature: 20 }];
  const withEvent = (at: number, value: unknown) => [[false, [event.with(at, value as string)]]];
  const bodies = [
    ...[1, true, 'all', {}, { a: 1 }, [1], [null], [[]], [[false]], [['false', [event]]], [[false, event]]],
    ...[0, -1, 1.5, '1', null, 1e300].map((sequence) => withEvent(0, sequence)),
    ...['weather', '', 'constructor', null, 5].map((type) => withEvent(1, type)),
    ...['', 'yesterday', '2026-11-22', null, 5].flatMap((time) => [withEvent(2, time), withEvent(3, time)]),
    ...[null, 5, 'hot', [], [20], { temperature: null }, { a: { b: 1 } }].map((load) => withEvent(4, load)),
    [[false, [event, event]]],
    [[false, [event, event.with(0, 3)]]],
  ];
  return [
    '',
    'hello',
    '{',
    'null',
    '[]',
    from,
    `${from}{`,
    ...bodies.map((body) => from + JSON.stringify(body)),
    ...[
      { s: [id], a: [] },
      { from: 5, s: [id], a: [] },
      { from, s: id, a: [] },
      { from, s: [5], a: [] },
      { from, s: [id] },
      { from, everything: 'yes' },
    ].map((message) => JSON.stringify(message)),
    from + 'x'.repeat(5_000),
  ];
}
