import bcrypt from 'bcryptjs';

// Plain JavaScript, because a worker thread loads its file itself and Node.js 20 reads no TypeScript.

/** @param {{ password: string, cost: number }} task */
export const hash = ({ password, cost }) => bcrypt.hashSync(password, cost);

/** @param {{ password: string, hash: string }} task */
export const verify = ({ password, hash }) => bcrypt.compareSync(password, hash);
