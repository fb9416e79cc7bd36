import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const USERS = 200;
const PAGES = [
  '/me',
  '/orders',
  '/cart',
  '/notifications',
  '/messages',
  '/wishlist',
  '/invoices',
  '/addresses',
  '/returns',
];
const ADMIN = [
  'users',
  'roles',
  'refunds',
  'audit',
  'exports',
  'webhooks',
  'settings',
  'jobs',
  'permissions',
  'payouts',
];

function call(atMs: number, actor: string, route: string, over: Partial<RequestEvent> = {}): RequestEvent {
  return request({
    startMs: atMs,
    actor,
    actorKind: actor === '' ? '' : 'user',
    path: route,
    route,
    ...over,
  });
}

/** Four days of customers on ordinary pages, and two administrators. */
function history(): RequestEvent[] {
  const next = random(21);
  const events: RequestEvent[] = [];
  for (let i = 0; i < 4_000; i++) {
    const atMs = START_MS - 4 * DAY_MS + i * 86_000;
    const user = Math.floor(next() * USERS);
    events.push(call(atMs, `user-${user}`, PAGES[Math.floor(next() * PAGES.length)]!, { source: home(user) }));
    if (i % 10 === 0) {
      const door = ADMIN[Math.floor(next() * ADMIN.length)]!;
      events.push(call(atMs + 10, `boss-${i % 20 === 0 ? 1 : 2}`, `/admin/${door}`, { source: '192.0.2.10' }));
    }
  }
  return events;
}

function probes(count: number, gapMs: number, over: Partial<RequestEvent> = {}): RequestEvent[] {
  return ADMIN.slice(0, count).map((door, i) =>
    call(START_MS + i * gapMs, 'user-7', `/admin/${door}`, { status: 403, source: '203.0.113.7', ...over }),
  );
}

/** From where the user always comes. */
function own(events: readonly RequestEvent[]): RequestEvent[] {
  return events.map((event) => ({ ...event, source: home(7) }));
}

function summaries(events: readonly RequestEvent[]): string[] {
  return run(events).alerts.map((alert) => alert.summary);
}

describe('found', () => {
  test.each([
    ['in a minute', 2_000],
    ['within an hour, between ordinary pages', 240_000],
    ['one in two hours', 7_200_000],
  ])('ten administration routes refused, %s', (_, gapMs) => {
    const pages = Array.from({ length: 30 }, (__, i) =>
      call(START_MS + i * (gapMs / 3) + 1, 'user-7', PAGES[i % 9]!, { source: '203.0.113.7' }),
    );
    const before = history();
    const { alerts, raisedBy } = run([...before, ...merged(own(probes(10, gapMs)), own(pages))]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'privilege_probing', actors: ['user-7'] });
    expect(alerts[0]!.summary).toContain('GET /admin/users');
    expect(raisedBy.get('privilege_probing')! - before.length).toBeLessThan(30);
  });

  test('a door that opens makes it high', () => {
    const events = [
      ...probes(8, 2_000),
      call(START_MS + 20_000, 'user-7', '/admin/payouts', { source: '203.0.113.7', responseBytes: 9_000 }),
    ];
    const { alerts } = run([...history(), ...events]);
    expect(alerts[0]!.score).toBeGreaterThanOrEqual(70);
    expect(alerts[0]!.summary).toContain('GET /admin/payouts');
  });

  test('other methods on pages of everyone', () => {
    const events = PAGES.map((route, i) =>
      call(START_MS + i * 9_000, 'user-7', route, { method: i % 2 === 0 ? 'PUT' : 'DELETE', status: 405 }),
    );
    expect(run([...history(), ...events]).alerts.map((alert) => alert.type)).toEqual(['privilege_probing']);
  });

  test('operations behind one route, and paths without a known route', () => {
    const operations = ADMIN.slice(0, 7).map((name, i) =>
      call(START_MS + i * 5_000, 'user-7', '/graphql', { method: 'POST', operation: `list_${name}`, status: 403 }),
    );
    const bare = ADMIN.slice(0, 7).map((name, i) =>
      call(START_MS + i * 5_000, 'user-8', '', { path: `/internal/${name}`, routeFrom: '', status: 403 }),
    );
    expect(run([...history(), ...operations]).alerts.map((alert) => alert.type)).toEqual(['privilege_probing']);
    expect(run([...history(), ...bare]).alerts.map((alert) => alert.type)).toEqual(['privilege_probing']);
  });

  test('someone without a name, by address', () => {
    const events = probes(10, 3_000, { actor: '', actorKind: '' });
    expect(run([...history(), ...events]).alerts).toMatchObject([{ sources: ['203.0.113.7'], actors: [] }]);
  });
});

describe('left alone', () => {
  test('four doors', () => {
    expect(summaries([...history(), ...probes(4, 2_000)])).toEqual([]);
  });

  test('expired tokens on the pages of everyone', () => {
    const events = Array.from({ length: 400 }, (_, i) =>
      call(START_MS + i * 600, '', PAGES[i % PAGES.length]!, { status: 401, source: home(i % 3) }),
    );
    expect(summaries([...history(), ...events])).toEqual([]);
  });

  test('an administrator whose token expired, and one who lost the role', () => {
    const expired = probes(10, 100, { actor: '', actorKind: '', status: 401, source: '192.0.2.10' });
    const demoted = probes(10, 30_000, { actor: 'boss-1', source: '192.0.2.10' });
    expect(summaries([...history(), ...merged(expired, demoted)])).toEqual([]);
  });

  test('a screen that asks everyone’s rights, and a release that took them from all', () => {
    const widgets = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `/widgets/${name}`);
    const screen = Array.from({ length: 60 }, (_, user) =>
      widgets
        .slice(0, 4)
        .map((route, i) =>
          call(START_MS - DAY_MS + user * 60_000 + i, `user-${user}`, route, { status: 403, source: home(user * 300) }),
        ),
    );
    const later = widgets.map((route, i) => call(START_MS + i * 100, 'user-90', route, { status: 403 }));
    const release = Array.from({ length: 30 }, (_, user) =>
      PAGES.map((route, i) => call(START_MS + user * 1_000 + i, `user-${user}`, route, { status: 403 })),
    );
    expect(summaries([...history(), ...merged(...screen), ...merged(later.slice(0, 5), ...release)])).toEqual([]);
  });

  test('someone who asks for the same five doors again and again', () => {
    const events = Array.from({ length: 200 }, (_, i) => probes(5, 0)[i % 5]!).map((event, i) => ({
      ...event,
      startMs: START_MS + i * 1_000,
      status: 401,
    }));
    expect(summaries([...history(), ...events])).toEqual([]);
  });
});
