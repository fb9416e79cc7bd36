import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

interface Try {
  readonly atMs: number;
  readonly code: string;
  readonly ok: boolean;
  readonly user?: number;
  readonly source?: string;
}

/** A coupon typed by a user who is logged in. */
function coupon(one: Try, over: Partial<RequestEvent> = {}): RequestEvent {
  return request({
    startMs: one.atMs,
    method: 'POST',
    path: '/coupons/redeem',
    route: '/coupons/redeem',
    status: one.ok ? 200 : 422,
    authCode: one.code,
    actor: one.user === undefined ? '' : `user-${one.user}`,
    actorKind: one.user === undefined ? '' : 'user',
    source: one.source ?? home((one.user ?? 0) * 256),
    ...over,
  });
}

/** A one-time password, before anyone is logged in. */
function otp(one: Try & { readonly account: string }, over: Partial<RequestEvent> = {}): RequestEvent {
  return coupon(one, {
    path: '/login/otp',
    route: '/login/otp',
    status: one.ok ? 200 : 401,
    authEvent: 'otp',
    authIdentifier: one.account,
    authOutcome: one.ok ? 'success' : 'failure',
    authFrom: 'agent',
    authAttempts: 1,
    actor: '',
    actorKind: '',
    ...over,
  });
}

/** Five days: newsletter coupons with slips and expired ones, one-time passwords with typing errors. */
function history(): RequestEvent[] {
  const next = random(3);
  const events: RequestEvent[] = [];
  for (let i = 0; i < 1_500; i++) {
    const atMs = START_MS - 5 * DAY_MS + next() * 5 * DAY_MS;
    const user = Math.floor(next() * 300);
    for (let slip = 0; next() < 0.3 && slip < 3; slip++) {
      events.push(coupon({ atMs: atMs + slip * 9_000, code: `slip-${i}-${slip}`, ok: false, user }));
    }
    events.push(coupon({ atMs: atMs + 40_000, code: `letter-${i % 4}`, ok: next() > 0.1, user }));
    const account = `user-${user}`;
    if (next() < 0.12) events.push(otp({ atMs, code: `typo-${i}`, ok: false, account, source: home(user * 256) }));
    events.push(otp({ atMs: atMs + 20_000, code: `right-${i}`, ok: true, account, source: home(user * 256) }));
  }
  return merged(events);
}

const USUAL = history();

function guesses(count: number, of: (i: number) => Partial<Try>, stepMs = 5_000): Try[] {
  return Array.from({ length: count }, (_, i) => ({
    atMs: START_MS + i * stepMs,
    code: `guess-${i}`,
    ok: false,
    source: '203.0.113.7',
    ...of(i),
  }));
}

function found(events: readonly RequestEvent[]) {
  return run([...USUAL, ...events]).alerts;
}

function summaries(events: readonly RequestEvent[]): string[] {
  return found(events).map((alert) => alert.summary);
}

/** The same at a service that answers all coupons with 200: only the sizes tell. */
function sameStatus(events: readonly RequestEvent[], over: Partial<RequestEvent> = {}): RequestEvent[] {
  return events
    .filter((event) => event.authEvent === '')
    .map((event) => ({ ...event, ...over, status: 200, responseBytes: event.status === 200 ? 96 : 141 }));
}

