/**
 * A process with one bus, that must end by itself once the bus has stopped. Arguments: `postgres` or `redis`, the URL,
 * and when to stop: when it was `connected`, when it is `cut` silently, or while it is `connecting`. Asks for what the
 * test has to do in lines on standard output, and goes on at each line on standard input.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { pino } from 'pino';
import { PostgresBus } from '../../src/live/bus/postgres-bus.js';
import { RedisBus } from '../../src/live/bus/redis-bus.js';

async function run(driver: string, url: string, when: string): Promise<void> {
  const log = pino({ level: 'silent' });
  const bus = driver === 'postgres' ? new PostgresBus(url, log) : new RedisBus(url, 'a child', log);
  const started = bus.start(() => {});
  if (when !== 'connecting') await started;
  const publish = () => bus.publish({ sessions: [], applianceIds: [randomUUID()] });
  bus.watch(randomUUID());
  publish();
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  publish();
  await bus.stop();
  await started;
  process.stdin.destroy();
  process.stdout.write('stopped\n');
}

run(process.argv[2] ?? '', process.argv[3] ?? '', process.argv[4] ?? '').catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
