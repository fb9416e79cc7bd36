import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const KEYS = 8;

interface Call {
  readonly route: string;
  readonly method?: string;
  readonly status?: number;
}

const USUAL: readonly Call[] = [{ route: '/v1/shipments' }, { route: '/v1/shipments/{id}' }, { route: '/v1/rates' }];

interface Day {
  readonly key: number;
  readonly startMs: number;
  readonly size: number;
  readonly calls: readonly Call[];
}

function day({ key, startMs, size, calls }: Day, over: Partial<RequestEvent> = {}): RequestEvent[] {
  const next = random(key * 1000 + Math.floor(startMs / DAY_MS));
  return Array.from({ length: size }, (_, i) => {
    const call = calls[Math.floor(next() * calls.length)]!;
    return request({
      startMs: startMs + i * 60_000 + key * 111,
      actor: `key-${key}`,
      actorKind: 'api_key',
      source: `192.0.${key}.10`,
      userAgent: 'partner-sdk/2.4.1 node/20.1',
      method: call.method ?? 'GET',
      path: call.route,
      route: call.route,
      status: call.status ?? 200,
      ...over,
    });
  });
}

function history(days = 20): RequestEvent[] {
  const all: RequestEvent[][] = [];
  for (let back = days; back >= 1; back--) {
    for (let key = 0; key < KEYS; key++) {
      all.push(day({ key, startMs: START_MS - back * DAY_MS, size: 60 + ((back * 7 + key) % 20), calls: USUAL }));
    }
  }
  return merged(...all);
}

function drifts(events: readonly RequestEvent[]) {
  return run([...history(), ...events]).alerts.filter((alert) => alert.type === 'consumer_drift');
}

const RELEASE: readonly Call[] = [
  ...USUAL,
  { route: '/v2/labels', method: 'POST' },
  { route: '/v2/claims', method: 'POST' },
];

describe('found', () => {
  test('a stolen key, used from elsewhere for what it never did', () => {
    const calls = [{ route: '/v1/customers' }, { route: '/v1/invoices' }];
    const theft = day(
      { key: 3, startMs: START_MS, size: 120, calls },
      { source: '203.0.113.9', userAgent: 'curl/8.5' },
    );
    const alerts = drifts(theft);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ actors: ['key-3'] });
    expect(alerts[0]!.summary).toContain('Called from 203.0.113.0/24; before from 1 network only');
  });

  test('a partner’s release: one alert, low, and never again', () => {
    const days = [0, 1, 2, 3].map((n) => day({ key: 2, startMs: START_MS + n * DAY_MS, size: 90, calls: RELEASE }));
    const alerts = drifts(merged(...days));
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.score).toBeLessThan(50);
  });
});

describe('severity', () => {
  test('a key in other hands is medium, from its own server a change stays low', () => {
    const calls = [{ route: '/v1/customers' }, { route: '/v1/invoices' }, { route: '/v1/refunds', method: 'POST' }];
    const theft = { key: 3, startMs: START_MS, size: 400, calls };
    const elsewhere = drifts(day(theft, { source: '203.0.113.9', userAgent: 'curl/8.5' }));
    expect(elsewhere.map((alert) => alert.severity)).toEqual(['medium']);
    expect(drifts(day(theft)).map((alert) => alert.severity)).toEqual(['low']);
  });
});

describe('left alone', () => {
  test('a release that reaches one key after the other within half a day', () => {
    const days = [0, 1, 2, 3, 4, 5].map((key) =>
      day(
        { key, startMs: START_MS + key * 2 * 3_600_000, size: 90, calls: RELEASE },
        { userAgent: `vendor-sdk/4.0 lib-${key}` },
      ),
    );
    const told = drifts(merged(...days));
    expect(told.length).toBeLessThanOrEqual(1);
    for (const alert of told) expect(alert.severity).toBe('low');
  });

  test('usual days, with a new version of the library', () => {
    const days = [0, 1, 2].flatMap((n) =>
      Array.from({ length: KEYS }, (_, key) =>
        day(
          { key, startMs: START_MS + n * DAY_MS, size: 80, calls: USUAL },
          { userAgent: 'partner-sdk/2.5.0 node/22.3' },
        ),
      ),
    );
    expect(drifts(merged(...days))).toEqual([]);
  });

  test('what many keys begin to do on one day', () => {
    const days = [1, 2, 3, 4].map((key) =>
      day({ key, startMs: START_MS, size: 90, calls: RELEASE }, { userAgent: 'other-client/1.0' }),
    );
    expect(drifts(merged(...days))).toEqual([]);
  });

  test('a move to another network, and nothing else', () => {
    expect(drifts(day({ key: 1, startMs: START_MS, size: 80, calls: USUAL }, { source: '198.51.100.20' }))).toEqual([]);
  });

  test('a month end, four times the usual', () => {
    expect(drifts(day({ key: 1, startMs: START_MS, size: 320, calls: USUAL }))).toEqual([]);
  });

  test('fewer than fifty requests', () => {
    const calls = [{ route: '/v1/customers' }, { route: '/v1/invoices' }];
    const few = day({ key: 3, startMs: START_MS, size: 45, calls }, { source: '203.0.113.9', userAgent: 'curl/8.5' });
    expect(drifts(few)).toEqual([]);
  });

  test('a person who does the same', () => {
    const people = history().map((event) => ({ ...event, actorKind: 'user' as const }));
    const calls = [{ route: '/v1/customers' }];
    const change = day({ key: 3, startMs: START_MS, size: 120, calls }, { source: '203.0.113.9', actorKind: 'user' });
    const { alerts } = run([...people, ...change]);
    expect(alerts.filter((alert) => alert.type === 'consumer_drift')).toEqual([]);
  });
});