describe('found', () => {
  test.each([
    ['fast', 500],
    ['one in ten minutes', 10 * MINUTE_MS],
  ])('one caller guesses coupons, %s', (_, stepMs) => {
    const { alerts, raisedBy } = run([...USUAL, ...guesses(60, () => ({}), stepMs).map((one) => coupon(one))]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      type: 'token_enumeration',
      sources: ['203.0.113.7'],
      targets: ['route:POST /coupons/redeem'],
      severity: 'medium',
    });
    expect(raisedBy.get('token_enumeration')! - USUAL.length).toBeLessThan(30);
  });

  test('one-time passwords of one account from parallel sessions and addresses, four codes each: one alert', () => {
    const events = guesses(60, (i) => ({ source: `203.0.${i >> 2}.7` }), 1_000).map((one, i) =>
      otp({ ...one, account: 'user-5' }, { session: `session-${i >> 2}` }),
    );
    const { alerts, raisedBy } = run([...USUAL, ...events]);
    expect(alerts.map((alert) => alert.targets)).toEqual([['account:user-5']]);
    expect(alerts[0]!.sourceCount).toBe(15);
    expect(raisedBy.get('token_enumeration')! - USUAL.length).toBeLessThanOrEqual(12);
  });

  test('the account is named when a password is right at last', () => {
    const events = guesses(40, (i) => ({ ok: i === 30 }), 1_000).map((one) => otp({ ...one, account: 'user-5' }));
    const [alert] = found(events);
    expect(alert).toMatchObject({ compromised: ['user-5'] });
    expect(alert!.score).toBeGreaterThanOrEqual(70);
    expect(alert!.summary).toContain('1 was right.');
  });

  test('one-time passwords where right and wrong answers look alike', () => {
    const events = guesses(40, () => ({}), 2_000).map((one) =>
      otp({ ...one, account: 'user-5' }, { status: 200, authOutcome: '' }),
    );
    expect(found(events).map((alert) => alert.type)).toEqual(['token_enumeration']);
  });

  test('coupons from forty accounts, four codes each', () => {
    const events = guesses(160, (i) => ({ user: 5_000 + (i >> 2) }), 60_000).map((one, i) =>
      coupon({ ...one, source: `203.${i >> 2}.113.7` }),
    );
    const benign = USUAL.slice(0, 800).map((event) => ({ ...event, startMs: event.startMs + 5 * DAY_MS }));
    const alerts = run([...USUAL, ...merged(benign, events)]).alerts;
    expect(alerts.map((alert) => alert.type)).toEqual(['token_enumeration']);
    expect(alerts[0]!.title).toMatch(/^Codes guessed at POST \/coupons\/redeem from \d+ addresses$/);
    expect(alerts[0]!.sources.filter((source) => !source.startsWith('203.'))).toEqual([]);
  });

  test('coupons from eight addresses, thirty codes each: one alert', () => {
    const events = guesses(240, (i) => ({ source: `203.${i % 8}.113.7` }), 5_000).map((one) => coupon(one));
    const alerts = found(events);
    expect(alerts.map((alert) => alert.sourceCount)).toEqual([8]);
    expect(alerts[0]!.summary).toContain('8 callers together');
  });

  test('from eight addresses, and the day after from forty others, three codes each: two campaigns', () => {
    const first = guesses(240, (i) => ({ source: `203.${i % 8}.113.7` }), 60_000).map((one) => coupon(one));
    const second = guesses(120, (i) => ({ user: 5_000 + (i % 40) }), 40_000).map((one, i) =>
      coupon({ ...one, atMs: one.atMs + 20 * 3_600_000, code: `other-${i}`, source: `198.${i % 40}.113.7` }),
    );
    const alerts = found([...first, ...second]);
    expect(alerts.map((alert) => [alert.type, alert.sourceCount])).toEqual([
      ['token_enumeration', 40],
      ['token_enumeration', 8],
    ]);
    expect(alerts[0]!.sources.every((source) => source.startsWith('198.'))).toBe(true);
  });

  test('where wrong codes are answered with a success, told by the size after which people try another', () => {
    const { alerts } = run([...sameStatus(USUAL), ...sameStatus(guesses(60, () => ({})).map((one) => coupon(one)))]);
    expect(alerts.map((alert) => [alert.type, alert.sources])).toEqual([['token_enumeration', ['203.0.113.7']]]);
    const hidden = sameStatus(USUAL, { authCode: '' });
    const tries = sameStatus(
      guesses(80, () => ({})).map((one) => coupon(one)),
      { authCode: '' },
    );
    expect(run([...hidden, ...tries]).alerts.map((alert) => alert.type)).toEqual(['token_enumeration']);
  });

  test('with own right codes mixed in', () => {
    const events = guesses(120, (i) => ({ ok: i % 12 === 11, user: 7_000 })).map((one) => coupon(one));
    expect(found(events).map((alert) => alert.type)).toEqual(['token_enumeration']);
  });

  test('in bare spans: invitations by path, and a route that is named after codes', () => {
    const invites = guesses(60, () => ({})).map((one) =>
      coupon(one, {
        method: 'GET',
        path: `/invite/${one.code}`,
        route: '/invite/{token}',
        status: 404,
        fingerprint: '',
      }),
    );
    expect(found(invites).map((alert) => alert.type)).toEqual(['token_enumeration']);
    const bare = (events: readonly RequestEvent[]) =>
      events.map((event) => ({
        ...event,
        authCode: '',
        authIdentifier: '',
        authEvent: '' as const,
        authOutcome: '' as const,
        actor: '',
        actorKind: '' as const,
        fingerprint: '',
      }));
    const hidden = run(bare([...USUAL, ...guesses(120, () => ({})).map((one) => coupon(one))])).alerts;
    expect(hidden.map((alert) => alert.type)).toEqual(['token_enumeration']);
    expect(hidden[0]!.summary).toContain('The spans do not show the codes');
  });
});

