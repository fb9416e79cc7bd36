import { deserialize, serialize } from 'node:v8';
import type { RequestEvent } from '@vedette/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { merged, run, SMALL } from '../test/run.js';
import { home, login, random, read, request, START_MS } from '../test/traffic.js';
import { createEngine, type EngineOptions, restoreEngine } from './index.js';

/** A day and a half of everything at once: logins, objects, lists, an attack of each kind, from a seed. */
function traffic(seed: number, size = 1_200): RequestEvent[] {
  const next = random(seed);
  const events: RequestEvent[] = [];
  for (let i = 0; i < size; i++) {
    const atMs = START_MS + Math.floor(next() * 36 * 3_600_000);
    const user = Math.floor(next() * 40);
    const kind = next();
    const object = `orders/${user * 100 + Math.floor(next() * 8)}`;
    if (kind < 0.3) events.push(login({ atMs, source: home(user), account: `user-${user}`, ok: next() > 0.2 }));
    else if (kind < 0.7) events.push(read({ atMs, actor: `user-${user}`, object, source: home(user) }));
    else {
      const path = `/orders?page=${Math.floor(next() * 100)}`;
      events.push(request({ startMs: atMs, actor: `user-${user}`, actorKind: 'user', path, source: home(user) }));
    }
  }
  for (let i = 0; i < 60; i++) {
    const atMs = START_MS + 30 * 3_600_000 + i * 900;
    events.push(login({ atMs, source: '203.0.113.7', account: `stranger-${i}`, ok: i === 40 }));
    events.push(
      read({
        atMs: atMs + 1,
        actor: 'mallory',
        object: `orders/${(i % 40) * 100 + Math.floor(i / 40)}`,
        source: '203.0.113.8',
      }),
    );
  }
  return merged(events);
}

test('finds the attacks in the mixed traffic', () => {
  const { alerts } = run(traffic(1));
  expect(alerts.map((alert) => alert.type).sort()).toEqual([
    'account_takeover',
    'credential_stuffing',
    'object_enumeration',
  ]);
});

test('says the same whatever the batches, and however often it is told the time', () => {
  const events = traffic(2);
  const plain = run(events);
  const engine = createEngine(SMALL);
  const findings = events.flatMap((event) => [...engine.advance(event.startMs - 1), ...engine.observe(event)]);
  findings.push(...engine.flush());
  expect(JSON.stringify(findings)).toBe(JSON.stringify(plain.findings));
});

test('goes on from a snapshot as if it had never stopped', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (seed, cut) => {
      const events = traffic(seed, 300);
      const at = Math.floor(events.length * cut);
      const whole = run(events).findings;
      const first = createEngine(SMALL);
      const before = events.slice(0, at).flatMap((event) => [...first.observe(event)]);
      const second = restoreEngine(first.snapshot(), SMALL);
      const after = events.slice(at).flatMap((event) => [...second.observe(event)]);
      expect(JSON.stringify([...before, ...after, ...second.flush()])).toBe(JSON.stringify(whole));
    }),
    { numRuns: 25 },
  );
});

test('events up to a minute out of order lead to the same alerts', () => {
  const next = random(5);
  const events = traffic(3);
  const shuffled = events
    .map((event) => ({ event, at: event.startMs + next() * 60_000 }))
    .sort((left, right) => left.at - right.at)
    .map(({ event }) => event);
  const names = (list: readonly RequestEvent[]) =>
    run(list)
      .alerts.map((alert) => [alert.type, alert.sources[0]])
      .sort();
  expect(names(shuffled)).toEqual(names(events));
});

test('a flood of keys evicts neither an attacker in progress nor the familiarity of users', () => {
  const engine = createEngine({ stateMemoryMB: 16 });
  const before = traffic(4).filter((event) => event.source !== '203.0.113.7' && event.source !== '203.0.113.8');
  for (const event of before) engine.observe(event);
  const startMs = START_MS + 40 * 3_600_000;
  const found: string[] = [];
  const collect = (event: RequestEvent): void => {
    for (const finding of engine.observe(event)) found.push(`${finding.type} ${finding.sources[0]}`);
  };
  for (let i = 0; i < 5; i++) {
    collect(login({ atMs: startMs + i, source: '203.0.113.7', account: `early-${i}`, ok: false }));
  }
  for (let i = 0; i < 40_000; i++) {
    const source = `${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.1`;
    collect(
      login({ atMs: startMs + 1_000 + i, source, account: `flood-${i % 20_000}`, ok: false }, { fingerprint: `f${i}` }),
    );
  }
  for (let i = 0; i < 12; i++) {
    collect(login({ atMs: startMs + 200_000 + i * 1_000, source: '203.0.113.7', account: `late-${i}`, ok: false }));
  }
  found.push(...engine.flush().map((finding) => `${finding.type} ${finding.sources[0]}`));
  expect(found).toContain('credential_stuffing 203.0.113.7');
  for (const table of engine.stats().tables) expect(table.keys).toBeLessThanOrEqual(table.maxKeys);
  expect(engine.stats().tables.some((table) => table.evictions > 0)).toBe(true);
});

