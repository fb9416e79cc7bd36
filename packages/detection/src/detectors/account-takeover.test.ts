import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { attack, BOT, everyday, history, OFFICE } from '../../test/logins.js';
import { merged, run } from '../../test/run.js';
import { home, login, random, request, START_MS } from '../../test/traffic.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Ten days of people who change their settings now and then, at home. */
function settings(): RequestEvent[] {
  const next = random(12);
  const events: RequestEvent[] = [];
  for (let i = 0; i < 30; i++) {
    const user = 60 + Math.floor(next() * 340);
    const atMs = START_MS - Math.floor(next() * 9 * 86_400_000);
    events.push(action(user, atMs, home(user * 256), next() < 0.5 ? 'email' : 'password'));
  }
  return merged(events);
}

function action(
  user: number,
  atMs: number,
  source: string,
  what: string,
  over: Partial<RequestEvent> = {},
): RequestEvent {
  const path = `/me/${what}`;
  return request({
    startMs: atMs,
    source,
    method: what === 'export' ? 'GET' : 'PUT',
    path,
    route: path,
    actor: `user-${user}`,
    actorKind: 'user',
    ...over,
  });
}

function takeover(
  user: number,
  atMs: number,
  source: string,
  actions: readonly string[],
  client: Partial<RequestEvent>,
) {
  return [
    login({ atMs, source, account: `user-${user}`, ok: true }, client),
    ...actions.map((what, i) => action(user, atMs + (i + 1) * 90_000, source, what, client)),
  ];
}

const past = merged(history(), settings());
const STRANGE = { userAgent: 'Mozilla/5.0 Chrome/150', fingerprint: 'strange' };

