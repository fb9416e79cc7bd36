import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

interface Page {
  readonly atMs: number;
  readonly actor: string;
  readonly bytes: number;
  readonly path: string;
  readonly source?: string;
  readonly kind?: 'user' | 'api_key';
  readonly rows?: number;
}

function page(one: Page): RequestEvent {
  const [path = '', query = ''] = one.path.split('?');
  return request({
    startMs: one.atMs,
    actor: one.actor,
    actorKind: one.kind ?? 'user',
    source: one.source ?? home(1),
    path,
    query,
    route: path,
    responseBytes: one.bytes,
    handedOut: Array.from({ length: one.rows ?? 0 }, (_, i) => (one.atMs + i * 2_654_435_761) >>> 0),
  });
}

/** Users who page through their lists at office hours, with heavy-tailed volumes; one partner who syncs every night. */
function history(days = 21, users = 30): RequestEvent[] {
  const next = random(11);
  const events: RequestEvent[] = [];
  for (let day = days; day >= 1; day--) {
    const dayMs = Math.floor(START_MS / DAY_MS) * DAY_MS - day * DAY_MS;
    for (let user = 0; user < users; user++) {
      for (const hour of [8, 10, 13, 15]) {
        if (next() < 0.3) continue;
        const size = 20_000 * Math.exp(1.2 * gauss(next));
        for (let i = 0; i < 6; i++) {
          const atMs = dayMs + hour * HOUR_MS + i * 60_000 + user * 700;
          events.push(
            page({
              atMs,
              actor: `user-${user}`,
              bytes: size / 6,
              path: `/orders?page=${i}&d=${day}-${hour}`,
              source: home(user),
            }),
          );
        }
      }
    }
    events.push(...sync(dayMs + 2 * HOUR_MS, day, 1));
  }
  return merged(events);
}

function sync(atMs: number, day: number, times: number): RequestEvent[] {
  return Array.from({ length: 60 * times }, (_, i) =>
    page({
      atMs: atMs + i * 2_000,
      actor: 'partner',
      kind: 'api_key',
      bytes: 500_000,
      path: `/partner/orders?cursor=${day}-${i}`,
      source: '192.0.2.44',
      rows: 100,
    }),
  );
}

