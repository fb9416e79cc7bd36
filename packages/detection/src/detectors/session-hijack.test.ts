import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, login, random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const USERS = 120;

const FIREFOX = { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0', fingerprint: 'firefox-140' };
const CHROME = { userAgent: 'Mozilla/5.0 (Windows NT 10.0) Chrome/143.0.0.0 Safari/537.36', fingerprint: 'chrome-143' };
const CURL = { userAgent: 'curl/8.5.0', fingerprint: 'curl' };
const NODE = { userAgent: 'node', fingerprint: 'node' };

const USUAL = history({});
const RENDERED = history({ relay: true });

interface Use {
  readonly atMs: number;
  readonly session: string;
  readonly source: string;
  readonly client?: { readonly userAgent: string; readonly fingerprint: string };
}

function use(one: Use, over: Partial<RequestEvent> = {}): RequestEvent {
  return request({
    startMs: one.atMs,
    session: one.session,
    actor: one.session.split('/')[0]!,
    actorKind: 'user',
    source: one.source,
    path: '/orders',
    route: '/orders',
    ...(one.client ?? FIREFOX),
    ...over,
  });
}

/** Ten days in which everyone works from home and from a phone's network, with one session a day. */
function history(over: { relay?: boolean }): RequestEvent[] {
  const next = random(11);
  const events: RequestEvent[] = [];
  for (let day = 10; day >= 1; day--) {
    for (let user = 0; user < USERS; user++) {
      const atMs = START_MS - day * DAY_MS + next() * 0.8 * DAY_MS;
      const session = `user-${user}/${day}`;
      for (let i = 0; i < 6; i++) {
        const source = i % 3 === 2 ? `192.0.${2 + (user % 50)}.${user}` : home(user * 256);
        events.push(use({ atMs: atMs + i * 40_000, session, source }));
        if (over.relay) events.push(use({ atMs: atMs + i * 40_000 + 300, session, source: '10.9.0.4', client: NODE }));
      }
    }
  }
  return merged(events);
}

function owner(count: number, stepMs: number, over: Partial<Use> = {}): RequestEvent[] {
  return Array.from({ length: count }, (_, i) =>
    use({ atMs: START_MS + i * stepMs, session: 'user-7/now', source: home(7 * 256), ...over }),
  );
}

function thief(count: number, fromMs: number, stepMs: number, client = CURL): RequestEvent[] {
  return Array.from({ length: count }, (_, i) =>
    use({ atMs: START_MS + fromMs + i * stepMs, session: 'user-7/now', source: '203.0.113.9', client }),
  );
}

function summaries(events: RequestEvent[]): string[] {
  return run(events).alerts.map((alert) => alert.summary);
}

describe('found', () => {
  test('a cookie used from a server while its owner works', () => {
    const { alerts } = run([...USUAL, ...merged(owner(20, 20_000), thief(15, 3 * MINUTE_MS, 4_000))]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      type: 'session_hijack',
      sources: ['203.0.113.9'],
      actors: ['user-7'],
      compromised: ['user-7'],
      targets: ['session:user-7/now'],
    });
    expect(alerts[0]!.score).toBeGreaterThanOrEqual(70);
    expect(alerts[0]!.summary).toContain('another kind of client, in another network');
  });

  test('in turns on the first day of a service, with few sessions known', () => {
    const others = Array.from({ length: 30 }, (_, i) =>
      use({ atMs: START_MS - i * 1_000, session: `user-${i + 20}/a`, source: home(i * 256) }),
    );
    const { alerts } = run(merged(others, owner(20, 25_000), thief(15, 2 * MINUTE_MS, 25_000, CHROME)));
    expect(alerts.map((alert) => alert.type)).toEqual(['session_hijack']);
  });

  test('after the owner went quiet, with a copied user agent: network and headers are new to the user', () => {
    const copied = { userAgent: FIREFOX.userAgent, fingerprint: 'other-headers' };
    const { alerts } = run([...USUAL, ...owner(6, 20_000), ...thief(15, 90 * MINUTE_MS, 25_000, copied)]);
    expect(alerts.map((alert) => alert.type)).toEqual(['session_hijack']);
    expect(alerts[0]!.summary).toContain('without a new login');
  });

  test('of a user who is new here, when the second client takes an export', () => {
    const stranger = { session: 'novice/now', source: home(9_000) };
    const taken = thief(8, 90 * MINUTE_MS, 25_000, CHROME).map((event, i) => ({
      ...event,
      session: 'novice/now',
      actor: 'novice',
      ...(i === 7 ? { path: '/me/export', route: '/me/export' } : {}),
    }));
    const logins = Array.from({ length: 3_000 }, (_, i) =>
      login({ atMs: START_MS - DAY_MS - i * 10_000, source: home(i * 256), account: `user-${i}`, ok: true }),
    );
    const past = merged(USUAL, logins);
    const before = [...past, ...owner(6, 20_000, stranger), ...taken.slice(0, 7)];
    expect(summaries(before)).toEqual([]);
    const { alerts } = run([...before, taken[7]!]);
    expect(alerts.map((alert) => [alert.type, alert.compromised])).toEqual([['session_hijack', ['novice']]]);
  });

  test('two thefts by one thief are one alert', () => {
    const second = thief(15, 3 * MINUTE_MS + 500, 4_000).map((event) => ({
      ...event,
      session: 'user-9/now',
      actor: 'user-9',
    }));
    const secondOwner = owner(20, 20_000, { session: 'user-9/now', source: home(9 * 256) });
    const { alerts } = run([
      ...USUAL,
      ...merged(owner(20, 20_000), thief(15, 3 * MINUTE_MS, 4_000), secondOwner, second),
    ]);
    expect(alerts.map((alert) => [...alert.compromised].sort())).toEqual([['user-7', 'user-9']]);
  });
});

