import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { attack, BOT, everyday, history } from '../../test/logins.js';
import { merged, run } from '../../test/run.js';
import { home, login, random, request, START_MS } from '../../test/traffic.js';

const VICTIM = 'user-200';
const HOME = home(200 * 256);
const MINUTE_MS = 60_000;

/** Guesses at one account whose passwords have four to fourteen characters. */
function guesses(one: {
  readonly size: number;
  readonly stepMs: number;
  readonly source?: (i: number) => string;
  readonly client?: (i: number) => Partial<RequestEvent>;
  readonly account?: string;
  readonly seed?: number;
}): RequestEvent[] {
  const next = random(one.seed ?? 3);
  return attack({
    size: one.size,
    stepMs: one.stepMs,
    ...(one.source ? { source: one.source } : {}),
    account: () => one.account ?? VICTIM,
  }).map((event, i) => ({
    ...event,
    startMs: event.startMs + Math.floor(next() * 0.4 * one.stepMs),
    requestBytes: 60 + Math.floor(next() * 11),
    ...one.client?.(i),
  }));
}

function hostileUntilRaised(before: readonly RequestEvent[], list: readonly RequestEvent[]): number {
  return run([...before, ...list]).raisedBy.get('brute_force')! - before.length + 1;
}

describe('found', () => {
  test('a dictionary from one address, within 25 guesses', () => {
    const before = history();
    const list = guesses({ size: 200, stepMs: 2_000 });
    const { alerts } = run([...before, ...list]);
    expect(alerts.map((alert) => [alert.type, alert.sources, alert.targets])).toEqual([
      ['brute_force', ['203.0.113.7'], [`account:${VICTIM}`]],
    ]);
    expect(alerts[0]!.summary).toMatch(
      /^\d+ different guesses at account user-200 failed in 7 min, from 203\.0\.113\.7, where it was never used before\. None got in\.$/,
    );
    expect(hostileUntilRaised(before, list)).toBeLessThanOrEqual(25);
  });

  test('a fast dictionary, within a dozen', () => {
    const before = history();
    expect(hostileUntilRaised(before, guesses({ size: 200, stepMs: 500 }))).toBeLessThanOrEqual(13);
  });

  test('a dozen proxies in turn, within 20 guesses', () => {
    const before = history();
    const list = guesses({ size: 80, stepMs: 40_000, source: (i) => `45.${i % 12}.17.9` });
    const { alerts } = run([...before, ...merged(list, everyday(START_MS, 60))]);
    expect(alerts.map((alert) => [alert.type, alert.sourceCount])).toEqual([['brute_force', 12]]);
    expect(hostileUntilRaised(before, list)).toBeLessThanOrEqual(20);
  });

  test('one guess in half an hour from ever other addresses with ever other browsers', () => {
    const list = guesses({
      size: 100,
      stepMs: 30 * MINUTE_MS,
      source: (i) => `${45 + (i % 40)}.${i % 40}.17.9`,
      client: (i) => ({ userAgent: `Mozilla/5.0 ${i % 40}`, fingerprint: `browser-${i % 40}` }),
    });
    const { alerts } = run([...history(), ...merged(list, everyday(START_MS, 50 * 60))]);
    expect(alerts.map((alert) => alert.type)).toEqual(['brute_force']);
  });

  test("out of a carrier's NAT that the victim uses as well, with a client of his kind", () => {
    const list = guesses({
      size: 120,
      stepMs: 100_000,
      source: (i) => `${HOME.slice(0, HOME.lastIndexOf('.'))}.${10 + (i % 6)}`,
      client: () => ({ userAgent: 'Mozilla/5.0 disguised', fingerprint: 'disguised' }),
    });
    expect(run([...history(), ...list]).alerts.map((alert) => alert.type)).toEqual(['brute_force']);
  });

  test('a lock that answers 423 and 429 hides nothing', () => {
    const list = guesses({ size: 60, stepMs: 20_000 }).map((event, i) => ({ ...event, status: i % 2 ? 423 : 429 }));
    expect(run([...history(), ...list]).alerts.map((alert) => alert.type)).toEqual(['brute_force']);
  });

  test('a hit is named', () => {
    const list = guesses({ size: 60, stepMs: 5_000 });
    const hit = login(
      { atMs: START_MS + 301_000, source: '203.0.113.7', account: VICTIM, ok: true },
      { ...BOT, requestBytes: 65 },
    );
    const brute = run([...history(), ...list, hit]).alerts.find((alert) => alert.type === 'brute_force');
    expect(brute).toMatchObject({ compromised: [VICTIM], severity: 'high' });
  });

  test('on the first day', () => {
    const { alerts } = run(merged(everyday(START_MS, 10), guesses({ size: 100, stepMs: 3_000 })));
    expect(alerts.map((alert) => alert.type)).toEqual(['brute_force']);
  });
});