function gauss(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function pull(
  actor: string,
  over: { size?: number; bytes?: number; atMs?: number; source?: string } = {},
): RequestEvent[] {
  return Array.from({ length: over.size ?? 400 }, (_, i) =>
    page({
      atMs: (over.atMs ?? START_MS) + i * 500,
      actor,
      bytes: over.bytes ?? 200_000,
      path: `/customers?page=${i}&limit=200`,
      source: over.source ?? '203.0.113.7',
      rows: 100,
    }),
  );
}

/** Asks every hour, little each time, always from one network. */
function smallPartner(): RequestEvent[] {
  return Array.from({ length: 8 * 24 }, (_, hour) =>
    page({
      atMs: START_MS - (hour + 1) * HOUR_MS,
      actor: 'small',
      kind: 'api_key',
      bytes: hour % 24 === 7 ? 60_000 : 2_000,
      path: `/partner/orders?since=${hour}`,
      source: '192.0.2.55',
      rows: hour % 24 === 7 ? 100 : 3,
    }),
  );
}

/** Addresses without accounts: small pages at eleven, day by day, and from one of the last day on large ones at some. */
function addresses(risen: number): RequestEvent[] {
  const events: RequestEvent[] = [];
  for (let day = 14; day >= 0; day--) {
    for (let one = 0; one < 40; one++) {
      const times = day === 0 && one < risen ? 12 : 1;
      for (let i = 0; i < 10 * times; i++) {
        const atMs = START_MS - day * DAY_MS + one * 900 + i * 25_000;
        const path = `/search?q=${one}-${i}-${day}`;
        events.push({
          ...page({ atMs, actor: '', bytes: times === 1 ? 2_000 + 40 * one : 42_000, path, source: home(one) }),
          actorKind: '',
          session: '',
        });
      }
    }
  }
  return merged(events);
}

describe('found', () => {
  test('an address that takes 250 times its usual in large pages, while nobody else does', () => {
    const { alerts } = run(addresses(1));
    expect(alerts.map((alert) => [alert.type, alert.sources])).toEqual([['data_exfiltration', [home(0)]]]);
  });

  test('an account with a past takes a hundred times its usual from a new network', () => {
    const before = history();
    const { alerts, raisedBy } = run([...before, ...pull('user-3')]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'data_exfiltration', actors: ['user-3'] });
    expect(alerts[0]!.summary).toMatch(
      /^User user-3 took 80 MB \(40,000 records\) with 400 different requests in 3 min/,
    );
    expect(raisedBy.get('data_exfiltration')! - before.length).toBeLessThan(150);
  });

  test('a new account that takes everything on its first day', () => {
    const { alerts } = run([...history(), ...pull('newcomer')]);
    expect(alerts.map((alert) => alert.actors)).toEqual([['newcomer']]);
  });

  test('a partner’s small key, used from elsewhere: found as soon as it takes five times its record, 0.3 MB', () => {
    const small = smallPartner();
    const theft = Array.from({ length: 47 }, (_, i) =>
      page({
        atMs: START_MS + i * 200,
        actor: 'small',
        kind: 'api_key',
        bytes: 18_000,
        path: `/partner/orders?page=${i}`,
        source: '203.0.113.7',
        rows: 100,
      }),
    );
    const before = merged(history(), small);
    const { alerts, raisedBy } = run([...before, ...theft]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'data_exfiltration', actors: ['small'] });
    expect(raisedBy.get('data_exfiltration')! - before.length).toBeLessThan(18);
  });

  test('a nightly sync that suddenly takes twenty times its usual', () => {
    const { alerts } = run([...history(), ...sync(START_MS, 0, 20)]);
    expect(alerts.map((alert) => alert.actors)).toEqual([['partner']]);
  });

  test('a member of staff who pages through all, over a route that he never used: an unusual export, and low', () => {
    const events = pull('user-5', { source: home(5), bytes: 60_000, size: 200, atMs: START_MS + 10 * HOUR_MS });
    const { alerts, raisedBy } = run([...history(), ...events]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'data_exfiltration', actors: ['user-5'], severity: 'low' });
    expect(alerts[0]!.title).toBe('Unusual export by user user-5');
    expect(raisedBy.get('data_exfiltration')).toBeGreaterThan(0);
  });

  test('a key that fetches 120 files of 4 MB from elsewhere', () => {
    const files = Array.from({ length: 120 }, (_, i) =>
      page({
        atMs: START_MS + i * 25_000,
        actor: 'small',
        kind: 'api_key',
        bytes: 4_000_000,
        path: `/partner/files?n=${i}`,
        source: '203.0.113.7',
      }),
    );
    const { alerts } = run([...merged(history(), smallPartner()), ...files]);
    expect(alerts.map((alert) => [alert.type, alert.actors])).toEqual([['data_exfiltration', ['small']]]);
  });

  test('the only key of a service takes 480 MB at one URL, with its cursor in a header, where its largest hour was 0.06 MB', () => {
    const files = Array.from({ length: 120 }, (_, i) =>
      page({
        atMs: START_MS + i * 20_000,
        actor: 'small',
        kind: 'api_key',
        bytes: 4_000_000 + i,
        path: '/partner/orders?per_page=10000',
        source: '192.0.2.55',
      }),
    );
    const before = smallPartner().reverse();
    const { alerts, raisedBy } = run([...before, ...files]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'data_exfiltration', actors: ['small'], severity: 'low' });
    expect(raisedBy.get('data_exfiltration')! - before.length).toBeLessThan(70);
  });

  test('one of two keys, whose nightly pass takes as much every night, asks the same route for years instead of days', () => {
    const nights: RequestEvent[] = [];
    for (let day = 14; day >= 1; day--) {
      for (let i = 0; i < 200; i++) {
        for (const actor of ['tax', 'budget']) {
          const atMs = Math.floor(START_MS / DAY_MS) * DAY_MS - day * DAY_MS + 4 * HOUR_MS + i * 4_000;
          const path = `/psd2/accounts?n=${i}&from=${-day}`;
          nights.push(page({ atMs, actor, kind: 'api_key', bytes: 7_000, path, source: '192.0.2.60' }));
        }
      }
    }
    const years = Array.from({ length: 50 }, (_, i) =>
      page({
        atMs: Math.floor(START_MS / DAY_MS) * DAY_MS + 2 * HOUR_MS + i * 60_000,
        actor: 'tax',
        kind: 'api_key',
        bytes: 1_200_000,
        path: `/psd2/accounts?n=${i}&from=2023`,
        source: '192.0.2.60',
      }),
    );
    const { alerts } = run([...merged(history(), nights), ...years]);
    expect(alerts.map((alert) => [alert.type, alert.actors])).toEqual([['data_exfiltration', ['tax']]]);
  });

  test('an insider who takes three times the usual, every day for three weeks', () => {
    const next = random(5);
    const events: RequestEvent[] = [];
    for (let day = 0; day < 21; day++) {
      for (let user = 0; user < 30; user++) {
        const times = user === 7 ? 3 : 1;
        for (let i = 0; i < 24 * times; i++) {
          const atMs = START_MS + day * DAY_MS + user * 700 + i * 60_000;
          events.push(
            page({ atMs, actor: `user-${user}`, bytes: 4_000 + 2_000 * next(), path: `/orders?page=${i}&e=${day}` }),
          );
        }
      }
    }
    const steady = merged(events).map((event) => ({ ...event, startMs: event.startMs + 21 * DAY_MS }));
    const usual = merged(events).filter(
      (event) => event.actor !== 'user-7' || Number(event.query.slice(5).split('&')[0]) < 24,
    );
    const { alerts } = run([...usual, ...steady]);
    expect(alerts.map((alert) => [alert.type, alert.actors])).toEqual([['data_exfiltration', ['user-7']]]);
    expect(alerts[0]!.summary).toContain('for days');
  });
});

