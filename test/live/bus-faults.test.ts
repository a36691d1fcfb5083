import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Ear,
  flush,
  listen,
  makeChange,
  publishChange,
  SERVER_DRIVERS,
  type ServerBench,
} from './bus-kit.js';

/** A heartbeat every 2 s, 2 s to answer it, and a little for a busy machine. */
const FOUND_MS = 5_000;
/** An attempt that hangs takes 3 s, the longest pause after it 2 s. */
const REPAIRED_MS = 8_000;
/** Where each of some ten answers takes more than a second. */
const SLOWLY_REPAIRED_MS = 20_000;

for (const { name, isMissing, carriesEvents, isVariant, start } of SERVER_DRIVERS) {
  describe.skipIf(isMissing)(`a bus in trouble (${name})`, () => {
    const id = randomUUID();
    let bench: ServerBench;
    let a: Ear;
    let b: Ear;

    beforeEach(async () => {
      bench = await start();
      a = await listen(bench.create());
      b = await listen(bench.create());
      b.bus.watch(id);
      if (carriesEvents) await b.until(() => b.sessionIds().includes(id));
      b.forget();
    });
    afterEach(async () => {
      await Promise.all([a.bus.stop(), b.bus.stop()]);
      await bench.stop();
    });

    /** Both were lost and are back: they look at everything, and hear each other, of what they watch too. */
    async function expectRecovery() {
      await b.until(() => b.everything() > 0, REPAIRED_MS);
      await expect
        .poll(() => a.bus.isConnected() && b.bus.isConnected(), { timeout: REPAIRED_MS })
        .toBe(true);
      b.forget();
      publishChange(a.bus, makeChange(id, 100));
      await flush(a.bus, b);
      expect(b.sessionIds()).toEqual([id]);
      expect(b.changes()).toHaveLength(carriesEvents ? 1 : 0);
      expect(a.bus.stats.reconnects).toBeGreaterThan(0);
      expect(b.bus.stats.reconnects).toBeGreaterThan(0);
    }

    it('finds back when the server ends its connections', async () => {
      await bench.killConnections();
      await expectRecovery();
    });

    it('finds back when its connections break', async () => {
      bench.proxy.cut();
      await expectRecovery();
    });

    it.skipIf(isVariant)('finds back however slowly the server answers, as long as it does', async () => {
      bench.proxy.delay(1_200); // a handshake is more than three answers
      bench.proxy.cut();
      await expect
        .poll(() => Math.min(a.bus.stats.reconnects, b.bus.stats.reconnects), { timeout: SLOWLY_REPAIRED_MS })
        .toBeGreaterThan(0);
    });

    it.runIf(name !== 'PostgreSQL')('finds back when the server stops and starts', async () => {
      await bench.server?.stop();
      await expect.poll(() => a.bus.isConnected() || b.bus.isConnected()).toBe(false);
      await bench.server?.start();
      await expectRecovery();
    });

    it.skipIf(isVariant)('notices within seconds that it is silently cut, and finds back', async () => {
      bench.proxy.swallow();
      const cutAt = performance.now();
      await expect
        .poll(() => a.bus.isConnected() || b.bus.isConnected(), { timeout: FOUND_MS, interval: 20 })
        .toBe(false);
      expect(performance.now() - cutAt).toBeLessThan(FOUND_MS);
      bench.proxy.repair();
      await expectRecovery();
    });

    it.skipIf(isVariant)(
      'drops what is published without a connection, and says nothing of it later',
      async () => {
        await bench.server?.stop();
        if (!bench.server) bench.proxy.swallow();
        await expect
          .poll(() => a.bus.isConnected() || b.bus.isConnected(), { timeout: FOUND_MS })
          .toBe(false);
        const { dropped, sent } = a.bus.stats;
        for (let i = 1; i <= 100; i++) publishChange(a.bus, makeChange(id, i));
        expect(a.bus.stats).toMatchObject({ dropped: dropped + 100, sent });
        await bench.server?.start();
        bench.proxy.repair();
        await expectRecovery(); // hears of one publication, the last
      },
    );

    it.skipIf(isVariant)(
      'keeps little in memory, and sends little, while the server does not answer',
      async () => {
        bench.proxy.swallow();
        const heapBefore = heapBytes();
        publishChange(a.bus, makeChange(id, 1));
        await new Promise((resolve) => setImmediate(resolve)); // now a message is under way
        const publishMany = (count: number) => {
          for (let i = 0; i < count; i++) {
            a.bus.publish({ sessions: [makeChange(randomUUID(), 1, 5)], applianceIds: [randomUUID()] });
          }
        };
        publishMany(20_000); // in one turn, in which nobody can notice that the connection is cut
        expect(heapBytes() - heapBefore).toBeLessThan(10_000_000); // all of it takes more than 30 MB
        for (let turn = 0; turn < 20; turn++) {
          publishMany(100);
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(bench.proxy.swallowedBytes()).toBeLessThan(1_000_000);
        await expect.poll(() => a.bus.isConnected(), { timeout: FOUND_MS }).toBe(false);
        bench.proxy.repair();
        await expectRecovery();
      },
    );

    it.skipIf(isVariant).each(['connected', 'cut', 'connecting'])(
      'leaves nothing behind when it stops: %s',
      async (when) => {
        if (when === 'connecting') bench.proxy.swallow();
        const script = path.join(import.meta.dirname, 'bus-child.ts');
        const args = ['--import', 'tsx', script, bench.driver, bench.proxy.through(bench.url), when];
        const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
        const exited = once(child, 'exit');
        try {
          await once(child.stdout, 'data');
          if (when === 'cut') bench.proxy.swallow();
          child.stdin.write('stop\n');
          await once(child.stdout, 'data');
          const stoppedAt = performance.now();
          const [code] = (await exited) as [number | null];
          expect(code).toBe(0);
          expect(performance.now() - stoppedAt).toBeLessThan(1_000); // a timer or socket would have kept it
        } finally {
          child.kill('SIGKILL');
        }
      },
    );

    it.skipIf(isVariant)(
      'starts without its server, within seconds, and is there when the server is',
      async () => {
        await bench.server?.stop();
        bench.proxy.swallow();
        const bus = bench.create();
        const ear = await listen(bus);
        try {
          expect(bus.isConnected()).toBe(false);
          expect(ear.wakes).toEqual([]);
          publishChange(bus, makeChange(id, 1));
          await bench.server?.start();
          bench.proxy.repair();
          await ear.until(() => ear.everything() > 0, REPAIRED_MS);
          expect(bus.isConnected()).toBe(true);
          expect(bus.stats).toEqual({ sent: 0, received: 0, reconnects: 0, dropped: 1 });
        } finally {
          await bus.stop();
        }
      },
    );
  });
}

function heapBytes(): number {
  setFlagsFromString('--expose_gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
