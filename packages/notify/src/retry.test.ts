import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryAfterMs, withJitter } from './retry.js';

const NOW = Date.parse('2026-03-01T00:00:00Z');

test.each([
  [null, 0],
  ['120', 120_000],
  ['0', 0],
  ['Sun, 01 Mar 2026 00:01:00 GMT', 60_000],
  ['Sat, 28 Feb 2026 00:00:00 GMT', 0],
  ['99999999999999999999', 86_400_000],
  ['-5', 0],
  ['soon', 0],
])('Retry-After %j asks for %d ms', (header, expected) => {
  expect(retryAfterMs(header, NOW)).toBe(expected);
});

test('any header gives a pause from nothing to a day', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      ),
      (header) => {
        const pause = retryAfterMs(header, NOW);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThanOrEqual(86_400_000);
      },
    ),
  );
});

test('jitter moves a delay by a fifth at most', () => {
  expect(withJitter(1000, () => 0)).toBe(800);
  expect(withJitter(1000, () => 0.5)).toBe(1000);
  expect(withJitter(1000, () => 1)).toBe(1200);
});
