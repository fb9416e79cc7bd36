import { expect, test } from 'vitest';
import { AttackWatch } from './attack-watch.js';
import { clock, quantile, summaryLines } from './report.js';

test('the summary names what went unseen and what was lost', () => {
  const watch = new AttackWatch();
  watch.began({ type: 'credential_stuffing', story: 'pairs are tried', startMs: 0, sources: [], journeys: [] });
  const lines = summaryLines({
    watch,
    counts: { answered: 1200, failed: 0, unexpected: 0 },
    spansStored: 1198,
    latenciesMs: [],
  });
  expect(lines).toContain('UNSEEN  credential_stuffing: pairs are tried');
  expect(lines).toContain('Requests sent 1,200, spans stored 1,198 (difference 2)');
});

test('quantiles are of the values themselves', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile([7], 0.5)]).toEqual([50, 99, 7]);
});

test('the clock counts from the start', () => {
  expect(clock(1_000, 68_500)).toBe('+01:07');
});
