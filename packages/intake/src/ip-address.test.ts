import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { canonicalAddress, isInternalAddress } from './ip-address.js';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:443', '192.0.2.1'],
  [' 192.0.2.1 ', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:0201', '192.0.2.1'],
  ['[::ffff:192.0.2.1]:8080', '192.0.2.1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::1', '::1'],
  ['', ''],
  ['unknown', ''],
  ['example.com', ''],
  ['192.0.2', ''],
  ['192.0.2.256', ''],
  ['192.0.2.01', ''],
  ['0x7f.0.0.1', ''],
  ['192.0.2.1.5', ''],
  ['192.0.2.1:99999999', ''],
  ['[2001:db8::1', ''],
  ['2001:db8::1::2', ''],
  ['1'.repeat(500), ''],
])('%s → “%s”', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical);
});

test('agrees with ipaddr.js on every address, and is a fixed point', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const canonical = canonicalAddress(text);
      expect(canonical).not.toBe('');
      expect(ipaddr.process(canonical).toNormalizedString()).toBe(ipaddr.process(text).toNormalizedString());
      expect(canonicalAddress(canonical)).toBe(canonical);
    }),
    { numRuns: 2000 },
  );
});

test('internal addresses', () => {
  for (const text of [
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    '127.0.0.1',
    '100.64.0.1',
    '::1',
    'fd00::1',
    'fe80::1',
  ]) {
    expect(isInternalAddress(text)).toBe(true);
  }
  for (const text of ['203.0.113.1', '8.8.8.8', '2001:4860::1', '']) expect(isInternalAddress(text)).toBe(false);
});
