import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DuplicateWindow, type EventIds } from './duplicate-window.js';

const hex = (value: number, length: number) => value.toString(16).padStart(length, '0');
const ids = (n: number): EventIds => ({ traceId: hex(n, 32), spanId: hex(n * 7 + 1, 16) });
const keyOf = (event: EventIds) => event.traceId + event.spanId;

test('an event is new once, then pending, then durable', () => {
  const window = new DuplicateWindow({ nowMs: 0 });
  const commit = Promise.resolve();
  const batch = window.begin(commit);
  expect(window.claim(ids(1), batch, 0)).toBeUndefined();
  expect(window.claim(ids(1), window.begin(Promise.resolve()), 0)).toBe(commit);
  window.settle(batch);
  expect(window.claim(ids(1), batch, 1)).toBeNull();
});

test('an event that was not stored is new again', () => {
  const window = new DuplicateWindow({ nowMs: 0 });
  const batch = window.begin(Promise.resolve());
  window.claim(ids(1), batch, 0);
  window.forget([ids(1)], batch);
  expect(window.claim(ids(1), window.begin(Promise.resolve()), 0)).toBeUndefined();
});

test('forgetting a batch leaves what others stored', () => {
  const window = new DuplicateWindow({ nowMs: 0 });
  window.remember([keyOf(ids(1))], 0);
  const batch = window.begin(Promise.resolve());
  expect(window.claim(ids(1), batch, 0)).toBeNull();
  window.forget([ids(1)], batch);
  expect(window.claim(ids(1), batch, 0)).toBeNull();
});

test('remembers for one span at least and forgets after two', () => {
  const window = new DuplicateWindow({ nowMs: 0, spanMs: 100 });
  window.remember([keyOf(ids(1))], 90);
  window.remember([keyOf(ids(2))], 150);
  const batch = window.begin(Promise.resolve());
  expect(window.claim(ids(1), batch, 189)).toBeNull();
  window.remember([keyOf(ids(3))], 260);
  expect(window.claim(ids(1), batch, 260)).toBeUndefined();
  expect(window.claim(ids(2), batch, 260)).toBeNull();
});

test('a flood stays within the bound and the newest are remembered', () => {
  const window = new DuplicateWindow({ nowMs: 0, maxSlots: 64 });
  for (let i = 0; i < 10_000; i++) window.remember([keyOf(ids(i))], 1);
  expect(window.size).toBeLessThanOrEqual(8 * 64);
  expect(window.bytes).toBeLessThanOrEqual(8 * 64 * 16);
  const batch = window.begin(Promise.resolve());
  for (let i = 10_000 - 7 * 44; i < 10_000; i++) expect(window.claim(ids(i), batch, 1)).toBeNull();
});

test('little traffic costs little memory', () => {
  const window = new DuplicateWindow({ nowMs: 0 });
  for (let second = 0; second < 3600; second++) window.remember([keyOf(ids(second))], second * 1000);
  expect(window.bytes).toBeLessThan(512 * 1024);
});

test('says the same as a map that never forgets, for ids that differ in any of their digits', () => {
  const step = fc.record({
    key: fc.nat(60),
    place: fc.nat(47),
    action: fc.constantFrom('claim' as const, 'settle' as const, 'fail' as const),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const window = new DuplicateWindow({ nowMs: 0 });
      const model = new Map<string, Promise<void> | null>();
      let commit = Promise.resolve();
      let batch = window.begin(commit);
      let claimed: EventIds[] = [];
      for (const { key, place, action } of steps) {
        const text = `${'0'.repeat(place)}${key % 10}${'0'.repeat(47 - place)}`;
        const event = { traceId: text.slice(0, 32), spanId: text.slice(32) };
        expect(window.claim(event, batch, 0)).toBe(model.get(text));
        if (!model.has(text)) {
          model.set(text, commit);
          claimed.push(event);
        }
        if (action === 'claim') continue;
        if (action === 'settle') window.settle(batch);
        else window.forget(claimed, batch);
        for (const one of claimed) {
          if (action === 'settle') model.set(keyOf(one), null);
          else model.delete(keyOf(one));
        }
        commit = Promise.resolve();
        batch = window.begin(commit);
        claimed = [];
      }
    }),
  );
});
