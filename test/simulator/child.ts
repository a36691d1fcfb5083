import { startSimulator } from '../../src/simulator/simulator.js';
import { HASTE } from './haste.js';

/** A simulator in a process of its own, for tests that kill it: `child.ts <url> <stateDir>`. */

const [url = '', stateDir = ''] = process.argv.slice(2);
const silent = () => {};
const simulator = startSimulator({
  ...{ url, stateDir, speed: 400, timing: HASTE },
  robots: [{ deviceId: 'EPIC-001', serialNumber: 'SN-1', token: 'epd_valid' }],
  log: { info: silent, warn: silent, error: silent },
});
// Nothing ends the process but an event loop that has nothing left to do.
process.on('SIGTERM', () => void simulator.stop());
