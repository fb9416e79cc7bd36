import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Scheduler, type Script } from './scheduler.js';

function* nothing(): Script {
  yield 0;
}

test('scripts come out by time, equal times in the order of adding', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
      const scheduler = new Scheduler();
      const added = times.map((atMs, order) => ({ atMs, order, script: nothing() }));
      for (const entry of added) scheduler.add(entry.script, entry.atMs);
      const expected = [...added].sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      for (const entry of expected) {
        expect(scheduler.nextMs).toBe(entry.atMs);
        expect(scheduler.take()).toBe(entry.script);
      }
      expect(scheduler.size).toBe(0);
    }),
  );
});
