import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const ROUTES = ['/', '/products', '/cart', '/search', '/account'];

/** Two days of people who read a few pages a minute, and a job that fetches forty times a minute at night. */
function history(): RequestEvent[] {
  const next = random(31);
  const events: RequestEvent[] = [];
  for (let i = 0; i < 1_500; i++) {
    const startMs = START_MS - 2 * DAY_MS + Math.floor(next() * 2 * DAY_MS);
    const user = Math.floor(next() * 300);
    const pages = 1 + Math.floor(next() ** 3 * 12);
    for (let page = 0; page < pages; page++) events.push(visit(startMs + page * 4_000, user, next));
  }
  for (const day of [2, 1]) events.push(...job(START_MS - day * DAY_MS + 7_200_000, 5, 40));
  return merged(events);
}

function visit(startMs: number, user: number, next: () => number): RequestEvent {
  const route = ROUTES[Math.floor(next() * ROUTES.length)]!;
  return request({
    startMs,
    source: home(user),
    path: route,
    route,
    durationMs: route === '/search' ? 120 : 8,
  });
}

/** `perMinute` requests for `minutes`. */
function job(startMs: number, minutes: number, perMinute: number, over: Partial<RequestEvent> = {}): RequestEvent[] {
  return Array.from({ length: minutes * perMinute }, (_, i) =>
    request({
      startMs: startMs + (i * MINUTE_MS) / perMinute,
      source: '192.0.2.50',
      userAgent: 'sync/1',
      fingerprint: '',
      path: '/products',
      route: '/products',
      durationMs: 20,
      ...over,
    }),
  );
}

function flood(minutes: number, perMinute: number, over: Partial<RequestEvent> = {}): RequestEvent[] {
  return job(START_MS, minutes, perMinute, {
    source: '203.0.113.7',
    userAgent: 'python-requests/2.32',
    path: '/search',
    route: '/search',
    durationMs: 160,
    ...over,
  });
}

/** Ordinary traffic during the flood. */
function crowd(minutes: number, perMinute: number): RequestEvent[] {
  const next = random(77);
  return Array.from({ length: minutes * perMinute }, (_, i) =>
    visit(START_MS + (i * MINUTE_MS) / perMinute, Math.floor(next() * 3_000), next),
  );
}

/** The same while the service is slow. */
function slowed(events: readonly RequestEvent[]): RequestEvent[] {
  return events.map((event) => ({ ...event, durationMs: event.durationMs * 2 }));
}

function summaries(events: readonly RequestEvent[]): string[] {
  return run(events).alerts.map((alert) => alert.summary);
}

describe('found', () => {
  test.each([
    ['fifty a second', 3, 3_000],
    ['ten a second', 6, 600],
    ['three a second, of the expensive kind', 20, 180],
  ])('%s', (_, minutes, perMinute) => {
    const { alerts } = run([...history(), ...merged(flood(minutes, perMinute), slowed(crowd(minutes, 60)))]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'rate_abuse', sources: ['203.0.113.7'], severity: 'medium' });
    expect(alerts[0]!.summary).toContain('GET /search');
  });

  test('by an actor whose addresses change', () => {
    const events = flood(5, 600, { actor: 'mallory', actorKind: 'user' }).map((event, i) => ({
      ...event,
      source: `203.0.${i % 90}.7`,
    }));
    expect(run([...history(), ...merged(events, crowd(5, 40))]).alerts).toMatchObject([
      { type: 'rate_abuse', actors: ['mallory'] },
    ]);
  });
});

test('in a log without durations the share of requests stands for it', () => {
  const events = [...history(), ...merged(flood(5, 600), crowd(5, 40))].map((event) => ({ ...event, durationMs: 0 }));
  expect(run(events).alerts.map((alert) => alert.type)).toEqual(['rate_abuse']);
});

describe('left alone', () => {
  test('a crowd of many people at once', () => {
    expect(summaries([...history(), ...crowd(8, 4_000)])).toEqual([]);
  });

  test('the nightly job, three times as long and twice as fast as ever', () => {
    expect(summaries([...history(), ...job(START_MS, 15, 80), ...crowd(2, 10)])).toEqual([]);
  });

  test('a device that was offline and writes five hundred things in a minute', () => {
    const events = job(START_MS, 1, 500, { actor: 'user-3', actorKind: 'user', method: 'PUT', route: '/notes/{id}' });
    expect(summaries([...history(), ...merged(events, crowd(3, 40))])).toEqual([]);
  });

  test('a client that tries again and again after 503', () => {
    expect(summaries([...history(), ...merged(flood(6, 900, { status: 503 }), crowd(6, 40))])).toEqual([]);
  });

  test('many requests that nobody feels', () => {
    const events = flood(6, 400, { path: '/products', route: '/products', durationMs: 1 });
    expect(summaries([...history(), ...merged(events, crowd(6, 3_000))])).toEqual([]);
  });
});

test('a load that nobody feels is low, whatever the client calls itself; one that others feel is medium', () => {
  const before = history();
  for (const userAgent of ['k6/0.54.0 (https://k6.io/)', 'python-requests/2.32']) {
    const load = flood(4, 2_400, { userAgent, durationMs: 8 });
    const quiet = run([...before, ...merged(load, crowd(4, 240))]);
    expect(quiet.alerts).toMatchObject([{ type: 'rate_abuse', severity: 'low' }]);
    const felt = run([...before, ...merged(load, slowed(crowd(4, 240)))]);
    expect(felt.alerts).toMatchObject([{ type: 'rate_abuse', severity: 'medium' }]);
    expect(felt.alerts[0]!.evidence.map((one) => one.name)).toContain('others_slowed');
  }
});

test('guesses at logins are for those who watch logins, unless others feel them', () => {
  const guesses = flood(4, 600, { method: 'POST', path: '/login', route: '/login', authEvent: 'login', durationMs: 8 });
  const types = run([...history(), ...merged(guesses, crowd(4, 40))]).alerts.map((alert) => alert.type);
  expect(types).not.toContain('rate_abuse');
});
