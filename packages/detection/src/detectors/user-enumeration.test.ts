import { hashObjectId, type RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, login, random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const USERS = 250;

interface Ask {
  readonly atMs: number;
  readonly name: string;
  readonly exists: boolean;
  readonly source: string;
}

function ask(event: 'reset' | 'signup', one: Ask, over: Partial<RequestEvent> = {}): RequestEvent {
  const ok = event === 'reset' ? one.exists : !one.exists;
  return request({
    startMs: one.atMs,
    method: 'POST',
    path: `/${event}`,
    route: `/${event}`,
    status: ok ? 202 : event === 'reset' ? 404 : 409,
    responseBytes: ok ? 30 : 60,
    authEvent: event,
    authIdentifier: one.name,
    authOutcome: ok ? 'success' : 'failure',
    authFrom: 'agent',
    authAttempts: 1,
    source: one.source,
    ...over,
  });
}

/** A look-up by a parameter that intake has made a pseudonym of. */
function lookUp(one: Ask, over: Partial<RequestEvent> = {}): RequestEvent {
  return request({
    startMs: one.atMs,
    path: '/users/exists',
    query: `email=${pseudonymOf(one.name)}`,
    route: '/users/exists',
    status: one.exists ? 200 : 404,
    responseBytes: one.exists ? 24 : 90,
    source: one.source,
    ...over,
  });
}

function pseudonymOf(name: string): string {
  return hashObjectId(name).toString(16).padStart(8, '0') + hashObjectId(`${name}!`).toString(16).padStart(8, '0');
}

function active(atMs: number, user: number): RequestEvent {
  return request({ startMs: atMs, actor: `actor-${user}`, actorKind: 'user', source: home(user * 256) });
}

/** Ten days of logins, some resets (a few mistyped), sign-ups that go on, and a form that asks while one types. */
function history(): RequestEvent[] {
  const next = random(8);
  const events: RequestEvent[] = [];
  for (let i = 0; i < 2_500; i++) {
    const atMs = START_MS - 10 * DAY_MS + (i * 10 * DAY_MS) / 2_500;
    const user = Math.floor(next() * USERS);
    const source = home(user * 256);
    events.push(login({ atMs, source, account: `user-${user}`, ok: true }), active(atMs + 2_000, user));
    if (i % 12 === 0) {
      if (next() < 0.1) events.push(ask('reset', { atMs: atMs + 3_000, name: `typo-${i}`, exists: false, source }));
      events.push(ask('reset', { atMs: atMs + 9_000, name: `user-${user}`, exists: true, source }));
      events.push(login({ atMs: atMs + 90_000, source, account: `user-${user}`, ok: true }));
    }
    if (i % 15 === 0) events.push(...newcomer(atMs, 1_000 + i));
    if (i % 15 === 5) {
      for (let key = 0; key < 4; key++) {
        events.push(lookUp({ atMs: atMs + key * 300, name: `nick-${i}-${key}`, exists: key < 2, source }));
      }
    }
  }
  return merged(events);
}

function newcomer(atMs: number, user: number, source = home(user * 256)): RequestEvent[] {
  return [
    ask('signup', { atMs, name: `new-${user}`, exists: false, source }),
    request({ startMs: atMs + 4_000, actor: `actor-${user}`, actorKind: 'user', source }),
  ];
}

const USUAL = history();

function list(count: number, of: (i: number) => Partial<Ask>, stepMs = 4_000): Ask[] {
  return Array.from({ length: count }, (_, i) => ({
    atMs: START_MS + i * stepMs,
    name: i % 10 === 0 ? `user-${i}` : `listed-${i}`,
    exists: i % 10 === 0,
    source: '203.0.113.7',
    ...of(i),
  }));
}

function alertsOf(events: readonly RequestEvent[]) {
  return run([...USUAL, ...events]).alerts;
}

function summaries(events: readonly RequestEvent[]): string[] {
  return alertsOf(events).map((alert) => alert.summary);
}

/** Ordinary resets and sign-ups that go on while something else happens. */
function meanwhile(hours: number): RequestEvent[] {
  const next = random(4);
  return Array.from({ length: hours * 6 }, (_, i) => {
    const atMs = START_MS + i * 10 * MINUTE_MS;
    const user = Math.floor(next() * USERS);
    const source = home(user * 256);
    return [
      ...newcomer(atMs, 9_000 + i),
      ask('reset', { atMs: atMs + 1_000, name: `user-${user}`, exists: true, source }),
      login({ atMs: atMs + 60_000, source, account: `user-${user}`, ok: true }),
    ];
  }).flat();
}

describe('found', () => {
  test('one address that asks with a fresh guest cookie each time, and is answered alike', () => {
    const list = Array.from({ length: 60 }, (_, i) =>
      ask(
        'signup',
        { atMs: START_MS + i * 400, name: `listed-${i}`, exists: false, source: '203.0.113.7' },
        { session: `guest-${i}`, actor: `guest-${i}`, actorKind: 'session' },
      ),
    );
    const { alerts } = run([...history(), ...list]);
    expect(alerts.map((alert) => [alert.type, alert.sources])).toEqual([['user_enumeration', ['203.0.113.7']]]);
  });

  test.each([
    ['reset, fast', 'reset' as const, 300],
    ['reset, one in four minutes', 'reset' as const, 4 * MINUTE_MS],
    ['sign-up', 'signup' as const, 4_000],
  ])('a list of names at the %s, from one address', (_, event, stepMs) => {
    const { alerts, raisedBy } = run([...USUAL, ...list(120, () => ({}), stepMs).map((one) => ask(event, one))]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'user_enumeration', sources: ['203.0.113.7'] });
    expect(alerts[0]!.targets).toContain('account:listed-1');
    expect(alerts[0]!.summary).toMatch(/Answers differ \(\d+ × status \d+ with about \d+ bytes; \d+ × status/);
    expect(raisedBy.get('user_enumeration')! - USUAL.length).toBeLessThan(25);
  });

  test('behind thirty addresses, twenty names each: one alert', () => {
    const events = list(600, (i) => ({ source: `203.0.${i % 30}.7` }), 10_000).map((one) => ask('reset', one));
    const alerts = alertsOf(events);
    expect(alerts.map((alert) => alert.type)).toEqual(['user_enumeration']);
    expect(alerts[0]!.sourceCount).toBeGreaterThan(25);
  });

  test('one machine, and hours later forty others at the same place: two campaigns', () => {
    const first = list(200, () => ({}), 1_000).map((one) => ask('reset', one));
    const second = list(600, (i) => ({ source: `203.0.${i % 40}.9` }), 8_000).map((one) =>
      ask('reset', { ...one, atMs: one.atMs + 240 * MINUTE_MS, name: `other-${one.name}` }),
    );
    const alerts = alertsOf([...first, ...second]);
    expect(alerts.map((alert) => [alert.type, alert.sourceCount]).toSorted()).toEqual([
      ['user_enumeration', 1],
      ['user_enumeration', 40],
    ]);
  });

  test.each(['reset', 'signup'] as const)(
    'at the %s, from hundreds of addresses with one or two names each',
    (event) => {
      const events = list(500, (i) => ({ source: `20${i % 4}.${(i >> 1) & 255}.${i >> 9}.7` }), 30_000);
      const alerts = alertsOf(
        merged(
          events.map((one) => ask(event, one)),
          meanwhile(5),
        ),
      );
      expect(alerts.map((alert) => alert.type)).toEqual(['user_enumeration']);
      expect(alerts[0]!.summary).toContain('nothing followed');
      expect(alerts[0]!.sources.filter((source) => !source.startsWith('20'))).toEqual([]);
    },
  );

  test('from twenty addresses in turn, at a sign-up that nobody had used before', () => {
    const asked = Array.from({ length: 120 }, (_, i) => {
      const source = `203.0.${i % 20}.7`;
      return ask(
        'signup',
        { atMs: START_MS + i * 13_000, name: `listed-${i}`, exists: false, source },
        { route: '/join' },
      );
    });
    const { alerts } = run([...history(), ...asked]);
    expect(alerts.map((alert) => [alert.type, alert.sourceCount])).toEqual([['user_enumeration', 20]]);
    expect(alerts[0]!.evidence[0]!.observed).toBeLessThanOrEqual(120);
    expect(alerts[0]!.raisedAt < new Date(START_MS + 11 * MINUTE_MS).toISOString()).toBe(true);
    const once = asked.map((event, i) => ({ ...event, authIdentifier: `listed-${i % 20}` }));
    expect(run([...history(), ...once]).alerts).toEqual([]);
  });

  test('look-ups by e-mail without a login, and by path', () => {
    expect(alertsOf(list(150, () => ({})).map((one) => lookUp(one))).map((alert) => alert.type)).toEqual([
      'user_enumeration',
    ]);
    const byPath = list(150, () => ({})).map((one) => {
      const id = pseudonymOf(one.name);
      const path = `/contacts/${id}`;
      return lookUp(one, {
        path,
        query: '',
        route: '/contacts/{email}',
        objects: [{ kind: 'contacts', id, hash: hashObjectId(id) }],
      });
    });
    expect(alertsOf(byPath).map((alert) => alert.type)).toContain('user_enumeration');
  });

  test('in bare spans, where names are hidden and unknown ones are answered 404', () => {
    const bare = (events: readonly RequestEvent[]) =>
      events.map((event) => ({ ...event, authIdentifier: '', actor: '', actorKind: '' as const, fingerprint: '' }));
    const { alerts } = run(bare([...USUAL, ...list(120, () => ({})).map((one) => ask('reset', one))]));
    expect(alerts.map((alert) => alert.type)).toContain('user_enumeration');
    expect(alerts[0]!.summary).toContain('The spans do not show the names.');
  });
});

describe('left alone', () => {
  test('nine names at a reset and fourteen at a sign-up, just below evidence; the same name again and again', () => {
    expect(summaries(list(9, () => ({})).map((one) => ask('reset', one)))).toEqual([]);
    expect(summaries(list(14, () => ({})).map((one) => ask('signup', one)))).toEqual([]);
    expect(summaries(list(200, () => ({ name: 'nobody', exists: false })).map((one) => ask('reset', one)))).toEqual([]);
  });

  test('a wave of sign-ups, forty of them in one classroom, who all go on', () => {
    const wave = Array.from({ length: 200 }, (_, i) => newcomer(START_MS + i * 15_000, 4_000 + i)).flat();
    const room = Array.from({ length: 40 }, (_, i) =>
      newcomer(START_MS + i * 5_000, 5_000 + i, '198.51.100.40'),
    ).flat();
    expect(summaries(merged(wave, room))).toEqual([]);
  });

  test('a storm of resets by users, an office of them behind one address, some without a login after', () => {
    const storm = list(USERS, (i) => ({ name: `user-${i}`, exists: true, source: home(i * 256) })).map((one) =>
      ask('reset', one),
    );
    const office = list(60, (i) => ({ name: `user-${i + 60}`, exists: true, source: '198.51.100.41' }), 20_000).map(
      (one) => ask('reset', one),
    );
    expect(summaries(merged(storm, office))).toEqual([]);
  });

  test('an address book of 400 people, by one user', () => {
    const events = list(400, () => ({})).map((one) => lookUp(one, { actor: 'actor-3', actorKind: 'user' }));
    expect(summaries(events)).toEqual([]);
  });

  test('a search of pages by plain parameters, and failing logins', () => {
    const pages = list(200, () => ({})).map((one) =>
      lookUp(one, { query: `page=${one.name}&sort=name`, route: '/users' }),
    );
    const logins = list(5, () => ({})).map((one) =>
      login({ atMs: one.atMs, source: one.source, account: one.name, ok: false }),
    );
    expect(summaries(merged(pages, logins))).toEqual([]);
  });
});
