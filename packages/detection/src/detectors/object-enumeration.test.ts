import { hashObjectId, type RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, random, read, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const USERS = 60;
const ORDERS_EACH = 12;

/** Order ids grow over all customers, so that neighbours usually belong to different people. */
function orderOf(user: number, nth: number): string {
  return `orders/${1000 + nth * USERS + user}`;
}

/** Ten days of customers reading their own orders, everyone reading the same products, and two support agents. */
function history(over: { listed?: boolean; support?: boolean } = {}): RequestEvent[] {
  const next = random(7);
  const events: RequestEvent[] = [];
  for (let day = 10; day >= 1; day--) {
    const dayMs = START_MS - day * DAY_MS;
    for (let user = 0; user < USERS; user++) {
      let atMs = dayMs + next() * DAY_MS * 0.9;
      const own = Array.from({ length: ORDERS_EACH }, (_, nth) => orderOf(user, nth));
      if (over.listed) events.push(list(atMs, `user-${user}`, own, home(user)));
      for (let i = 0; i < 4; i++) {
        atMs += 5_000 + next() * 60_000;
        const order = own[Math.floor(next() * ORDERS_EACH)]!;
        events.push(read({ atMs, actor: `user-${user}`, object: order, source: home(user) }));
        const product = `products/${Math.floor(next() * 80)}`;
        events.push(read({ atMs: atMs + 900, actor: `user-${user}`, object: product, source: home(user) }));
      }
    }
    if (over.support) {
      for (let agent = 0; agent < 2; agent++) events.push(...supportDay(dayMs, `agent-${agent}`, 30, next));
    }
  }
  return merged(events);
}

function list(atMs: number, actor: string, objects: readonly string[], source: string): RequestEvent {
  return request({
    startMs: atMs,
    actor,
    actorKind: 'user',
    source,
    path: '/orders',
    route: '/orders',
    handedOut: objects.map((object) => hashObjectId(object.split('/')[1]!)),
  });
}

function supportDay(dayMs: number, actor: string, tickets: number, next: () => number): RequestEvent[] {
  return Array.from({ length: tickets }, (_, i) =>
    read({
      atMs: dayMs + i * 600_000,
      actor,
      object: orderOf(Math.floor(next() * USERS), Math.floor(next() * ORDERS_EACH)),
      source: '192.0.2.10',
    }),
  );
}

function walk(size: number, stepMs: number, over: Partial<Parameters<typeof read>[0]> = {}): RequestEvent[] {
  return Array.from({ length: size }, (_, i) =>
    read({
      atMs: START_MS + i * stepMs,
      actor: 'mallory',
      object: `orders/${1000 + i}`,
      source: '203.0.113.7',
      ...over,
    }),
  );
}

const TENANTS = 6;
const COLLEAGUES = 10;

/** One of the twelve documents of a member of a tenant. */
function documentOf(tenant: number, member: number, nth: number): string {
  return `documents/${((nth * TENANTS + tenant) * COLLEAGUES + member) * 7919}`;
}

/** Ten days of companies whose people read their own and their colleagues' documents, through one route. */
function tenantHistory(over: Partial<RequestEvent> = {}): RequestEvent[] {
  const next = random(23);
  const events: RequestEvent[] = [];
  const pick = (size: number) => Math.floor(next() * size);
  for (let day = 10; day >= 1; day--) {
    for (let user = 0; user < TENANTS * COLLEAGUES; user++) {
      const tenant = user % TENANTS;
      let atMs = START_MS - day * DAY_MS + next() * DAY_MS * 0.9;
      for (let i = 0; i < 8; i++) {
        atMs += 5_000 + next() * 60_000;
        const member = next() < 0.4 ? Math.floor(user / TENANTS) : pick(COLLEAGUES);
        const object = documentOf(tenant, member, pick(12));
        const size = 2_000 + pick(6_000);
        events.push(
          read({ atMs, actor: `user-${user}`, object, source: home(user) }, { responseBytes: size, ...over }),
        );
      }
    }
  }
  return merged(events);
}

function readDocuments(actor: string, tenants: readonly number[], over: Partial<RequestEvent> = {}): RequestEvent[] {
  const next = random(29);
  return Array.from({ length: 40 }, (_, i) =>
    read(
      {
        atMs: START_MS + i * 20_000,
        actor,
        object: documentOf(tenants[i % tenants.length]!, Math.floor(next() * COLLEAGUES), Math.floor(next() * 12)),
        source: '203.0.113.7',
      },
      over,
    ),
  );
}

describe('found', () => {
  test.each([
    ['fast', 200],
    ['slow, one object per 40 s', 40_000],
    ['very slow, one per 10 min', 600_000],
  ])('others’ orders read in a walk (%s): one alert within ten objects', (_, stepMs) => {
    const before = history();
    const { alerts, raisedBy } = run([...before, ...walk(80, stepMs)]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'object_enumeration', actors: ['mallory'], sources: ['203.0.113.7'] });
    expect(alerts[0]!.score).toBeGreaterThanOrEqual(70);
    expect(raisedBy.get('object_enumeration')! - before.length).toBeLessThan(10);
  });

  test.each([
    ['a new account, an order in 40 s', 'mallory', 40_000, 15],
    ['a new account, an order in 3 min', 'mallory', 180_000, 15],
    ['a customer, an order in 3 min', 'user-30', 180_000, 10],
    ['a customer, an order an hour', 'user-30', HOUR_MS, 12],
  ])('others’ orders read in no order, all handed out: %s', (_, actor, stepMs, within) => {
    const before = history({ listed: true });
    const next = random(11);
    const events = Array.from({ length: 40 }, (_, i) =>
      read({
        atMs: START_MS + i * stepMs,
        actor,
        object: orderOf(Math.floor(next() * USERS), Math.floor(next() * ORDERS_EACH)),
        source: '203.0.113.7',
      }),
    );
    const { alerts, raisedBy } = run([...before, ...events]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'object_enumeration', actors: [actor] });
    expect(raisedBy.get('object_enumeration')! - before.length).toBeLessThan(within);
  });

  test('random ids that are mostly refused', () => {
    const before = history();
    const events = walk(60, 1_000).map((event, i) => {
      const id = String(700_000 + ((i * 7919) % 100_000));
      return { ...event, status: i % 10 === 0 ? 200 : 403, objects: [{ kind: 'orders', id, hash: hashObjectId(id) }] };
    });
    const { alerts } = run([...before, ...events]);
    expect(alerts.map((alert) => alert.type)).toEqual(['object_enumeration']);
  });

  test('hidden among reads of own orders, one in four', () => {
    const own = Array.from({ length: 120 }, (_, i) =>
      read({
        atMs: START_MS + i * 5_000 + 1,
        actor: 'mallory',
        object: `orders/${900_000 + i}`,
        source: '203.0.113.7',
      }),
    );
    const { alerts } = run([...history(), ...merged(own, walk(40, 15_000))]);
    expect(alerts.map((alert) => alert.type)).toEqual(['object_enumeration']);
  });

  test('documents of other companies, where colleagues read each other’s all day', () => {
    const before = tenantHistory();
    const { alerts, raisedBy } = run([...before, ...readDocuments('user-0', [1, 2, 3, 4, 5])]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'object_enumeration', actors: ['user-0'] });
    expect(raisedBy.get('object_enumeration')! - before.length).toBeLessThan(25);
  });

  test('refused by a body that says so inside a 200', () => {
    const graphql = { method: 'POST', path: '/graphql', route: '/graphql', operation: 'Document' };
    const before = tenantHistory(graphql);
    const { alerts } = run([
      ...before,
      ...readDocuments('mallory', [0, 1, 2, 3, 4, 5], { ...graphql, responseBytes: 118 }),
    ]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.type).toBe('object_enumeration');
    expect(alerts[0]!.summary).toContain('refused or not found');
  });

  test('without actors, by address', () => {
    const anonymous = history().map((event) => ({ ...event, actor: '', actorKind: '' as const }));
    const attack = walk(60, 1_000).map((event) => ({ ...event, actor: '', actorKind: '' as const }));
    const { alerts } = run([...anonymous, ...attack]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ sources: ['203.0.113.7'], actors: [] });
  });
});

