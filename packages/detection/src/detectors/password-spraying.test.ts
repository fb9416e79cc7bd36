import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { attack, everyday, history } from '../../test/logins.js';
import { merged, run } from '../../test/run.js';
import { home, login, random, START_MS } from '../../test/traffic.js';

/** Tries of passwords of one length on the users after the hundredth, in rounds. */
function spray(one: Omit<Parameters<typeof attack>[0], 'account'> & { readonly accounts: number }): RequestEvent[] {
  return attack({ ...one, account: (i) => `user-${100 + (i % one.accounts)}` });
}

describe('found', () => {
  test('one password on two hundred existing accounts from one address, within fifteen tries: spraying, not stuffing', () => {
    const before = history();
    const list = spray({ size: 200, accounts: 200, stepMs: 4_000 });
    const { alerts, raisedBy } = run([...before, ...merged(list, everyday(START_MS, 15))]);
    expect(alerts.map((alert) => [alert.type, alert.sources])).toEqual([['password_spraying', ['203.0.113.7']]]);
    expect(alerts[0]!.summary).toMatch(/^200 existing accounts tried from 203\.0\.113\.7 in 13 min, 100% failed/);
    expect(raisedBy.get('password_spraying')! - before.length).toBeLessThanOrEqual(32);
  });

  test('one try in half an hour from one address, over three days', () => {
    const list = spray({ size: 140, accounts: 140, stepMs: 1_800_000 });
    const { alerts } = run([...history(), ...merged(list, everyday(START_MS, 70 * 60))]);
    expect(alerts.map((alert) => alert.type)).toEqual(['password_spraying']);
  });

  test('two rounds from seven addresses with one tool: one alert', () => {
    const list = spray({ size: 240, accounts: 120, stepMs: 50_000, source: (i) => `45.${i % 7}.17.9` });
    const { alerts } = run([...history(), ...merged(list, everyday(START_MS, 200))]);
    expect(alerts.map((alert) => [alert.type, alert.sourceCount])).toEqual([['password_spraying', 7]]);
  });

  test('from 150 proxies with ever other browsers, a try a minute', () => {
    const list = spray({ size: 600, accounts: 290, stepMs: 60_000, source: (i) => `${45 + (i % 150)}.1.17.9` }).map(
      (event, i) => ({ ...event, userAgent: `Mozilla/5.0 ${i % 150}`, fingerprint: `c${i % 150}` }),
    );
    const { alerts } = run([...history(), ...merged(list, everyday(START_MS, 600))]);
    expect(alerts.map((alert) => alert.type)).toEqual(['password_spraying']);
  });

  test('those who got in are named', () => {
    const list = spray({ size: 100, accounts: 100, stepMs: 5_000, ok: (i) => i === 60 });
    const { alerts } = run([...history(), ...list]);
    const spraying = alerts.find((alert) => alert.type === 'password_spraying')!;
    expect(spraying.compromised).toEqual(['user-160']);
    expect(spraying.score).toBeGreaterThanOrEqual(70);
  });
});

describe('left alone', () => {
  test('a forced password change on Monday: half fail once or twice at home or on the road, then reset and come in', () => {
    const next = random(7);
    const events: RequestEvent[] = [];
    for (let user = 60; user < 400; user++) {
      if (next() < 0.5) continue;
      const atMs = START_MS + next() * 7_200_000;
      const source = next() < 0.15 ? `81.${user % 200}.7.7` : home(user * 256);
      const account = `user-${user}`;
      events.push(login({ atMs, source, account, ok: false }));
      if (next() < 0.5) events.push(login({ atMs: atMs + 15_000, source, account, ok: false }));
      events.push(login({ atMs: atMs + 200_000, source, account, ok: next() < 0.9 }));
    }
    expect(run([...history(), ...merged(events, everyday(START_MS, 120))]).alerts).toEqual([]);
  });

  test('a monitoring probe with an old password: one account from five places', () => {
    const list = attack({
      size: 2_000,
      stepMs: 60_000,
      account: () => 'user-150',
      source: (i) => `52.${i % 5}.1.1`,
      client: { userAgent: 'Probe/1', fingerprint: 'probe', requestBytes: 61 },
    });
    expect(run([...history(), ...list]).alerts).toEqual([]);
  });

  test('a hotel where guests who forgot fail, and come in', () => {
    const next = random(3);
    const events: RequestEvent[] = [];
    for (let i = 0; i < 40; i++) {
      const atMs = START_MS + i * 400_000;
      const account = `user-${100 + i}`;
      if (next() < 0.4) events.push(login({ atMs, source: '81.2.69.142', account, ok: false }));
      if (next() < 0.95) events.push(login({ atMs: atMs + 30_000, source: '81.2.69.142', account, ok: true }));
    }
    expect(run([...history(), ...merged(events)]).alerts).toEqual([]);
  });

  test('seven existing accounts: just below the evidence', () => {
    expect(run([...history(), ...spray({ size: 7, accounts: 7, stepMs: 60_000 })]).alerts).toEqual([]);
  });

  test.each([0.3, 0.6])('an outage that fails %d of all, with many people on the road', (share) => {
    const next = random(6);
    const events: RequestEvent[] = [];
    for (let i = 0; i < 1_500; i++) {
      const user = 60 + Math.floor(next() * 340);
      const source = next() < 0.3 ? `81.${user % 200}.${Math.floor(next() * 3)}.7` : home(user * 256);
      const over = next() < 0.5 ? {} : { userAgent: `New ${user % 30}`, fingerprint: `n${user % 30}` };
      events.push(login({ atMs: START_MS + i * 700, source, account: `user-${user}`, ok: next() > share }, over));
    }
    expect(run([...history(), ...events]).alerts).toEqual([]);
  });
});
