import { expect, test } from 'vitest';
import { progressLine } from './progress-bar.js';

test('with a known size: share, rate and the time that is left', () => {
  expect(
    progressLine({ events: 250_000, alerts: 1, bytes: 25e6, totalBytes: 100e6, elapsedMs: 2000 }),
  ).toMatchInlineSnapshot(`"[██████░░░░░░░░░░░░░░░░░░] 25%  250,000 requests  125,000/s  1 alert  6 s left"`);
});

test('without one: only what was read', () => {
  expect(progressLine({ events: 10, alerts: 0, bytes: 1e6, totalBytes: 0, elapsedMs: 0 })).toBe(
    '1.0 MB  10 requests  10,000/s  0 alerts',
  );
});
