import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { Addresses } from './address.js';

const addresses = new Addresses(7);

describe('addresses', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7', '203.0.113.0/24'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64', '2001:db8:1::/56'],
    ['2001:db8:1:1ff:3:4:5:6', '2001:db8:1:1ff::/64', '2001:db8:1:100::/56'],
    ['::1', '::/64', '::/56'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64', '0:2:3::/56'],
    ['::ffff:203.0.113.7', '203.0.113.7', '203.0.113.0/24'],
    ['not an address', 'not an address', 'not an address'],
    ['1::2::3', '1::2::3', '1::2::3'],
    ['2001:db8::', '2001:db8::/64', '2001:db8::/56'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64', '1:2:3::/56'],
    ['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8:9'],
    ['1:2:3:', '1:2:3:', '1:2:3:'],
    ['203.0.113.7.1', '203.0.113.7.1', '203.0.113.7.1'],
  ])('%s is %s in %s', (text, label, prefixLabel) => {
    expect(addresses.read(text)).toMatchObject({ label, prefixLabel });
  });

  test('of one /64 share their key, of one /56 their network, others neither', () => {
    const parts = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const read = (groups: number[]) => structuredClone({ ...addresses.read(new ipaddr.IPv6(groups).toString()) });
        const [left, right] = [read(one), read([...one.slice(0, 4), ...other.slice(4)])];
        expect(left.key).toEqual(right.key);
        const neighbour = read([...one.slice(0, 3), one[3]! ^ 1, ...other.slice(4)]);
        expect(neighbour.key).not.toEqual(left.key);
        expect(neighbour.prefix).toEqual(left.prefix);
        expect(read([...one.slice(0, 3), one[3]! ^ 0x100, ...other.slice(4)]).prefix).not.toEqual(left.prefix);
      }),
    );
  });
});
