/** Every limit that protects the server from strangers, in one place. */

/** So many in so many seconds, which begin with the first. `what` is how people are told. */
export interface Rate {
  most: number;
  seconds: number;
  what: string;
}

/** The life of a pairing code. */
const CODE_SECONDS = 600;

/** Where somebody may be guessing: counted over all instances. */
export const TRIES = {
  loginOfAddress: { most: 10, seconds: 60, what: 'sign-ins' },
  loginOfEmail: { most: 10, seconds: 60, what: 'sign-ins' },
  registrationOfAddress: { most: 10, seconds: 60, what: 'registrations' },
  registrationOfEmail: { most: 10, seconds: 60, what: 'registrations' },
  passwordOfPerson: { most: 10, seconds: 60, what: 'tries of the password' },
  refreshOfAddress: { most: 60, seconds: 60, what: 'exchanges of tokens' },
  pairingOfPerson: { most: 5, seconds: 60, what: 'pairings' },
  pairingOfAddress: { most: 30, seconds: 60, what: 'pairings' },
  wrongCodeOfPerson: { most: 10, seconds: CODE_SECONDS, what: 'wrong pairing codes' },
  wrongCodeOfAddress: { most: 50, seconds: CODE_SECONDS, what: 'wrong pairing codes' },
  /** By everybody together: with ten of the million codes on display, it takes two days to find one. */
  wrongCode: { most: 300, seconds: CODE_SECONDS, what: 'wrong pairing codes' },
} as const satisfies Record<string, Rate>;

/** What people ask for: counted over all instances where there is a Redis, else in each. */
export const REQUESTS = {
  requestOfPerson: { most: 100, seconds: 60, what: 'requests' },
  /** Of everybody there who is not signed in. */
  requestOfAddress: { most: 300, seconds: 60, what: 'requests' },
  sync: { most: 30, seconds: 60, what: 'syncs' },
} as const satisfies Record<string, Rate>;

/** Counted in each instance alone: it must cost nothing. */
export const LOCAL_REQUESTS = {
  requestOfDevice: { most: 600, seconds: 60, what: 'requests' },
  /** Bad tokens, and documents that are not fit to run. */
  nonsenseOfAddress: { most: 300, seconds: 60, what: 'bad requests' },
} as const satisfies Record<string, Rate>;

/** What may be open at once, in each instance. */
export const CAPS = {
  socketsOfAddress: 200,
  socketsOfPerson: 10,
  socketsOfDevice: 10,
  operationsOfSocket: 20,
  subscriptionsOfPerson: 50,
  subscriptionsOfDevice: 50,
  streamsOfAddress: 200,
} as const;

/** When to try again what a cap refused: nobody knows when others will have finished. */
export const CAP_RETRY_SECONDS = 10;
