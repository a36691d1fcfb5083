import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.js';
import { Clients } from '../../src/limits/client.js';

/** The address by which a request is counted. */
function addressOf(trustProxy: string, remote: string, forwardedFor?: string): string {
  return new Clients(readConfig({ TRUST_PROXY: trustProxy }).trustedProxies).addressOf(remote, forwardedFor);
}

describe('the address of a client', () => {
  it('is that of the connection where no proxy is trusted, whatever X-Forwarded-For says', () => {
    expect(addressOf('', '192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
    expect(addressOf('0', '192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
    expect(addressOf('10.0.0.0/8', '192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
  });

  it('is the rightmost that no trusted proxy has', () => {
    const chain = '203.0.113.66, 198.51.100.7, 10.1.2.3';
    expect(addressOf('10.0.0.0/8, 127.0.0.1', '127.0.0.1', chain)).toBe('198.51.100.7');
    expect(addressOf('loopback,uniquelocal', '127.0.0.1', chain)).toBe('198.51.100.7');
    expect(addressOf('loopback', '127.0.0.1', chain)).toBe('10.1.2.3');
    expect(addressOf('linklocal', '169.254.1.1', chain)).toBe('10.1.2.3');
    expect(addressOf('198.51.100.7,10.1.2.3,127.0.0.1', '127.0.0.1', chain)).toBe('203.0.113.66');
  });

  it('is the one so many proxies away', () => {
    const chain = '203.0.113.66, 198.51.100.7, 10.1.2.3';
    expect(addressOf('1', '127.0.0.1', chain)).toBe('10.1.2.3');
    expect(addressOf('2', '127.0.0.1', chain)).toBe('198.51.100.7');
    expect(addressOf('9', '127.0.0.1', chain)).toBe('203.0.113.66');
  });

  it('is that of the last proxy when what it says is no address', () => {
    for (const nonsense of ['', ' ', 'unknown', '_hidden', '203.0.113.9, evil', '1.2.3', ','.repeat(100)]) {
      expect(addressOf('loopback', '127.0.0.1', nonsense), nonsense).toBe('127.0.0.1');
    }
  });

  it('is read without port, brackets, zone and the prefix of IPv4 in IPv6', () => {
    expect(addressOf('loopback', '::ffff:127.0.0.1', '203.0.113.9:51234')).toBe('203.0.113.9');
    expect(addressOf('loopback', '::1', '[2001:db8:1:2::9]:443')).toBe('2001:db8:1:2::/64');
    expect(addressOf('', '::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(addressOf('', 'fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  });

  it('of IPv6 is the network of 64 bits that a customer gets', () => {
    for (const address of [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff:ffff:ffff:ffff',
      '2001:0DB8:0001:0002:0:0:0:1',
      '2001:db8:1:2::192.0.2.1',
    ]) {
      expect(addressOf('', address), address).toBe('2001:db8:1:2::/64');
    }
    expect(addressOf('', '2001:db8:1:3::1')).toBe('2001:db8:1:3::/64');
    expect(addressOf('', '2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(addressOf('', '::1')).toBe('0:0:0:0::/64');
    expect(addressOf('2001:db8::/32', '2001:db8::1', '2001:db9:1:2::3')).toBe('2001:db9:1:2::/64');
  });

  it('is one and the same for all connections that have none', () => {
    expect(addressOf('1', '', '203.0.113.9')).toBe('unknown');
  });
});
