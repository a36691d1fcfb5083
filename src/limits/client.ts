import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { TrustedProxies } from '../config.js';

/** Whoever has no address: a connection that is gone, or is none of the network. */
const NOWHERE = 'unknown';

/** Where a request comes from. */
export interface Client {
  /** What it is counted by: an IPv4 address, or the /64 network of an IPv6 address, which is one customer's. */
  readonly address: string;
}

/** Finds the clients behind the proxies that are trusted. */
export class Clients {
  readonly #isTrusted: (address: string, passed: number) => boolean;

  constructor(proxies: TrustedProxies) {
    this.#isTrusted =
      'hops' in proxies ? (_address, passed) => passed < proxies.hops : within(proxies.networks);
  }

  /** The client of a request; its address is worked out when somebody asks. */
  of(request: IncomingMessage): Client {
    return new LazyClient(this, request.socket.remoteAddress, request.headers['x-forwarded-for']);
  }

  /**
   * The address of a connection from `remote` that was forwarded for these others. Each proxy adds at the end who called
   * it, so it is the rightmost that no trusted proxy has; what stands further left may be anybody's invention.
   */
  addressOf(remote: string | undefined, forwardedFor: string | undefined): string {
    let address = readAddress(remote ?? '');
    if (address === undefined) return NOWHERE;
    if (forwardedFor !== undefined) {
      const callers = forwardedFor.split(',');
      for (let passed = 0; this.#isTrusted(address, passed); passed += 1) {
        const caller = readAddress(callers.pop()?.trim() ?? '');
        if (caller === undefined) break;
        address = caller;
      }
    }
    return isIPv4(address) ? address : networkOf(address);
  }
}

class LazyClient implements Client {
  readonly #clients: Clients;
  readonly #remote: string | undefined;
  readonly #forwardedFor: string | undefined;
  #address: string | undefined;

  constructor(clients: Clients, remote: string | undefined, forwardedFor: string | string[] | undefined) {
    this.#clients = clients;
    this.#remote = remote;
    this.#forwardedFor = Array.isArray(forwardedFor) ? forwardedFor.join() : forwardedFor;
  }

  get address(): string {
    this.#address ??= this.#clients.addressOf(this.#remote, this.#forwardedFor);
    return this.#address;
  }
}

function within(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** An address without what some systems write around it: a port, brackets, a zone, `::ffff:` before an IPv4 address. */
function readAddress(text: string): string | undefined {
  const bare = (/^\[(.+)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text).replace(
    /%.*$/,
    '',
  );
  const address = /^::ffff:([\d.]+)$/i.exec(bare)?.[1] ?? bare;
  return isIP(address) === 0 ? undefined : address;
}

/** The first four of an IPv6 address's eight groups. */
function networkOf(address: string): string {
  const [head = '', tail] = address.replace(/[\d.]+\.\d+$/, '0:0').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