test('one event from a clock gone wrong does not move the time', () => {
  const engine = createEngine(SMALL);
  engine.observe(request({ startMs: START_MS }));
  engine.observe(request({ startMs: START_MS + 400 * 86_400_000 }));
  engine.observe(request({ startMs: START_MS + 1_000 }));
  expect(engine.stats()).toMatchObject({ nowMs: START_MS + 1_000, clamped: 1, tooLate: 0 });
  engine.advance(START_MS + 2_000);
  engine.observe(request({ startMs: START_MS + 3_600_000 }));
  expect(engine.stats()).toMatchObject({ nowMs: START_MS + 2_000, clamped: 2 });
});

test('refuses options and snapshots that it cannot read', () => {
  expect(() => createEngine({ stateMemoryMB: -1 })).toThrow(expect.objectContaining({ code: 'VDT_DETECTION_OPTIONS' }));
  expect(() => createEngine({ settings: { detectors: { scraping: { enabled: 'no' as never } } } })).toThrow(
    expect.objectContaining({ code: 'VDT_DETECTION_OPTIONS' }),
  );
  expect(() => restoreEngine(new Uint8Array([1, 2, 3]))).toThrow(
    expect.objectContaining({ code: 'VDT_SNAPSHOT_VERSION' }),
  );
});

test.each([
  [
    'a part with fields missing',
    (parts: Record<string, unknown>) => ({ ...parts, logins: { services: [['shop', {}]] } }),
  ],
  ['a part of another kind', (parts: Record<string, unknown>) => ({ ...parts, volumes: 7 })],
  ['no engine state', (parts: Record<string, unknown>) => ({ ...parts, engine: undefined })],
])('a snapshot whose layout is not its own is refused: %s', (_, damage) => {
  const engine = createEngine(SMALL);
  for (const event of traffic(6, 60)) engine.observe(event);
  const saved = deserialize(engine.snapshot()) as { parts: Record<string, unknown> };
  const damaged = serialize({ ...saved, parts: damage(saved.parts) });
  expect(() => restoreEngine(damaged, SMALL)).toThrow(expect.objectContaining({ code: 'VDT_SNAPSHOT_VERSION' }));
});

test('a kind of evidence that a measurement leaves out is not looked at', () => {
  const without = (names: EngineOptions['without']) =>
    run(traffic(1), { engine: createEngine({ ...SMALL, without: names }) }).alerts.map((alert) => alert.type);
  expect(without([])).toContain('object_enumeration');
  expect(without(['ownership', 'misses', 'provenance', 'order'])).not.toContain('object_enumeration');
  expect(() => createEngine({ without: ['luck' as never] })).toThrow(
    expect.objectContaining({ code: 'VDT_DETECTION_OPTIONS' }),
  );
});

test.each([16, 100, 512, 4_096])('all tables and filters together fit into %d MB', (stateMemoryMB) => {
  const { tables } = createEngine({ stateMemoryMB }).stats();
  expect(tables.map((table) => table.name)).toEqual(expect.arrayContaining(['sources', 'volumes', 'objects listed']));
  const fullMB = tables.reduce((sum, table) => sum + table.maxBytes, 0) / 1e6;
  expect(fullMB).toBeLessThan(stateMemoryMB);
  expect(fullMB).toBeGreaterThan(stateMemoryMB * 0.7);
});

test('a flood of keys takes no more memory than the tables may have', () => {
  const engine = createEngine({ stateMemoryMB: 16 });
  for (let i = 0; i < 60_000; i++) {
    engine.observe(
      request({
        startMs: START_MS + i * 10,
        source: `198.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`,
        actor: `user-${i}`,
        actorKind: 'user',
        session: `session-${i}`,
        path: `/orders/${i}`,
        route: '/orders/{id}',
        objects: [{ kind: 'orders', id: String(i), hash: i }],
      }),
    );
  }
  const { tables } = engine.stats();
  expect(tables.some((table) => table.evictions > 1_000)).toBe(true);
  for (const table of tables) expect(table.bytes, table.name).toBeLessThanOrEqual(table.maxBytes);
});
