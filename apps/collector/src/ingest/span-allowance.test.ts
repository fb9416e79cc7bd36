import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpanAllowance } from './span-allowance.js';

const DAY_MS = 86_400_000;
const limits = (over: object) => ({ spansPerSecond: null, burst: null, spansPerDay: null, ...over });

test('a body larger than what is left is taken; the debt is paid before the next', () => {
  const allowance = new SpanAllowance(limits({ spansPerSecond: 100, burst: 200 }), 0);
  expect(allowance.check(0).ok).toBe(true);
  allowance.charge(500, 0);
  expect(allowance.check(0)).toMatchObject({ ok: false, retryAfterS: 4, limit: '100 spans a second' });
  expect(allowance.check(2_900).ok).toBe(false);
  expect(allowance.check(3_010).ok).toBe(true);
});

test('what was not taken is given back', () => {
  const allowance = new SpanAllowance(limits({ spansPerSecond: 1, burst: 5, spansPerDay: 5 }), 0);
  allowance.charge(5, 0);
  expect(allowance.check(0).ok).toBe(false);
  allowance.charge(-5, 0);
  expect(allowance.check(0).ok).toBe(true);
  expect(allowance.today.spans).toBe(0);
});

test('the quota of a day ends with the day, and outlives a restart within it', () => {
  const noon = DAY_MS / 2;
  const allowance = new SpanAllowance(limits({ spansPerDay: 1_000 }), noon);
  allowance.charge(1_000, noon);
  expect(allowance.check(noon)).toMatchObject({ ok: false, retryAfterS: noon / 1000, limit: '1000 spans a day' });
  const restarted = new SpanAllowance(limits({ spansPerDay: 1_000 }), noon, allowance.today);
  expect(restarted.check(noon).ok).toBe(false);
  expect(restarted.check(DAY_MS).ok).toBe(true);
  expect(restarted.spansOn(DAY_MS)).toBe(0);
});

test('without limits all is allowed, and counted', () => {
  const allowance = new SpanAllowance(limits({}), 0);
  allowance.charge(1e9, 0);
  expect(allowance.check(0).ok).toBe(true);
  expect(allowance.spansOn(0)).toBe(1e9);
});

test('whoever asks first never sends more than burst, rate and one body, whatever the clock does', () => {
  const step = fc.record({ afterMs: fc.integer({ min: -5_000, max: 5_000 }), spans: fc.integer({ min: 1, max: 300 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const allowance = new SpanAllowance(limits({ spansPerSecond: 100, burst: 300 }), 0);
      let nowMs = 0;
      let forwardMs = 0;
      let sent = 0;
      for (const { afterMs, spans } of steps) {
        nowMs += afterMs;
        forwardMs += Math.max(0, afterMs);
        if (!allowance.check(nowMs).ok) continue;
        allowance.charge(spans, nowMs);
        sent += spans;
      }
      expect(sent).toBeLessThanOrEqual(300 + (forwardMs / 1000) * 100 + 300);
    }),
  );
});
