import {
  AgentListSchema,
  AlertDetailSchema,
  AlertListSchema,
  AlertSchema,
  RequestListSchema,
  SessionSchema,
  StatsSchema,
  TrafficSchema,
} from '@vedette/protocol';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { sampleAlert } from '../../../test/sample-alert.js';
import type { Guard } from './guard.js';
import {
  isAgentList,
  isAlert,
  isAlertDetail,
  isAlertList,
  isRequestList,
  isSession,
  isStats,
  isTraffic,
} from './shapes.js';

const request = {
  traceId: '0'.repeat(32),
  spanId: '0'.repeat(16),
  time: '2026-01-02T10:00:00.000Z',
  service: 'shop',
  source: '203.0.113.7',
  actor: '',
  method: 'POST',
  path: '/login',
  query: '',
  route: '/login',
  status: 401,
  durationMs: 12.5,
  responseBytes: -1,
  userAgent: 'curl/8',
  authOutcome: 'failure',
  authIdentifier: 'ab12',
};

const agent = {
  instance: '7b0c',
  service: 'shop',
  host: 'web-1',
  process: '4711',
  version: '0.1.0',
  node: '22.11.0',
  capture: 'channel',
  frameworks: ['fastify'],
  state: 'up',
  isCapturing: true,
  startedAt: '2026-01-02T10:00:00.000Z',
  lastSeen: '2026-01-02T10:00:30.000Z',
  queueSpans: 1,
  queueBytes: 460,
  delivered: 12,
  dropped: 0,
  rejected: 0,
  faults: 0,
  overheadUs: 2.1,
};

const history = [
  { sequence: 1, change: 'raised', recordedAt: '2026-01-02T10:00:20.000Z', by: null, comment: null },
  { sequence: 2, change: 'triaged', recordedAt: '2026-01-02T10:02:00.000Z', by: 'start link', comment: 'seen' },
];

const CASES: readonly [name: string, guard: Guard<unknown>, schema: z.ZodType, sample: unknown][] = [
  ['alert', isAlert, AlertSchema, sampleAlert()],
  ['alert list', isAlertList, AlertListSchema, { alerts: [sampleAlert()], nextCursor: 'x', streamCursor: 4 }],
  ['alert detail', isAlertDetail, AlertDetailSchema, { alert: sampleAlert(), history }],
  ['request list', isRequestList, RequestListSchema, { requests: [request], nextCursor: null }],
  ['stats', isStats, StatsSchema, { requestEvents: 3, oldest: null, newest: '2026-01-02T10:00:00.000Z', alerts: 1 }],
  [
    'traffic',
    isTraffic,
    TrafficSchema,
    { points: [{ atMs: 1, requests: 2, errors: 0, loginsFailed: 0, loginsSucceeded: 1 }] },
  ],
  ['agent list', isAgentList, AgentListSchema, { agents: [agent] }],
  ['session', isSession, SessionSchema, { user: 'a', role: 'analyst', expires: '2026-01-02T10:00:00.000Z' }],
];

/** Values that stand in for every leaf in turn. */
const WRONG = [undefined, null, 'nonsense', {}, [1], Number.NaN, true] as const;

/** Every copy of a value in which one leaf, or one whole branch, is another. */
function* withOneChange(value: unknown): Generator<unknown> {
  for (const wrong of WRONG) yield wrong;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    for (const changed of withOneChange(child)) {
      yield Array.isArray(value)
        ? value.map((item, index) => (String(index) === key ? changed : item))
        : { ...value, [key]: changed };
    }
  }
}

describe.each(CASES)('the guard of %s', (_, guard, schema, sample) => {
  it('takes what the protocol takes', () => {
    expect(schema.safeParse(sample).success).toBe(true);
    expect(guard(sample)).toBe(true);
  });

  it('refuses everything that the protocol refuses', () => {
    let refused = 0;
    for (const changed of withOneChange(sample)) {
      const fits = schema.safeParse(changed).success;
      if (!fits) refused += 1;
      expect(guard(changed), JSON.stringify(changed)).toBe(fits);
    }
    expect(refused).toBeGreaterThan(10);
  });

  it('passes over fields that a newer collector may add', () => {
    expect(guard({ ...(sample as object), added: 1 })).toBe(true);
  });
});

describe('the guard of alert', () => {
  it('is not satisfied by what the prototype lends', () => {
    const lent = Object.create(sampleAlert()) as object;
    expect(isAlert(lent)).toBe(false);
  });
});
