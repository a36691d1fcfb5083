import { setTimeout as sleep } from 'node:timers/promises';

// Loaded into a server before its own code, where memory is measured: on a message it collects garbage and answers with
// what is left. Needs --expose-gc.

const COLLECTIONS = 4;
const PAUSE_MS = 150;

process.on('message', async (message) => {
  if (message !== 'memory') return;
  // Some garbage is held by what a collection itself sets free: finalizers, and pages that V8 returns a little later.
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc?.();
    await sleep(PAUSE_MS);
  }
  globalThis.gc?.(); // what was allocated in the pauses
  process.send?.(process.memoryUsage());
});
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
