import { hashObjectId, type RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { run } from '../../test/run.js';
import { home, random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

interface Answer {
  readonly atMs: number;
  readonly user: number;
  readonly route?: string;
  /** Object in the path; none by default. */
  readonly id?: number;
  readonly sensitive?: Readonly<Record<string, number>>;
}

function answer(one: Answer, over: Partial<RequestEvent> = {}): RequestEvent {
  const route = one.route ?? '/orders';
  const id = String(one.id ?? '');
  return request({
    startMs: one.atMs,
    actor: `user-${one.user}`,
    actorKind: 'user',
    source: home(one.user),
    route,
    path: route.replace('{id}', id),
    objects: one.id === undefined ? [] : [{ kind: 'orders', id, hash: hashObjectId(id) }],
    sensitive: one.sensitive ?? {},
    ...over,
  });
}

/** Eight days of a shop: orders and own profiles (one e-mail each), a page of members, and card-like order numbers. */
function history(): RequestEvent[] {
  const next = random(5);
  const events: RequestEvent[] = [];
  for (let i = 0; i < 6_000; i++) {
    const atMs = START_MS - 8 * DAY_MS + (i * 8 * DAY_MS) / 6_000;
    const user = Math.floor(next() * 150);
    const kind = i % 5;
    if (kind === 0) events.push(answer({ atMs, user }));
    else if (kind === 1) events.push(answer({ atMs, user, route: '/me', sensitive: { email: 1 } }));
    else if (kind === 2) {
      const id = Math.floor(next() * 400);
      events.push(answer({ atMs, user, route: '/orders/{id}', id, sensitive: id % 40 === 0 ? { card: 1 } : {} }));
    } else if (kind === 3) events.push(answer({ atMs, user, route: '/members', sensitive: { email: 20 } }));
    else events.push(answer({ atMs, user, route: '/public' }, { actor: '', actorKind: '' }));
  }
  return events;
}

const USUAL = history();

/** A release: from now on `share` of the responses of a route hold something. */
function release(count: number, over: Partial<Answer> & { share?: number; ids?: number; users?: number } = {}) {
  const next = random(9);
  const { share = 1, ids, users = 60, ...rest } = over;
  return Array.from({ length: count }, (_, i) => {
    const holds = next() < share;
    const id = ids === undefined ? {} : { id: Math.floor(next() * ids) };
    const sensitive = holds ? (rest.sensitive ?? { card: 2 }) : {};
    return answer({ atMs: START_MS + i * 30_000, user: Math.floor(next() * users), ...id, ...rest, sensitive });
  });
}

function summaries(events: readonly RequestEvent[]): string[] {
  return run([...USUAL, ...events]).alerts.map((alert) => alert.summary);
}

/** Two partners read a route four times an hour for ten days, since START_MS with e-mail addresses in it where `holds` says so. */
function partners(holds: (i: number) => boolean, queries: number): RequestEvent[] {
  const events: RequestEvent[] = [];
  for (let i = 0; i < 8 * 96 + 200; i++) {
    const atMs = START_MS - 8 * DAY_MS + i * 900_000;
    const sensitive = atMs >= START_MS && holds(i) ? { email: 9 } : {};
    const one = answer({ atMs, user: i % 2, route: '/partner/fares', sensitive }, { query: `to=${i % queries}` });
    events.push({ ...one, actor: `partner-${i % 2}`, actorKind: 'api_key' });
  }
  return events;
}

test('responses that nobody looked into count neither for nor against', () => {
  const unread = (event: RequestEvent, i: number): RequestEvent =>
    i % 50 === 0 ? event : { ...event, sensitive: { unread: 1 } };
  const news = ['GET /orders has begun to return card numbers'];
  const titles = (events: readonly RequestEvent[]) => run([...USUAL, ...events]).alerts.map((alert) => alert.title);
  expect(titles(release(400).map(unread))).toEqual(news);
  expect(titles(release(400, { sensitive: {} }).map(unread))).toEqual([]);
  const dilute = (event: RequestEvent, i: number): RequestEvent => (i % 50 === 0 ? event : { ...event, sensitive: {} });
  expect(titles(release(400).map(dilute))).toEqual([]);
});

describe('found', () => {
  test.each([
    ['both', () => true],
    ['one of them', (i: number) => i % 2 === 0],
  ])('a route that only two partners read begins to return e-mail addresses to %s', (_, holds) => {
    const events = [...USUAL, ...partners(holds, 24)].sort((left, right) => left.startMs - right.startMs);
    const { alerts } = run(events);
    expect(alerts.map((alert) => [alert.type, alert.targets])).toEqual([
      ['sensitive_data_exposure', expect.arrayContaining(['route:GET /partner/fares'])],
    ]);
  });

  test.each([
    ['all responses', 1, 12, 'high'],
    ['three in ten', 0.3, 40, 'medium'],
    ['one in ten', 0.1, 300, 'medium'],
  ])('a route begins to return card numbers: %s', (_, share, within, severity) => {
    const { alerts, raisedBy } = run([...USUAL, ...release(400, { share })]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      type: 'sensitive_data_exposure',
      severity,
      routes: ['GET /orders'],
      targets: ['route:GET /orders'],
      sources: [],
    });
    expect(alerts[0]!.title).toBe('GET /orders has begun to return card numbers');
    expect(raisedBy.get('sensitive_data_exposure')! - USUAL.length).toBeLessThan(within);
  });

  test('five orders with card numbers, by five callers: no thirty are waited for, and readers are named but not accused', () => {
    const events = release(12, { route: '/orders/{id}', ids: 400, sensitive: { card: 4 } });
    const { alerts, raisedBy } = run([...USUAL, ...events]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ actors: [], sources: [] });
    expect(alerts[0]!.evidence.find(({ name }) => name === 'callers')!.text).toMatch(
      /noticed: user user-\d+, user user-/,
    );
    expect(raisedBy.get('sensitive_data_exposure')! - USUAL.length).toBeLessThan(10);
  });

  test('one value is as new as four where none was ever held', () => {
    const first = release(1, { route: '/orders/{id}', ids: 400, sensitive: { iban: 4 } });
    const rest = release(12, { route: '/orders/{id}', ids: 400, sensitive: { iban: 1 } }).map((event) => ({
      ...event,
      startMs: event.startMs + HOUR_MS,
    }));
    expect(run([...USUAL, ...first, ...rest]).alerts).toHaveLength(1);
  });

  test('three callers who ask again and again: repeats count neither for nor against', () => {
    const events = release(120, { users: 3, sensitive: { card: 2 } });
    expect(run([...USUAL, ...events]).alerts).toHaveLength(1);
  });

  test('a profile that showed one e-mail address shows twenty', () => {
    const { alerts } = run([...USUAL, ...release(60, { route: '/me', sensitive: { email: 20 } })]);
    expect(alerts.map((alert) => alert.title)).toEqual(['GET /me has begun to return e-mail addresses']);
  });

  test('members are listed without authentication', () => {
    const events = release(60, { route: '/members', sensitive: { email: 20 } }).map((event, i) =>
      i % 4 === 0 ? { ...event, actor: '', actorKind: '' as const } : event,
    );
    const { alerts } = run([...USUAL, ...events]);
    expect(alerts.map((alert) => alert.title)).toEqual([
      'GET /members returns e-mail addresses without authentication',
    ]);
    expect(alerts[0]!.score).toBeGreaterThanOrEqual(70);
  });

  test('a GraphQL operation, and a new route', () => {
    const operations = USUAL.map((event) => ({ ...event, operation: `Op${event.route}`, route: '/graphql' }));
    const leak = release(60).map((event) => ({ ...event, operation: 'Op/orders', route: '/graphql' }));
    expect(run([...operations, ...leak]).alerts.map((alert) => alert.routes)).toEqual([['Op/orders']]);
    expect(summaries(release(60, { route: '/receipts', sensitive: { card: 1 } }))).toEqual([
      expect.stringContaining('The route is new here'),
    ]);
  });

  test('again, when it comes back after weeks, and when it grows eightfold', () => {
    const grown = release(60, { sensitive: { card: 40 } }).map((event) => ({
      ...event,
      startMs: event.startMs + 26 * HOUR_MS,
    }));
    const back = release(60).map((event) => ({ ...event, startMs: event.startMs + 40 * DAY_MS }));
    expect(summaries([...release(60), ...grown, ...back])).toHaveLength(3);
  });
});

