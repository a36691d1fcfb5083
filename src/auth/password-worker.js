import { constants, setPriority } from 'node:os';
import process from 'node:process';
import bcrypt from 'bcryptjs';

// Plain JavaScript, because a worker thread loads its file itself and Node.js 20 reads no TypeScript.

/** Where a priority is a thread's own, passwords take what the live streams leave; elsewhere it would be the process's. */
function giveWay() {
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
}

/** @param {{ password: string, cost: number }} task */
export function hash({ password, cost }) {
  giveWay();
  return bcrypt.hashSync(password, cost);
}

/** @param {{ password: string, hash: string }} task */
export function verify({ password, hash }) {
  giveWay();
  return bcrypt.compareSync(password, hash);
}
