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

/** What the library makes of an address: the oracle. */
function expected(text: string): string {
  if (!ipaddr.IPv6.isValid(text)) return '';
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

test('an IPv6 address in any plain notation comes out as the library writes it', () => {
  const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff));
  const written = fc
    .record({
      groups: fc.array(group, { minLength: 8, maxLength: 8 }),
      gap: fc.nat(8),
      pad: fc.boolean(),
      upper: fc.boolean(),
    })
    .map(({ groups, gap, pad, upper }) => {
      const texts = groups.map((value) => (pad ? value.toString(16).padStart(4, '0') : value.toString(16)));
      let end = gap;
      while (end < 8 && groups[end] === 0) end++;
      const text = end - gap >= 1 ? `${texts.slice(0, gap).join(':')}::${texts.slice(end).join(':')}` : texts.join(':');
      return upper ? text.toUpperCase() : text;
    });
  fc.assert(
    fc.property(written, (text) => {
      expect(canonicalAddress(text)).toBe(expected(text));
    }),
    { numRuns: 2000 },
  );
});

test('what is no address gives nothing, whatever it resembles', () => {
  const piece = fc.constantFrom(
    '::',
    ':',
    'a',
    '1',
    'ffff',
    '12345',
    'g',
    '0',
    '.',
    '::ffff:',
    '1.2.3.4',
    '%',
    '2001:db8',
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (hostile) => {
      const canonical = canonicalAddress(hostile);
      expect(canonical === '' || ipaddr.isValid(canonical)).toBe(true);
      if (!/[%.]/.test(hostile) && (hostile.match(/:/g)?.length ?? 0) > 1) expect(canonical).toBe(expected(hostile));
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['::ffff:c000:207', '192.0.2.7'],
  ['::', '::'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
])('%s is written %s', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical);
});
