import { createAlertBook, createEngine } from '@vedette/detection';
import type { RequestEvent } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { Scorer } from './scorer.js';

const DAY_MS = 86_400_000;
const WALL_MS = Date.parse('2026-03-02T12:00:00Z');

const requestAt = (startMs: number): RequestEvent => ({
  traceId: '0'.repeat(32),
  spanId: '0'.repeat(16),
  service: 'api',
  instance: '',
  startMs,
  durationMs: 1,
  source: '192.0.2.1',
  peer: '',
  method: 'GET',
  host: '',
  path: '/',
  query: '',
  route: '/',
  routeFrom: 'span',
  operation: '',
  status: 200,
  requestBytes: 0,
  responseBytes: 10,
  userAgent: '',
  fingerprint: '',
  actor: '',
  actorKind: '',
  session: '',
  authEvent: '',
  authIdentifier: '',
  authOutcome: '',
  authFrom: '',
  authAttempts: 0,
  authCode: '',
  objects: [],
  handedOut: [],
  sensitive: {},
});

/** A scorer whose wall clock is set by hand. */
function rig() {
  const engine = createEngine({ stateMemoryMB: 16 });
  const clock = { nowMs: WALL_MS };
  const scorer = new Scorer({ engine, book: createAlertBook(), onUpdate: () => {}, now: () => clock.nowMs });
  return { engine, clock, scorer };
}

test('past days pass at their own time, however fast they come and however often the clock ticks', async () => {
  const { engine, clock, scorer } = rig();
  for (let day = 8; day >= 1; day--) {
    for (let hour = 0; hour < 24; hour++) await scorer.score([requestAt(WALL_MS - day * DAY_MS + hour * 3_600_000)], 1);
    clock.nowMs += 1000;
    scorer.tick();
  }
  expect(engine.stats()).toMatchObject({ clamped: 0, tooLate: 0, nowMs: WALL_MS - DAY_MS + 23 * 3_600_000 });
});

test('while events are live, time goes on without them, and a clock that runs ahead is not believed', async () => {
  const { engine, clock, scorer } = rig();
  await scorer.score([requestAt(WALL_MS - 200)], 1);
  clock.nowMs += 30_000;
  scorer.tick();
  expect(engine.stats().nowMs).toBe(WALL_MS - 200 + 30_000);
  await scorer.score([requestAt(clock.nowMs + 3_600_000)], 2);
  expect(engine.stats()).toMatchObject({ clamped: 1, nowMs: WALL_MS - 200 + 30_000 });
});

test('a pause of the collector is no reason to doubt the first events after it', async () => {
  const { engine, clock, scorer } = rig();
  await scorer.score([requestAt(WALL_MS - 200)], 1);
  scorer.tick();
  clock.nowMs += 3_600_000;
  await scorer.score([requestAt(clock.nowMs - 200)], 2);
  expect(engine.stats()).toMatchObject({ clamped: 0, nowMs: clock.nowMs - 200 });
});

test('a large batch is scored in turns, its position moving with what the engine has seen', async () => {
  const { engine, scorer } = rig();
  const batch = (size: number) => Array.from({ length: size }, () => requestAt(WALL_MS));
  const first = scorer.score(batch(1000), 1000);
  const second = scorer.score(batch(10), 1010);
  const seen: number[] = [];
  while (scorer.waiting > 0) {
    seen.push(scorer.position);
    expect(engine.stats().events).toBe(scorer.position);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all([first, second, scorer.settled()]);
  expect(seen[0]).toBe(0);
  expect(scorer.position).toBe(1010);
  expect(engine.stats().events).toBe(1010);
});
