import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Key } from './hash.js';
import { KeyTable } from './key-table.js';

const DAY_MS = 86_400_000;

/** Few distinct keys with colliding low lanes, so that probing and removal meet. */
function key(n: number): Key {
  return { hi: n, lo: n % 7 };
}

function table(maxKeys: number) {
  return new KeyTable({ name: 't', maxKeys, ttlMs: DAY_MS, columns: { count: 'u32', weight: 'f64' } });
}

test('behaves like a Map while there is room', () => {
  const step = fc.record({ key: fc.integer({ min: 0, max: 60 }), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const rows = table(1_000);
      const model = new Map<number, number>();
      for (const one of steps) {
        if (one.remove) {
          const slot = rows.find(key(one.key), 0);
          expect(slot >= 0).toBe(model.has(one.key));
          if (slot >= 0) rows.remove(slot);
          model.delete(one.key);
        } else {
          const slot = rows.open(key(one.key), 0);
          expect(rows.fresh).toBe(!model.has(one.key));
          rows.columns.count[slot]!++;
          model.set(one.key, (model.get(one.key) ?? 0) + 1);
        }
      }
      expect(rows.size).toBe(model.size);
      for (const [n, count] of model) expect(rows.columns.count[rows.find(key(n), 0)]).toBe(count);
    }),
  );
});

test('a copy made from a snapshot goes on like the original', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 300 }), fc.nat(300), (keys, cut) => {
      const whole = table(32);
      let part = table(32);
      keys.forEach((n, i) => {
        if (i === cut) {
          const copy = table(32);
          copy.load(structuredClone(part.save()));
          part = copy;
        }
        for (const rows of [whole, part]) {
          const slot = rows.open(key(n), i);
          rows.columns.count[slot]!++;
          rows.suspicion[slot] = n % 5;
        }
      });
      expect(part.save()).toEqual(whole.save());
    }),
  );
});

test('a flood evicts the flood: neither the suspicious nor the settled', () => {
  const rows = table(1_000);
  const suspect = rows.open(key(1), 0);
  rows.suspicion[suspect] = 3;
  for (let n = 10; n < 110; n++) rows.protect(rows.open(key(n), 0));
  for (let n = 1_000; n < 50_000; n++) rows.open(key(n), n);
  expect(rows.size).toBe(1_000);
  expect(rows.find(key(1), 0)).toBeGreaterThanOrEqual(0);
  for (let n = 10; n < 110; n++) expect(rows.find(key(n), 0)).toBeGreaterThanOrEqual(0);
  expect(rows.stats().evictions).toBeGreaterThan(40_000);
});

test('forgets after its time to live, and tells before a row is emptied', () => {
  const rows = table(100);
  const removed: number[] = [];
  rows.onRemove = (slot) => removed.push(rows.columns.count[slot]!);
  rows.columns.count[rows.open(key(1), 0)] = 42;
  expect(rows.find(key(1), DAY_MS)).toBeGreaterThanOrEqual(0);
  expect(rows.find(key(1), DAY_MS + 1)).toBe(-1);
  expect(removed).toEqual([42]);
});

test('new keys find room even when four of five rows are settled', () => {
  const rows = table(100);
  for (let n = 0; n < 100; n++) rows.protect(rows.open(key(n), 0));
  rows.open(key(500), 1);
  expect(rows.find(key(500), 1)).toBeGreaterThanOrEqual(0);
  expect(rows.size).toBe(100);
});
