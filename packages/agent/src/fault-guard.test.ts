import { expect, test } from 'vitest';
import { FaultGuard } from './fault-guard.js';

test('faults are swallowed and counted; past the limit hooks no longer run, which is said once', () => {
  const trips: number[] = [];
  const guard = new FaultGuard(3, (_fault, faults) => trips.push(faults));
  const fail = () => {
    throw new Error('fault');
  };
  expect(guard.run(() => 1)).toBe(1);
  for (let i = 0; i < 5; i++) expect(guard.run(fail)).toBeUndefined();
  expect(guard).toMatchObject({ faults: 3, tripped: true });
  expect(trips).toEqual([3]);
  expect(guard.run(() => 1)).toBeUndefined();
});

test('a report that fails is swallowed too', () => {
  const guard = new FaultGuard(1, () => {
    throw new Error('report');
  });
  expect(
    guard.run(() => {
      throw new Error('fault');
    }),
  ).toBeUndefined();
});