describe('found', () => {
  test('hits of a list: named in one alert of the same story, the one before the alarm as well', () => {
    const list = attack({
      size: 300,
      stepMs: 500,
      account: (i) => (i === 2 || i === 150 ? `user-${200 + i}` : `stranger-${i}`),
      ok: (i) => i === 2 || i === 150,
    });
    const { alerts } = run([...past, ...merged(list, everyday(START_MS, 4))]);
    expect(alerts.map((alert) => alert.type).sort()).toEqual(['account_takeover', 'credential_stuffing']);
    const taken = alerts.find((alert) => alert.type === 'account_takeover')!;
    expect(taken.compromised.toSorted()).toEqual(['user-202', 'user-350']);
    expect(taken.summary).toBe(
      '2 accounts were entered from 203.0.113.7 during credential stuffing that this address takes part in.',
    );
    expect(new Set(alerts.map((alert) => alert.storyId)).size).toBe(1);
  });

  test('what follows a hit makes it critical', () => {
    const list = attack({
      size: 60,
      stepMs: 500,
      account: (i) => (i === 40 ? 'user-240' : `s-${i}`),
      ok: (i) => i === 40,
    });
    const after = action(240, START_MS + MINUTE_MS, '203.0.113.7', 'email', BOT);
    const taken = run([...past, ...list, after]).alerts.find((alert) => alert.type === 'account_takeover')!;
    expect(taken).toMatchObject({ severity: 'critical', actors: ['user-240'] });
    expect(taken.summary).toContain('What followed there: e-mail.');
  });

  test('where the login still carries the cookie of a guest, and the account only shows in the next request', () => {
    const theft = takeover(200, START_MS, '45.9.17.4', ['email', 'password', 'payout'], STRANGE).map((event, i) =>
      i === 0 ? { ...event, session: 'guest-7', actor: 'guest-7', actorKind: 'session' as const } : event,
    );
    const { alerts } = run([...past, ...theft]);
    expect(alerts.map((alert) => [alert.type, alert.compromised])).toEqual([['account_takeover', ['user-200']]]);
  });

  test('the right password after twelve guesses, from where the account was never used', () => {
    const list = attack({ size: 12, stepMs: 20_000, account: () => 'user-200' }).map((event, i) => ({
      ...event,
      requestBytes: 60 + i,
    }));
    const hit = login({ atMs: START_MS + 300_000, source: '203.0.113.7', account: 'user-200', ok: true }, BOT);
    const { alerts } = run([...past, ...list, hit]);
    expect(alerts.map((alert) => [alert.type, alert.compromised])).toEqual([['account_takeover', ['user-200']]]);
  });

  test('a stolen password: new network, new client, then e-mail, payout and export', () => {
    const list = takeover(200, START_MS, '81.2.69.142', ['email', 'payout', 'export'], STRANGE);
    const { alerts } = run([...past, ...merged(list, everyday(START_MS, 20))]);
    expect(alerts.map((alert) => [alert.type, alert.compromised])).toEqual([['account_takeover', ['user-200']]]);
    expect(alerts[0]!.summary).toMatch(
      /^Account user-200 was entered from 81\.2\.69\.142, from a network and with a client that it was never used with\. What followed there: /,
    );
    expect(alerts[0]!.score).toBeGreaterThanOrEqual(70);
  });

  test('several accounts by one thief: one alert', () => {
    const list = [0, 1, 2, 3].flatMap((i) =>
      takeover(
        200 + i,
        START_MS + i * 20 * MINUTE_MS,
        `81.2.${i}.9`,
        ['email', 'password', 'payout', 'export'],
        STRANGE,
      ),
    );
    const { alerts } = run([...past, ...merged(list, everyday(START_MS, 90))]);
    expect(alerts.map((alert) => [alert.type, alert.compromised.length])).toEqual([['account_takeover', 4]]);
  });

  test('a thief who looks around for hours before acting, while the owner works at home', () => {
    const [entry, ...acts] = takeover(200, START_MS, '81.2.69.142', ['email', 'payout', 'export'], STRANGE);
    const late = acts.map((event) => ({ ...event, startMs: event.startMs + 4 * 60 * MINUTE_MS }));
    const owner = action(200, START_MS + 60 * MINUTE_MS, home(200 * 256), 'phone');
    const { alerts } = run([...past, ...merged([entry!, owner, ...late], everyday(START_MS, 300))]);
    expect(alerts.map((alert) => [alert.type, alert.compromised])).toEqual([['account_takeover', ['user-200']]]);
    expect(alerts[0]!.summary).not.toContain('phone');
  });

  test('a thief on a day on which the owner entered from a café: two entrances', () => {
    const cafe = '81.9.9.9';
    const owner = [
      login({ atMs: START_MS - 120 * MINUTE_MS, source: cafe, account: 'user-200', ok: true }),
      action(200, START_MS - 119 * MINUTE_MS, cafe, 'phone'),
    ];
    const thief = takeover(200, START_MS, '81.2.69.142', ['email', 'payout', 'export'], STRANGE);
    const { alerts } = run([...past, ...merged(owner, thief, everyday(START_MS, 20))]);
    expect(alerts.map((alert) => [alert.type, alert.compromised, alert.sources])).toEqual([
      ['account_takeover', ['user-200'], ['81.2.69.142']],
    ]);
  });

  test('new payee and export, where transfers are everyday', () => {
    const transfers = Array.from({ length: 800 }, (_, i) => {
      const user = 60 + (i % 340);
      return action(user, START_MS - DAY_MS - i * 60_000, home(user * 256), 'transfers');
    });
    const list = takeover(200, START_MS, '81.2.69.142', ['transfers', 'email', 'beneficiaries', 'export'], STRANGE);
    const { alerts } = run([...merged(past, transfers), ...merged(list, everyday(START_MS, 20))]);
    expect(alerts.map((alert) => [alert.type, alert.compromised])).toEqual([['account_takeover', ['user-200']]]);
    expect(run([...merged(past, transfers), ...merged(list.slice(0, 3), everyday(START_MS, 20))]).alerts).toEqual([]);
  });

  test('of somebody who stays logged in for weeks: known by what they do, not by logins', () => {
    const days = Array.from({ length: 200 * 9 }, (_, i) => {
      const user = 1_000 + (i % 200);
      const session = `s-${user}-${Math.floor(i / 200)}`;
      return action(user, START_MS - 9 * DAY_MS + i * 400_000, home(user * 256), 'orders', { method: 'GET', session });
    });
    const list = takeover(1_007, START_MS, '81.2.69.142', ['email', 'password', 'export'], {
      ...STRANGE,
      session: 'new',
    });
    const { alerts } = run([...merged(past, days), ...merged(list, everyday(START_MS, 20))]);
    expect(alerts.map((alert) => [alert.type, alert.compromised])).toEqual([['account_takeover', ['user-1007']]]);
    const athome = list.map((event) => ({ ...event, source: home(1_007 * 256) }));
    expect(run([...merged(past, days), ...merged(athome, everyday(START_MS, 20))]).alerts).toEqual([]);
  });

  test('two accounts entered by one client, where neither would be enough alone', () => {
    const list = [0, 1].flatMap((i) =>
      takeover(200 + i, START_MS + i * 5 * MINUTE_MS, '81.2.69.142', ['email'], STRANGE),
    );
    const { alerts } = run([...past, ...merged(list, everyday(START_MS, 30))]);
    expect(alerts.map((alert) => [alert.type, alert.compromised.toSorted()])).toEqual([
      ['account_takeover', ['user-200', 'user-201']],
    ]);
    expect(run([...past, ...merged(list.slice(0, 2), everyday(START_MS, 30))]).alerts).toEqual([]);
  });

  test('a payee, a higher limit and a PIN, which are as sensitive as an e-mail', () => {
    const list = takeover(200, START_MS, '81.2.69.142', ['limits', 'beneficiaries', 'pin'], STRANGE);
    const { alerts } = run([...past, ...merged(list, everyday(START_MS, 20))]);
    expect(alerts.map((alert) => [alert.type, alert.compromised])).toEqual([['account_takeover', ['user-200']]]);
    expect(alerts[0]!.summary).toContain('limit');
  });

  test('where operations are named instead of routes', () => {
    const list = takeover(200, START_MS, '81.2.69.142', ['email', 'password', 'export'], STRANGE).map((event, i) =>
      i === 0
        ? event
        : {
            ...event,
            method: 'POST',
            path: '/graphql',
            route: '/graphql',
            operation: ['', 'UpdateEmail', 'ChangePassword', 'AddPayoutAccount'][i]!,
          },
    );
    expect(run([...past, ...list]).alerts.map((alert) => alert.type)).toEqual(['account_takeover']);
  });
});

