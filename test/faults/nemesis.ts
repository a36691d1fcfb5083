import { setTimeout as sleep } from 'node:timers/promises';
import { drawInteger, type Random } from '../../src/kitchen/random.js';
import type { TcpProxy } from '../_util/proxy.js';
import type { TestCluster } from './cluster.js';
import type { Device } from './device.js';
import type { History } from './history.js';
import type { Instance } from './instance.js';
import type { Fault } from './plan.js';
import type { TestRedis } from './redis.js';

const HOUR_MS = 3_600_000;
/** A server that has lost its database may take so long to say so. */
const NOTICE_MS = 2_500;

/** All that can be broken. */
export interface Victims {
  cluster: TestCluster;
  redis: TestRedis | undefined;
  instances: readonly Instance[];
  /** To PostgreSQL for LISTEN: one for each instance. */
  proxies: readonly TcpProxy[];
  devices: readonly Device[];
  history: History;
  random: Random;
}

/** Lets a fault happen, to its end: what was stopped runs again, or is being started. Returns what it did, in words. */
export async function strike(fault: Fault, victims: Victims): Promise<string> {
  const { cluster, redis, random, history } = victims;
  const struck = fault.instances.map((i) => victims.instances[i] as Instance);
  const names = struck.map(({ name }) => name).join(' and ');
  const seconds = `${(fault.durationMs / 1000).toFixed(1)} s`;
  const killServers = () => {
    for (const instance of struck) instance.kill();
  };
  switch (fault.kind) {
    case 'kill-server':
      killServers();
      return `killed ${names}`;
    case 'kill-postgres':
    case 'kill-both': {
      await cluster.kill(killServers);
      await sleep(fault.durationMs);
      await cluster.start();
      return `killed ${['all of PostgreSQL', ...struck.map(({ name }) => name)].join(' and ')}, back after ${seconds}`;
    }
    case 'restart-postgres':
      await cluster.stop();
      await sleep(fault.durationMs);
      if (fault.durationMs > NOTICE_MS) await expectUnready(victims.instances, history);
      await cluster.start();
      return `stopped PostgreSQL in order for ${seconds}`;
    case 'cut-connections':
      return `cut all ${await cluster.cutConnections()} connections to PostgreSQL`;
    case 'cut-listen': {
      const cut = fault.instances.map((i) => cutSilently(victims.proxies[i]));
      return `cut LISTEN of ${names} silently (${cut.join(' and ')} connections)`;
    }
    case 'freeze-server':
      for (const instance of struck) instance.freeze();
      await sleep(fault.durationMs);
      for (const instance of struck) instance.thaw();
      return `froze ${names} for ${seconds}`;
    case 'shift-clocks': {
      const hours = victims.devices.map(() => drawInteger(random, -10, 10));
      victims.devices.forEach((device, i) => {
        device.skewMs = (hours[i] as number) * HOUR_MS;
      });
      return `set the devices' clocks off by ${hours.join(', ')} hours`;
    }
    case 'restart-redis':
      await redis?.kill();
      await sleep(fault.durationMs);
      await redis?.start();
      return `killed Redis, back after ${seconds}`;
  }
}

/** `/ready` must tell the truth while the database is away. */
async function expectUnready(instances: readonly Instance[], history: History): Promise<void> {
  for (const instance of instances) {
    if (await instance.isReady())
      history.incident(`${instance.name} says that it is ready without PostgreSQL`);
  }
}

/** Cuts the present connections for good; new ones work. Returns how many there were. */
function cutSilently(proxy: TcpProxy | undefined): number {
  const count = proxy?.swallow() ?? 0;
  proxy?.repair();
  return count;
}
