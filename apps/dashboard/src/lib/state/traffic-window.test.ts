import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrafficWindow } from './traffic-window.js';

function point(second: number, requests = second) {
  return { atMs: second * 1000, requests, errors: 1, loginsFailed: 2, loginsSucceeded: 3 };
}

describe('TrafficWindow', () => {
  it('keeps each second once, in order, with holes where nothing is known', () => {
    const window = new TrafficWindow(5);
    window.add([point(103), point(101)]);
    window.add([point(103, 7), point(104)]);
    expect(window.columns()).toMatchObject({
      at: [100, 101, 102, 103, 104],
      requests: [null, 101, null, 7, 104],
    });
  });

  it('gives the mean of the newest seconds that are known', () => {
    const window = new TrafficWindow(60);
    expect(window.rates(5)).toBeNull();
    window.add([point(1, 1000), point(10, 10), point(12, 20)]);
    expect(window.rates(5)).toEqual({ requests: 15, errors: 1, loginsFailed: 2, loginsSucceeded: 3 });
  });

  it('knows when the newest request came', () => {
    const window = new TrafficWindow(60);
    expect(window.newestMs).toBeNull();
    window.add([point(10), point(12), point(13, 0)]);
    expect(window.newestMs).toBe(13_000);
  });

  it('never holds more than its seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1 }), (seconds) => {
        const window = new TrafficWindow(30);
        for (const second of seconds) window.add([point(second)]);
        const { at, requests } = window.columns();
        expect(at).toHaveLength(30);
        expect(at.at(-1)).toBe(Math.max(...seconds));
        expect(requests.at(-1)).toBe(Math.max(...seconds));
      }),
    );
  });
});
