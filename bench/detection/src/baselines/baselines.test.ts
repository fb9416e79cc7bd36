import { expect, test } from 'vitest';
import { readPerfectly } from '../adapters/perfect-reading.js';
import { createExchange } from '../core/exchange.js';
import { fixedCounts } from './fixed-counts.js';
import { leakyBuckets } from './leaky-bucket.js';

function failure(atMs: number, account: string) {
  const exchange = createExchange(atMs, { address: '203.0.113.7', userAgent: '', fingerprint: '' }, 'visit', null);
  Object.assign(exchange, {
    method: 'POST',
    path: '/login',
    status: 401,
    spanId: String(atMs),
    authEvent: 'login',
    authIdentifier: account,
    authOutcome: 'failure',
  });
  return readPerfectly({ name: 's', host: 'h' }, exchange, 'enriched');
}

test('the leaky bucket overflows at the sixth failure in a minute and not at one in eleven seconds', () => {
  const fast = leakyBuckets();
  for (let i = 0; i < 5; i++) fast.observe(failure(i * 1000, `a${i}`));
  expect(fast.alerts()).toHaveLength(0);
  fast.observe(failure(5000, 'a5'));
  expect(fast.alerts().map((alert) => alert.type)).toEqual(['credential_stuffing']);
  const slow = leakyBuckets();
  for (let i = 0; i < 100; i++) slow.observe(failure(i * 11_000, 'one'));
  expect(slow.alerts()).toHaveLength(0);
});

test('fixed counts want 25 failures on 15 accounts', () => {
  const rules = fixedCounts();
  for (let i = 0; i < 24; i++) rules.observe(failure(i * 1000, `a${i}`));
  expect(rules.alerts()).toHaveLength(0);
  rules.observe(failure(24_000, 'a24'));
  expect(rules.alerts().map((alert) => alert.type)).toEqual(['credential_stuffing']);
});