describe('left alone', () => {
  test('a new phone on a new network, a password reset, then a new password and a new payout account', () => {
    const events: RequestEvent[] = [];
    for (let user = 100; user < 160; user++) {
      const atMs = START_MS + user * 7 * MINUTE_MS;
      const source = `81.${user}.1.1`;
      const phone = { userAgent: `Phone ${user}`, fingerprint: `phone-${user}` };
      const account = `user-${user}`;
      events.push(login({ atMs, source, account, ok: false }, phone));
      events.push(
        request({
          startMs: atMs + 60_000,
          source,
          method: 'POST',
          path: '/reset',
          route: '/reset',
          authEvent: 'reset',
          authOutcome: 'success',
          authIdentifier: account,
          authFrom: 'agent',
          authAttempts: 1,
          ...phone,
        }),
      );
      events.push(...takeover(user, atMs + 120_000, source, ['password', 'payout'], phone));
    }
    expect(run([...past, ...merged(events, everyday(START_MS, 300))]).alerts).toEqual([]);
  });

  test('travellers who change their e-mail: the usual client, or one action only', () => {
    const events: RequestEvent[] = [];
    for (let user = 100; user < 160; user++) {
      const client = user % 2 === 0 ? {} : { userAgent: `Laptop ${user}`, fingerprint: `laptop-${user}` };
      const actions = user % 2 === 0 ? ['email', 'password', 'payout'] : ['email'];
      events.push(...takeover(user, START_MS + user * 5 * MINUTE_MS, `81.${user}.1.1`, actions, client));
    }
    expect(run([...past, ...merged(events, everyday(START_MS, 300))]).alerts).toEqual([]);
  });

  test('an office that moves and gets new computers, where one in ten changes something', () => {
    const moved = Array.from({ length: 40 }, (_, i) =>
      takeover(100 + i, START_MS + i * 3 * MINUTE_MS, '81.2.69.142', i % 10 === 9 ? ['email'] : [], STRANGE),
    );
    expect(run([...past, ...merged(...moved, everyday(START_MS, 150))]).alerts).toEqual([]);
  });

  test('people at home who change everything', () => {
    const events = [100, 120, 140].flatMap((user) =>
      takeover(user, START_MS + user * MINUTE_MS, home(user * 256), ['email', 'password', 'payout', 'export'], STRANGE),
    );
    expect(run([...past, ...merged(events)]).alerts).toEqual([]);
  });

  test('colleagues who log in from an address that one client misuses', () => {
    const list = attack({ size: 40, stepMs: 1_000, source: () => OFFICE });
    const visitors = [300, 301].map((user, i) =>
      login({ atMs: START_MS + 10_000 + i * 9_000, source: OFFICE, account: `user-${user}`, ok: true }),
    );
    const { alerts } = run([...past, ...merged(list, visitors)]);
    expect(alerts.map((alert) => [alert.type, alert.compromised])).toEqual([['credential_stuffing', []]]);
  });
});
