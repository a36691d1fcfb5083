import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DeviceViewer, UserViewer, Viewer } from '../auth/viewer.js';
import type { TrustedProxies } from '../config.js';
import { rateLimited } from '../errors.js';
import { type Client, Clients } from './client.js';
import { type Counter, LocalCounter, UNLIMITED } from './counter.js';
import { Slots } from './slots.js';
import type { Store } from './stores.js';
import { CAP_RETRY_SECONDS, CAPS, LOCAL_REQUESTS, REQUESTS, TRIES } from './table.js';

type Counters<T> = Record<keyof T, Counter>;
/** Gives a place back, once or more often. */
export type Release = () => void;

const NOTHING_TO_RELEASE: Release = () => {};

/**
 * The limits of `table.ts`, for whoever has something to count. What is one too many throws, or rejects with,
 * `RATE_LIMITED`. Without a store nothing is limited.
 */
export class Limits {
  readonly #clients: Clients;
  readonly #store: Store | undefined;
  readonly #tries: Counters<typeof TRIES>;
  readonly #requests: Counters<typeof REQUESTS>;
  readonly #deviceRequests: Counter;
  readonly #nonsense: LocalCounter | undefined;
  readonly #slots: Record<keyof typeof CAPS, Slots>;

  constructor(proxies: TrustedProxies, store: Store | undefined) {
    this.#clients = new Clients(proxies);
    this.#store = store;
    this.#tries = mapValues(TRIES, (rate, name) => store?.tries(name, rate) ?? UNLIMITED);
    this.#requests = mapValues(REQUESTS, (rate, name) => store?.requests(name, rate) ?? UNLIMITED);
    this.#deviceRequests = store ? new LocalCounter(LOCAL_REQUESTS.requestOfDevice) : UNLIMITED;
    this.#nonsense = store && new LocalCounter(LOCAL_REQUESTS.nonsenseOfAddress);
    this.#slots = mapValues(CAPS, (most) => new Slots(store ? most : Number.POSITIVE_INFINITY));
  }

  /** Where a request comes from. */
  clientOf(request: IncomingMessage): Client {
    return this.#clients.of(request);
  }

  /** Counts requests against the person, the device, or the address of somebody who is neither. */
  countRequest(viewer: Viewer, client: Client, requests = 1): Promise<void> | void {
    if (viewer.kind === 'device') return this.#deviceRequests.take(viewer.registrationId, requests);
    if (viewer.kind === 'user') return this.#requests.requestOfPerson.take(viewer.id, requests);
    return this.#requests.requestOfAddress.take(client.address, requests);
  }

  /** Counts a sync of the catalogue, by a device or a person. */
  async countSync(viewer: DeviceViewer | UserViewer): Promise<void> {
    await this.#requests.sync.take(keyOf(viewer));
  }

  /** Counts a try to sign in. */
  async tryLogin(client: Client, email: string): Promise<void> {
    await this.#tries.loginOfAddress.take(client.address);
    await this.#tries.loginOfEmail.take(digestOf(email));
  }

  /** Counts a try to open an account. */
  async tryRegistration(client: Client, email: string): Promise<void> {
    await this.#tries.registrationOfAddress.take(client.address);
    await this.#tries.registrationOfEmail.take(digestOf(email));
  }

  /** Counts a try of a person who is signed in to name the password. */
  async tryPassword(viewer: UserViewer): Promise<void> {
    await this.#tries.passwordOfPerson.take(viewer.id);
  }

  /** Counts a try to exchange a refresh token. */
  async tryRefresh(client: Client): Promise<void> {
    await this.#tries.refreshOfAddress.take(client.address);
  }

  /** Counts a try to pair. */
  async tryPairing(viewer: UserViewer, client: Client): Promise<void> {
    await this.#tries.pairingOfPerson.take(viewer.id);
    await this.#tries.pairingOfAddress.take(client.address);
  }

