import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanHeaders } from '../request-headers.js';
import {
  canonicalAddress,
  clientAddress,
  parseAddressRange,
  parseForwarded,
  type TrustedProxies,
} from './client-address.js';

const trusting = (...texts: string[]): TrustedProxies => ({ kind: 'ranges', ranges: texts.flatMap(parseAddressRange) });

test.each([
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['127.1', ''],
  ['0x7f.0.0.1', ''],
  ['010.0.0.1', ''],
  ['localhost', ''],
  ['', ''],
])('canonical form of %s is %s', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical);
});

test.each([
  ['203.0.113.7, 10.0.0.1', ['203.0.113.7', '10.0.0.1']],
  ['203.0.113.7:4711,[2001:db8::7]:443', ['203.0.113.7', '2001:db8::7']],
  ['for=192.0.2.60;proto=http;by=203.0.113.43, for="[2001:db8:cafe::17]:4711"', ['192.0.2.60', '2001:db8:cafe::17']],
  ['for=unknown, for=_hidden, 192.0.2.1', ['', '', '192.0.2.1']],
  ["1.2.3.4' or 1=1--", ['']],
])('forwarding header %s', (header, addresses) => {
  expect(parseForwarded(header)).toEqual(addresses);
});

describe('tricks', () => {
  const proxies = trusting('10.0.0.0/8', 'loopback');
  const behind = (header: string, trusted: TrustedProxies = proxies) => clientAddress('10.0.0.1', header, trusted);
  const headers = (...lines: string[]) =>
    scanHeaders(
      lines.flatMap((line) => ['X-Forwarded-For', line]),
      '1.1',
      'x-forwarded-for',
    ).forwarded;

  test.each([
    ['the header twice, the forged one first', headers('1.1.1.1', '192.0.2.9'), '192.0.2.9'],
    ['a forged list before the real line', headers('1.1.1.1, 10.0.0.7', '192.0.2.9, 10.0.0.2'), '192.0.2.9'],
    ['empty entries', headers(', ,,', '192.0.2.9'), '192.0.2.9'],
    ['an empty entry in the proxy’s place', '192.0.2.9, ', '10.0.0.1'],
    ['a loopback address, to look like an inner call', '127.0.0.1, 192.0.2.9', '192.0.2.9'],
    ['nobody but proxies: the one furthest left', '127.0.0.1, 10.0.0.5', '127.0.0.1'],
    ['octal', '192.0.2.9, 012.0.0.1', '10.0.0.1'],
    ['hexadecimal', '192.0.2.9, 0x0a000001', '10.0.0.1'],
    ['one number', '192.0.2.9, 167772161', '10.0.0.1'],
    ['IPv4 in IPv6, to slip past a range', '192.0.2.9, ::ffff:10.0.0.3', '192.0.2.9'],
    ['the same in hexadecimal', '192.0.2.9, ::ffff:a00:3', '192.0.2.9'],
    ['a zone', 'fe80::1%eth0', 'fe80::1'],
    ['a port', '192.0.2.9:55555', '192.0.2.9'],
    ['a port that is none', '192.0.2.9:http', '10.0.0.1'],
    ['brackets and a port', '[2001:db8::9]:443', '2001:db8::9'],
    ['for=_hidden', 'for=192.0.2.9, for=_hidden', '10.0.0.1'],
    ['for=unknown', 'for=unknown', '10.0.0.1'],
    ['a quote left open by the client', 'for="1.1.1.1, for=192.0.2.9', '192.0.2.9'],
    ['a second for in the client’s own element', 'for=1.1.1.1;for=2.2.2.2, for=192.0.2.9;proto=https', '192.0.2.9'],
    ['for within another parameter', 'by="for=1.1.1.1";for=192.0.2.9', '192.0.2.9'],
    ['capitals and space', 'Proto=https; FOR = "192.0.2.9:80"', '192.0.2.9'],
    ['a line break', '1.1.1.1\n192.0.2.9', '10.0.0.1'],
    ['a null character', '192.0.2.9\0', '10.0.0.1'],
    ['digits of another script', '١٩٢.0.2.9', '10.0.0.1'],
  ])('%s', (_name, header, expected) => {
    expect(behind(header)).toBe(expected);
  });

  test('more hops than entries: the left-most, which the outermost proxy wrote', () => {
    expect(behind('192.0.2.9', { kind: 'hops', hops: 5 })).toBe('192.0.2.9');
    expect(behind('', { kind: 'hops', hops: 5 })).toBe('10.0.0.1');
  });

  test('a header from whom nobody trusts is nothing', () => {
    for (const header of ['10.0.0.1', '127.0.0.1', '192.0.2.9, 10.0.0.1']) {
      expect(clientAddress('203.0.113.5', header, proxies)).toBe('203.0.113.5');
    }
  });

  test.each([
    ['198.51.100.10:46532', '198.51.100.10'],
    ['2001:db8::1:46532', '2001:db8::1'],
    ['2001:db8:1:2:3:4:5:6:443', '2001:db8:1:2:3:4:5:6'],
    ['[2001:db8::1]:443', '2001:db8::1'],
  ])('an address with its port, as CloudFront writes it: %s', (header, expected) => {
    expect(behind(header, { kind: 'hops', hops: 1, form: 'with-port' })).toBe(expected);
  });
});

