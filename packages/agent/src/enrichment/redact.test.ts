import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitTarget } from '../request-target.js';
import { type MixedText, Secret } from '../span-record.js';
import { redactPath, redactQuery } from './redact.js';

/** The redacted target with every secret written `<secret>`. */
function shown(target: string, route = ''): string {
  const { path, query } = splitTarget(target);
  const text = (parts: string | MixedText) =>
    typeof parts === 'string' ? parts : parts.map((part) => (part instanceof Secret ? `<${part.raw}>` : part)).join('');
  return query === '' ? text(redactPath(path, route)) : `${text(redactPath(path, route))}?${text(redactQuery(query))}`;
}

describe('object ids, words and numbers stay', () => {
  test.each([
    '/',
    '/orders/42',
    '/orders/550e8400-e29b-41d4-a716-446655440000/items/7',
    '/products/iphone-15-pro-max-256gb-blue',
    '/articles/how-to-build-a-house-in-2024',
    '/users/507f1f77bcf86cd799439011',
    '/events/01ARZ3NDEKTSV4RRFFQ69G5FAV',
    '/getUserAccountDetailsByIdentifier',
    '/static/jquery-3.7.1.min.js',
    '/reports/2024-01-15T10:30:00.000Z',
    '/orders?page=2&per_page=50&sort=-created_at&status=open',
    '/orders?from=2024-01-15&to=2024-02-15&country_code=DE&sort_key=price',
    '/tickets?ticketId=42&user_id=7&userId=u-7&accountId=550e8400-e29b-41d4-a716-446655440000',
    '/search?q=red+shoes+size+42',
    '/orders?filter[status]=open&ids[]=1&ids[]=2',
    '/invite/accept',
    '/auth/reset/confirm',
    '/a//b/',
    '/%E4%BD%A0%E5%A5%BD',
  ])('%s', (target) => {
    expect(shown(target)).toBe(target);
  });
});

describe('secrets go', () => {
  test.each([
    ['/reset/4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c', '/reset/<4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c>'],
    ['/reset/x7k2', '/reset/<x7k2>'],
    ['/verify/918273', '/verify/<918273>'],
    ['/files/V1StGXR8_Z5jdHi6B-myT', '/files/<V1StGXR8_Z5jdHi6B-myT>'],
    ['/keys/sk_live_4eC39HqLyjWDarjtT1zdp7dc', '/keys/<sk_live_4eC39HqLyjWDarjtT1zdp7dc>'],
    ['/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig', '/x/<eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig>'],
    ['/users/bob%40example.com/orders', '/users/<bob@example.com>/orders'],
    ['/users/bob%2540example.com', '/users/<bob@example.com>'],
    ['/page;jsessionid=1A530637289A03B07199A44E8D531427', '/page;jsessionid=<1A530637289A03B07199A44E8D531427>'],
    ['/a?token=abc', '/a?token=<abc>'],
    [
      '/a?accessToken=abc&access_token=def&user[password]=ghi',
      '/a?accessToken=<abc>&access_token=<def>&user[password]=<ghi>',
    ],
    ['/a?email=bob&username=bob&phone=5551234567', '/a?email=<bob>&username=<bob>&phone=<5551234567>'],
    ['/a?q=bob@example.com', '/a?q=<bob@example.com>'],
    ['/a?next=%2Fb%3Ftoken%3Dabc', '/a?next=</b?token=abc>'],
    ['/a?bob@example.com', '/a?<bob@example.com>'],
    ['/a?sessionId=42', '/a?sessionId=<42>'],
    ['http://user:pass@host/path?x=1#frag', '/path?x=1'],
  ])('%s → %s', (target, expected) => {
    expect(shown(target)).toBe(expected);
  });

  test('a parameter of the route that names a secret, whatever it looks like', () => {
    expect(shown('/join/abc', '/join/:inviteToken')).toBe('/join/<abc>');
    expect(shown('/people/bob', '/people/{username}')).toBe('/people/<bob>');
    expect(shown('/people/42', '/people/:userId')).toBe('/people/42');
  });

  test('random tokens of every usual make', () => {
    const bytes = fc.uint8Array({ minLength: 24, maxLength: 48 }).filter((array) => new Set(array).size > 16);
    const make = fc.constantFrom<'hex' | 'base64url' | 'base64'>('hex', 'base64url', 'base64');
    let missed = 0;
    fc.assert(
      fc.property(bytes, make, (random, encoding) => {
        const token = Buffer.from(random).toString(encoding);
        if (shown(`/a/b?x=${encodeURIComponent(token)}`) !== `/a/b?x=<${token}>`) missed++;
      }),
      // A share is measured here: always over the same tokens, so that it does not pass or fail by chance.
      { numRuns: 2_000, seed: 20_260_301 },
    );
    // By shape alone a token that looks like words cannot be told; it is rare.
    expect(missed).toBeLessThan(20);
  });
});

test('a path of plain segments is taken as a whole, to the same end as segment by segment', () => {
  const segment = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_-]{0,20}$/),
    fc.uuid(),
    fc.constantFrom(
      'reset',
      'Invite',
      'orders',
      '42',
      'a1b2c3d4',
      'verify-email',
      '550e8400-e29b-41d4-a716-44665544000z',
    ),
  );
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
      const path = `/${segments.join('/')}`;
      // A dot is not of the plain kind, so that each segment is looked at.
      expect(shown(`${path}/a.b`)).toBe(`${shown(path)}/a.b`);
    }),
    { numRuns: 1_000 },
  );
});

test('any target is redacted within bounds', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
      expect(shown(url)).not.toContain('#');
    }),
  );
  for (const unit of ['a', 'eyJ', 'a@', '@', '%25', 'f0', '/', '&', '=', ';', '/a@b', 'aB3', '%', '..;/']) {
    const target = `/${unit.repeat(Math.floor(16_000 / unit.length))}`;
    expect(shown(target).length).toBeLessThan(40_000);
    shown(`/x?${target}`);
    shown(`/x?a=${target}`);
  }
});
