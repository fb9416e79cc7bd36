import { expect, test } from 'vitest';
import { DuplicateWindow } from './duplicate-window.js';

test('a key is new once, then pending, then durable', () => {
  const window = new DuplicateWindow({ nowMs: 0 });
  const commit = Promise.resolve();
  expect(window.find('a')).toBeUndefined();
  window.add('a', commit, 0);
  expect(window.find('a')).toBe(commit);
  window.settle(['a'], 1);
  expect(window.find('a')).toBeNull();
});

test('a key whose event was not stored is new again', () => {
  const window = new DuplicateWindow({ nowMs: 0 });
  window.add('a', Promise.resolve(), 0);
  window.forget(['a']);
  expect(window.find('a')).toBeUndefined();
});

test('remembers for at least one span and forgets after two', () => {
  const window = new DuplicateWindow({ nowMs: 0, spanMs: 100 });
  window.settle(['a'], 99);
  window.settle(['b'], 150);
  expect(window.find('a')).toBeNull();
  window.settle(['c'], 260);
  expect(window.find('a')).toBeUndefined();
  expect(window.find('b')).toBeNull();
});

test('a flood of keys stays within twice the bound', () => {
  const window = new DuplicateWindow({ nowMs: 0, maxKeys: 100 });
  for (let i = 0; i < 10_000; i++) window.settle([`k${i}`], 1);
  expect(window.size).toBeLessThanOrEqual(200);
  expect(window.find('k9999')).toBeNull();
});