describe('left alone', () => {
  test('a customer who pages through five hundred own records in order', () => {
    const events = Array.from({ length: 500 }, (_, i) =>
      read({ atMs: START_MS + i * 400, actor: 'user-3', object: `orders/${50_000 + i}`, source: home(3) }),
    );
    expect(run([...history(), ...events]).alerts.map((alert) => alert.summary)).toEqual([]);
  });

  test('a partner who syncs records that a list handed out', () => {
    const ids = Array.from({ length: 150 }, (_, i) => `orders/${1000 + i}`);
    const events = [
      list(START_MS, 'partner', ids, '192.0.2.77'),
      ...ids.map((object, i) =>
        read({ atMs: START_MS + 1_000 + i * 100, actor: 'partner', object, source: '192.0.2.77' }),
      ),
    ];
    expect(run([...history({ listed: true }), ...events]).alerts.map((alert) => alert.summary)).toEqual([]);
  });

  test('support agents, on a busy day too, and a new colleague beside them', () => {
    const next = random(3);
    const busy = supportDay(START_MS, 'agent-0', 90, next);
    const colleague = supportDay(START_MS + 1, 'agent-new', 30, next);
    expect(
      run([...history({ support: true }), ...merged(busy, colleague)]).alerts.map((alert) => alert.summary),
    ).toEqual([]);
  });

  test('support that types order numbers in from the first day on, while it is being learned what is whose', () => {
    const next = random(19);
    const days = Array.from({ length: 10 }, (_, day) =>
      ['agent-0', 'agent-1', 'agent-2'].flatMap((actor) =>
        Array.from({ length: 8 }, (_, hour) => {
          const atMs = START_MS - (10 - day) * DAY_MS + (hour + next()) * HOUR_MS;
          const user = Math.floor(next() * USERS);
          const order = read({
            atMs,
            actor,
            object: orderOf(user, Math.floor(next() * ORDERS_EACH)),
            source: '192.0.2.10',
          });
          const customer = {
            ...order,
            startMs: atMs + 9_000,
            path: `/customers/${user}`,
            route: '/customers/{id}',
            objects: [],
          };
          return [order, customer];
        }).flat(),
      ),
    ).flat();
    expect(run(merged(history({ listed: true }), days)).alerts.map((alert) => alert.summary)).toEqual([]);
  });

  test('a newcomer who opens the documents of all colleagues', () => {
    const newcomer = readDocuments('newcomer', [3], { responseBytes: 4_100 });
    expect(run([...tenantHistory(), ...newcomer]).alerts.map((alert) => alert.summary)).toEqual([]);
  });

  test('a partner’s keys that read customers’ orders by their nature, every night and more than ever once', () => {
    const next = random(31);
    const nights = (count: number, day: number) =>
      Array.from({ length: 14 }, (_, key) =>
        Array.from({ length: count }, (_, i) =>
          read(
            {
              atMs: START_MS - day * DAY_MS + key * 60_000 + i * 900,
              actor: `key-${key}`,
              object: orderOf(Math.floor(next() * USERS), Math.floor(next() * ORDERS_EACH)),
              source: `192.0.2.${key}`,
            },
            { actorKind: 'api_key' },
          ),
        ),
      ).flat();
    const past = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1].flatMap((day) => nights(30, day));
    expect(run(merged(history(), past, nights(90, 0))).alerts.map((alert) => alert.summary)).toEqual([]);
  });

  test('a public catalogue read from end to end', () => {
    const events = Array.from({ length: 80 }, (_, i) =>
      read({ atMs: START_MS + i * 500, actor: 'user-9', object: `products/${i}`, source: home(9) }),
    );
    expect(run([...history(), ...events]).alerts.map((alert) => alert.summary)).toEqual([]);
  });

  test('a release that breaks the ids of everyone', () => {
    const events: RequestEvent[] = [];
    for (let i = 0; i < 15; i++) {
      for (let user = 0; user < 40; user++) {
        events.push(
          read({
            atMs: START_MS + i * 4_000 + user * 97,
            actor: `user-${user}`,
            object: `orders/undefined-${user}-${i}`,
            source: home(user * 300),
            status: 404,
          }),
        );
      }
    }
    expect(run([...history(), ...merged(events)]).alerts.map((alert) => alert.summary)).toEqual([]);
  });

  test('the orders of four colleagues, and nine stale bookmarks', () => {
    const colleagues = [0, 1, 2, 3].flatMap((user) =>
      Array.from({ length: 6 }, (_, nth) =>
        read({
          atMs: START_MS + (user * 6 + nth) * 20_000,
          actor: 'user-30',
          object: orderOf(user, nth),
          source: home(30),
        }),
      ),
    );
    const stale = Array.from({ length: 5 }, (_, i) =>
      read({
        atMs: START_MS + i * 30_000,
        actor: 'user-31',
        object: `orders/${1 + i * 37}`,
        status: 404,
        source: home(31),
      }),
    );
    expect(run([...history(), ...merged(colleagues, stale)]).alerts.map((alert) => alert.summary)).toEqual([]);
  });
});
