import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { attack, everyday, history, OFFICE, OFFICE_USERS, person } from '../../test/logins.js';
import { merged, run } from '../../test/run.js';
import { home, login, random, START_MS } from '../../test/traffic.js';

function attemptsUntilRaised(before: readonly RequestEvent[], attempts: readonly RequestEvent[]): number {
  const events = [...before, ...attempts];
  return run(events).raisedBy.get('credential_stuffing')! - before.length + 1;
}

describe('found', () => {
  test('a fast list of strangers from one address: one alert within eight attempts', () => {
    const before = history();
    const list = attack({ size: 214, stepMs: 220 });
    const { alerts } = run([...before, ...list]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      type: 'credential_stuffing',
      severity: 'medium',
      sources: ['203.0.113.7'],
      requests: 214,
    });
    expect(alerts[0]!.summary).toMatch(/^2\d\d accounts tried from 203\.0\.113\.7 in 47 s, 100% failed/);
    expect(attemptsUntilRaised(before, list)).toBeLessThanOrEqual(8);
  });

  test('one try per half hour, mixed with the life of the service: still one alert', () => {
    const list = attack({ size: 30, stepMs: 1_800_000 });
    const { alerts } = run([...history(), ...merged(list, everyday(START_MS, 15 * 60))]);
    expect(alerts.map((alert) => [alert.type, alert.sources])).toEqual([['credential_stuffing', ['203.0.113.7']]]);
  });

  test('hits are named and make it high or worse', () => {
    const list = attack({
      size: 300,
      stepMs: 500,
      account: (i) => (i % 100 === 50 ? `user-${100 + i}` : `stranger-${i}`),
      ok: (i) => i % 100 === 50,
    });
    const alerts = run([...history(), ...list]).alerts.filter((alert) => alert.type === 'credential_stuffing');
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.compromised).toEqual(['user-150', 'user-250', 'user-350']);
    expect(alerts[0]!.score).toBeGreaterThanOrEqual(70);
    expect(alerts[0]!.summary).toContain('3 accounts got in.');
  });

  test('a list of existing accounts that almost never get in', () => {
    const list = attack({ size: 40, stepMs: 2_000, account: (i) => `user-${100 + i}` });
    const { alerts } = run([...history(), ...merged(list, everyday(START_MS, 3))]);
    expect(alerts.map((alert) => alert.sources)).toEqual([['203.0.113.7']]);
  });

  test('from many addresses of one network', () => {
    const list = attack({ size: 120, stepMs: 400, source: (i) => `203.0.113.${1 + (i % 40)}`, client: {} });
    const { alerts } = run([...history(), ...list]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.title).toContain('203.0.113.0/24');
    expect(alerts[0]!.sourceCount).toBe(40);
  });

  test('from two hundred proxies with one kind of client', () => {
    const list = attack({ size: 200, stepMs: 400, source: (i) => `45.${i}.17.9` });
    const { alerts } = run([...history(), ...merged(list, everyday(START_MS, 2))]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.title).toMatch(/from \d+ addresses with the same client/);
  });

  test('from a thousand sources with one or two attempts each and a thousand different clients', () => {
    const list = attack({
      size: 1_500,
      stepMs: 2_000,
      source: (i) => `${45 + (i % 7)}.${i % 251}.${(i * 7) % 253}.9`,
    }).map((event, i) => ({ ...event, userAgent: `Mozilla/5.0 ${i % 700}`, fingerprint: `c${i % 700}` }));
    const before = merged(history(), everyday(START_MS - 3 * 3_600_000, 170, 31));
    const after = merged(list, everyday(START_MS, 50));
    const { alerts, raisedBy } = run([...before, ...after]);
    expect(alerts.map((alert) => alert.title)).toEqual([
      expect.stringMatching(/^Distributed credential stuffing from/),
    ]);
    const attempts = after.slice(0, raisedBy.get('credential_stuffing')! - before.length);
    expect(attempts.filter((event) => event.authIdentifier.startsWith('stranger')).length).toBeLessThan(150);
    expect(alerts[0]!.sourceCount).toBeGreaterThan(500);
    expect(alerts[0]!.sources.every((source) => !source.startsWith('100.'))).toBe(true);
  });

  test.each([
    [1_000, 1_500],
    [80, 500],
  ])('a main machine (%i ms) and four helpers with another client: one alert that names all five', (ms, helpersMs) => {
    const main = attack({ size: 300, stepMs: ms });
    const helpers = attack({
      size: 200,
      stepMs: helpersMs,
      source: (i) => `45.9.${i % 4}.17`,
      account: (i) => `other-${i}`,
      client: { userAgent: 'curl/8', fingerprint: 'curl' },
    });
    const { alerts } = run([...history(), ...merged(main, helpers, everyday(START_MS, 6))]);
    expect(alerts.map((alert) => [alert.type, alert.sources.toSorted()])).toEqual([
      ['credential_stuffing', ['203.0.113.7', '45.9.0.17', '45.9.1.17', '45.9.2.17', '45.9.3.17']],
    ]);
    expect(alerts[0]!.targetCount).toBeGreaterThan(480);
  });

  test('with the browser that people use as well: those of them who mistype or come from elsewhere are not named', () => {
    const list = attack({ size: 400, stepMs: 700, source: (i) => `45.${i % 40}.17.9`, client: {} });
    const people: RequestEvent[] = [];
    for (let i = 0; i < 60; i++) {
      const atMs = START_MS + i * 4_500;
      // A carrier with returning users: one in three of these came from elsewhere, one in six mistypes a name.
      if (i % 3 === 0) people.push(login({ atMs, source: home(300 * 256), account: `user-${100 + i}`, ok: true }));
      else if (i % 6 === 2) {
        // A stranger to this address who fails, sets a new password and comes in.
        people.push(login({ atMs, source: `81.${i}.3.3`, account: `user-${200 + i}`, ok: false }));
        people.push(login({ atMs: atMs + 90_000, source: `81.${i}.3.3`, account: `user-${200 + i}`, ok: true }));
      } else if (i % 6 === 1)
        people.push(login({ atMs, source: home((60 + i) * 256), account: `usr-${i}`, ok: false }));
    }
    const { alerts } = run([...history(), ...merged(list, people, everyday(START_MS, 5))]);
    expect(alerts[0]!.sources.filter((source) => !source.startsWith('45.'))).toEqual([]);
    expect(alerts.map((alert) => [alert.type, alert.sourceCount])).toEqual([['credential_stuffing', 40]]);
    expect(alerts[0]!.compromised).toEqual([]);
  });

  test('two lists that begin hours apart are two campaigns', () => {
    const first = attack({ size: 60, stepMs: 1_000 });
    const second = attack({
      size: 60,
      stepMs: 1_000,
      source: () => '45.9.0.17',
      account: (i) => `other-${i}`,
      client: { userAgent: 'curl/8', fingerprint: 'curl' },
    }).map((event) => ({ ...event, startMs: event.startMs + 7_200_000 }));
    const { alerts } = run([...history(), ...first, ...second]);
    expect(alerts.map((alert) => alert.sources)).toEqual([['45.9.0.17'], ['203.0.113.7']]);
  });

  test('hundreds of participants are named', () => {
    const list = attack({ size: 1_200, stepMs: 400, source: (i) => `${45 + (i % 3)}.${i % 200}.${i % 7}.9` });
    const { alerts } = run([...history(), ...merged(list, everyday(START_MS, 8))]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.sources.length).toBeGreaterThan(500);
  });

  test('by one client in an office that others share', () => {
    const list = attack({ size: 40, stepMs: 1_000, source: () => OFFICE });
    const { alerts } = run([...history(), ...list]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.title).toBe(`Credential stuffing from one client at ${OFFICE}`);
  });

  test('on the first day, once a minute shows that it is no outage', () => {
    const { alerts } = run(merged(everyday(START_MS, 4), attack({ size: 60, stepMs: 3_000 })));
    expect(alerts.map((alert) => alert.sources)).toEqual([['203.0.113.7']]);
    expect(alerts[0]!.scoreTerms.some((term) => term.name === 'discount')).toBe(true);
  });
});

