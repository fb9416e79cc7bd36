import { expect, test } from 'vitest';
import { Rng, simulatedPseudonym } from './rng.js';

test('a seed names one sequence', () => {
  const draw = (seed: string) =>
    Array.from(
      { length: 50 },
      (
        (rng) => () =>
          rng.uint32()
      )(new Rng(seed)),
    );
  expect(draw('a')).toEqual(draw('a'));
  expect(draw('a')).not.toEqual(draw('b'));
});

test('a fork does not depend on what is drawn from its sibling', () => {
  const first = new Rng('x');
  const a = first.fork('a');
  const b = first.fork('b');
  for (let i = 0; i < 100; i++) a.float();
  const second = new Rng('x');
  second.fork('a');
  expect(b.float()).toBe(second.fork('b').float());
});

test('draws follow their distributions', () => {
  const rng = new Rng('distributions');
  const mean = (draw: () => number, n = 40_000) =>
    Array.from({ length: n }, draw).reduce((sum, value) => sum + value, 0) / n;
  expect(mean(() => rng.float())).toBeCloseTo(0.5, 1);
  expect(mean(() => rng.exponential(10))).toBeGreaterThan(9.7);
  expect(mean(() => rng.exponential(10))).toBeLessThan(10.3);
  expect(mean(() => (rng.chance(0.2) ? 1 : 0))).toBeCloseTo(0.2, 1);
  expect(mean(() => rng.count(4))).toBeGreaterThan(3.85);
  expect(mean(() => rng.count(4))).toBeLessThan(4.15);
  expect(mean(() => rng.normal())).toBeCloseTo(0, 1);
});

test('pseudonyms look like the agent`s', () => {
  expect(simulatedPseudonym('shop:anna')).toMatch(/^[0-9a-f]{16}$/);
  expect(simulatedPseudonym('shop:anna')).not.toBe(simulatedPseudonym('shop:ann'));
});