describe('client address', () => {
  test.each<[string, string, string | undefined, TrustedProxies, string]>([
    ['nobody is trusted', '203.0.113.1', '192.0.2.9', { kind: 'none' }, '203.0.113.1'],
    ['peer is not the proxy', '203.0.113.1', '192.0.2.9', trusting('10.0.0.0/8'), '203.0.113.1'],
    ['one proxy', '10.0.0.1', '192.0.2.9', trusting('10.0.0.0/8'), '192.0.2.9'],
    ['client forges entries', '10.0.0.1', '1.1.1.1, 192.0.2.9', trusting('10.0.0.0/8'), '192.0.2.9'],
    ['client forges a trusted entry', '10.0.0.1', '10.9.9.9, 192.0.2.9', trusting('10.0.0.0/8'), '192.0.2.9'],
    ['two proxies', '10.0.0.1', '1.1.1.1, 192.0.2.9, 10.0.0.2', trusting('10.0.0.0/8'), '192.0.2.9'],
    ['nonsense stops the walk', '10.0.0.1', '192.0.2.9, unknown', trusting('10.0.0.0/8'), '10.0.0.1'],
    ['mapped peer', '10.0.0.1', '::ffff:192.0.2.9', trusting('::ffff:10.0.0.0/104', '10.0.0.1'), '192.0.2.9'],
    ['IPv6 proxy', '2001:db8::1', '192.0.2.9', trusting('2001:db8::/32'), '192.0.2.9'],
    ['no header', '10.0.0.1', undefined, trusting('private'), '10.0.0.1'],
    ['one hop', '203.0.113.1', '1.1.1.1, 192.0.2.9', { kind: 'hops', hops: 1 }, '192.0.2.9'],
    ['two hops', '203.0.113.1', '1.1.1.1, 192.0.2.9, 10.0.0.2', { kind: 'hops', hops: 2 }, '192.0.2.9'],
    ['fewer entries than hops', '203.0.113.1', '192.0.2.9', { kind: 'hops', hops: 3 }, '192.0.2.9'],
    ['Unix socket', '', '192.0.2.9', { kind: 'hops', hops: 1 }, '192.0.2.9'],
  ])('%s', (_name, peer, header, trusted, expected) => {
    expect(clientAddress(peer, header, trusted)).toBe(expected);
  });

  test('what a client writes on the left never changes the answer', () => {
    const proxies = trusting('10.0.0.0/8');
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        fc.ipV4().filter((ip) => !ip.startsWith('10.')),
        (forged, real) => {
          expect(clientAddress('10.0.0.1', `${forged}, ${real}`, proxies)).toBe(canonicalAddress(real));
          expect(clientAddress('10.0.0.1', `${forged}, ${real}`, { kind: 'hops', hops: 1 })).toBe(
            canonicalAddress(real),
          );
        },
      ),
    );
  });

  test('any header gives an address in canonical form', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (header) => {
        const client = clientAddress('10.0.0.1', header, trusting('private', 'loopback'));
        expect(canonicalAddress(client)).toBe(client);
        expect(client).not.toBe('');
      }),
    );
  });

  test('a header of a megabyte costs no time', () => {
    const startedAt = performance.now();
    clientAddress('10.0.0.1', '10.0.0.1, '.repeat(100_000), trusting('10.0.0.0/8'));
    clientAddress('10.0.0.1', ';'.repeat(1_000_000), trusting('10.0.0.0/8'));
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});
