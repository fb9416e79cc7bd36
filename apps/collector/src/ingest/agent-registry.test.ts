import type { AgentReport } from '@vedette/intake';
import { AgentHealthSchema } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { AgentRegistry } from './agent-registry.js';

const report = (instance: string, numbers: Record<string, number> = {}, service = 'shop'): AgentReport => ({
  resource: new Map([
    ['service.instance.id', instance],
    ['service.name', service],
  ]),
  numbers: new Map(Object.entries({ up: 1, ...numbers })),
  words: new Map([['frameworks', 'koa,express']]),
  startMs: 1_000,
});

const MINUTE = 60_000;

test('the latest state of each agent, stale after three turns, ended where it said so, forgotten in time', () => {
  const registry = new AgentRegistry();
  registry.take(report('a', { 'spans.dropped': 1 }), 0);
  registry.take(report('a', { 'spans.dropped': 5, overhead: 2.5 }), MINUTE);
  registry.take(report('b', { up: 0 }), MINUTE);
  const states = (nowMs: number) => Object.fromEntries(registry.list(nowMs).map((one) => [one.instance, one.state]));
  expect(registry.list(2 * MINUTE)[0]).toMatchObject({
    dropped: 5,
    overheadUs: 2.5,
    frameworks: ['koa', 'express'],
    startedAt: '1970-01-01T00:00:01.000Z',
  });
  expect(states(2 * MINUTE)).toEqual({ a: 'up', b: 'ended' });
  expect(states(3 * MINUTE)).toEqual({ a: 'stale', b: 'ended' });
  expect(states(62 * MINUTE)).toEqual({ a: 'stale' });
  expect(states(26 * 60 * MINUTE)).toEqual({});
});

test('numbers that make no sense are shown as none', () => {
  const registry = new AgentRegistry();
  registry.take({ ...report('a', { overhead: -1, faults: Number.NaN, 'queue.spans': -4 }), startMs: 1e300 }, 0);
  const [health] = registry.list(0);
  expect(AgentHealthSchema.parse(health)).toMatchObject({
    overheadUs: null,
    faults: 0,
    queueSpans: 0,
    startedAt: null,
  });
});

test('agents are bounded: the one heard longest ago is forgotten; one without an id is nobody', () => {
  const registry = new AgentRegistry();
  for (let i = 0; i < 2_000; i++) registry.take(report(`agent-${i}`), i);
  registry.take(report('agent-0'), 3_000);
  registry.take(report('one more'), 3_001);
  const known = new Set(registry.list(3_001).map(({ instance }) => instance));
  expect(known.size).toBe(2_000);
  expect([known.has('agent-0'), known.has('agent-1'), known.has('one more')]).toEqual([true, false, true]);
  expect(registry.take({ ...report('x'), resource: new Map() }, 0)).toBe(false);
});

test('a service neither speaks for the agents of another nor crowds them out', () => {
  const registry = new AgentRegistry();
  registry.take(report('a', { 'spans.dropped': 1 }, 'bank'), 0);
  registry.take(report('a', { 'spans.dropped': 9 }), 1);
  for (let i = 0; i < 4_000; i++) registry.take(report(`flood-${i}`), 2);
  const agents = registry.list(3);
  expect(agents).toHaveLength(2_000);
  expect(agents.filter(({ service }) => service === 'bank')).toMatchObject([{ instance: 'a', dropped: 1 }]);
});