describe('left alone', () => {
  test('a till where right codes and balances are answered alike, in two sizes', () => {
    const till = sameStatus(guesses(300, (i) => ({ ok: i % 30 !== 7, user: 400 })).map((one) => coupon(one)));
    expect(run([...sameStatus(USUAL), ...till]).alerts).toEqual([]);
    // Nobody else is there: going on is what is done, whatever the answer.
    expect(run(till).alerts).toEqual([]);
  });

  test('the same wrong code again and again, and a late text message', () => {
    const stuck = guesses(200, () => ({ code: 'expired', user: 4 })).map((one) => coupon(one));
    const late = guesses(6, (i) => ({ code: `sms-${i >> 1}`, ok: i === 5 })).map((one) =>
      otp({ ...one, account: 'user-4' }),
    );
    expect(summaries(merged(stuck, late))).toEqual([]);
  });

  test('seven wrong codes of one account, just below evidence', () => {
    expect(summaries(guesses(7, () => ({})).map((one) => otp({ ...one, account: 'user-4' })))).toEqual([]);
  });

  test('a browser extension that tries the codes everybody knows, for many shoppers', () => {
    const events = Array.from({ length: 25 }, (_, user) =>
      guesses(20, (i) => ({ atMs: START_MS + user * MINUTE_MS + i * 700, code: `known-${i}`, user: 400 + user })),
    ).flat();
    const before = guesses(20, (i) => ({ atMs: START_MS - DAY_MS + i * MINUTE_MS, code: `known-${i}`, user: 300 + i }));
    expect(
      run([
        ...merged(
          USUAL,
          before.map((one) => coupon({ ...one, source: home(one.user! * 256) })),
        ),
        ...merged(events.map((one) => coupon({ ...one, source: home(one.user! * 256) }))),
      ]).alerts,
    ).toEqual([]);
  });

  test('links that a mail gateway opens once more after they were used', () => {
    const link = (one: Try) =>
      coupon(one, { method: 'GET', path: `/reset/${one.code}`, route: '/reset/{token}', status: one.ok ? 200 : 410 });
    const used = guesses(60, (i) => ({ atMs: START_MS - 6 * DAY_MS + i, ok: true, user: i, source: home(i * 256) }));
    expect(summaries(guesses(60, () => ({}), 300).map(link))).toHaveLength(1);
    expect(run(merged(USUAL, used.map(link), guesses(60, () => ({}), 300).map(link))).alerts).toEqual([]);
  });

  test('a till that redeems coupons all day, one in thirty mistyped', () => {
    const events = guesses(900, (i) => ({ code: `slip-${i}`, ok: i % 30 !== 0, user: 9 })).map((one) => coupon(one));
    expect(summaries(events)).toEqual([]);
  });

  test('an outage that refuses every code of everyone', () => {
    const events = guesses(600, (i) => ({ user: i % 150, source: home((i % 150) * 256) }), 2_000).map((one) =>
      otp({ ...one, account: `user-${one.user}` }),
    );
    expect(summaries(events)).toEqual([]);
  });

  test('a client whose token has expired, at a route for coupons', () => {
    const events = guesses(200, () => ({ user: 3 })).map((one) => coupon(one, { status: 401 }));
    expect(summaries(events)).toEqual([]);
  });
});