describe('left alone', () => {
  test('a login that hands out tokens from one release on; the same tokens elsewhere are news', () => {
    const tokens = { sensitive: { jwt: 1 }, ids: 400, route: '/orders/{id}' };
    const logins = release(100, tokens).map((event) => ({
      ...event,
      method: 'POST',
      authEvent: 'login' as const,
      authOutcome: 'success' as const,
      authAttempts: 1,
    }));
    expect(summaries(logins)).toEqual([]);
    expect(summaries(release(100, tokens))).toHaveLength(1);
  });

  test('two partners of whom one polls the same page, which holds something now', () => {
    const events = [...USUAL, ...partners((i) => i % 2 === 0, 2)].sort((left, right) => left.startMs - right.startMs);
    expect(run(events).alerts).toEqual([]);
  });

  test('a feature that goes on for days after its one alert', () => {
    const days = Array.from({ length: 5 }, (_, day) =>
      release(150).map((event) => ({ ...event, startMs: event.startMs + day * 1.4 * DAY_MS })),
    );
    expect(summaries(days.flat())).toHaveLength(1);
  });

  test('what was there from the first day', () => {
    expect(run(release(800, { sensitive: { card: 1, email: 30, secret: 2 } })).alerts).toEqual([]);
  });

  test('the caller’s own e-mail address where there was none', () => {
    expect(summaries(release(300, { sensitive: { email: 1 } }))).toEqual([]);
  });

  test('one popular object whose number looks like a card’s', () => {
    const events = release(300, { route: '/orders/{id}', ids: 1 });
    expect(summaries(events)).toEqual([]);
  });

  test('one caller, however often; a few responses by chance', () => {
    expect(summaries(release(200, { users: 1 }))).toEqual([]);
    expect(summaries(release(2_000, { share: 0.004 }))).toEqual([]);
    expect(summaries(release(4))).toEqual([]);
  });

  test('longer pages of a list, a rare kind of route that appears, a new list for those who are logged in', () => {
    expect(summaries(release(200, { route: '/members', sensitive: { email: 200 } }))).toEqual([]);
    expect(summaries(release(40, { route: '/report', users: 3 }))).toEqual([]);
    expect(summaries(release(200, { route: '/teams', sensitive: { email: 30 } }))).toEqual([]);
  });

  test('actors that are no longer recognised anywhere', () => {
    const events = USUAL.map((event) => ({
      ...event,
      startMs: event.startMs + 8 * DAY_MS,
      actor: '',
      actorKind: '' as const,
    }));
    expect(summaries(events)).toEqual([]);
  });

  test('errors and redirects', () => {
    expect(summaries(release(200).map((event) => ({ ...event, status: 500 })))).toEqual([]);
  });
});