  /**
   * Counts a pairing code as wrong before anybody looks, so that tries at the same time cannot be more than there may be.
   * What it resolves with takes that back when the code was right.
   */
  async tryPairingCode(viewer: UserViewer, client: Client): Promise<() => Promise<void>> {
    const counts: [Counter, string][] = [
      [this.#tries.wrongCodeOfPerson, viewer.id],
      [this.#tries.wrongCodeOfAddress, client.address],
      [this.#tries.wrongCode, 'all'],
    ];
    for (const [counter, key] of counts) await counter.take(key);
    return async () => {
      for (const [counter, key] of counts) await counter.giveBack(key);
    };
  }

  /** Throws when so many bad requests came from there that nobody looks at another token. */
  requireSense(client: Client): void {
    this.#nonsense?.requireRoom(client.address);
  }

  /** Counts a token that is none, or a document that cannot be run. */
  countNonsense(client: Client): void {
    this.#nonsense?.take(client.address);
  }

  /** Counts the tries of a document that was refused as a whole: they were meant, though none was made. */
  countRefusedTries(
    client: Client,
    { logins, registrations }: { logins: number; registrations: number },
  ): void {
    // Nobody waits for the count, and an excess shows at the next try.
    const take = async (counter: Counter, points: number) => counter.take(client.address, points);
    if (logins > 0) take(this.#tries.loginOfAddress, logins).catch(() => {});
    if (registrations > 0) take(this.#tries.registrationOfAddress, registrations).catch(() => {});
  }

  /** A place for a socket of this address; undefined when it has too many. */
  takeSocket(client: Client): Release | undefined {
    return this.#slots.socketsOfAddress.take(client.address);
  }

  /** A place for a socket of this person or device, now that it is known; undefined when there are too many. */
  takeSocketOf(viewer: Viewer): Release | undefined {
    if (viewer.kind === 'user') return this.#slots.socketsOfPerson.take(viewer.id);
    if (viewer.kind === 'device') return this.#slots.socketsOfDevice.take(viewer.registrationId);
    return NOTHING_TO_RELEASE;
  }

  /** Throws when a socket has more operations open than it may. */
  requireFewOperations(open: number): void {
    if (this.#store && open > CAPS.operationsOfSocket) throw tooMany('operations on one socket');
  }

  /** A place for a subscription of this person or device, over whatever transport. */
  takeSubscription(viewer: Viewer): Release {
    if (viewer.kind === 'anonymous') return NOTHING_TO_RELEASE;
    const { subscriptionsOfPerson, subscriptionsOfDevice } = this.#slots;
    const slots = viewer.kind === 'user' ? subscriptionsOfPerson : subscriptionsOfDevice;
    return orThrow(slots.take(keyOf(viewer)), 'subscriptions');
  }

  /** A place for a stream of server-sent events: a subscription, and a connection of its address. */
  takeStream(viewer: Viewer, client: Client): Release {
    const releaseStream = orThrow(this.#slots.streamsOfAddress.take(client.address), 'streams');
    try {
      const releaseSubscription = this.takeSubscription(viewer);
      return () => {
        releaseStream();
        releaseSubscription();
      };
    } catch (error) {
      releaseStream();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#store?.close();
  }
}

function keyOf(viewer: DeviceViewer | UserViewer): string {
  return viewer.kind === 'user' ? viewer.id : viewer.registrationId;
}

/** Stores get no e-mail address to keep. */
function digestOf(email: string): string {
  return createHash('sha256').update(email).digest('base64url');
}

function orThrow(release: Release | undefined, what: string): Release {
  if (!release) throw tooMany(what);
  return release;
}

function tooMany(what: string): Error {
  return rateLimited(`open ${what}`, CAP_RETRY_SECONDS);
}

function mapValues<K extends string, V, T>(
  values: Record<K, V>,
  map: (value: V, name: K) => T,
): Record<K, T> {
  const entries = (Object.keys(values) as K[]).map((name) => [name, map(values[name], name)]);
  return Object.fromEntries(entries) as Record<K, T>;
}
