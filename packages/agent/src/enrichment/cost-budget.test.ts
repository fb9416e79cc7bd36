import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CostBudget } from './cost-budget.js';

test('at rest there is time for what comes, and what waits is bounded', () => {
  const budget = new CostBudget();
  for (let second = 0; second < 100; second++) {
    budget.credit(second * 1_000);
    expect(budget.isOpen).toBe(true);
    budget.charge(900);
  }
  budget.credit(1e9);
  budget.charge(10_001);
  expect(budget.isOpen).toBe(false);
});

test('under load half a microsecond a request and a thousandth of the time is spent, whatever a look costs', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 200 }), (costUs, gapUs) => {
      const budget = new CostBudget();
      const requests = 20_000;
      let spentUs = 0;
      for (let i = 0; i < requests; i++) {
        budget.credit((i * gapUs) / 1_000);
        if (!budget.isOpen) continue;
        budget.charge(costUs);
        spentUs += costUs + 0.4;
      }
      const earnedUs = 10_000 + requests * (0.5 + gapUs / 1_000);
      expect(spentUs).toBeLessThanOrEqual(earnedUs + costUs);
      expect(spentUs).toBeGreaterThanOrEqual(Math.min(earnedUs - 10_000 - costUs, requests * costUs) * 0.99);
    }),
    { numRuns: 30 },
  );
});

test('requests that end out of order earn no time twice', () => {
  const budget = new CostBudget();
  budget.credit(0);
  budget.charge(10_100);
  for (let i = 0; i < 10; i++) {
    budget.credit(50);
    budget.credit(40);
  }
  expect(budget.isOpen).toBe(false);
});
