import { expect, test } from 'vitest';
import { addressUnit, prefixesOf } from './address.js';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.0/24', '203.0.113.0/24'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::'],
  ['2001:db8:1:2::/64', '2001:db8:1:2::'],
  ['2001:db8::1', '2001:db8:0:0::'],
  ['2001:0db8:0001:0203::/56', '2001:db8:1:200::/56'],
  ['2001:db8:1::/48', '2001:db8:1::/48'],
])('%s counts as %s', (address, unit) => {
  expect(addressUnit(address)).toBe(unit);
});

test('a unit is in its prefixes', () => {
  expect(prefixesOf('203.0.113.7')).toEqual(['203.0.113.0/24']);
  expect(prefixesOf('2001:db8:1:203::')).toEqual(['2001:db8:1::/48', '2001:db8:1:200::/56']);
});
