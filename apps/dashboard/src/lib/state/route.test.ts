import { SEVERITIES } from '@vedette/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute, type Route } from './route.js';

function parse(address: string): Route {
  return parseRoute(new URL(address, 'http://localhost'));
}

describe('the address', () => {
  it('comes back as it was written', () => {
    const route: fc.Arbitrary<Route> = fc.record({
      alertId: fc.option(
        fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }).filter((id) => !/^\.{1,2}$/.test(id)),
      ),
      filter: fc.record({
        status: fc.constantFrom('open' as const, 'closed' as const, 'all' as const),
        severity: fc.option(fc.constantFrom(...SEVERITIES)),
        text: fc.string({ maxLength: 100, unit: 'grapheme' }).map((text) => text.slice(0, 200)),
      }),
    });
    fc.assert(
      fc.property(route, (place) => {
        expect(parse(formatRoute(place))).toEqual(place);
      }),
    );
  });

  it('is short for the plain list', () => {
    expect(formatRoute(parse('/'))).toBe('/');
    expect(formatRoute(parse('/alerts/al_1'))).toBe('/alerts/al_1');
  });

  it('falls back to the plain list where it makes no sense', () => {
    const plain = parse('/');
    for (const address of ['/alerts', '/nothing/here', '/alerts/%E0%A4%A', '/?status=no&severity=fatal']) {
      expect(parse(address), address).toEqual(plain);
    }
  });

  it('takes no endless text', () => {
    expect(parse(`/?q=${'x'.repeat(5000)}`).filter.text).toHaveLength(200);
  });
});
