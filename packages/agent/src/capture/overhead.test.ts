import { expect, test } from 'vitest';
import type { Exchange } from './exchange.js';
import { Overhead } from './overhead.js';

test('tells nothing of the first requests, and what one interrupted hook took does not count', () => {
  const overhead = new Overhead();
  const exchange = {} as Exchange;
  const measured: number[] = [];
  for (let request = 1; request <= 400; request++) {
    if (!overhead.isDue()) continue;
    measured.push(request);
    const beganMs = performance.now();
    overhead.begin(exchange, beganMs);
    expect(overhead.exchange).toBe(exchange);
    // As if every fifth had been interrupted for a second.
    overhead.end(measured.length % 5 === 0 ? performance.now() - 1_000 : performance.now());
    expect(overhead.medianUs === -1).toBe(measured.length < 3);
  }
  expect(Math.min(...measured)).toBeGreaterThan(64);
  expect(measured.length).toBeGreaterThan(20);
  expect(overhead.medianUs).toBeGreaterThanOrEqual(0);
  expect(overhead.medianUs).toBeLessThan(1_000_000);
});