describe('left alone', () => {
  test('an office that starts work at nine', () => {
    const next = random(4);
    const events: RequestEvent[] = [];
    for (let user = 0; user < OFFICE_USERS; user++) events.push(...person(user, START_MS + next() * 300_000, next));
    for (let i = 0; i < 12; i++) {
      events.push(login({ atMs: START_MS + i * 20_000, source: OFFICE, account: `usr-${i}-typo`, ok: false }));
      events.push(login({ atMs: START_MS + i * 20_000 + 4_000, source: OFFICE, account: `user-${i}`, ok: true }));
    }
    expect(run([...history(), ...merged(events)]).alerts).toEqual([]);
  });

  test.each([0.3, 0.5, 0.95])('an outage of the login service that fails %d of all', (share) => {
    const next = random(6);
    const events: RequestEvent[] = [];
    for (let i = 0; i < 600; i++) {
      const user = Math.floor(next() * 400);
      const source = user < OFFICE_USERS ? OFFICE : home(user * 256);
      // One in ten is on the road.
      const from = next() < 0.1 ? '192.0.2.200' : source;
      events.push(login({ atMs: START_MS + i * 500, source: from, account: `user-${user}`, ok: next() > share }));
    }
    expect(run([...history(), ...events]).alerts).toEqual([]);
  });

  const resetStorm = (source: string): RequestEvent[] => {
    const events: RequestEvent[] = [];
    for (let i = 0; i < 40; i++) {
      const account = `user-${100 + i}`;
      events.push(login({ atMs: START_MS + i * 3_000, source, account, ok: false }));
      events.push(login({ atMs: START_MS + i * 3_000 + 40_000, source, account, ok: true }));
    }
    return events;
  };

  test('a reset storm at an office: many fail once, then succeed', () => {
    expect(run([...history(), ...merged(resetStorm(OFFICE))]).alerts).toEqual([]);
  });

  test('the same at an address that was never seen: taken back once they get in', () => {
    const { alerts } = run([...history(), ...merged(resetStorm('198.51.100.9'))]);
    expect(alerts.map((alert) => alert.status)).toEqual(alerts.map(() => 'withdrawn'));
  });

  test('people who fail and ask for a new password, before any of them has one', () => {
    const events: RequestEvent[] = [];
    for (let i = 0; i < 40; i++) {
      const account = `user-${100 + i}`;
      const atMs = START_MS + i * 3_000;
      const source = '198.51.100.9';
      events.push(login({ atMs, source, account, ok: false }));
      events.push(login({ atMs: atMs + 8_000, source, account, ok: true }, { authEvent: 'reset', path: '/reset' }));
    }
    expect(run([...history(), ...merged(events)]).alerts).toEqual([]);
  });

  test('a phone that fails with one address of its carrier and gets in with the next', () => {
    const events: RequestEvent[] = [];
    for (let i = 0; i < 60; i++) {
      const account = `user-${100 + i}`;
      const atMs = START_MS + i * 4_000;
      const client = { userAgent: `App/5 ${i % 3}`, fingerprint: `app${i % 3}` };
      events.push(login({ atMs, source: `81.9.${i % 4}.${i % 40}`, account, ok: false }, client));
      events.push(login({ atMs: atMs + 9_000, source: `81.9.${(i + 1) % 4}.${i % 37}`, account, ok: true }, client));
    }
    expect(run([...history(), ...merged(events)]).alerts).toEqual([]);
  });

  test('one client that repeats an old password a thousand times', () => {
    const loop = attack({ size: 1_000, stepMs: 5_000, account: () => 'user-200', source: () => home(200 * 256) });
    expect(run([...history(), ...loop]).alerts).toEqual([]);
  });

  test('an aggregator that logs in two hundred users, nine of ten successfully', () => {
    const before = history();
    const aggregator = attack({
      size: 200,
      stepMs: 1_500,
      account: (i) => `user-${100 + i}`,
      ok: (i) => i % 10 !== 3,
      source: () => '192.0.2.240',
    });
    expect(run([...before, ...aggregator]).alerts).toEqual([]);
  });

  test('a mail campaign that brings back three hundred who had forgotten the service', () => {
    const events: RequestEvent[] = [];
    const next = random(8);
    for (let i = 0; i < 300; i++) {
      const atMs = START_MS + i * 1_000;
      const source = `81.${i % 250}.${i >> 3}.7`;
      if (next() < 0.35) {
        events.push(login({ atMs, source, account: `dormant-${i}`, ok: false }));
        if (next() < 0.75) events.push(login({ atMs: atMs + 50_000, source, account: `dormant-${i}`, ok: true }));
      } else events.push(login({ atMs, source, account: `dormant-${i}`, ok: true }));
    }
    expect(run([...history(), ...merged(events, everyday(START_MS, 6))]).alerts).toEqual([]);
  });

  test('five strangers fail: just below the evidence', () => {
    expect(run([...history(), ...attack({ size: 5, stepMs: 1_000 })]).alerts).toEqual([]);
  });
});