describe('left alone', () => {
  test('owners who forgot: eight different guesses at home, then a reset and a login, day after day', () => {
    const events: RequestEvent[] = [];
    for (let day = 0; day < 5; day++) {
      for (let user = 100; user < 140; user++) {
        const atMs = START_MS + day * 86_400_000 + user * 40_000;
        const source = home(user * 256);
        const account = `user-${user}`;
        for (let i = 0; i < 8; i++) {
          events.push(login({ atMs: atMs + i * 9_000, source, account, ok: false }, { requestBytes: 60 + i }));
        }
        events.push(
          request({
            startMs: atMs + 90_000,
            source,
            method: 'POST',
            path: '/reset',
            route: '/reset',
            authEvent: 'reset',
            authOutcome: 'success',
            authIdentifier: account,
            authFrom: 'agent',
            authAttempts: 1,
          }),
        );
        events.push(login({ atMs: atMs + 120_000, source, account, ok: true }));
      }
    }
    expect(run([...history(), ...merged(events)]).alerts).toEqual([]);
  });

  test('an owner on a new device while travelling, who gives up after nine guesses', () => {
    const list = guesses({ size: 9, stepMs: 12_000, source: () => '81.2.69.142' });
    expect(run([...history(), ...list]).alerts).toEqual([]);
  });

  test('a mail program that sends an old password every minute, at home and on the road', () => {
    const next = random(5);
    const mail = { userAgent: 'Mail/7.1', fingerprint: 'mail', requestBytes: 71 };
    const events: RequestEvent[] = [];
    for (let i = 0; i < 1_500; i++) {
      const atMs = START_MS + i * MINUTE_MS + Math.floor(next() * 1_500);
      const source = i % 300 < 200 ? HOME : `100.70.${Math.floor(i / 20) % 40}.9`;
      events.push(login({ atMs, source, account: VICTIM, ok: false }, mail));
    }
    expect(run([...history(), ...events]).alerts).toEqual([]);
  });

  test('a script with a wrong password that retries without a pause', () => {
    const list = attack({ size: 3_000, stepMs: 500, account: () => VICTIM }).map((event) => ({
      ...event,
      requestBytes: 70,
    }));
    expect(run([...history(), ...list]).alerts).toEqual([]);
  });

  test('a name that is no account, tried by sixty strangers once or twice each', () => {
    const events: RequestEvent[] = [];
    for (let i = 0; i < 60; i++) {
      const source = `81.${i}.7.7`;
      const over = { userAgent: `Mozilla/5.0 ${i % 5}`, fingerprint: `c${i % 5}`, requestBytes: 60 + (i % 3) };
      events.push(login({ atMs: START_MS + i * 40 * MINUTE_MS, source, account: 'admin', ok: false }, over));
      events.push(login({ atMs: START_MS + i * 40 * MINUTE_MS + 9_000, source, account: 'admin', ok: false }, over));
    }
    expect(run([...history(), ...merged(events, everyday(START_MS, 40 * 60))]).alerts).toEqual([]);
  });

  test('an outage in which everyone tries again and again', () => {
    const next = random(6);
    const events: RequestEvent[] = [];
    for (let i = 0; i < 4_000; i++) {
      const user = 60 + Math.floor(next() * 340);
      events.push(
        login(
          { atMs: START_MS + i * 300, source: home(user * 256), account: `user-${user}`, ok: next() > 0.95 },
          { requestBytes: 60 + Math.floor(next() * 8) },
        ),
      );
    }
    expect(run([...history(), ...events]).alerts).toEqual([]);
  });
});
