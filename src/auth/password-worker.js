import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import bcrypt from 'bcryptjs';

// Plain JavaScript, because a worker thread loads its file itself and Node.js 20 reads no TypeScript.

// Hashing yields to the feeds wherever there are fewer cores than work. On Linux a niceness is a thread's own, and this is
// how a thread learns its number; elsewhere it stays as it is.
try {
  setPriority(
    Number(readlinkSync('/proc/thread-self').split('/').at(-1)),
    constants.priority.PRIORITY_BELOW_NORMAL,
  );
} catch {
  // no /proc, or not ours to set
}

/** @param {{ password: string, cost: number }} task */
export const hash = ({ password, cost }) => bcrypt.hashSync(password, cost);

/** @param {{ password: string, hash: string }} task */
export const verify = ({ password, hash }) => bcrypt.compareSync(password, hash);