describe('where spans do not name the account', () => {
  const bare = (events: readonly RequestEvent[], sizes: (i: number) => number): RequestEvent[] =>
    events.map((event, i) => ({ ...event, authIdentifier: '', authFrom: 'inferred' as const, requestBytes: sizes(i) }));
  const before = bare(history(), () => 70);

  test('a list from one address is found by its request sizes, and the alert says what is inferred', () => {
    const { alerts } = run([...before, ...bare(attack({ size: 100, stepMs: 700 }), (i) => 55 + ((i * 7) % 31))]);
    expect(alerts.map((alert) => alert.sources)).toEqual([['203.0.113.7']]);
    expect(alerts[0]!.summary).toContain('inferred from method, path and status');
  });

  test('without sizes, by failures alone, later', () => {
    const jitter = attack({ size: 200, stepMs: 700 }).map((event, i) => ({
      ...event,
      startMs: event.startMs + (i % 7) * 90,
    }));
    const { alerts } = run([...before, ...bare(jitter, () => -1)]);
    expect(alerts.map((alert) => alert.sources)).toEqual([['203.0.113.7']]);
    expect(Date.parse(alerts[0]!.raisedAt)).toBeLessThan(START_MS + 60 * 700);
    expect(Date.parse(alerts[0]!.raisedAt)).toBeGreaterThan(START_MS);
  });

  test('from seven addresses in turn, none of which is conspicuous yet: one alert', () => {
    const list = attack({ size: 98, stepMs: 40_000, source: (i) => `${45 + (i % 7)}.9.17.4` });
    const { alerts } = run(bare(list, () => -1));
    expect(alerts.map((alert) => [alert.type, alert.sourceCount])).toEqual([['credential_stuffing', 7]]);
    expect(alerts[0]!.evidence[0]!.text).toContain('went on failing');
  });

  test('asking for a new password now and then clears nobody who goes on failing', () => {
    const list = attack({ size: 98, stepMs: 40_000, source: (i) => `${45 + (i % 7)}.9.17.4` }).map((event, i) =>
      i % 28 >= 21 ? { ...event, authEvent: 'reset' as const, authOutcome: 'success' as const, path: '/reset' } : event,
    );
    expect(run(bare(list, () => -1)).alerts.map((alert) => alert.sourceCount)).toEqual([7]);
  });

  test('newcomers who fail up to five times before they get in or give up are left alone', () => {
    const next = random(9);
    const events: RequestEvent[] = [];
    for (let i = 0; i < 100; i++) {
      const source = `81.${i % 250}.${i >> 3}.7`;
      let atMs = START_MS + i * 60_000;
      let fails = 0;
      while (fails < 5 && next() < 0.6) {
        events.push(login({ atMs, source, account: `x-${i}`, ok: false }));
        atMs += 15_000 + next() * 20_000;
        fails++;
      }
      if (next() < 0.85) events.push(login({ atMs, source, account: `x-${i}`, ok: true }));
    }
    expect(run([...before, ...bare(merged(events), () => -1)]).alerts).toEqual([]);
  });

  test('a client that repeats an old password, and an office at nine, are left alone', () => {
    const loop = bare(attack({ size: 1_000, stepMs: 20_000, source: () => home(5) }), () => 70);
    const next = random(2);
    const office = bare(
      Array.from({ length: 60 }, (_, user) => person(user, START_MS + next() * 600_000, next)).flat(),
      (i) => 60 + (i % 40),
    );
    expect(run([...before, ...merged(loop, office)]).alerts).toEqual([]);
  });

  test('a client program whose renewal fails for ever, each time that it is refused elsewhere, is left alone', () => {
    const tries = (isKnown: boolean, gap: (i: number) => number, refused: boolean): RequestEvent[] => {
      const source = isKnown ? '81.9.9.7' : '45.9.17.4';
      let atMs = START_MS;
      const events = isKnown
        ? [0, 1].map((day) => login({ atMs: START_MS - (2 - day) * 86_400_000, source, account: 'x', ok: true }))
        : [];
      for (let i = 0; i < 300; i++) {
        atMs += gap(i);
        const failed = login({ atMs, source, account: 'x', ok: false });
        const { authEvent, authOutcome, ...other } = failed;
        const status = refused ? 401 : 200;
        const asked = {
          ...other,
          authEvent: '' as const,
          authOutcome: '' as const,
          method: 'GET',
          route: '/me',
          status,
        };
        events.push(failed, { ...asked, startMs: atMs + 200 });
      }
      return bare(events, () => -1);
    };
    const found = (...args: Parameters<typeof tries>): number =>
      run([
        ...before,
        ...merged(
          tries(...args),
          bare(everyday(START_MS, 20), () => 70),
        ),
      ]).alerts.length;
    const atRandom = (i: number): number => 300 + ((i * 7_919) % 3_001);
    // A timer; or whenever it is refused, from where it was in before.
    expect(found(false, () => 2_000, true)).toBe(0);
    expect(found(true, atRandom, true)).toBe(0);
    // Whoever fetches the page before each login is no such program, evenly or not; nor is a stranger without a timer.
    expect(found(false, () => 2_000, false)).toBe(1);
    expect(found(false, atRandom, true)).toBe(1);
  });

  test('from sixty proxies with eight attempts each: one alert that names them', () => {
    const list = attack({ size: 480, stepMs: 15_000, source: (i) => `${45 + (i % 60)}.9.17.4` });
    const { alerts } = run([
      ...before,
      ...merged(
        bare(list, () => -1),
        bare(everyday(START_MS, 120), () => 70),
      ),
    ]);
    expect(alerts.map((alert) => alert.type)).toEqual(['credential_stuffing']);
    expect(alerts[0]!.sourceCount).toBeGreaterThan(50);
    expect(alerts[0]!.sources.every((source) => source.endsWith('.9.17.4'))).toBe(true);
    expect(alerts[0]!.summary).toContain('do not say which accounts');
  });

  test('newcomers of whom some do not get in, and people who fail and ask for a new password, are left alone', () => {
    const next = random(5);
    const events: RequestEvent[] = [];
    for (let i = 0; i < 200; i++) {
      const atMs = START_MS + i * 9_000;
      const source = `81.${i % 250}.${i >> 3}.7`;
      const failed = next() < 0.4;
      if (failed) events.push(login({ atMs, source, account: `x-${i}`, ok: false }));
      if (failed && next() < 0.9) {
        events.push(
          login({ atMs: atMs + 9_000, source, account: '', ok: true }, { authEvent: 'reset', path: '/reset' }),
        );
      }
      if (!failed) events.push(login({ atMs: atMs + 5_000, source, account: `x-${i}`, ok: true }));
    }
    expect(run([...before, ...merged(bare(events, () => 70))]).alerts).toEqual([]);
  });
});
