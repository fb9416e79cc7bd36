import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BloomGenerations } from './bloom.js';
import { addDistinct, countDistinct, newDistinct } from './distinct.js';
import { hashText, mixKeys, newKey } from './hash.js';
import { PeerVolumes } from './peer-volumes.js';

function keyOf(text: string) {
  const key = newKey();
  hashText(text, 7, key);
  return key;
}

describe('distinct count', () => {
  test('is exact up to 64, whatever the order and repetitions', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 64 }), (values) => {
        const distinct = newDistinct();
        for (const value of [...values, ...values]) addDistinct(distinct, value);
        expect(countDistinct(distinct)).toBe(new Set(values.map((value) => value | 0)).size);
      }),
    );
  });

  test.each([200, 1_000, 10_000, 200_000])('is within four standard errors for %d', (size) => {
    const distinct = newDistinct();
    for (let i = 0; i < size; i++) addDistinct(distinct, keyOf(`item-${i}`).lo);
    expect(Math.abs(countDistinct(distinct) / size - 1)).toBeLessThan(4 * 0.0325);
  });
});

describe('Bloom generations', () => {
  const options = { name: 't', keys: 1_000, generations: 2, generationMs: 100 };

  test('never forget within one generation', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 500 }), fc.nat(99), (texts, laterMs) => {
        const filter = new BloomGenerations(options);
        for (const text of texts) filter.add(keyOf(text), 0);
        filter.add(keyOf('later'), laterMs);
        for (const text of texts) expect(filter.has(keyOf(text))).toBe(true);
      }),
    );
  });

  test('forget after their time, and rarely claim what they never saw', () => {
    const filter = new BloomGenerations(options);
    for (let i = 0; i < 1_000; i++) filter.add(keyOf(`old-${i}`), 0);
    const claimed = Array.from({ length: 2_000 }, (_, i) => filter.has(keyOf(`other-${i}`))).filter(Boolean).length;
    expect(claimed).toBeLessThan(2_000 * 0.03);
    filter.add(keyOf('a'), 150);
    filter.add(keyOf('b'), 300);
    expect(filter.has(keyOf('old-1'))).toBe(false);
    expect(filter.has(keyOf('a'))).toBe(true);
  });

  test.each([0, 1])('grows with what it holds, within its bound, and forgets nothing by it (%d ms a key)', (stepMs) => {
    const filter = new BloomGenerations({ name: 't', keys: 100_000, generations: 2, generationMs: 1e9 });
    const bytes: number[] = [];
    for (let i = 0; i < 1_000_000; i++) {
      filter.put(keyOf(`key-${i}`), i * stepMs);
      if (i % 1_000 === 0) bytes.push(filter.stats().bytes);
      if (i === 50_000) for (let j = 0; j <= i; j += 7) expect(filter.has(keyOf(`key-${j}`))).toBe(true);
    }
    expect(bytes[0]).toBeLessThan(filter.stats().maxBytes / 50);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(filter.stats().maxBytes);
    expect(Math.max(...bytes)).toBeGreaterThan(filter.stats().maxBytes / 2);
    expect(filter.stats().keys).toBeLessThanOrEqual(filter.stats().maxKeys);
  });

  test('a full generation ends early instead of claiming everything', () => {
    const filter = new BloomGenerations({ ...options, generationMs: 1e12 });
    for (let i = 0; i < 20_000; i++) filter.add(keyOf(`key-${i}`), i);
    expect(filter.forcedRotations).toBeGreaterThan(0);
    const claimed = Array.from({ length: 1_000 }, (_, i) => filter.has(keyOf(`other-${i}`))).filter(Boolean).length;
    expect(claimed).toBeLessThan(150);
  });
});

test('keys of 300,000 texts and pairs do not collide, and use all bits', () => {
  const seen = new Set<string>();
  const scratch = newKey();
  const first = keyOf('shop');
  let ones = 0;
  for (let i = 0; i < 300_000; i++) {
    mixKeys(3, first, keyOf(String(i)), scratch);
    seen.add(`${scratch.hi},${scratch.lo}`);
    ones += (scratch.lo >>> 17) & 1;
  }
  expect(seen.size).toBe(300_000);
  expect(Math.abs(ones / 300_000 - 0.5)).toBeLessThan(0.01);
});

test('quantiles of volumes are within a bin of the true ones', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 20, maxLength: 300 }), (values) => {
      const volumes = new PeerVolumes();
      for (const value of values) volumes.add(value);
      const sorted = values.toSorted((left, right) => left - right);
      const median = sorted[Math.ceil(values.length / 2) - 1]!;
      expect(volumes.quantile(0.5)).toBeGreaterThanOrEqual(median - 1e-6);
      expect(1 + volumes.quantile(0.5)).toBeLessThanOrEqual((1 + median) * 2 ** (1 / 4) * 1.000001);
    }),
  );
});
