import { expect, test } from 'vitest';
import { poissonUpperBound, quantile, wilsonInterval } from './poisson.js';

// Garwood's tables, one-sided 95 %.
test.each([
  [0, 2.996],
  [1, 4.744],
  [4, 9.154],
  [12, 19.443],
  [38, 50.0],
])('at most %d events: the mean is below %d', (count, bound) => {
  expect(poissonUpperBound(count)).toBeCloseTo(bound, count === 38 ? 0 : 2);
});

test('Wilson interval of 9 in 10', () => {
  const [low, high] = wilsonInterval(9, 10);
  expect(low).toBeCloseTo(0.596, 2);
  expect(high).toBeCloseTo(0.982, 2);
});

test('quantiles interpolate', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([], 0.5)).toBeNaN();
});
