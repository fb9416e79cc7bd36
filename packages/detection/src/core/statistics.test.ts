import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { random } from '../../test/traffic.js';
import { LeastAttackedRate } from './least-attacked-rate.js';
import { binaryNats, thresholdFor } from './likelihood.js';
import { surprise, t8Tail } from './student-t.js';
import { VoteWindow } from './vote-window.js';

const HOUR_MS = 3_600_000;

test('the tail of t with eight degrees of freedom equals the integral of its density', () => {
  const density = (x: number): number => (35 / (64 * Math.SQRT2)) * (1 + (x * x) / 8) ** -4.5;
  for (const t of [0, 0.5, 1, 2, 4, 8]) {
    let sum = 0;
    const step = 0.001;
    for (let x = t + step / 2; x < 200; x += step) sum += density(x) * step;
    expect(t8Tail(t)).toBeCloseTo(sum, 7);
  }
  expect(surprise(-1)).toBe(0);
  expect(surprise(1e9)).toBeLessThan(30);
});

describe('binary evidence', () => {
  test('grows with hits, never with misses, and says nothing where hits are usual', () => {
    const share = fc.double({ min: 0.005, max: 0.45, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(200), share, (hits, others, benign) => {
        const base = binaryNats(hits, hits + others, benign);
        expect(binaryNats(hits + 1, hits + 1 + others, benign)).toBeGreaterThan(base);
        expect(binaryNats(hits, hits + others + 1, benign)).toBeLessThan(base);
        expect(binaryNats(hits, hits, 0.5)).toBe(0);
      }),
    );
  });

  test('as a CUSUM it raises no alarm in half a million benign contacts at its threshold', () => {
    const next = random(42);
    const threshold = thresholdFor(1_000_000, 1 / 15);
    let most = 0;
    for (let actor = 0; actor < 5_000; actor++) {
      let hits = 0;
      let trials = 0;
      for (let i = 0; i < 100; i++) {
        trials++;
        if (next() < 0.05) hits++;
        const sum = binaryNats(hits, trials, 0.05);
        if (sum <= 0) hits = trials = 0;
        most = Math.max(most, sum);
      }
    }
    expect(most).toBeLessThan(threshold);
  });
});

describe('least-attacked rate', () => {
  function teach(rate: LeastAttackedRate, share: (hour: number) => number): void {
    const next = random(3);
    for (let hour = 0; hour < 168; hour++) {
      for (let i = 0; i < 50; i++) rate.vote(next() < share(hour), hour * HOUR_MS + i * 60_000);
    }
  }

  test('learns a steady rate', () => {
    const rate = new LeastAttackedRate(0.5, 20);
    teach(rate, () => 0.15);
    expect(rate.rate).toBeGreaterThan(0.12);
    expect(rate.rate).toBeLessThan(0.18);
  });

  test('is not taught by an attack that fills two days of the week', () => {
    const rate = new LeastAttackedRate(0.5, 20);
    teach(rate, (hour) => (hour > 60 && hour < 108 ? 0.95 : 0.15));
    expect(rate.rate).toBeLessThan(0.2);
  });

  test('keeps its prior until there are votes', () => {
    const rate = new LeastAttackedRate(0.2, 50);
    expect(rate.rate).toBe(0.2);
    rate.vote(true, 0);
    expect(rate.rate).toBeLessThan(0.3);
  });
});

describe('vote window', () => {
  test('speaks only for many votes of many networks, and forgets', () => {
    const window = new VoteWindow(5_000, 18);
    for (let i = 0; i < 100; i++) window.vote(true, 7, i * 100);
    expect(window.failureShare(10_000)).toBe(-1);
    for (let i = 0; i < 100; i++) window.vote(i % 2 === 0, i, 10_000 + i * 100);
    expect(window.failureShare(20_000)).toBeCloseTo(0.75, 2);
    expect(window.failureShare(20_000 + 90_000)).toBe(-1);
  });
});
