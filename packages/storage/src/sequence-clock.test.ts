import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSequenceClock } from './sequence-clock.js';

test('numbers only grow, whatever the clock does, and are the time while it runs well', () => {
  const step = fc.record({ nowMs: fc.integer({ min: 0, max: 2e12 }), count: fc.integer({ min: 1, max: 100_000 }) });
  fc.assert(
    fc.property(fc.nat({ max: 2e9 }), fc.array(step), (start, steps) => {
      let nowMs = 0;
      const clock = createSequenceClock(start, () => nowMs);
      let last = start;
      for (const step of steps) {
        nowMs = step.nowMs;
        const first = clock.take(step.count);
        expect(first).toBe(Math.max(last + 1, nowMs * 1000));
        last = first + step.count - 1;
        expect(clock.last()).toBe(last);
      }
    }),
  );
});
