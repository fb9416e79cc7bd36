import type { RequestEvent } from '@vedette/protocol';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { CatchUp } from './catch-up.js';

const logger = pino({ level: 'silent' });
const batch = (...ids: string[]) => ids.map((spanId) => ({ spanId }) as RequestEvent);

/** Storage with positions 1, 2, 3, … and a scorer that says what it saw. */
function world(stored: string[]) {
  const seen: string[] = [];
  const rows = [...stored];
  let failures = 0;
  let gate: Promise<void> = Promise.resolve();
  const scorer = {
    position: 0,
    async score(events: readonly RequestEvent[], position: number) {
      seen.push(...events.map((event) => event.spanId));
      scorer.position = position;
    },
    resume(position: number) {
      scorer.position = position;
    },
  };
  const catchUp = new CatchUp({
    requestEvents: {
      append: async () => Date.now() * 1000 + 1e9,
      async *scan({ afterPosition = 0, throughPosition = Number.POSITIVE_INFINITY }) {
        await gate;
        if (failures-- > 0) throw new Error('away');
        for (const [i, id] of rows.entries()) {
          const position = positionOf(i);
          if (position > afterPosition && position <= throughPosition) yield { events: batch(id), position };
        }
      },
    },
    normaliser: { learn: () => {} },
    scorer,
    score: (events, position) => void scorer.score(events, position),
    onLeft: () => {},
    logger,
  });
  const startedAt = Date.now() * 1000 + 2e9;
  const positionOf = (i: number) => (i < stored.length ? i + 1 : startedAt + i);
  return {
    catchUp,
    seen,
    fail: (times: number) => {
      failures = times;
    },
    hold() {
      let open!: () => void;
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return open;
    },
    take(ids: string[]) {
      rows.push(...ids);
      catchUp.take(batch(...ids), positionOf(rows.length - 1));
    },
  };
}

test('what is stored comes first, then what came meanwhile, then what comes', async () => {
  const { catchUp, seen, take, hold } = world(['a', 'b', 'c']);
  const open = hold();
  const done = catchUp.run();
  await vi.waitFor(() => expect(catchUp.isLive).toBe(false));
  take(['d']);
  take(['e', 'f']);
  open();
  await done;
  expect(catchUp.isLive).toBe(true);
  take(['g']);
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
});

test('more than may wait in memory is read from storage, each event once', async () => {
  const { catchUp, seen, take, hold } = world(['a']);
  const open = hold();
  const done = catchUp.run();
  await new Promise((resolve) => setImmediate(resolve));
  const many = Array.from({ length: 25_000 }, (_, i) => `m${i}`);
  take(many.slice(0, 15_000));
  take(many.slice(15_000));
  take(['z']);
  open();
  await done;
  expect(seen.length).toBe(25_002);
  expect(seen).toEqual(['a', ...many, 'z']);
});

test('storage that fails is asked again', async () => {
  const { catchUp, seen, fail } = world(['a', 'b']);
  fail(1);
  await catchUp.run();
  expect(seen).toEqual(['a', 'b']);
});
