import { expect, test } from 'vitest';

import { trustOf, visitorAddress } from './visitor-address';

const PEER = '10.0.0.1';

test.each([
  ['', '6.6.6.6', PEER],
  ['0', '6.6.6.6, 203.0.113.9', PEER],
  ['0', '', PEER],
  ['1', '6.6.6.6, 203.0.113.9', '203.0.113.9'],
  ['2', '6.6.6.6, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
  ['2', '203.0.113.9', '203.0.113.9'],
  ['1', '', PEER],
  ['1', 'nonsense', PEER],
  ['1', '6.6.6.6, ::ffff:203.0.113.9', '203.0.113.9'],
  ['10.0.0.0/8', '6.6.6.6, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
  ['127.0.0.1, 10.0.0.1', '203.0.113.9, 10.0.0.2', '10.0.0.2'],
  ['127.0.0.1', '203.0.113.9', PEER],
  ['10.0.0.1, 2001:db8::/32', '6.6.6.6, 2001:db9::1, 2001:db8::1', '2001:db9::1'],
])('with TRUSTED_PROXIES %j, and X-Forwarded-For %j, the visitor is %s', (setting, forwardedFor, visitor) => {
  expect(visitorAddress(forwardedFor, PEER, trustOf(setting))).toBe(visitor);
});

test('the address of a connection to an IPv6 socket is written as IPv4', () => {
  expect(visitorAddress('203.0.113.9', '::ffff:10.0.0.1', trustOf('10.0.0.1'))).toBe('203.0.113.9');
  expect(visitorAddress('203.0.113.9', '::ffff:10.0.0.1', trustOf(''))).toBe(PEER);
});

test.each(['nginx', '10.0.0.0/8/8', '127.0.0.1;10.0.0.1', '-1', '10.0.0'])('TRUSTED_PROXIES=%s is refused', (setting) => {
  expect(() => trustOf(setting)).toThrow('TRUSTED_PROXIES is');
});