test('a login that names the session which it began changes nothing', () => {
  const copied = { userAgent: FIREFOX.userAgent, fingerprint: 'other-headers' };
  const events = [...USUAL, ...owner(6, 20_000), ...thief(15, 90 * MINUTE_MS, 25_000, copied)];
  const withLogins = (nameOf: (session: string) => Partial<RequestEvent>) => {
    const begun = new Set<string>();
    return events.flatMap((event) => {
      if (begun.has(event.session)) return [event];
      begun.add(event.session);
      const { startMs, source, session, actor, userAgent, fingerprint } = event;
      const one = { atMs: startMs - 1, source, account: actor, ok: true };
      return [login(one, { userAgent, fingerprint, ...nameOf(session) }), event];
    });
  };
  const { alerts } = run(withLogins(() => ({})));
  expect(alerts.map((alert) => alert.type)).toEqual(['session_hijack']);
  expect(run(withLogins((session) => ({ session }))).alerts).toEqual(alerts);
  const guest = (session: string) => ({ session, actor: `guest ${session}`, actorKind: 'session' as const });
  const said = run(withLogins(guest)).alerts;
  expect(said.map(({ summary, score }) => [summary, score])).toEqual(alerts.map((a) => [a.summary, a.score]));
});

describe('left alone', () => {
  test('one phone between Wi-Fi and carrier, a VPN switched on and off', () => {
    const events = Array.from({ length: 60 }, (_, i) =>
      use({
        atMs: START_MS + i * 15_000,
        session: 'user-7/now',
        source: `${['100.64.7', '192.0.2', '198.18.4'][i % 3]}.9`,
      }),
    );
    expect(summaries([...USUAL, ...events])).toEqual([]);
  });

  test('an update on the way from home to the train', () => {
    const updated = { userAgent: FIREFOX.userAgent.replaceAll('140', '141'), fingerprint: 'firefox-141' };
    const events = [...owner(6, 20_000), ...thief(20, 90 * MINUTE_MS, 25_000, updated)];
    expect(summaries([...USUAL, ...events])).toEqual([]);
  });

  test('a browser with several orders of headers that changes networks', () => {
    const events = Array.from({ length: 60 }, (_, i) =>
      use({
        atMs: START_MS + i * 10_000,
        session: 'user-7/now',
        source: i < 20 ? home(7 * 256) : i % 2 === 0 ? '192.0.2.8' : home(7 * 256),
        client: { userAgent: FIREFOX.userAgent, fingerprint: i % 3 === 0 ? 'fetch' : 'navigation' },
      }),
    );
    expect(summaries([...USUAL, ...events])).toEqual([]);
  });

  test('two devices of one user, each with its own session', () => {
    const phone = thief(30, MINUTE_MS, 10_000, CHROME).map((event) => ({ ...event, session: 'user-7/phone' }));
    expect(summaries([...USUAL, ...merged(owner(30, 10_000), phone)])).toEqual([]);
  });

  test('users without sessions, and API keys that run everywhere', () => {
    const both = merged(owner(30, 10_000), thief(30, MINUTE_MS, 10_000));
    expect(summaries([...USUAL, ...both.map((event) => ({ ...event, session: '' }))])).toEqual([]);
    expect(summaries([...USUAL, ...both.map((event) => ({ ...event, actorKind: 'api_key' as const }))])).toEqual([]);
  });

  test('a new login inside the session on another device', () => {
    const again = login(
      { atMs: START_MS + 9 * MINUTE_MS, source: '203.0.113.9', account: 'user-7', ok: true },
      { session: 'user-7/now', ...CHROME },
    );
    const events = [...owner(10, 20_000), again, ...thief(30, 10 * MINUTE_MS, 10_000, CHROME)];
    expect(summaries([...USUAL, ...events])).toEqual([]);
  });

  test('a server that renders pages with its visitors’ cookies, from the first day', () => {
    const now = merged(owner(30, 20_000), thief(30, 300, 20_000, NODE)).map((event) =>
      event.userAgent === 'node' ? { ...event, source: '10.9.0.4' } : event,
    );
    expect(summaries([...RENDERED, ...now])).toEqual([]);
  });

  test('a session carried to another computer once, just below evidence', () => {
    const events = [...owner(6, 20_000), ...thief(4, 90 * MINUTE_MS, 25_000, CHROME)];
    expect(summaries([...USUAL, ...events])).toEqual([]);
  });
});