describe('left alone', () => {
  test('the nightly sync at month end, three times as large', () => {
    expect(run([...history(), ...sync(START_MS, 0, 3)]).alerts).toEqual([]);
  });

  test('a key that asks all day long fetches three days’ worth in twenty minutes at month end', () => {
    const calls = (atMs: number, gapMs: number, size: number) =>
      Array.from({ length: size }, (_, i) =>
        page({
          atMs: atMs + i * gapMs,
          actor: 'steady',
          kind: 'api_key',
          bytes: 4_500,
          path: `/partner/stock?item=${atMs + i}`,
          source: '192.0.2.70',
        }),
      );
    const dayMs = Math.floor(START_MS / DAY_MS) * DAY_MS;
    const usual = Array.from({ length: 14 }, (_, day) => calls(dayMs - (day + 1) * DAY_MS, 160_000, 540)).flat();
    const people = history().filter((event) => event.actor !== 'partner');
    expect(run(merged(people, usual, calls(dayMs + 5 * HOUR_MS, 800, 1_620))).alerts).toEqual([]);
  });

  test('a small partner that moves to another network and goes on as it did, or catches up on a day', () => {
    const moved = (size: number) =>
      Array.from({ length: size }, (_, i) =>
        page({
          atMs: START_MS + i * 1_000,
          actor: 'small',
          kind: 'api_key',
          bytes: 2_500,
          path: `/partner/orders?since=again-${i}`,
          source: '198.51.100.200',
          rows: 4,
        }),
      );
    expect(run([...merged(history(), smallPartner()), ...moved(24)]).alerts).toEqual([]);
  });

  test('a quarterly export: one file of 200 MB', () => {
    const file = page({ atMs: START_MS, actor: 'user-2', bytes: 200_000_000, path: '/export.csv', source: home(2) });
    expect(run([...history(), file]).alerts).toEqual([]);
  });

  test('a quarterly export of eight files beside the usual work, over a route that is new to its administrator', () => {
    const events = Array.from({ length: 40 }, (_, i) =>
      page({
        atMs: START_MS + i * 70_000,
        actor: 'user-2',
        bytes: i % 5 === 0 ? 25_000_000 : 3_000,
        path: i % 5 === 0 ? `/export/usage.csv?part=${i}` : `/orders?page=${i}&e=1`,
        source: home(2),
      }),
    );
    expect(run([...history(), ...events]).alerts).toEqual([]);
  });

  test('someone who pages through 2,000 records of his own in half an hour', () => {
    const events = Array.from({ length: 800 }, (_, i) =>
      page({
        atMs: START_MS + 10 * HOUR_MS + i * 2_000,
        actor: 'user-6',
        bytes: 4_000,
        path: i % 20 === 0 ? `/orders?page=${i}` : '/orders',
        source: home(6),
        rows: i % 20 === 0 ? 50 : 1,
      }),
    ).map((event, i) => ({ ...event, path: i % 20 === 0 ? '/orders' : `/orders/${i}` }));
    expect(run([...history(), ...events]).alerts).toEqual([]);
  });

  test('a traveller who reads more than ever in another network', () => {
    const events = Array.from({ length: 16 }, (_, i) =>
      page({
        atMs: START_MS + 10 * HOUR_MS + i * 30_000,
        actor: 'user-8',
        bytes: 9_500,
        path: `/orders?page=${i}&t=1`,
        source: '198.51.100.9',
        rows: 30,
      }),
    );
    expect(run([...history(), ...events]).alerts).toEqual([]);
  });

  test('one large download, repeated by a client that gives up half way', () => {
    const events = Array.from({ length: 50 }, (_, i) =>
      page({ atMs: START_MS + i * 5_000, actor: 'user-2', bytes: 9_000_000, path: '/manual.pdf', source: home(2) }),
    );
    expect(run([...history(), ...events]).alerts).toEqual([]);
  });

  test('a key that polls one list more often than ever: what is as long as before is no more data', () => {
    const polls = Array.from({ length: 1_000 }, (_, i) =>
      page({
        atMs: START_MS + i * 3_000,
        actor: 'small',
        kind: 'api_key',
        bytes: 60_000 + (i % 8),
        path: '/partner/orders?page=1',
        source: '192.0.2.55',
      }),
    );
    expect(run([...smallPartner().reverse(), ...polls]).alerts).toEqual([]);
  });

  test('the same by half of all addresses in one hour, but for the first of them: a push message', () => {
    expect(run(addresses(20)).alerts).toEqual([]);
  });

  test('a busy day, three times the usual', () => {
    const events = Array.from({ length: 120 }, (_, i) =>
      page({ atMs: START_MS + i * 20_000, actor: 'user-4', bytes: 10_000, path: `/orders?page=${i}`, source: home(4) }),
    );
    expect(run([...history(), ...events]).alerts).toEqual([]);
  });

  test('everything, while nothing is known of the usual', () => {
    expect(run(pull('someone')).alerts).toEqual([]);
  });

  test('a month end on which everyone takes more', () => {
    const events: RequestEvent[] = [];
    const next = random(5);
    for (let day = 0; day < 40; day++) {
      for (let user = 0; user < 30; user++) {
        const times = day >= 20 ? 3 : 1;
        for (let i = 0; i < 12 * times; i++) {
          const atMs = START_MS + day * DAY_MS + user * 700 + i * 60_000;
          events.push(
            page({ atMs, actor: `user-${user}`, bytes: 4_000 + 2_000 * next(), path: `/orders?page=${i}&e=${day}` }),
          );
        }
      }
    }
    expect(run(merged(events)).alerts).toEqual([]);
  });
});
